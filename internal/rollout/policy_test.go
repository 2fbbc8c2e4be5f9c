package rollout_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/crowd"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/rollout"
)

// stricter is the demo plan with other margins and half the budget, which judges otherwise.
func stricter() rollout.Plan {
	plan := rollout.DemoPlan()
	plan.Budget = .005
	return plan
}

func TestWhatWasCountedBeforeAChangeOfThePolicyCountsNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTown(t, 1)
		w.judge(w.service)
		plan := rollout.DemoPlan()
		plan.Phases[0].MinDwell, plan.Phases[0].Approval = rollout.Duration(time.Hour), true // it stays where it is
		r := w.start(plan)
		require.NoError(t, w.service.Approve(t.Context(), dana, why, r.ID))
		w.live(20*time.Second, nil, r.ID)
		before := w.page(r.ID)
		require.Positive(t, before.Cohorts[0].Control)

		next := stricter()
		next.Phases[0].MinDwell, next.Phases[0].Approval = plan.Phases[0].MinDwell, true
		require.NoError(t, w.service.ChangePlan(t.Context(), dana, "the margins were too wide", r.ID, next))
		wait(time.Second) // the past is counted in the background
		after := w.page(r.ID)
		require.Equal(t, rollout.ChangePolicy, after.Decisions[0].Action)
		require.Equal(t, "a new test begins; the chance that a harmless rollout is taken back is now at most 1 % + 0.5 %", after.Decisions[0].Note)
		require.Equal(t, "the margins were too wide", after.Decisions[0].Reason)
		require.Len(t, after.Spans, 2)
		require.InDelta(t, after.Spans[0].Percent, after.Spans[1].Percent, 0, "nobody gets another version")
		require.InDelta(t, 5, w.flag(master).Split.Percent, 0)
		require.Empty(t, after.Approvals, "what was approved rested on other evidence")
		require.Equal(t, []rollout.Cohort{{}}, after.Cohorts, "nobody has come since")
		for _, reading := range after.Readings {
			require.Zero(t, reading.Treatment.Affected+reading.Control.Affected, "%s %s", reading.Guard, reading.Scope)
		}

		w.live(10*time.Second, nil, r.ID)
		live := w.page(r.ID)
		require.Positive(t, live.Cohorts[0].Control)

		other := w.node() // as after a restart
		require.NoError(t, other.StartController(t.Context()))
		again, err := other.Page(t.Context(), r.ID)
		require.NoError(t, err)
		require.NoError(t, other.StopController(t.Context()))
		require.Equal(t, live.Cohorts, again.Cohorts)
		require.Equal(t, logs(live.Readings), logs(again.Readings), "whoever counts again counts the same")

		w.fault = crowd.FormThrows
		w.live(time.Minute, func(r rollout.Rollout) bool { return len(r.Lost) > 0 || r.State == rollout.RolledBack }, r.ID)
		require.Equal(t, rollout.RollBackPart, w.page(r.ID).Decisions[0].Action, "the new test finds harm")
	})
}

// logs is what each reading says.
func logs(readings []rollout.Reading) map[string][2]float64 {
	all := map[string][2]float64{}
	for _, r := range readings {
		all[string(r.Guard)+" "+r.Scope] = [2]float64{r.LogE, r.SafeLogE}
	}
	return all
}

func TestAPolicyThatJudgesAlikeKeepsTheTest(t *testing.T) {
	b := newBelay(t)
	r := b.start(rollout.DemoPlan())
	slower := rollout.DemoPlan()
	slower.Phases[0].MinDwell, slower.Tell = rollout.Duration(time.Hour), []string{"quality"}
	slower.Phases[0].Windows = []rollout.Window{{Days: []string{"mon"}, Zone: "UTC"}}
	for n := range slower.Guards {
		slower.Guards[n].Action = rollout.RollBackOnHarm // which is usual, written out
		if k := slower.Guards[n].Kind; k == rollout.Conversion || k == rollout.SampleRatio || k == rollout.Ingest {
			slower.Guards[n].Action = rollout.HoldOnHarm
		}
	}
	require.NoError(t, b.service.ChangePlan(t.Context(), dana, why, r.ID, slower))
	now := b.find(r.ID)
	require.Empty(t, now.Tests)
	require.Len(t, now.Spans, 1)
	require.Equal(t, slower.Phases[0].MinDwell, now.Plan.Phases[0].MinDwell)
	require.Equal(t, "harm is judged as before, so the test goes on", b.page(r.ID).Decisions[0].Note)

	head := b.journal.Head()
	require.NoError(t, b.service.ChangePlan(t.Context(), dana, why, r.ID, slower))
	require.Equal(t, head, b.journal.Head(), "the same policy once more changes nothing")
}

func TestAChangeOfThePolicyKeepsTheShareAndTheState(t *testing.T) {
	b := newBelay(t)
	r := b.start(rollout.DemoPlan())
	other := rollout.DemoPlan()
	other.Phases[0].Percent = 6
	require.True(t, fault.Is(b.service.ChangePlan(t.Context(), dana, why, r.ID, other), fault.Conflict))
	short := rollout.DemoPlan()
	require.NoError(t, b.service.Advance(t.Context(), dana, why, r.ID))
	short.Phases, short.Guards = short.Phases[:1], rollout.UsualGuards(1)
	require.True(t, fault.Is(b.service.ChangePlan(t.Context(), dana, why, r.ID, short), fault.Conflict), "there would be no phase to be in")
	bad := rollout.DemoPlan()
	bad.Budget = 7
	require.True(t, fault.Is(b.service.ChangePlan(t.Context(), dana, why, r.ID, bad), fault.Invalid))

	require.NoError(t, b.service.Hold(t.Context(), dana, "lunch", r.ID))
	require.NoError(t, b.service.ChangePlan(t.Context(), dana, why, r.ID, stricter()))
	held := b.find(r.ID)
	require.Equal(t, rollout.Held, held.State, "only a person lets a held rollout go on")
	require.Equal(t, "lunch", held.HeldReason)
	require.NoError(t, b.service.Resume(t.Context(), dana, why, r.ID))

	t.Run("as long as what may be spent is not spent", func(t *testing.T) {
		wide := rollout.DemoPlan()
		wide.Budget = .19
		err := b.service.ChangePlan(t.Context(), dana, why, r.ID, wide)
		require.True(t, fault.Is(err, fault.Conflict), "%v", err)
		require.ErrorContains(t, err, "20.5 %")
	})
	t.Run("and not once it has ended", func(t *testing.T) {
		require.NoError(t, b.service.RollBack(t.Context(), dana, why, r.ID))
		require.True(t, fault.Is(b.service.ChangePlan(t.Context(), dana, why, r.ID, rollout.DemoPlan()), fault.Conflict))
	})
}

func TestADraftTakesAnyPolicy(t *testing.T) {
	b := newBelay(t)
	r := b.plan(rollout.DemoPlan())
	require.NoError(t, b.service.ChangePlan(t.Context(), dana, why, r.ID, rollout.DefaultPlan()))
	now := b.find(r.ID)
	require.Equal(t, rollout.Draft, now.State)
	require.InDelta(t, rollout.DefaultPlan().Budget, now.Plan.Budget, 0)
	require.Len(t, now.Plan.Phases[0].Name, len("Internal testing"))
	require.Empty(t, now.Tests)
}
