package rollout_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/crowd"
	"github.com/siteproof/belay/internal/recording"
	"github.com/siteproof/belay/internal/rollout"
	"github.com/siteproof/belay/internal/simulate"
)

// step is one decision, as it was kept or as a replay of the trace took it.
type step struct {
	At     int64 // ms after the start
	Action string
	Phase  int
	Lost   string
}

// kept are the decisions that were stored, as far as they move the rollout or its policy. A tick that asks for a
// decision of Belay's own stands in the trace at the moment at which it was decided; a person's act at its own.
func kept(t *testing.T, w *town, id string) []step {
	t.Helper()
	r := w.find(id)
	var all []step
	for _, d := range slices.Backward(w.page(id).Decisions) {
		at := d.At
		if d.Inputs != nil {
			at = d.Inputs.Now
		}
		s := step{At: int64((at.Sub(*r.StartedAt) + time.Millisecond - 1) / time.Millisecond), Action: string(d.Action), Phase: d.Phase}
		switch d.Action { //nolint:exhaustive // the others are called the same
		case rollout.Start, rollout.OverrideChecklist:
			continue
		case rollout.RollBackAll, rollout.RollBackPart:
			s.Action = simulate.Rollback
			if len(d.Components) > 0 {
				s.Lost = d.Components[0]
			}
			if d.Inputs == nil {
				s.Action = string(d.Action)
			}
		}
		all = append(all, s)
	}
	return all
}

// traceOf is a rollout as a trace.
func traceOf(t *testing.T, w *town, id string) []byte {
	t.Helper()
	rec, err := recording.Open(t.Context(), w.service, w.journal, id, time.Now())
	require.NoError(t, err)
	var trace bytes.Buffer
	require.NoError(t, rec.Write(t.Context(), w.telemetry, &trace))
	return trace.Bytes()
}

// replayed are the decisions that a replay of a trace takes.
func replayed(t *testing.T, trace []byte) []step {
	t.Helper()
	result, err := simulate.Run(t.Context(), bytes.NewReader(trace), simulate.Terms{}, nil)
	require.NoError(t, err)
	var all []step
	for _, e := range result.Log {
		all = append(all, step{At: e.T, Action: e.Action, Phase: e.Phase, Lost: e.Component})
	}
	return all
}

// without leaves out the lines of a type.
func without(trace []byte, kind recording.Kind) []byte {
	var rest []byte
	for line := range bytes.Lines(trace) {
		if !bytes.Contains(line, fmt.Appendf(nil, `"type":%q`, kind)) {
			rest = append(rest, line...)
		}
	}
	return rest
}

// TestAReplayDecidesWhatWasDecidedWhenItWasDecided lets people do anything to rollouts that harm or do not, while
// checklists turn red and green and policies change, and judges each again by its trace.
func TestAReplayDecidesWhatWasDecidedWhenItWasDecided(t *testing.T) {
	seen, waited := map[string]int{}, 0
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				random := rand.New(rand.NewPCG(seed, 4)) //nolint:gosec // a test
				w, checks := newTown(t, seed), &list{}
				w.service.Checks = checks
				w.judge(w.service)
				plan := rollout.DemoPlan()
				plan.Phases[0].Approval = seed%3 == 0
				if seed%2 == 0 {
					plan.HoldBack = 5
				}
				r := w.start(plan)
				lively(t, w, checks, r.ID, plan, random)
				want := kept(t, w, r.ID)
				trace := traceOf(t, w, r.ID)
				require.Equal(t, want, replayed(t, trace))
				if !slices.Equal(want, replayed(t, without(trace, recording.Checklist))) {
					waited++
				}
				for _, s := range want {
					seen[s.Action]++
				}
			})
		})
	}
	t.Log(seen, waited)
	require.Positive(t, waited, "no red checklist made a difference, so nothing of it was tested")
	for _, action := range []rollout.Action{rollout.Advance, rollout.Hold, rollout.Resume, rollout.ChangePolicy, rollout.Complete} {
		require.Positive(t, seen[string(action)], "no run had %s, so nothing of it was tested", action)
	}
	require.Positive(t, seen[simulate.Rollback], "nothing went back by itself")
}

// lively is two minutes and a half of a rollout.
func lively(t *testing.T, w *town, checks *list, id string, plan rollout.Plan, random *rand.Rand) {
	t.Helper()
	for range 15 {
		if w.live(10*time.Second, ended, id); w.find(id).Ended() {
			return
		}
		switch random.IntN(10) {
		case 0:
			_ = w.service.Hold(t.Context(), dana, "lunch", id) // what cannot be done now is refused, and nothing of it is kept
		case 1, 2:
			_ = w.service.Resume(t.Context(), dana, "lunch is over", id)
		case 3, 9:
			checks.lack("on-call", "drill")
		case 4:
			checks.lack()
		case 5:
			other := plan
			other.Budget = []float64{.002, .005, .01}[random.IntN(3)]
			other.Phases = slices.Clone(plan.Phases)
			other.Phases[1].MinDwell = rollout.Duration(time.Duration(1+random.IntN(20)) * time.Second)
			_ = w.service.ChangePlan(t.Context(), dana, "another policy", id, other)
		case 6:
			w.fault = []string{"", crowd.FormThrows}[random.IntN(2)]
		case 7:
			_ = w.service.Approve(t.Context(), dana, "all is well", id)
		case 8:
			_ = w.service.Advance(t.Context(), dana, "it looks good", id)
		}
	}
}
