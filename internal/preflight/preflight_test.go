package preflight_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/lease"
	"github.com/siteproof/belay/internal/preflight"
	"github.com/siteproof/belay/internal/rollout"
	"github.com/siteproof/belay/internal/store/duckdb"
	"github.com/siteproof/belay/internal/store/sqldb"
	"github.com/siteproof/belay/internal/store/sqldb/sqldbtest"
	"github.com/siteproof/belay/internal/telemetry"
	"github.com/siteproof/belay/internal/tenant"
)

var dana = change.Actor{Kind: change.Person, ID: "per_1", Name: "Dana"}

const (
	why    = "a test needs it"
	master = "design"
)

// belay is checklists and rollouts on real SQLite and DuckDB, on a clock that tests move.
type belay struct {
	t         testing.TB
	now       time.Time
	journal   *change.Journal
	flags     *flag.Service
	telemetry *telemetry.Service
	rollouts  *rollout.Service
	lists     *preflight.Service
	env       string
	visits    int
}

func newBelay(t testing.TB) *belay {
	t.Helper()
	b := &belay{t: t, now: time.Now()}
	clock := func() time.Time { return b.now }
	db := sqldbtest.Open(t)
	var err error
	b.journal, err = change.NewJournal(t.Context(), db, time.Now)
	require.NoError(t, err)
	tenants := tenant.New(sqldb.NewTenants(db), b.journal)
	require.NoError(t, tenants.EnsureFirst(t.Context(), dana, tenant.FirstNames{
		Organisation: "o", Project: "p", Environments: []tenant.FirstEnvironment{{Key: "production", Name: "Production"}},
	}))
	env, err := tenants.Find("production")
	require.NoError(t, err)
	b.env = env.ID
	b.flags = flag.New(flag.Options{Store: sqldb.NewFlags(db), Journal: b.journal, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, b.flags.Load(t.Context()))
	b.journal.Subscribe("flags", b.flags.Refresh)
	for key, parent := range map[string]string{master: ""} {
		b.create(key, parent)
	}
	b.create("diary", master)
	events, err := duckdb.Open(t.Context(), duckdb.Options{Path: filepath.Join(t.TempDir(), "t.duckdb")})
	require.NoError(t, err)
	b.telemetry = telemetry.New(telemetry.Options{Store: events})
	require.NoError(t, b.telemetry.Start(t.Context()))
	t.Cleanup(func() {
		require.NoError(t, b.telemetry.Stop(context.Background()))
		require.NoError(t, events.Close())
	})
	b.lists = preflight.New(preflight.Options{
		Store: sqldb.NewPreflight(db), Journal: b.journal, Visits: events, Now: clock,
		Flags:       b.flags.Snapshot,
		Rollout:     func(ctx context.Context, id string) (rollout.Rollout, error) { return b.rollouts.Find(ctx, id) },
		LastEventAt: b.telemetry.LastEventAt,
		Environment: func(string) string { return "production" },
	})
	b.rollouts = rollout.New(rollout.Options{
		Store: sqldb.NewRollouts(db), Journal: b.journal, Flags: b.flags, Telemetry: b.telemetry, Lease: lease.New(sqldb.NewLeases(db)),
		Logger: slog.New(slog.DiscardHandler), Checks: b.lists,
	})
	return b
}

func (b *belay) create(key, parent string) {
	b.t.Helper()
	_, err := b.flags.Create(b.t.Context(), dana, why, flag.Flag{Key: key, Type: flag.Boolean, Enabled: true, Parent: parent, EnvironmentID: b.env})
	require.NoError(b.t, err)
}

func (b *belay) plan() string {
	b.t.Helper()
	plan := rollout.DemoPlan()
	r, err := b.rollouts.Create(b.t.Context(), dana, why, rollout.NewRollout{EnvironmentID: b.env, Name: "New design", Flag: master, Plan: &plan})
	require.NoError(b.t, err)
	return r.ID
}

// visit lets people come with the old version.
func (b *belay) visit(n int) {
	b.t.Helper()
	var events []telemetry.Event
	for range n {
		b.visits++
		events = append(events, telemetry.Event{
			Session: fmt.Sprintf("session-%d", b.visits), Kind: telemetry.Ready, Seq: 1, At: b.now, ReceivedAt: b.now, Browser: "Chrome",
		})
	}
	_, _, err := b.telemetry.Ingest(b.t.Context(), b.env, events)
	require.NoError(b.t, err)
}

func (b *belay) report(id string) preflight.Report {
	b.t.Helper()
	r, err := b.lists.Report(b.t.Context(), id)
	require.NoError(b.t, err)
	return r
}

func line(t testing.TB, r preflight.Report, key string) preflight.Line {
	t.Helper()
	at := slices.IndexFunc(r.Lines, func(l preflight.Line) bool { return l.Key == key })
	require.GreaterOrEqual(t, at, 0, "%s is not in the checklist", key)
	return r.Lines[at]
}

func TestAFreshEnvironmentIsBlockedByNothingThatNobodyCanSatisfy(t *testing.T) {
	b := newBelay(t)
	id := b.plan()
	r := b.report(id)
	require.True(t, r.Green)
	require.Equal(t, preflight.Green, line(t, r, "flags").State)
	for _, key := range []string{"telemetry", "baseline", "on-call", "backup", "drill"} {
		require.Equal(t, preflight.Advice, line(t, r, key).State, "%s is said and does not block", key)
		require.NotEmpty(t, line(t, r, key).Way, "%s says what to do", key)
	}
	require.NoError(t, b.rollouts.Start(t.Context(), dana, why, id))
}

func TestProductionAsksForEverythingAndEachItemTurnsGreenByWhatItAsksFor(t *testing.T) {
	b := newBelay(t)
	ctx := t.Context()
	_, err := b.lists.Use(ctx, dana, "we are live", b.env, preflight.ProductionTemplate)
	require.NoError(t, err)
	id := b.plan()
	r := b.report(id)
	require.Equal(t, 6, r.Red)
	require.ErrorContains(t, b.rollouts.Start(ctx, dana, why, id), "Somebody is on call: nobody is named")

	b.visit(299)
	require.Equal(t, preflight.Green, line(t, b.report(id), "telemetry").State)
	require.Equal(t, preflight.Red, line(t, b.report(id), "baseline").State)
	b.visit(1)
	b.now = b.now.Add(2 * time.Minute)
	require.Equal(t, preflight.Green, line(t, b.report(id), "baseline").State)

	_, err = b.lists.SetOnCall(ctx, dana, why, b.env, "Kim", "+49 30 1234", b.now.Add(8*time.Hour))
	require.NoError(t, err)
	_, err = b.lists.Record(ctx, dana, preflight.Record{EnvironmentID: b.env, Kind: preflight.Backup, Note: "restored on staging", At: b.now.Add(-80 * 24 * time.Hour)})
	require.NoError(t, err)
	_, err = b.lists.Record(ctx, dana, preflight.Record{EnvironmentID: b.env, Kind: preflight.Drill, Note: "12 s", At: b.now.Add(-31 * 24 * time.Hour)})
	require.NoError(t, err)
	r = b.report(id)
	require.Equal(t, preflight.Green, line(t, r, "on-call").State)
	require.Equal(t, preflight.Green, line(t, r, "backup").State)
	require.Equal(t, preflight.Red, line(t, r, "drill").State)
	require.Equal(t, "done 31 days ago; at most 30 days are allowed", line(t, r, "drill").Text)
	_, err = b.lists.Record(ctx, dana, preflight.Record{EnvironmentID: b.env, Kind: preflight.Drill, Note: "9 s"})
	require.NoError(t, err)
	require.NoError(t, b.lists.Tick(ctx, dana, "mail of Monday", id, "told"))
	r = b.report(id)
	require.True(t, r.Green, "%+v", r.Lines)
	require.Equal(t, "ticked by Dana", line(t, r, "told").Text)
	require.NoError(t, b.rollouts.Start(ctx, dana, why, id))

	require.Equal(t, preflight.Red, line(t, b.report(id), "telemetry").State, "a running rollout waits for no more than a minute")
	b.visit(1)
	r = b.report(id)
	require.Equal(t, 1, r.Phase)
	require.Equal(t, preflight.Red, line(t, r, "watched").State, "asked for from 25 %% on")
	require.Equal(t, 1, r.Red)
	require.NoError(t, b.lists.Tick(ctx, dana, "I do", id, "watched"))
	require.NoError(t, b.rollouts.Advance(ctx, dana, why, id))
	require.Equal(t, preflight.Red, line(t, b.report(id), "watched").State, "to be ticked anew before each phase")

	b.now = b.now.Add(8 * time.Hour)
	r = b.report(id)
	require.Equal(t, preflight.Red, line(t, r, "on-call").State)
	require.Contains(t, line(t, r, "on-call").Text, "Kim was on call until")
	require.Equal(t, preflight.Red, line(t, r, "telemetry").State, "silence is not health")
	require.NoError(t, b.rollouts.RollBack(ctx, dana, "it harms", id), "whatever the checklist says")
	require.False(t, b.report(id).Enters)
}

func TestChecksAreAskedOfTheReleaseThatComes(t *testing.T) {
	b := newBelay(t)
	ctx := t.Context()
	_, err := b.lists.Change(ctx, dana, why, b.env, []preflight.Item{
		{Key: "e2e", Kind: preflight.Check, Check: "e2e", Required: true, Title: "The five flows work"},
		{Key: "visual", Kind: preflight.Check, Check: "visual", Required: true, Title: "It looks right"},
	})
	require.NoError(t, err)
	id := b.plan()
	require.Equal(t, "CI has reported of no release yet", line(t, b.report(id), "e2e").Text)
	say := func(release, name string, passed bool) {
		t.Helper()
		_, err := b.lists.ReportCheck(ctx, dana, preflight.Verdict{EnvironmentID: b.env, Release: release, Name: name, Passed: passed, URL: "https://ci.example/1"})
		require.NoError(t, err)
		b.now = b.now.Add(time.Second)
	}
	say("2.3", "e2e", true)
	say("2.3", "visual", true)
	require.True(t, b.report(id).Green)
	say("2.4", "e2e", false)
	r := b.report(id)
	require.Equal(t, "2.4", r.Release, "what was green of another build says nothing")
	require.Equal(t, "e2e is red for 2.4", line(t, r, "e2e").Text)
	require.Equal(t, "visual was not reported of 2.4", line(t, r, "visual").Text)
	say("2.3", "e2e", true) // run again
	require.Equal(t, "2.4", b.report(id).Release, "the newest release is the one that was reported of last for the first time")
	say("2.4", "e2e", true)
	say("2.4", "visual", true)
	require.True(t, b.report(id).Green, "the last report of a check counts")
	require.NoError(t, b.lists.SetRelease(ctx, dana, why, id, "2.2"))
	require.Equal(t, 2, b.report(id).Red)
	require.ErrorContains(t, b.rollouts.Start(ctx, dana, why, id), "e2e was not reported of 2.2")
}

func TestTicksHaveANameAndCanBeTakenBack(t *testing.T) {
	b := newBelay(t)
	ctx := t.Context()
	_, err := b.lists.Use(ctx, dana, why, b.env, preflight.ProductionTemplate)
	require.NoError(t, err)
	id := b.plan()
	require.NoError(t, b.lists.Tick(ctx, dana, "told them", id, "told"))
	require.True(t, fault.Is(b.lists.Tick(ctx, dana, "told them", id, "told"), fault.Conflict), "it is ticked already")
	kim := change.Actor{Kind: change.Person, ID: "per_2", Name: "Kim"}
	require.NoError(t, b.lists.Untick(ctx, kim, "the date moved", id, "told"))
	require.Equal(t, preflight.Red, line(t, b.report(id), "told").State)
	require.True(t, fault.Is(b.lists.Untick(ctx, kim, "the date moved", id, "told"), fault.Conflict))
	require.True(t, fault.Is(b.lists.Tick(ctx, dana, "done", id, "drill"), fault.Conflict), "Belay answers that itself")
	require.True(t, fault.Is(b.lists.Tick(ctx, dana, "done", id, "nothing"), fault.NotFound))
	require.True(t, fault.Is(b.lists.Tick(ctx, dana, "x", id, "told"), fault.Invalid), "it says nothing")
	commits, err := b.journal.List(ctx, change.Filter{KindPrefix: "checklist.", Subject: id})
	require.NoError(t, err)
	require.Len(t, commits, 2)
	require.Equal(t, "Kim", commits[0].Actor.Name)
	require.Equal(t, "the date moved", commits[0].Reason)
}

func TestAComponentThatStandsElsewhereIsFound(t *testing.T) {
	b := newBelay(t)
	id := b.plan()
	b.create("other", "")
	other := "other"
	_, err := b.flags.Change(t.Context(), dana, why, b.env, "diary", flag.Patch{Parent: &other})
	require.NoError(t, err)
	r := b.report(id)
	require.False(t, r.Green)
	require.Contains(t, line(t, r, "flags").Text, "diary would not go back with design")
	_, err = b.rollouts.OverrideChecklist(t.Context(), dana, "it is wanted so", id)
	require.NoError(t, err)
	r = b.report(id)
	require.True(t, r.Green)
	require.Equal(t, preflight.Overridden, line(t, r, "flags").State)
	require.Equal(t, "Dana", line(t, r, "flags").Override.By)
}

func TestWhatCannotBeKeptIsRefusedAtItsPlace(t *testing.T) {
	b := newBelay(t)
	ctx := t.Context()
	for path, i := range map[string]preflight.Item{
		"items[0].key":   {Key: "A B", Kind: preflight.Manual, Title: "t"},
		"items[0].kind":  {Key: "a", Kind: "guess", Title: "t"},
		"items[0].title": {Key: "a", Kind: preflight.Manual, Title: " "},
		"items[0].from":  {Key: "a", Kind: preflight.Manual, Title: "t", From: 101},
		"items[0].days":  {Key: "a", Kind: preflight.Drill, Title: "t", Days: -1},
		"items[0].check": {Key: "a", Kind: preflight.Check, Title: "t"},
	} {
		_, err := b.lists.Change(ctx, dana, why, b.env, []preflight.Item{i})
		require.Equal(t, []string{path}, paths(err))
	}
	twice := preflight.Item{Key: "a", Kind: preflight.Manual, Title: "t"}
	_, err := b.lists.Change(ctx, dana, why, b.env, []preflight.Item{twice, twice})
	require.Equal(t, []string{"items[1].key"}, paths(err))
	_, err = b.lists.Use(ctx, dana, why, b.env, "nothing")
	require.True(t, fault.Is(err, fault.NotFound))

	_, err = b.lists.Record(ctx, dana, preflight.Record{EnvironmentID: b.env, Kind: preflight.Manual, At: b.now.Add(time.Hour), URL: "javascript:alert(1)"})
	require.Equal(t, []string{"kind", "at", "note", "url"}, paths(err))
	_, err = b.lists.ReportCheck(ctx, dana, preflight.Verdict{EnvironmentID: b.env, Release: "1\n2", URL: "ftp://x/y", Note: strings.Repeat("x", 501)})
	require.Equal(t, []string{"release", "name", "note", "url"}, paths(err))
	_, err = b.lists.SetOnCall(ctx, dana, why, b.env, "Kim", "", b.now.Add(-time.Hour))
	require.Equal(t, []string{"until"}, paths(err))
	named, err := b.lists.SetOnCall(ctx, dana, "nobody is there", b.env, "", "", time.Time{})
	require.NoError(t, err)
	require.Empty(t, named.Who)
}

func paths(err error) []string {
	var all []string
	f, is := err.(*fault.Error) //nolint:errorlint // the fault itself is meant
	if is {
		for _, field := range f.Fields {
			all = append(all, field.Path)
		}
	}
	return all
}
