package rollout_test

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/siteproof/belay/internal/rollout"
	"github.com/siteproof/belay/internal/telemetry"
)

const (
	concurrent = 50   // rollouts at once
	sessionsAt = 1000 // sessions a second, each seen by every rollout
)

// BenchmarkDecisions is the cost of judging fifty rollouts at once: 12 guards and 20 segments each, a thousand sessions a
// second of some six events, decided twice a second. Core_% is the share of one core that takes, by CPU time.
func BenchmarkDecisions(b *testing.B) {
	var all []*rollout.Evidence
	for n := range concurrent {
		r := plain(25)
		r.ID, r.Salt = fmt.Sprintf("rol_%d", n), fmt.Sprintf("salt-%d", n)
		r.Plan.Guards = append(rollout.DefaultPlan().Guards, rollout.Guard{Kind: rollout.TTFB, Share: .01, Ratio: 1})
		all = append(all, rollout.NewEvidence(r, usual))
	}
	events := recorded(30)
	before, observed, decided := processor(), time.Duration(0), time.Duration(0)
	seconds, position := 0, int64(0)
	for b.Loop() { // one second of traffic
		began, second := processor(), events[seconds%len(events)]
		at := second[0].ReceivedAt.Add(time.Duration(seconds/len(events)*len(events)) * time.Second)
		for _, e := range second {
			position++
			e.Position, e.ReceivedAt = position, at
			for _, evidence := range all {
				evidence.Observe(e)
			}
		}
		counted := processor()
		for range 2 {
			for _, evidence := range all {
				rollout.Decide(evidence.Input(at))
			}
		}
		observed += counted - began
		decided += processor() - counted
		seconds++
	}
	b.ReportMetric(100*(processor()-before).Seconds()/float64(seconds), "core_%")
	b.ReportMetric(100*decided.Seconds()/float64(seconds), "deciding_%")
	b.ReportMetric(100*observed.Seconds()/float64(seconds), "counting_%")
	b.ReportMetric(float64(decided.Nanoseconds())/float64(2*concurrent*seconds), "ns/decision")
}

// recorded is so many seconds of traffic, as it arrives.
func recorded(seconds int) [][]telemetry.Event {
	w := newTraffic(1, sessionsAt, 100_000, harms{})
	out := make([][]telemetry.Event, 0, seconds)
	for s := range seconds {
		end := began.Add(time.Duration(s+1) * time.Second)
		var second []telemetry.Event
		w.tap = func(e telemetry.Event) { second = append(second, e) }
		for w.now.Before(end) {
			w.visit()
		}
		if len(second) > 0 {
			out = append(out, second)
		}
	}
	return out
}

// processor is the time that this process has spent on processors.
func processor() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
