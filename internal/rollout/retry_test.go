package rollout_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/crowd"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/rollout"
	"github.com/siteproof/belay/internal/tenant"
)

func TestARetryIsANewRolloutWithOtherPeople(t *testing.T) {
	b := newBelay(t)
	first := b.start(rollout.DemoPlan())
	_, err := b.service.Retry(t.Context(), dana, why, first.ID, nil)
	require.True(t, fault.Is(err, fault.Conflict), "it has not gone back")
	require.NoError(t, b.service.RollBack(t.Context(), dana, "it throws", first.ID))

	second, err := b.service.Retry(t.Context(), dana, "it is mended", first.ID, nil)
	require.NoError(t, err)
	require.Equal(t, rollout.Draft, second.State)
	require.Equal(t, 2, second.Attempt)
	require.Equal(t, first.ID, second.RetryOf)
	require.NotEqual(t, first.Salt, second.Salt)
	require.Equal(t, first.Plan, second.Plan)
	require.Equal(t, first.Components, second.Components)
	require.False(t, b.flag(master).Enabled, "planning turns nothing on")
	_, err = b.service.Retry(t.Context(), dana, why, first.ID, nil)
	require.True(t, fault.Is(err, fault.Conflict), "of each attempt there is one retry")

	require.NoError(t, b.service.Start(t.Context(), dana, why, second.ID))
	started := b.find(second.ID)
	require.Equal(t, *b.find(first.ID).StartedAt, *started.FreshSince, "errors of the first attempt are new to the second")
	require.NoError(t, b.service.RollBack(t.Context(), dana, "again", second.ID))
	other := stricter()
	third, err := b.service.Retry(t.Context(), dana, "it is mended again", second.ID, &other)
	require.NoError(t, err)
	require.Equal(t, 3, third.Attempt)
	require.InDelta(t, other.Budget, third.Plan.Budget, 0)
	require.NoError(t, b.service.Start(t.Context(), dana, why, third.ID))
	require.Equal(t, *b.find(first.ID).StartedAt, *b.find(third.ID).FreshSince)
}

// TestARetryFindsTheSameHarmAsFastAgain would fail if the error of the first attempt were an old one in the second.
func TestARetryFindsTheSameHarmAsFastAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTown(t, 4)
		w.judge(w.service)
		plan := rollout.DemoPlan()
		plan.Guards = []rollout.Guard{{Kind: rollout.NewIssue, Share: 1, Ratio: 1, Margins: []float64{}}}
		plan.Phases[0].MinDwell = rollout.Duration(time.Hour)
		w.fault = crowd.FormThrows
		gone := func(r rollout.Rollout) bool { return len(r.Lost) > 0 || r.State == rollout.RolledBack }
		r := w.start(plan)
		require.True(t, gone(w.live(2*time.Minute, gone, r.ID)))
		require.NoError(t, w.service.RollBack(t.Context(), dana, why, r.ID))
		w.live(10*time.Second, nil, r.ID)
		again, err := w.service.Retry(t.Context(), dana, "it is mended, they say", r.ID, nil)
		require.NoError(t, err)
		require.NoError(t, w.service.Start(t.Context(), dana, why, again.ID))
		require.True(t, gone(w.live(2*time.Minute, gone, again.ID)))
		require.Contains(t, w.page(again.ID).Decisions[0].Reason, "brings an error that nobody had before")
	})
}

func TestHoldBackKeepsPeopleOnTheOldVersionUntilTheRelease(t *testing.T) {
	b := newBelay(t)
	plan := rollout.DemoPlan()
	plan.HoldBack = 5
	r := b.start(plan)
	require.True(t, fault.Is(b.service.Release(t.Context(), dana, why, r.ID), fault.Conflict), "not before it has completed")
	for range 3 {
		require.NoError(t, b.service.Advance(t.Context(), dana, why, r.ID))
	}
	require.InDelta(t, 95, b.flag(master).Split.Percent, 0)
	require.InDelta(t, 95, b.find(r.ID).Spans[3].Percent, 0, "there are both sides to compare")
	require.NoError(t, b.service.Advance(t.Context(), dana, why, r.ID))
	require.Equal(t, rollout.Completed, b.find(r.ID).State)
	require.InDelta(t, 95, b.flag(master).Split.Percent, 0, "and they stay")
	require.Contains(t, b.page(r.ID).Next.Text, "5 % of people stay on the old version")

	require.NoError(t, b.service.Release(t.Context(), dana, "compared for a month", r.ID))
	require.Nil(t, b.flag(master).Split)
	require.Equal(t, rollout.Release, b.page(r.ID).Decisions[0].Action)
	require.InDelta(t, 100, b.find(r.ID).Share(), 0)
	require.True(t, fault.Is(b.service.Release(t.Context(), dana, why, r.ID), fault.Conflict), "once")
	require.Equal(t, "Everyone has the new version. Nothing more happens.", b.page(r.ID).Next.Text)
	require.NoError(t, b.service.RollBack(t.Context(), dana, why, r.ID), "it can still go back")
	require.False(t, b.flag(master).Enabled)
}

func TestAPlanThatEndsBelowEverybodySaysSo(t *testing.T) {
	b := newBelay(t)
	plan := rollout.DemoPlan()
	plan.Phases, plan.Guards = plan.Phases[:2], rollout.UsualGuards(2)
	r := b.start(plan)
	for range 2 {
		require.NoError(t, b.service.Advance(t.Context(), dana, why, r.ID))
	}
	require.Equal(t, rollout.Completed, b.find(r.ID).State)
	next := b.page(r.ID).Next
	require.Equal(t, rollout.Release, next.Action)
	require.Equal(t, "The plan ends at 25 %: the other 75 % of people stay on the old version, until somebody releases the rollout or another one goes on.", next.Text)
	require.NoError(t, b.service.Release(t.Context(), dana, why, r.ID))
	require.Equal(t, "Everyone has the new version. Nothing more happens.", b.page(r.ID).Next.Text)
}

func TestAnotherRolloutTakesAHoldBackOver(t *testing.T) {
	b := newBelay(t)
	plan := rollout.DemoPlan()
	plan.HoldBack = 5
	first := b.start(plan)
	require.NoError(t, finish(b, first.ID))
	second := b.start(rollout.DemoPlan())
	require.Equal(t, second.ID, b.flag(master).Split.Rollout)
	require.True(t, fault.Is(b.service.Release(t.Context(), dana, why, first.ID), fault.Conflict))
	require.Equal(t, second.ID, b.flag(master).Split.Rollout)
}

func TestGoingOnByHandSaysWhatWasMissing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // whose clock begins on a Saturday
		w := newTown(t, 1)
		w.judge(w.service)
		plan := rollout.DemoPlan()
		plan.Phases[0].Approval, plan.Phases[0].MinUsers = true, 1_000_000
		plan.Phases[0].Windows = []rollout.Window{{Days: []string{"mon"}, From: "09:00", To: "16:00", Zone: "Europe/Berlin"}}
		r := w.start(plan)
		w.live(3*time.Second, nil, r.ID)
		require.NoError(t, w.service.Advance(t.Context(), dana, "the minister comes today", r.ID))
		d := w.page(r.ID).Decisions[0]
		require.Equal(t, rollout.Advance, d.Action)
		require.Equal(t, "the minister comes today", d.Reason)
		said := ""
		for _, m := range d.Missing {
			said += m + "\n"
		}
		require.Contains(t, said, "more in this phase")
		require.Contains(t, said, "more people on the new version")
		require.Contains(t, said, "the hours in which it may go on: from Mon 3 Jan 09:00 (Europe/Berlin)")
		require.Contains(t, said, "proof that errors are safe")
		require.Contains(t, said, "approval by a person")
	})
}

// TestAPhaseWaitsForItsHours begins on a Saturday with all the evidence there.
func TestAPhaseWaitsForItsHours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTown(t, 2)
		w.rate = 40
		w.judge(w.service)
		plan := rollout.DemoPlan()
		plan.Phases = []rollout.Phase{
			{Name: "Half", Percent: 50, MinDwell: rollout.Duration(10 * time.Second), MaxDwell: rollout.Duration(15 * time.Second)},
			{Name: "All", Percent: 100, MinDwell: rollout.Duration(time.Hour)},
		}
		plan.Guards = []rollout.Guard{{Kind: rollout.Brake, Ratio: 2, Margins: []float64{}}}
		plan.Phases[0].Windows = []rollout.Window{{Days: []string{"sat"}, From: "00:01", To: "00:02", Zone: "UTC"}}
		r := w.start(plan)
		early := w.live(55*time.Second, nil, r.ID)
		require.Equal(t, 0, early.Phase)
		require.Equal(t, rollout.Running, early.State, "waiting for the hour is nothing to ask a person about")
		next := w.page(r.ID).Next
		require.Equal(t, []string{"the hours in which it may go on: from Sat 1 Jan 00:01 (UTC)"}, next.Waiting)
		require.Equal(t, 1, next.NotBefore.UTC().Minute())
		late := w.live(10*time.Second, func(r rollout.Rollout) bool { return r.Phase == 1 }, r.ID)
		require.Equal(t, 1, late.Phase)
	})
}

// old says whether somebody gets the old version.
func (b *belay) old(user string) bool {
	r, err := b.flags.Snapshot(b.env.ID).Evaluate(master, flag.Context{TargetingKey: user, EnvironmentKey: b.env.ClientKey}, tenant.Client)
	require.NoError(b.t, err)
	return !r.Enabled
}
