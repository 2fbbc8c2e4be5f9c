// Package experiment compares the variants of a flag: people are counted in the arm that they saw first, what they did
// afterwards is measured, and one may look at the answer at any time without being fooled by looking.
//
//	Plan ──▶ Start ──▶ running ──▶ Stop ──▶ stopped, with the result it had
//
// While it runs, its flag carries the experiment's name, which has Flagsmith's clients report who saw what. Nothing else
// about the flag is touched: it can be switched off, or given other weights, at any time. Other weights or values begin
// the count anew, with people who saw none of the arms before.
package experiment
