package sqldb_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/rollout"
	"github.com/siteproof/belay/internal/store/sqldb"
	"github.com/siteproof/belay/internal/store/sqldb/sqldbtest"
	"github.com/siteproof/belay/internal/tenant"
)

func TestRolloutsAreReadAsTheyWereWritten(t *testing.T) {
	db := sqldbtest.Open(t)
	journal, err := change.NewJournal(t.Context(), db, time.Now)
	require.NoError(t, err)
	actor := change.Actor{Kind: change.System, ID: "test", Name: "Test"}
	tenants := tenant.New(sqldb.NewTenants(db), journal)
	require.NoError(t, tenants.EnsureFirst(t.Context(), actor, tenant.FirstNames{
		Organisation: "o", Project: "p", Environments: []tenant.FirstEnvironment{{Key: "production", Name: "Production"}, {Key: "staging", Name: "Staging"}},
	}))
	production, err := tenants.Find("production")
	require.NoError(t, err)
	staging, err := tenants.Find("staging")
	require.NoError(t, err)

	store := sqldb.NewRollouts(db)
	at := time.Date(2026, 3, 2, 9, 0, 0, 123456000, time.UTC)
	first := rollout.Rollout{
		ID: "rol_1", EnvironmentID: production.ID, Name: "New design", Flag: "design", Components: []string{"diary"}, Salt: "s", Plan: rollout.DefaultPlan(),
		State: rollout.Held, Phase: 1, HeldReason: "lunch", HeldAt: &at, HeldFor: rollout.Duration(time.Minute), CreatedAt: at, StartedAt: &at,
		Spans:     []rollout.Span{{Phase: 0, Percent: 5, From: at, To: &at}, {Phase: 1, Percent: 25, From: at}},
		Lost:      []rollout.Lost{{Component: "diary", At: at, By: "Belay", Reason: "it throws", DecisionID: "dec_1"}},
		Approvals: []rollout.Approval{{Phase: 0, By: "Dana", Reason: "looks well", At: at}},
	}
	second := first
	second.ID, second.EnvironmentID, second.State = "rol_2", staging.ID, rollout.RolledBack
	decision := rollout.Decision{
		ID: "dec_1", RolloutID: first.ID, At: at, By: "Belay", Action: rollout.RollBackPart, Components: []string{"diary"}, Reason: "it throws", Evidence: json.RawMessage(`[]`),
	}
	record := rollout.Record{Readings: []rollout.Reading{{Guard: rollout.Errors, LogE: 1.5}}, Lines: []rollout.Line{{Points: []rollout.Point{{At: at, LogE: 1}}}}}
	require.NoError(t, db.Transact(t.Context(), func(ctx context.Context) error {
		for _, r := range []rollout.Rollout{first, second, first} {
			if err := store.SaveRollout(ctx, r); err != nil {
				return err
			}
		}
		if err := store.AddDecision(ctx, decision); err != nil {
			return err
		}
		return store.SaveRecord(ctx, second.ID, record)
	}))

	found, err := store.FindRollout(t.Context(), first.ID)
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(first, found))
	for environment, want := range map[string][]string{"": {"rol_2", "rol_1"}, production.ID: {"rol_1"}, "env_none": nil} {
		all, err := store.Rollouts(t.Context(), environment)
		require.NoError(t, err)
		require.Equal(t, want, ids(all), "newest first")
	}
	live, err := store.Live(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"rol_1"}, ids(live))
	decisions, err := store.Decisions(t.Context(), first.ID)
	require.NoError(t, err)
	require.Empty(t, cmp.Diff([]rollout.Decision{decision}, decisions))
	kept, err := store.FindRecord(t.Context(), second.ID)
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(record, kept))
	_, err = store.FindRecord(t.Context(), first.ID)
	require.True(t, fault.Is(err, fault.NotFound))
	_, err = store.FindRollout(t.Context(), "rol_none")
	require.True(t, fault.Is(err, fault.NotFound))
}

func ids(all []rollout.Rollout) []string {
	var out []string
	for _, r := range all {
		out = append(out, r.ID)
	}
	return out
}
