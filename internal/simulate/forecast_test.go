package simulate

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/forecast"
	"github.com/siteproof/belay/internal/recording"
	"github.com/siteproof/belay/internal/rollout"
	"github.com/siteproof/belay/internal/telemetry"
)

// usualOf is what telemetry would have kept of a world before the rollout.
func usualOf(w World, long, silentAfter time.Duration) telemetry.Usual {
	w.Harm, w.Seed = Harm{}, w.Seed+1000
	u := telemetry.Usual{For: long, Views: map[string]int64{}}
	people, failed, failedWho := map[string]bool{}, map[string]bool{}, map[string]bool{}
	fetched, ready, who := map[string]int64{}, map[string]int64{}, map[string]string{}
	silentWho := map[string]bool{}
	stream := w.Stream(0)
	for r := stream.Next(); r.T < long.Milliseconds(); r = stream.Next() {
		switch r.Type {
		case Exposure:
			fetched[r.Session], who[r.Session], people[r.User] = r.T, r.User, true
		case Ready:
			if _, twice := ready[r.Session]; !twice {
				ready[r.Session] = r.T
			}
		case Error:
			failed[r.Session], failedWho[r.User] = true, true
		case Vitals:
			u.Views["LCP"]++ // some come twice, which hardly matters
		case Start, Tick, End, recording.Other, recording.Acted, recording.Checklist:
		}
	}
	for session, at := range fetched {
		if at+silentAfter.Milliseconds() >= long.Milliseconds() {
			continue
		}
		u.Fetches++
		if t, came := ready[session]; !came || t > at+silentAfter.Milliseconds() {
			u.Silent++
			silentWho[who[session]] = true
		}
	}
	u.Sessions, u.People = int64(len(fetched)), int64(len(people))
	u.Failed, u.FailedWho, u.SilentWho = int64(len(failed)), int64(len(failedWho)), int64(len(silentWho))
	return u
}

// only is a plan that stays at one share and has one guard.
func only(kind rollout.GuardKind, share float64) rollout.Plan {
	plan := Plan([]float64{share})
	plan.Phases[0].MinDwell = rollout.Duration(1000 * time.Hour)
	plan.Guards = slices.DeleteFunc(plan.Guards, func(g rollout.Guard) bool { return g.Kind != kind })
	return plan
}

func TestAForecastIsRightWithinAFactorOfTwo(t *testing.T) {
	crowded := func(w *World) { w.People = 3000 }
	for name, c := range map[string]struct {
		guard rollout.GuardKind
		share float64
		rate  float64
		harm  float64 // as the forecast is asked
		world func(*World)
	}{
		"new errors at 5 %":     {rollout.NewIssue, .05, 10, .01, func(w *World) { w.Harm.NewError = .01 }},
		"new errors at 50 %":    {rollout.NewIssue, .5, 10, .005, func(w *World) { w.Harm.NewError = .005 }},
		"more errors at 25 %":   {rollout.Errors, .25, 10, .01, func(w *World) { w.Harm.NewError = .01 }},
		"more errors at 50 %":   {rollout.Errors, .5, 10, .02, func(w *World) { w.Harm.NewError = .02 }},
		"boot crashes at 50 %":  {rollout.SilentClients, .5, 10, .02, func(w *World) { w.Harm.BootCrash, w.Insists = .02, 0 }},
		"boot crashes at 5 %":   {rollout.SilentClients, .05, 20, .05, func(w *World) { w.Harm.BootCrash, w.Insists = .05, 0 }},
		"slow painting at 50 %": {rollout.LCP, .5, 5, .048, func(w *World) { w.Harm.LCP = .1; crowded(w) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plan := only(c.guard, c.share)
			world := Usual(c.rate, 7)
			c.world(&world)
			f, err := forecast.Of(plan, places, usualOf(world, 2*time.Hour, time.Duration(plan.SilentAfter)), c.harm)
			require.NoError(t, err)
			foretold := f.Phases[0].Guards[0]
			require.Equal(t, forecast.Sees, foretold.Sight, foretold.Text)
			var times []time.Duration
			for seed := range uint64(5) {
				world.Seed = 100 + seed
				result, err := world.Play(t.Context(), []float64{c.share}, Terms{Plan: &plan}, 12*time.Hour, nil)
				require.NoError(t, err)
				require.Equal(t, RolledBack, result.Outcome)
				times = append(times, result.For)
			}
			slices.Sort(times)
			happened := times[len(times)/2]
			t.Logf("foretold %s, %d people; happened after %s", time.Duration(foretold.After), foretold.People, happened)
			require.LessOrEqual(t, math.Abs(math.Log2(happened.Seconds()/time.Duration(foretold.After).Seconds())), 1.0,
				"foretold %s, happened after %s", time.Duration(foretold.After), happened)
		})
	}
}
