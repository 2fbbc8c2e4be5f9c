package proposal_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/auth"
	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/lease"
	"github.com/siteproof/belay/internal/proposal"
	"github.com/siteproof/belay/internal/rollout"
	"github.com/siteproof/belay/internal/store/sqldb"
	"github.com/siteproof/belay/internal/store/sqldb/sqldbtest"
	"github.com/siteproof/belay/internal/telemetry"
	"github.com/siteproof/belay/internal/tenant"
)

const why = "a test needs it"

var (
	dana = change.Actor{Kind: change.Person, ID: "per_1", Name: "Dana"}
	mara = change.Actor{Kind: change.Person, ID: "per_2", Name: "Mara"}
	ines = change.Actor{Kind: change.Person, ID: "per_3", Name: "Ines"}
	tool = change.Actor{Kind: change.Token, ID: "tok_1", Name: "deploy"}
)

// silence is telemetry in which nothing ever happens.
type silence struct{}

func (silence) Scan(context.Context, string, time.Time, time.Time, func(telemetry.Event) error) error {
	return nil
}

func (silence) Fingerprints(context.Context, string, time.Time, time.Time) ([]string, error) {
	return nil, nil
}

func (silence) Percentile(context.Context, string, telemetry.Kind, string, float64, time.Time, time.Time) (float64, int64, error) {
	return 0, 0, nil
}
func (silence) LastEventAt(string) time.Time { return time.Time{} }

// world is everything that changes flags, on a real store.
type world struct {
	t         testing.TB
	db        *sqldb.DB
	journal   *change.Journal
	tenants   *tenant.Service
	flags     *flag.Service
	rollouts  *rollout.Service
	proposals *proposal.Service
	env       tenant.Environment
}

// newWorld has one environment that asks for as many approvals.
func newWorld(t testing.TB, approvals int) *world {
	t.Helper()
	w := &world{t: t, db: sqldbtest.Open(t)}
	w.open()
	first := tenant.FirstNames{Environments: []tenant.FirstEnvironment{{Key: "production", Name: "Production"}, {Key: "staging", Name: "Staging"}}}
	require.NoError(t, w.tenants.EnsureFirst(t.Context(), dana, first))
	w.ask(approvals)
	require.NoError(t, w.flags.Load(t.Context()))
	return w
}

// open makes the services anew, as a restart does.
func (w *world) open() {
	w.t.Helper()
	var err error
	w.journal, err = change.NewJournal(w.t.Context(), w.db, time.Now)
	require.NoError(w.t, err)
	w.tenants = tenant.New(sqldb.NewTenants(w.db), w.journal)
	require.NoError(w.t, w.tenants.Load(w.t.Context()))
	log := slog.New(slog.DiscardHandler)
	w.flags = flag.New(flag.Options{Store: sqldb.NewFlags(w.db), Journal: w.journal, Logger: log})
	require.NoError(w.t, w.flags.Load(w.t.Context()))
	w.journal.Subscribe("flags", w.flags.Refresh)
	leases := lease.New(sqldb.NewLeases(w.db))
	w.rollouts = rollout.New(rollout.Options{
		Store: sqldb.NewRollouts(w.db), Journal: w.journal, Flags: w.flags, Telemetry: silence{}, Lease: leases, Logger: log,
	})
	w.proposals = proposal.New(proposal.Options{
		Store: sqldb.NewProposals(w.db), Journal: w.journal, Tenants: w.tenants, Flags: w.flags, Rollouts: w.rollouts, Lease: leases, Logger: log,
		People: auth.New(auth.Options{Store: sqldb.NewAuth(w.db), Journal: w.journal}),
	})
}

// ask has production ask for approvals.
func (w *world) ask(approvals int) {
	w.t.Helper()
	env, err := w.tenants.Find("production")
	require.NoError(w.t, err)
	env.Settings.Approvals = approvals
	// As a person with the store in hand: by the API, fewer approvals are asked for only when enough people agree.
	_, err = w.journal.Commit(w.t.Context(), dana, why, func(ctx context.Context) error {
		if err := sqldb.NewTenants(w.db).SaveEnvironment(ctx, env); err != nil {
			return err
		}
		return change.Record(ctx, change.Change{Kind: "environment.updated", EnvironmentID: env.ID, Subject: env.Key})
	})
	require.NoError(w.t, err)
	require.NoError(w.t, w.tenants.Load(w.t.Context()))
	w.env, err = w.tenants.Find("production")
	require.NoError(w.t, err)
}

// with makes flags while nobody has to approve anything.
func (w *world) with(flags ...flag.Flag) {
	w.t.Helper()
	asked := w.env.Settings.Approvals
	w.ask(0)
	for _, f := range flags {
		if f.Type == "" {
			f.Type = flag.Boolean
		}
		f.EnvironmentID = w.env.ID
		_, err := w.flags.Create(w.t.Context(), dana, why, f)
		require.NoError(w.t, err)
	}
	w.ask(asked)
}

func (w *world) turn(ctx context.Context, who change.Actor, key string, on bool) error {
	_, err := w.flags.Change(ctx, who, why, w.env.ID, key, flag.Patch{Enabled: &on})
	return err
}

func (w *world) flag(key string) flag.Flag {
	w.t.Helper()
	f, err := w.flags.Snapshot(w.env.ID).Find(key)
	require.NoError(w.t, err)
	return f
}

// held is the request that an answer names.
func (w *world) held(err error) proposal.Proposal {
	w.t.Helper()
	var held *proposal.HeldError
	require.ErrorAs(w.t, err, &held)
	return held.Request
}

// last is the newest commit.
func (w *world) last() change.Commit {
	w.t.Helper()
	all, err := w.journal.List(w.t.Context(), change.Filter{Limit: 1})
	require.NoError(w.t, err)
	return all[0]
}

func kinds(c change.Commit) []string {
	var all []string
	for _, ch := range c.Changes {
		all = append(all, ch.Kind)
	}
	return all
}
