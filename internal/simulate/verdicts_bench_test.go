package simulate_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/siteproof/belay/internal/rollout"
	"github.com/siteproof/belay/internal/simulate"
)

// many runs a world under several seeds and gives the results in the order of the seeds.
func many(b *testing.B, runs int, most time.Duration, stages []float64, plan *rollout.Plan, world func(seed uint64) simulate.World) []simulate.Result {
	b.Helper()
	results, next := make([]simulate.Result, runs), make(chan int)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for n := range next {
				result, err := world(uint64(n+1)).Play(context.Background(), stages, simulate.Terms{Plan: plan}, most, nil) //nolint:gosec,usetesting // small; ends by itself
				if err != nil {
					b.Error(err)
				}
				results[n] = result
			}
		})
	}
	for n := range runs {
		next <- n
	}
	close(next)
	workers.Wait()
	return results
}

func back(r simulate.Result) bool { return r.Outcome == simulate.RolledBack }

func share(results []simulate.Result, is func(simulate.Result) bool) (n int, upper float64) {
	for _, r := range results {
		if is(r) {
			n++
		}
	}
	// The 95 % upper bound of a share (Wilson 1927).
	p, m, z := float64(n)/float64(len(results)), float64(len(results)), 1.645
	return n, (p + z*z/(2*m) + z*math.Sqrt(p*(1-p)/m+z*z/(4*m*m))) / (1 + z*z/m)
}

func median(results []simulate.Result, of func(simulate.Result) float64) float64 {
	var all []float64
	for _, r := range results {
		all = append(all, of(r))
	}
	return middle(all)
}

// middle is the median; NaN of nothing.
func middle(all []float64) float64 {
	if len(all) == 0 {
		return math.NaN()
	}
	slices.Sort(all)
	return all[len(all)/2]
}

func minutes(r simulate.Result) float64 { return r.For.Minutes() }
func hit(r simulate.Result) float64     { return float64(r.Hit) }

// BenchmarkVerdicts prints how often verdicts are wrong and how soon they are right, over made-up worlds whose truth is
// known. Each row is one kind of world at one rate of sessions.
func BenchmarkVerdicts(b *testing.B) {
	for b.Loop() {
		table := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
		row := func(cells ...any) {
			for n, cell := range cells {
				if n > 0 {
					_, _ = fmt.Fprint(table, "\t")
				}
				_, _ = fmt.Fprint(table, cell)
			}
			_, _ = fmt.Fprintln(table)
		}
		row("sessions/s", "world", "runs", "result", "goal")
		for _, rate := range []float64{1, 10, 100} {
			harmless(b, rate, row)
			harmful(b, rate, row)
			_ = table.Flush()
		}
		promotions(b, row)
		_ = table.Flush()
	}
}

func harmless(b *testing.B, rate float64, row func(...any)) {
	b.Helper()
	world := func(seed uint64) simulate.World { return simulate.Usual(rate, seed) }
	runs := map[float64]int{1: 200, 10: 200, 100: 20}[rate]
	results := many(b, runs, 24*time.Hour, ladder, nil, world)
	wrong, upper := share(results, back)
	var full []float64
	for _, r := range results {
		for _, e := range r.Log {
			if e.Action == simulate.Advance && e.Percent == 100 {
				full = append(full, float64(e.T)/float64(time.Minute.Milliseconds()))
			}
		}
	}
	row(rate, "harmless, ladder of ten minutes a phase", runs, fmt.Sprintf("%d taken back (≤ %.1f %%), %d at 100 %% after %.0f min (median)", wrong, 100*upper, len(full), middle(full)),
		"≤ 1 %; at 10/s under 60 min")
	long := simulate.Plan([]float64{.05, .25, .5})
	long.Phases[2].MinDwell = rollout.Duration(7 * 24 * time.Hour)
	// A week at one a second has about as many sessions as a day at ten and two hours at a hundred.
	span := map[float64]time.Duration{1: 7 * 24 * time.Hour, 10: 24 * time.Hour, 100: 2 * time.Hour}[rate]
	const weeks = 6
	results = many(b, weeks, span, ladder, &long, world)
	wrong, _ = share(results, back)
	row(rate, fmt.Sprintf("harmless, %g days, half of all people", math.Round(span.Hours()/24*100)/100), weeks, fmt.Sprintf("%d taken back", wrong), "")
}

// The same boot crash where it is harder and easier to see.
const (
	patientCrash = "the same, nobody loads an empty page again"
	quietCrash   = "the same, nobody does, and 0.5 % fall silent anyway"
)

func harmful(b *testing.B, rate float64, row func(...any)) {
	b.Helper()
	runs := map[float64]int{1: 40, 10: 60, 100: 9}[rate]
	for _, each := range []struct {
		name, goal string
		stages     []float64
		most       time.Duration
		harm       simulate.Harm
	}{
		{"new error, +0.5 points, at 5 %", "median ≤ 5 people", []float64{.05}, 24 * time.Hour, simulate.Harm{NewError: .005}},
		{"boot crash of 2 %, at 50 %", "at 10/s within 5 min", []float64{.5}, 24 * time.Hour, simulate.Harm{BootCrash: .02}},
		{patientCrash, "", []float64{.5}, 24 * time.Hour, simulate.Harm{BootCrash: .02}},
		{quietCrash, "", []float64{.5}, 24 * time.Hour, simulate.Harm{BootCrash: .02}},
		{"errors doubled, ladder", "", ladder, 24 * time.Hour, simulate.Harm{Errors: 2}},
		{"LCP +25 %, ladder", "", ladder, 24 * time.Hour, simulate.Harm{LCP: .25}},
		{"errors × 4 in Safari only, ladder", "", ladder, 24 * time.Hour, simulate.Harm{Errors: 4, Browser: "safari"}},
	} {
		var plan *rollout.Plan
		if len(each.stages) == 1 { // it stays there, so that detection is what is measured
			stay := simulate.Plan(each.stages)
			stay.Phases[0].MinDwell = rollout.Duration(7 * 24 * time.Hour)
			plan = &stay
		}
		results := many(b, runs, each.most, each.stages, plan, func(seed uint64) simulate.World {
			w := simulate.Usual(rate, seed)
			w.Harm = each.harm
			switch each.name {
			case patientCrash:
				w.Insists = 0
			case quietCrash:
				w.Insists, w.Bots, w.Silent = 0, 0, .005
			}
			return w
		})
		found := slices.DeleteFunc(slices.Clone(results), func(r simulate.Result) bool { return !back(r) })
		row(rate, each.name, runs, fmt.Sprintf("%d found after %.1f min, %.0f people hit (medians)", len(found), median(found, minutes), median(found, hit)), each.goal)
	}
}

// promotions counts phases that were left although harm exceeds the margin of leaving them.
func promotions(b *testing.B, row func(...any)) {
	b.Helper()
	const runs = 100
	harms := []simulate.Harm{{Errors: 7}, {NewError: .025}, {BootCrash: .035}, {LCP: .3}, {Errors: 7, BootCrash: .01}}
	wrong, total := 0, 0
	for _, harm := range harms {
		results := many(b, runs, 12*time.Hour, ladder, nil, func(seed uint64) simulate.World {
			w := simulate.Usual(10, 1000+seed)
			w.Harm = harm
			return w
		})
		for _, r := range results {
			total++
			if slices.ContainsFunc(r.Log, func(e simulate.Entry) bool { return e.Action == simulate.Advance }) {
				wrong++
			}
		}
	}
	row(10, "harm beyond the first margin", total, fmt.Sprintf("%d phases left in spite of it", wrong), "none in 500")
}
