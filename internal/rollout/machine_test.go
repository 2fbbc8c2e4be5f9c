package rollout_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/rollout"
)

// situation draws any live rollout with any evidence.
func situation(t *rapid.T) rollout.Input {
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 14*24*60).Draw(t, "minutes")) * time.Minute)
	plan := rollout.DemoPlan()
	for n := range plan.Phases {
		p := &plan.Phases[n]
		p.MinDwell = rollout.Duration(rapid.IntRange(0, 2).Draw(t, "dwell")) * rollout.Duration(time.Hour)
		p.MinUsers = rapid.Int64Range(0, 3).Draw(t, "least")
		p.Approval = rapid.Bool().Draw(t, "approval")
		if rapid.Bool().Draw(t, "windowed") {
			p.Windows = []rollout.Window{{Days: []string{"mon", "wed", "thu"}, From: "06:00", To: "22:00", Zone: "Europe/Berlin"}}
		}
	}
	phase := rapid.IntRange(0, 3).Draw(t, "phase")
	state := rapid.SampledFrom([]rollout.State{rollout.Running, rollout.Running, rollout.Running, rollout.Held, rollout.AwaitingApproval}).Draw(t, "state")
	since := now.Add(-time.Duration(rapid.IntRange(0, 5*60).Draw(t, "since")) * time.Minute)
	r := rollout.Rollout{
		ID: "rol_1", Flag: master, Components: components, Plan: plan, State: state, Phase: phase,
		Spans: []rollout.Span{{Phase: phase, Percent: plan.Share(phase), From: since}},
	}
	if rapid.Bool().Draw(t, "approved") {
		r.Approvals = []rollout.Approval{{Phase: phase, By: "Dana"}}
	}
	if state == rollout.Held {
		r.HeldAt = &since
	}
	readings := []rollout.Reading{}
	for _, g := range plan.Guards {
		reading := rollout.Reading{
			Guard: g.Kind, Action: rollout.HoldOnHarm, Threshold: 5, SafeNeed: 3, SafeLogE: float64(rapid.IntRange(2, 3).Draw(t, "safe")),
			Status: rapid.SampledFrom([]string{rollout.StatusSafe, rollout.StatusSafe, rollout.StatusSafe, rollout.StatusHarmful, rollout.StatusWaiting}).Draw(t, "status"),
		}
		readings = append(readings, reading)
		r.Alerts = append(r.Alerts, rollout.Alert{Guard: g.Kind}) // it has told, so that only going on is left to decide
	}
	return rollout.Input{
		Rollout: r, Readings: readings[:rapid.IntRange(0, 2).Draw(t, "guards")], Now: now,
		Users: rollout.Arm{Users: rapid.Int64Range(0, 9).Draw(t, "users")}, Healthy: rapid.IntRange(0, 5).Draw(t, "health") > 0,
	}
}

// TestNoVerdictSkipsAGate holds every verdict against each gate by itself: one that goes on passed all of them, and where
// all are passed it goes on.
func TestNoVerdictSkipsAGate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := situation(t)
		v := rollout.Decide(in)
		require.Equal(t, v, rollout.Decide(in), "the same input gives the same verdict")
		r := in.Rollout
		phase, last := r.Plan.Phases[r.Phase], r.Phase == len(r.Plan.Phases)-1
		gates := map[string]bool{
			"held":      r.State == rollout.Running,
			"dwell":     in.Now.Sub(r.Spans[0].From) >= time.Duration(phase.MinDwell),
			"people":    in.Users.Users >= phase.MinUsers,
			"telemetry": in.Healthy,
			"approval":  last || !phase.Approval || len(r.Approvals) > 0,
			"hours":     len(phase.Windows) == 0 || inHours(t, in.Now),
			"proof":     !slices.ContainsFunc(in.Readings, func(r rollout.Reading) bool { return r.SafeLogE < r.SafeNeed }),
			"harm":      !slices.ContainsFunc(in.Readings, func(r rollout.Reading) bool { return r.Status == rollout.StatusHarmful }),
		}
		open := true
		for _, passed := range gates {
			open = open && passed
		}
		goes := v.Action == rollout.Advance || v.Action == rollout.Complete
		require.Equal(t, open, goes, "%s, with the gates %v", v.Action, gates)
		require.True(t, !goes || last == (v.Action == rollout.Complete))
	})
}

func inHours(t *rapid.T, now time.Time) bool {
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	local := now.In(berlin)
	return slices.Contains([]time.Weekday{time.Monday, time.Wednesday, time.Thursday}, local.Weekday()) && local.Hour() >= 6 && local.Hour() < 22
}

// TestAnAbortAlwaysEndsAtTheOldState does anything in any order, to rollouts of any plan, and then takes it back twice.
func TestAnAbortAlwaysEndsAtTheOldState(t *testing.T) {
	b := newBelay(t)
	rapid.Check(t, func(rt *rapid.T) {
		plan := rollout.DemoPlan()
		plan.Phases[0].Approval = rapid.Bool().Draw(rt, "approval")
		plan.HoldBack = rapid.SampledFrom([]float64{0, 5}).Draw(rt, "hold back")
		r := b.start(plan)
		acts := map[string]func() error{
			"advance": func() error { return b.service.Advance(t.Context(), dana, why, r.ID) },
			"hold":    func() error { return b.service.Hold(t.Context(), dana, why, r.ID) },
			"resume":  func() error { return b.service.Resume(t.Context(), dana, why, r.ID) },
			"approve": func() error { return b.service.Approve(t.Context(), dana, why, r.ID) },
			"release": func() error { return b.service.Release(t.Context(), dana, why, r.ID) },
			"part": func() error {
				return b.service.RollBack(t.Context(), dana, why, r.ID, rapid.SampledFrom(components).Draw(rt, "component"))
			},
			"policy": func() error {
				other := plan
				other.Budget = rapid.SampledFrom([]float64{.001, .01, .05}).Draw(rt, "budget")
				return b.service.ChangePlan(t.Context(), dana, why, r.ID, other)
			},
			"retry": func() error {
				_, err := b.service.Retry(t.Context(), dana, why, r.ID, nil)
				return err
			},
			"discard": func() error { return b.service.Discard(t.Context(), dana, why, r.ID) },
		}
		names := slices.Sorted(func(yield func(string) bool) {
			for name := range acts {
				if !yield(name) {
					return
				}
			}
		})
		for _, name := range rapid.SliceOfN(rapid.SampledFrom(append(names, "advance", "advance")), 0, 8).Draw(rt, "acts") {
			before, head := b.find(r.ID), b.journal.Head()
			err := acts[name]()
			require.True(rt, err == nil || fault.Is(err, fault.Conflict), "%s: %v", name, err)
			require.LessOrEqual(rt, b.journal.Head(), head+1, "%s is one commit", name)
			now := b.find(r.ID)
			require.True(rt, now.Phase == before.Phase || (now.Phase == before.Phase+1 && name == "advance"), "%s went from phase %d to %d", name, before.Phase, now.Phase)
			shares(rt, now)
			if name == "retry" {
				require.Equal(rt, rollout.RolledBack == before.State, err == nil)
			}
		}
		told := len(b.back)
		already := b.find(r.ID).State == rollout.RolledBack
		for range 2 {
			require.NoError(rt, b.service.RollBack(t.Context(), dana, "people cannot work", r.ID))
		}
		require.Equal(rt, rollout.RolledBack, b.find(r.ID).State)
		if !already {
			require.Len(rt, b.back, told+1, "twice is once")
		}
		for n := range 20 {
			require.True(rt, b.old(fmt.Sprintf("usr_%d", n)), "everybody has the old version")
		}
		b.discard(rt)
	})
}

// shares checks that nobody loses the new version while a rollout lives, and that no moment is without a share.
func shares(t *rapid.T, r rollout.Rollout) {
	for n := 1; n < len(r.Spans); n++ {
		require.GreaterOrEqual(t, r.Spans[n].Percent, r.Spans[n-1].Percent)
		require.Equal(t, r.Spans[n].From, *r.Spans[n-1].To)
	}
}

// discard gives up what a retry has planned, so that the flag is free for the next one.
func (b *belay) discard(t *rapid.T) {
	all, err := b.service.List(b.t.Context(), b.env.ID)
	require.NoError(t, err)
	for _, r := range all {
		if r.State == rollout.Draft {
			require.NoError(t, b.service.Discard(b.t.Context(), dana, why, r.ID))
		}
	}
}
