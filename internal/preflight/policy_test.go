package preflight_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/preflight"
	"github.com/siteproof/belay/internal/rollout"
)

// TestThePolicysChecksHoldAPhaseBack asks for a check that the environment's own checklist says nothing of.
func TestThePolicysChecksHoldAPhaseBack(t *testing.T) {
	b := newBelay(t)
	plan := rollout.DemoPlan()
	plan.Phases[1].Checks = []string{"visual"}
	r, err := b.rollouts.Create(t.Context(), dana, why, rollout.NewRollout{EnvironmentID: b.env, Name: "New design", Flag: master, Plan: &plan})
	require.NoError(t, err)
	require.NoError(t, b.rollouts.Start(t.Context(), dana, why, r.ID), "the first phase wants nothing")
	err = b.rollouts.Advance(t.Context(), dana, why, r.ID)
	require.True(t, fault.Is(err, fault.Conflict), "%v", err)
	require.ErrorContains(t, err, "The policy wants the check visual")
	report := b.report(r.ID)
	require.False(t, report.Green)
	require.Equal(t, preflight.Check, report.Lines[len(report.Lines)-1].Kind)

	_, err = b.rollouts.OverrideChecklist(t.Context(), dana, "looked at it by eye", r.ID)
	require.NoError(t, err)
	require.NoError(t, b.rollouts.Advance(t.Context(), dana, why, r.ID))
	page, err := b.rollouts.Page(t.Context(), r.ID)
	require.NoError(t, err)
	require.Equal(t, 1, page.Phase)
	require.Equal(t, "policy:visual", page.Decisions[0].Lacks[0].Item)
}
