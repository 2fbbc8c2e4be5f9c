package experiment_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/experiment"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/store/duckdb"
	"github.com/siteproof/belay/internal/store/sqldb"
	"github.com/siteproof/belay/internal/store/sqldb/sqldbtest"
	"github.com/siteproof/belay/internal/telemetry"
	"github.com/siteproof/belay/internal/tenant"
)

const why = "a test needs it"

var dana = change.Actor{Kind: change.Person, ID: "per_1", Name: "Dana"}

// world is real stores with a clock that the test moves.
type world struct {
	t           testing.TB
	now         time.Time
	position    int64
	journal     *change.Journal
	flags       *flag.Service
	events      *duckdb.Store
	experiments *experiment.Service
	env         string
	waiting     []telemetry.Event
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, now: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)}
	db := sqldbtest.Open(t)
	var err error
	w.journal, err = change.NewJournal(t.Context(), db, func() time.Time { return w.now })
	require.NoError(t, err)
	tenants := tenant.New(sqldb.NewTenants(db), w.journal)
	require.NoError(t, tenants.EnsureFirst(t.Context(), dana, tenant.FirstNames{Environments: []tenant.FirstEnvironment{{Key: "production", Name: "Production"}}}))
	require.NoError(t, tenants.Load(t.Context()))
	env, err := tenants.Find("production")
	require.NoError(t, err)
	w.env = env.ID
	w.flags = flag.New(flag.Options{Store: sqldb.NewFlags(db), Journal: w.journal, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, w.flags.Load(t.Context()))
	w.journal.Subscribe("flags", w.flags.Refresh)
	w.events, err = duckdb.Open(t.Context(), duckdb.Options{Path: filepath.Join(t.TempDir(), "t.duckdb")})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.events.Close()) })
	w.experiments = experiment.New(experiment.Options{
		Store: sqldb.NewExperiments(db), Journal: w.journal, Flags: w.flags, Outcomes: w.events, Now: func() time.Time { return w.now },
	})
	return w
}

// button is a flag of three variants, half of the people with its own value.
func (w *world) button(variants ...flag.Variant) {
	w.t.Helper()
	if len(variants) == 0 {
		variants = []flag.Variant{{Key: "short", Value: json.RawMessage(`"Buy"`), Weight: 50}}
	}
	_, err := w.flags.Create(w.t.Context(), dana, why, flag.Flag{
		EnvironmentID: w.env, Key: "button", Type: flag.String, Value: json.RawMessage(`"Buy now"`), Enabled: true, Variants: variants,
	})
	require.NoError(w.t, err)
}

func (w *world) later(d time.Duration) { w.now = w.now.Add(d) }

// saw has somebody see a variant now, and do something a moment later.
func (w *world) saw(user, variant string, did ...telemetry.Event) {
	w.event(telemetry.Event{Kind: telemetry.Exposure, User: user, Flag: "button", Variant: variant})
	for _, e := range did {
		e.User = user
		w.event(e)
	}
}

func (w *world) event(e telemetry.Event) {
	w.position++
	e.Position, e.EnvironmentID, e.Session = w.position, w.env, "session_of_"+e.User
	e.At, e.ReceivedAt = w.now, w.now
	w.waiting = append(w.waiting, e)
}

// store keeps what happened.
func (w *world) store() {
	w.t.Helper()
	require.NoError(w.t, w.events.Append(w.t.Context(), w.waiting))
	w.waiting = nil
}

var (
	bought = telemetry.Event{Kind: telemetry.Custom, Name: "bought", Properties: json.RawMessage(`{"value":"20"}`)}
	broke  = telemetry.Event{Kind: telemetry.Error, Name: "TypeError"}
)

// chances are how likely somebody in an arm buys and meets an error.
type chances struct{ buys, breaks float64 }

// crowd has people see variants over some hours, spread evenly.
func (w *world) crowd(prefix string, people, hours int, arms map[string]chances, share func(r *rand.Rand) string) {
	w.t.Helper()
	random := rand.New(rand.NewPCG(uint64(len(prefix)), uint64(people)))
	for n := range people {
		arm := share(random)
		var did []telemetry.Event
		if random.Float64() < arms[arm].buys {
			did = append(did, bought)
		}
		if random.Float64() < arms[arm].breaks {
			did = append(did, broke)
		}
		w.saw(fmt.Sprintf("%s%d", prefix, n), arm, did...)
		w.later(time.Duration(hours) * time.Hour / time.Duration(people))
	}
	w.store()
}

func even(keys ...string) func(*rand.Rand) string {
	return func(r *rand.Rand) string { return keys[r.IntN(len(keys))] }
}

func (w *world) start(more ...experiment.Metric) experiment.Experiment {
	w.t.Helper()
	metrics := append([]experiment.Metric{{Role: experiment.Primary, Kind: experiment.Conversion, Event: "bought", Name: "Purchases"}}, more...)
	e, err := w.experiments.Start(w.t.Context(), dana, why, w.env, experiment.Design{Name: "Shorter button", Flag: "button", Metrics: metrics, Effect: 2, Planned: 8000})
	require.NoError(w.t, err)
	return e
}

func (w *world) result(id string) experiment.Result {
	w.t.Helper()
	w.later(time.Minute) // a result is shown for a while before it is counted again
	r, err := w.experiments.Result(w.t.Context(), id)
	require.NoError(w.t, err)
	return r
}

func (w *world) flag() flag.Flag {
	w.t.Helper()
	f, err := w.flags.Snapshot(w.env).Find("button")
	require.NoError(w.t, err)
	return f
}
