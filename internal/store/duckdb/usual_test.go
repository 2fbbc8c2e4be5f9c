package duckdb_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/telemetry"
)

func TestUsualVisitsCountSessionsAndPeopleOnceAndNoBots(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "t.duckdb"))
	began := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	var all []telemetry.Event
	add := func(session, user string, kind telemetry.Kind, after time.Duration, change ...func(*telemetry.Event)) {
		e := telemetry.Event{
			Position: int64(len(all) + 1), EnvironmentID: "env_a", Session: session, User: user, Kind: kind, Seq: int64(len(all)),
			ReceivedAt: began.Add(after), At: began.Add(after), Browser: "Chrome",
		}
		for _, c := range change {
			c(&e)
		}
		all = append(all, e)
	}
	named := func(name string) func(*telemetry.Event) { return func(e *telemetry.Event) { e.Name = name } }
	bot := func(e *telemetry.Event) { e.Browser = "Bot" }
	add("s1", "ann", telemetry.Fetch, 0)
	add("s1", "ann", telemetry.Ready, 2*time.Second)
	add("s1", "ann", telemetry.Error, 3*time.Second)
	add("s1", "ann", telemetry.Error, 4*time.Second)
	add("s1", "ann", telemetry.Vital, 5*time.Second, named("LCP"))
	add("s1", "ann", telemetry.Custom, 6*time.Second, named("saved"))
	add("s1", "ann", telemetry.Custom, 6*time.Second, named(telemetry.Evaluations))
	add("s2", "ann", telemetry.Fetch, time.Minute) // never ready
	add("s3", "bob", telemetry.Fetch, time.Minute)
	add("s3", "bob", telemetry.Ready, 5*time.Minute) // too late
	add("s4", "cem", telemetry.Fetch, 59*time.Minute+30*time.Second)
	add("s5", "dot", telemetry.Fetch, time.Minute, bot)
	add("s6", "", telemetry.Error, time.Minute)
	counted := func(flag, variant string, units, bad int) func(*telemetry.Event) {
		return func(e *telemetry.Event) {
			e.Name, e.Flag, e.Variant, e.Browser = "requests", flag, variant, ""
			e.Properties = fmt.Appendf(nil, `{"units":%d,"bad":%d}`, units, bad)
		}
	}
	add("api", "ann", telemetry.Metric, 30*time.Minute, counted("", "", 40, 2))
	add("api", "bob", telemetry.Metric, 31*time.Minute, counted("", "", 2, 0))
	add("api", "bob", telemetry.Metric, 32*time.Minute, func(e *telemetry.Event) { e.Name, e.Value = "query", 80 })
	add("api", "", telemetry.Metric, 33*time.Minute, counted("menu", telemetry.Control, 9, 9))
	add("api", "", telemetry.Metric, 34*time.Minute, counted("checkout", telemetry.Treatment, 10, 1))
	add("api", "", telemetry.Metric, 35*time.Minute, counted("checkout", telemetry.Control, 100, 5))
	add("api", "", telemetry.Metric, 36*time.Minute, counted("checkout", telemetry.Control, 90, 4))
	require.NoError(t, s.Append(t.Context(), all))
	got, err := s.UsualVisits(t.Context(), "env_a", 70*time.Second, began.Add(-time.Hour), began.Add(time.Hour))
	require.NoError(t, err)
	want := telemetry.Usual{
		For: time.Hour, Sessions: 4, People: 3, Failed: 1, FailedWho: 1, Fetches: 3, Silent: 2, SilentWho: 2,
		Views: map[string]int64{"LCP": 1, "ready": 2}, Goods: map[string]int64{"saved": 1}, GoodPeople: 1,
		Reports: map[string]telemetry.Reported{
			"query":    {For: 28 * time.Minute, Values: 1},
			"requests": {For: 30 * time.Minute, Units: 42, Bad: 2, Sides: 2, SideUnits: 200, SideBad: 10},
		},
	}
	require.Empty(t, cmp.Diff(want, got))
	none, err := s.UsualVisits(t.Context(), "env_b", 70*time.Second, began, began.Add(time.Hour))
	require.NoError(t, err)
	require.Zero(t, none.Sessions)
	require.Empty(t, none.Reports)
}
