// Package metric holds a live web front end against goals: error rate, page load, Core Web Vitals, uptime, what people
// say, adoption, support tickets, conversion and retention.
//
// What it promises:
//   - Every value comes with its window, how many it was counted from, and an interval of 95 %.
//   - A goal is met when the whole interval is on its good side, and not met when it is on the bad one. Between them it is
//     not decided yet; with too few it is too little data, and with none it says how to bring some. Nothing is guessed.
//   - Bots are left out, and people who answer often count once, with their last answer.
package metric
