package rollout_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/rollout"
	"github.com/siteproof/belay/internal/telemetry"
)

// nested is a rollout whose diary stands below its dashboard; the diary went back at the beginning.
func nested(percent float64) rollout.Rollout {
	r := plain(percent)
	r.Parents = map[string]string{"diary": "dashboard"}
	r.Lost = []rollout.Lost{{Component: "diary", At: began, By: "Belay"}}
	return r
}

// grace is how long pages have to take a component back.
func grace(r rollout.Rollout) time.Duration { return time.Duration(r.Plan.SilentAfter) }

func TestHarmThatGoesOnTakesWhatStandsAboveItAlong(t *testing.T) {
	r := nested(5)
	e := rollout.NewEvidence(r, rollout.Past{Fingerprints: []string{"fp-diary"}})
	var tape tape
	for n := range 6 {
		tape.add(began.Add(grace(r)+time.Second), somebodyOf(5, true, n), failure("diary"))
	}
	v := rollout.Decide(tape.play(e).Input(began.Add(time.Minute)))
	require.Equal(t, rollout.RollBackPart, v.Action, v.Reason)
	require.Equal(t, "dashboard", v.Component)
	require.Contains(t, v.Reason, "diary went back and people who had the new version still meet errors there")

	r = r.After(v, began.Add(time.Minute))
	e.Follow(r)
	require.Equal(t, rollout.Continue, rollout.Decide(e.Input(began.Add(time.Minute))).Action, "it gets the time to help")
	for n := range 7 {
		tape.add(began.Add(time.Minute+grace(r)+time.Second), somebodyOf(5, true, 20+n), failure("diary"))
	}
	v = rollout.Decide(tape.play(e).Input(began.Add(2 * time.Minute)))
	require.Equal(t, rollout.RollBackAll, v.Action, "nothing is left above it but everything: %s", v.Reason)
}

func TestWhatIsNoHarmOfWhatIsLeftTakesNothingAlong(t *testing.T) {
	for name, change := range map[string]func(*telemetry.Event, int){
		"it was before":                     func(e *telemetry.Event, _ int) { e.ReceivedAt = began.Add(time.Second) },
		"it happened before and came later": func(e *telemetry.Event, _ int) { e.At = began.Add(-time.Minute) },
		"the page still shows the new one":  func(e *telemetry.Event, _ int) { e.Variants = map[string]string{"diary": "on"} },
		"it is one person":                  func(e *telemetry.Event, _ int) { e.User = somebodyOf(5, true, 0) },
		"everybody has it":                  func(e *telemetry.Event, n int) { e.User = fmt.Sprintf("usr_%d", n) },
	} {
		t.Run(name, func(t *testing.T) {
			r := nested(5)
			e := rollout.NewEvidence(r, rollout.Past{Fingerprints: []string{"fp-diary"}})
			for n := range 40 {
				event := failure("diary")
				event.EnvironmentID, event.User, event.Session, event.Position = "env", somebodyOf(5, true, n), fmt.Sprintf("ses_%d", n), int64(n+1)
				event.ReceivedAt = began.Add(grace(r) + time.Second)
				change(&event, n)
				e.Observe(event)
			}
			v := rollout.Decide(e.Input(began.Add(time.Minute)))
			require.Equal(t, rollout.Continue, v.Action, v.Reason)
		})
	}
}

// TestWideningSpendsNoMoreThanTheComponentHad tosses fair coins for what is left after a component went back: what
// stands above it follows with no more than the part of the budget that the component had.
func TestWideningSpendsNoMoreThanTheComponentHad(t *testing.T) {
	const runs, people = 2500, 60
	r := nested(25)
	r.Plan.Budget = .2
	r.Plan.Guards = []rollout.Guard{{Kind: rollout.Errors, Share: 1, Ratio: 1}}
	r.Components = []string{"dashboard", "diary"}
	alpha := r.Plan.Budget / 2 / 2 // half is everything's, the other half is shared by two
	random, wide := rand.New(rand.NewPCG(3, 4)), 0
	for run := range runs {
		e := rollout.NewEvidence(r, rollout.Past{Fingerprints: []string{"fp-diary"}})
		for n := range people {
			event := failure("diary")
			event.EnvironmentID, event.User, event.Session, event.Position = "env", fmt.Sprintf("usr_%d_%d", run, random.IntN(1<<30)), "ses_1", int64(n+1)
			event.ReceivedAt = began.Add(grace(r) + time.Duration(n+1)*time.Second)
			e.Observe(event)
			if rollout.Decide(e.Input(event.ReceivedAt)).Action != rollout.Continue {
				wide++
				break
			}
		}
	}
	rate, limit := float64(wide)/runs, alpha+3*math.Sqrt(alpha*(1-alpha)/runs)
	t.Logf("%.4f of %d fair continuations took something along; at most %.4f may", rate, runs, limit)
	require.LessOrEqual(t, rate, limit)
	require.Positive(t, wide)
}
