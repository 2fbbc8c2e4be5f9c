package rollout_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/rollout"
)

// list is a checklist that tests write.
type list struct {
	mu     sync.Mutex
	lacks  []rollout.Lack
	broken error
	looks  int
}

func (l *list) Missing(context.Context, rollout.Rollout, int) ([]rollout.Lack, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.looks++
	return slices.Clone(l.lacks), l.broken
}

func (l *list) lack(items ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lacks = nil
	for _, i := range items {
		l.lacks = append(l.lacks, rollout.Lack{Item: i, Text: i + " is missing"})
	}
}

func (l *list) looked() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.looks
}

func TestNothingStartsOrAdvancesRedWithoutAnOverride(t *testing.T) {
	b := newBelay(t)
	checks := &list{}
	b.service.Checks = checks
	r := b.plan(rollout.DemoPlan())
	checks.lack("on-call", "drill")

	err := b.service.Start(t.Context(), dana, why, r.ID)
	require.True(t, fault.Is(err, fault.Conflict))
	require.ErrorContains(t, err, `the checklist before "Internal testing" is red: on-call is missing; drill is missing`)
	var f *fault.Error
	require.ErrorAs(t, err, &f)
	require.Equal(t, []fault.Field{{Path: "checklist.on-call", Message: "on-call is missing"}, {Path: "checklist.drill", Message: "drill is missing"}}, f.Fields)
	require.Contains(t, f.Way, "belay rollout start "+r.ID)
	require.Equal(t, rollout.Draft, b.find(r.ID).State)

	covered, err := b.service.OverrideChecklist(t.Context(), dana, "the drill is tomorrow", r.ID)
	require.NoError(t, err)
	require.Len(t, covered, 2)
	checks.lack("on-call", "drill", "backup")
	require.ErrorContains(t, b.service.Start(t.Context(), dana, why, r.ID), "is red: backup is missing", "what turned red later is not covered")
	checks.lack("on-call", "drill")
	require.NoError(t, b.service.Start(t.Context(), dana, why, r.ID))

	require.ErrorContains(t, b.service.Advance(t.Context(), dana, why, r.ID), `before "Beta" is red`, "an override covers one phase")
	checks.lack()
	require.NoError(t, b.service.Advance(t.Context(), dana, why, r.ID))

	decisions := b.page(r.ID).Decisions
	require.Equal(t, []rollout.Action{rollout.Advance, rollout.Start, rollout.OverrideChecklist}, actions(decisions))
	require.Equal(t, "the drill is tomorrow", decisions[2].Reason)
	require.Len(t, decisions[2].Lacks, 2)
	require.Equal(t, decisions[2].Lacks, decisions[1].Lacks, "the start says what was missing when it was let go")
	require.Empty(t, decisions[0].Lacks)
	commits, err := b.journal.List(t.Context(), change.Filter{KindPrefix: rollout.ChecklistOverriddenKind})
	require.NoError(t, err)
	require.Len(t, commits, 1)
	require.Equal(t, dana, commits[0].Actor)
}

func TestAnOverrideIsOnlyKeptWhereSomethingIsMissing(t *testing.T) {
	b := newBelay(t)
	b.service.Checks = &list{}
	r := b.start(rollout.DemoPlan())
	head := b.journal.Head()
	covered, err := b.service.OverrideChecklist(t.Context(), dana, why, r.ID)
	require.NoError(t, err)
	require.Empty(t, covered)
	require.Equal(t, head, b.journal.Head())
	require.NoError(t, finish(b, r.ID))
	_, err = b.service.OverrideChecklist(t.Context(), dana, why, r.ID)
	require.True(t, fault.Is(err, fault.Conflict), "no phase follows")
}

func TestRollingBackAndCompletingAskNoChecklist(t *testing.T) {
	b := newBelay(t)
	checks := &list{}
	b.service.Checks = checks
	r := b.start(rollout.DemoPlan())
	for range 3 {
		require.NoError(t, b.service.Advance(t.Context(), dana, why, r.ID))
	}
	before := checks.looked()
	checks.broken = errors.New("the disk is full")
	checks.lack("everything")
	require.NoError(t, b.service.RollBack(t.Context(), dana, why, r.ID, "diary"))
	require.NoError(t, b.service.Advance(t.Context(), dana, why, r.ID), "nobody gets the new version who did not have it")
	require.NoError(t, b.service.RollBack(t.Context(), dana, why, r.ID))
	require.Equal(t, before, checks.looked())

	checks.broken = nil
	checks.lack()
	again := b.start(rollout.DemoPlan())
	checks.broken = errors.New("the disk is full")
	require.ErrorContains(t, b.service.Advance(t.Context(), dana, why, again.ID), "the disk is full", "what cannot be read is not green")
	require.NoError(t, b.service.RollBack(t.Context(), dana, why, again.ID))
}

func TestBelayWaitsForARedChecklistSaysSoAndGoesOnOnceItIsGreen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTown(t, 1)
		checks := &list{}
		w.service.Checks = checks
		w.judge(w.service)
		r := w.start(rollout.DemoPlan())
		checks.lack("on-call")
		r = w.live(90*time.Second, func(r rollout.Rollout) bool { return r.Phase > 0 }, r.ID)
		require.Equal(t, 0, r.Phase)
		require.Equal(t, rollout.Running, r.State)
		require.Equal(t, []string{"checklist: on-call is missing"}, w.page(r.ID).Next.Waiting, "all else is proven")
		require.Less(t, checks.looked(), 100, "it is not asked at every tick")

		_, err := w.service.OverrideChecklist(t.Context(), dana, "Kim is awake anyway", r.ID)
		require.NoError(t, err)
		r = w.live(5*time.Second, func(r rollout.Rollout) bool { return r.Phase > 0 }, r.ID)
		require.Equal(t, 1, r.Phase, "an override lets Belay go on by itself")
		advanced := w.page(r.ID).Decisions[0]
		require.Equal(t, "Belay", advanced.By)
		require.Equal(t, []rollout.Lack{{Item: "on-call", Text: "on-call is missing"}}, advanced.Lacks)

		r = w.live(90*time.Second, func(r rollout.Rollout) bool { return r.Phase > 1 }, r.ID)
		require.Equal(t, 1, r.Phase, "it covered one phase")
		checks.lack()
		r = w.live(20*time.Second, func(r rollout.Rollout) bool { return r.Phase > 1 }, r.ID)
		require.Equal(t, 2, r.Phase)
	})
}

func TestHarmGoesBackWhileTheChecklistCannotBeRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTown(t, 1)
		checks := &list{}
		w.service.Checks = checks
		w.judge(w.service)
		r := w.start(rollout.DemoPlan())
		checks.mu.Lock()
		checks.broken = errors.New("the disk is full")
		checks.mu.Unlock()
		w.fault = "ncr-form-throws"
		r = w.live(60*time.Second, func(r rollout.Rollout) bool { return len(r.Lost) > 0 }, r.ID)
		require.Equal(t, "ncr-form", r.Lost[0].Component)
		require.Contains(t, w.page(r.ID).Next.Waiting, "checklist: the checklist cannot be read; the server's log says why")
	})
}

// TestNoPhaseIsEnteredRed does anything in any order while the checklist turns red and green.
func TestNoPhaseIsEnteredRed(t *testing.T) {
	b := newBelay(t)
	checks := &list{}
	b.service.Checks = checks
	items := []string{"on-call", "drill", "backup"}
	rapid.Check(t, func(rt *rapid.T) {
		r := b.plan(rollout.DemoPlan())
		for range rapid.IntRange(1, 12).Draw(rt, "acts") {
			checks.lack(rapid.SliceOfNDistinct(rapid.SampledFrom(items), 0, 3, rapid.ID[string]).Draw(rt, "lacks")...)
			before := b.find(r.ID)
			phase, enters := before.Entering()
			var err error
			switch act := rapid.SampledFrom([]string{"start", "advance", "override", "hold", "resume"}).Draw(rt, "act"); act {
			case "start":
				err = b.service.Start(t.Context(), dana, why, r.ID)
			case "advance":
				err = b.service.Advance(t.Context(), dana, why, r.ID)
			case "override":
				_, err = b.service.OverrideChecklist(t.Context(), dana, why, r.ID)
			case "hold":
				err = b.service.Hold(t.Context(), dana, why, r.ID)
			case "resume":
				err = b.service.Resume(t.Context(), dana, why, r.ID)
			}
			require.True(rt, err == nil || fault.Is(err, fault.Conflict), "%v", err)
			after := b.find(r.ID)
			if len(after.Spans) == len(before.Spans) {
				continue
			}
			require.True(rt, enters)
			for _, l := range checks.lacks {
				_, covered := before.Overridden(phase, l.Item)
				require.True(rt, covered, "phase %d was entered although %s", phase, l.Text)
			}
		}
		if b.find(r.ID).State == rollout.Draft {
			require.NoError(rt, b.service.Discard(t.Context(), dana, why, r.ID), "giving up asks no checklist")
			return
		}
		require.NoError(rt, b.service.RollBack(t.Context(), dana, why, r.ID))
	})
}
