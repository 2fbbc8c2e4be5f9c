package crowd_test

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/crowd"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/protocol/beacon"
	"github.com/siteproof/belay/internal/protocol/ofrep"
	"github.com/siteproof/belay/internal/store/duckdb"
	"github.com/siteproof/belay/internal/store/sqldb"
	"github.com/siteproof/belay/internal/store/sqldb/sqldbtest"
	"github.com/siteproof/belay/internal/stream"
	"github.com/siteproof/belay/internal/telemetry"
	"github.com/siteproof/belay/internal/tenant"
)

// belay is what of Belay a crowd meets: real stores, real doors, a real listener that can be closed and opened again.
type belay struct {
	t         *testing.T
	env       tenant.Environment
	tenants   *tenant.Service
	flags     *flag.Service
	telemetry *telemetry.Service
	address   string
	hub       *stream.Hub
	server    *http.Server
}

var tester = change.Actor{Kind: change.System, ID: "test", Name: "test"}

func newBelay(t *testing.T) *belay {
	t.Helper()
	ctx, quiet := t.Context(), slog.New(slog.DiscardHandler)
	db := sqldbtest.Open(t)
	journal, err := change.NewJournal(ctx, db, time.Now)
	require.NoError(t, err)
	b := &belay{t: t, tenants: tenant.New(sqldb.NewTenants(db), journal), address: "127.0.0.1:0"}
	require.NoError(t, b.tenants.EnsureFirst(ctx, tester, tenant.FirstNames{Environments: []tenant.FirstEnvironment{{Key: "production"}}}))
	b.env = b.tenants.Environments()[0]
	b.flags = flag.New(flag.Options{Store: sqldb.NewFlags(db), Journal: journal, Logger: quiet})
	require.NoError(t, b.flags.Load(ctx))
	journal.Subscribe("flags", b.flags.Refresh)
	journal.Subscribe("browsers", func(c change.Commit) { b.hub.Announce(b.env.ID, c.Revision) })
	store, err := duckdb.Open(ctx, duckdb.Options{Path: filepath.Join(t.TempDir(), "telemetry.duckdb"), Logger: quiet})
	require.NoError(t, err)
	b.telemetry = telemetry.New(telemetry.Options{Store: store, Logger: quiet})
	require.NoError(t, b.telemetry.Start(ctx))
	b.open()
	t.Cleanup(func() {
		b.close()
		require.NoError(t, b.telemetry.Stop(context.Background()))
		require.NoError(t, store.Close())
	})
	b.create(flag.Flag{Key: master, Type: flag.Boolean, Enabled: true})
	b.create(flag.Flag{Key: "siteproof-fault", Type: flag.String, Enabled: true, Value: []byte(`"none"`)})
	for _, component := range components {
		b.create(flag.Flag{Key: component, Type: flag.Boolean, Enabled: true, Parent: master})
	}
	return b
}

func (b *belay) create(f flag.Flag) {
	b.t.Helper()
	f.EnvironmentID = b.env.ID
	_, err := b.flags.Create(b.t.Context(), tester, "the test sets the stage", f)
	require.NoError(b.t, err)
}

func (b *belay) change(key string, p flag.Patch) {
	b.t.Helper()
	_, err := b.flags.Change(b.t.Context(), tester, "the test changes it", b.env.ID, key, p)
	require.NoError(b.t, err)
}

// open listens, at the same address as before.
func (b *belay) open() {
	b.t.Helper()
	quiet := slog.New(slog.DiscardHandler)
	b.hub = stream.New(stream.Options{Logger: quiet, Revision: func(id string) int64 { return b.flags.Snapshot(id).Revision() }})
	mux := http.NewServeMux()
	mux.Handle("/ofrep/", ofrep.New(ofrep.Options{
		Tenants: b.tenants, Flags: b.flags, Stream: b.hub, OnFetch: b.telemetry.RecordFetch, Logger: quiet,
	}))
	mux.Handle("/beacon/", beacon.New(beacon.Options{
		Tenants: b.tenants, Telemetry: b.telemetry, OnConfirm: b.hub.Confirm, Logger: quiet,
	}))
	listener, err := net.Listen("tcp", b.address)
	require.NoError(b.t, err)
	b.address = listener.Addr().String()
	b.server = &http.Server{Handler: mux} //nolint:gosec // on loopback, for a test
	go func() { _ = b.server.Serve(listener) }()
}

func (b *belay) close() {
	b.hub.Stop()
	_ = b.server.Close()
}

func (b *belay) eventually(what string, holds func() bool) {
	b.t.Helper()
	require.Eventually(b.t, holds, 15*time.Second, 10*time.Millisecond, what)
}

func (b *belay) confirmed(n int) func() bool {
	return func() bool {
		c := b.hub.Clients(b.env.ID)
		return c.Connected == n && c.Confirmed == n && c.Unknown == 0
	}
}

// run sends a crowd and gives a function that ends it.
func (b *belay) run(o crowd.RunOptions) (counts *crowd.Counts, end func()) {
	b.t.Helper()
	counts = &crowd.Counts{}
	o.BelayURL, o.ClientKey, o.Counts, o.Components = "http://"+b.address, b.env.ClientKey, counts, components
	ctx, cancel := context.WithCancel(b.t.Context())
	done := make(chan error, 1)
	go func() { done <- crowd.Run(ctx, o) }()
	return counts, func() {
		cancel()
		require.NoError(b.t, <-done)
	}
}

func (b *belay) events() map[telemetry.Kind][]telemetry.Event {
	b.t.Helper()
	found := map[telemetry.Kind][]telemetry.Event{}
	require.NoError(b.t, b.telemetry.Scan(b.t.Context(), b.env.ID, time.Time{}, time.Time{}, func(e telemetry.Event) error {
		found[e.Kind] = append(found[e.Kind], e)
		return nil
	}))
	return found
}

func TestACrowdUsesTheRealDoorsAndHearsOfChanges(t *testing.T) {
	b := newBelay(t)
	const lasting = 8
	counts, end := b.run(crowd.RunOptions{Rate: 250, Lasting: lasting, Options: crowd.Options{Seed: 7, SilentShare: 0.2}})
	b.eventually("pages stay open and have confirmed what they hold", b.confirmed(lasting))

	b.change("siteproof-fault", flag.Patch{Value: []byte(`"ncr-form-throws"`)})
	b.eventually("every open page confirms the new state", b.confirmed(lasting))
	broken := counts.Sessions.Load()
	b.eventually("visitors come", func() bool { return counts.Sessions.Load() > broken+200 })

	off := false
	b.change("ncr-form", flag.Patch{Enabled: &off})
	b.eventually("every open page confirms the way back", b.confirmed(lasting))
	require.GreaterOrEqual(t, counts.Refetched.Load(), int64(2*lasting))
	end()

	require.Zero(t, counts.Refused.Load(), "Belay understands every document")
	require.Zero(t, counts.Unreachable.Load())
	events := b.events()
	ready := map[string]bool{}
	for _, e := range events[telemetry.Ready] {
		ready[e.Session] = true
	}
	silent := 0
	for _, e := range events[telemetry.Fetch] {
		if !ready[e.Session] {
			silent++
		}
	}
	visits := len(events[telemetry.Fetch])
	require.Greater(t, visits, 200)
	require.InDelta(t, 0.2, float64(silent)/float64(visits), 0.12, "a fifth is silent")
	thrown := 0
	for _, e := range events[telemetry.Error] {
		if e.Source == "boundary" {
			thrown++
			require.Equal(t, "ncr-form", e.Component)
			require.Equal(t, "on", e.Variants["ncr-form"], "who has the old form is spared")
			require.True(t, e.Handled)
		}
	}
	require.Greater(t, thrown, 20)
	for _, kind := range []telemetry.Kind{telemetry.Exposure, telemetry.Vital, telemetry.Render, telemetry.Heartbeat, telemetry.Confirm} {
		require.NotEmpty(t, events[kind], kind)
	}
}

func TestACrowdComesBackWhenBelayDoes(t *testing.T) {
	b := newBelay(t)
	const lasting = 4
	counts, end := b.run(crowd.RunOptions{Rate: 40, Lasting: lasting})
	b.eventually("pages stay open", b.confirmed(lasting))
	b.close()
	b.eventually("visitors meet a closed door", func() bool { return counts.Unreachable.Load() > 3 && counts.Open.Load() == 0 })
	off := false
	b.change(master, flag.Patch{Enabled: &off}) // nobody hears of it
	b.open()
	b.eventually("the same pages come back and learn of it", b.confirmed(lasting))
	before := counts.Sessions.Load()
	b.eventually("so do visitors", func() bool { return counts.Sessions.Load() > before })
	end()
	require.Zero(t, counts.Refused.Load())
	revisions := map[string]map[float64]bool{}
	for _, e := range b.events()[telemetry.Confirm] {
		if revisions[e.Session] == nil {
			revisions[e.Session] = map[float64]bool{}
		}
		revisions[e.Session][e.Value] = true
	}
	both := 0
	for _, seen := range revisions {
		if len(seen) == 2 {
			both++
		}
	}
	require.Equal(t, lasting, both, "each page confirmed what it held before and after, as one session")
}

func TestACrowdLeavesNothingBehind(t *testing.T) {
	b := newBelay(t)
	before := goleak.IgnoreCurrent()
	counts, end := b.run(crowd.RunOptions{Rate: 200, Lasting: 5})
	b.eventually("visitors come", func() bool { return counts.Sessions.Load() > 50 && counts.Open.Load() == 5 })
	end()
	require.Zero(t, counts.Open.Load())
	b.close()
	goleak.VerifyNone(t, before)
}

func TestNobodyComesWithoutARate(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, crowd.Run(ctx, crowd.RunOptions{BelayURL: "http://127.0.0.1:1"}))
}
