package rollout_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/rollout"
)

func TestADiscardedDraftFreesItsFlagAndStaysInTheJournal(t *testing.T) {
	b := newBelay(t)
	r := b.plan(rollout.DemoPlan())
	_, err := b.service.Create(t.Context(), dana, why, rollout.NewRollout{EnvironmentID: b.env.ID, Name: "again", Flag: master})
	require.True(t, fault.Is(err, fault.Conflict), "the draft holds the flag")
	var held *fault.Error
	require.ErrorAs(t, err, &held)
	require.Contains(t, held.Way, "belay rollout discard "+r.ID)

	before := b.flag(master)
	require.NoError(t, b.service.Discard(t.Context(), dana, "planned by mistake", r.ID))
	require.Equal(t, before, b.flag(master), "no flag changes")
	gone := b.find(r.ID)
	require.Equal(t, rollout.Discarded, gone.State)
	require.NotNil(t, gone.EndedAt)
	page := b.page(r.ID)
	require.Equal(t, []rollout.Action{rollout.Discard}, actions(page.Decisions))
	require.Equal(t, "planned by mistake", page.Decisions[0].Reason)
	require.Equal(t, "It was discarded before it started. Nothing more happens.", page.Next.Text)
	commits, err := b.journal.List(t.Context(), change.Filter{Subject: r.ID})
	require.NoError(t, err)
	require.Len(t, commits, 2, "that it was planned, and that it was given up")

	for name, err := range map[string]error{
		"discarded": b.service.Discard(t.Context(), dana, why, r.ID),
		"started":   b.service.Start(t.Context(), dana, why, r.ID),
		"advanced":  b.service.Advance(t.Context(), dana, why, r.ID),
		"back":      b.service.RollBack(t.Context(), dana, why, r.ID),
		"changed":   b.service.ChangePlan(t.Context(), dana, why, r.ID, rollout.DefaultPlan()),
	} {
		require.True(t, fault.Is(err, fault.Conflict), "%s: %v", name, err)
	}
	second := b.start(rollout.DemoPlan())
	require.True(t, fault.Is(b.service.Discard(t.Context(), dana, why, second.ID), fault.Conflict), "what has started goes back instead")
	require.Equal(t, rollout.Running, b.find(second.ID).State)
}

func TestADiscardedRetryIsNoAttempt(t *testing.T) {
	b := newBelay(t)
	first := b.start(rollout.DemoPlan())
	require.NoError(t, b.service.RollBack(t.Context(), dana, why, first.ID))
	second, err := b.service.Retry(t.Context(), dana, why, first.ID, nil)
	require.NoError(t, err)
	require.NoError(t, b.service.Discard(t.Context(), dana, "with another policy", second.ID))
	third, err := b.service.Retry(t.Context(), dana, why, first.ID, nil)
	require.NoError(t, err)
	require.Equal(t, 2, third.Attempt)
	require.NotEqual(t, second.Salt, third.Salt)
	require.NoError(t, b.service.Start(t.Context(), dana, why, third.ID))
	require.Equal(t, *b.find(first.ID).StartedAt, *b.find(third.ID).FreshSince)
}
