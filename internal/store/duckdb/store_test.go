package duckdb_test

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/issue"
	"github.com/siteproof/belay/internal/store/duckdb"
	"github.com/siteproof/belay/internal/telemetry"
)

func open(t *testing.T, path string) *duckdb.Store {
	t.Helper()
	s, err := duckdb.Open(t.Context(), duckdb.Options{Path: path})
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() }) // a second Close after a test's own is harmless
	return s
}

func scan(t require.TestingT, s *duckdb.Store, environment string, from, to time.Time) []telemetry.Event {
	var out []telemetry.Event
	err := s.Scan(contextOf(t), environment, from, to, func(e telemetry.Event) error { out = append(out, e); return nil })
	require.NoError(t, err)
	return out
}

var (
	texts  = rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-z"'\\{}\x00-\x1f]{0,40}`), rapid.Just(""))
	micros = rapid.Custom(func(t *rapid.T) time.Time {
		return time.UnixMicro(rapid.Int64Range(0, 4e15).Draw(t, "µs")).UTC()
	})
	events = rapid.Custom(func(t *rapid.T) telemetry.Event {
		e := telemetry.Event{
			EnvironmentID: rapid.SampledFrom([]string{"env_a", "env_b"}).Draw(t, "environment"),
			Session:       texts.Draw(t, "session"), User: texts.Draw(t, "user"), Kind: telemetry.Kind(texts.Draw(t, "kind")),
			Seq: rapid.Int64().Draw(t, "seq"), At: micros.Draw(t, "at"), ReceivedAt: micros.Draw(t, "received"),
			Release: texts.Draw(t, "release"), Page: texts.Draw(t, "page"), Browser: texts.Draw(t, "browser"), OS: texts.Draw(t, "os"),
			Variants: rapid.MapOf(texts, texts).Draw(t, "variants"), Flag: texts.Draw(t, "flag"), Variant: texts.Draw(t, "variant"),
			Component: texts.Draw(t, "component"), Name: texts.Draw(t, "name"), Value: rapid.Float64().Draw(t, "value"),
			Message: texts.Draw(t, "message"), Stack: texts.Draw(t, "stack"), Source: texts.Draw(t, "source"),
			Handled: rapid.Bool().Draw(t, "handled"), Fingerprint: texts.Draw(t, "fingerprint"), Tier: texts.Draw(t, "tier"),
		}
		if rapid.Bool().Draw(t, "has properties") {
			e.Properties = json.RawMessage(`{"photos":2}`)
		}
		return e
	})
)

func TestWhatIsAppendedIsScannedBackInOrder(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "t.duckdb"))
	position := int64(0)
	kept := map[string][]telemetry.Event{}
	rapid.Check(t, func(t *rapid.T) {
		batch := rapid.SliceOfN(events, 1, 20).Draw(t, "batch")
		for i := range batch {
			position++
			batch[i].Position = position
			kept[batch[i].EnvironmentID] = append(kept[batch[i].EnvironmentID], batch[i])
		}
		require.NoError(t, s.Append(contextOf(t), batch))
		for environment, want := range kept {
			from := want[max(0, len(want)-50):]
			got := scan(t, s, environment, time.Time{}, time.Time{})
			require.Len(t, got, len(want))
			if diff := cmp.Diff(from, got[len(got)-len(from):], cmpopts.EquateEmpty()); diff != "" {
				t.Fatalf("environment %s (-appended +scanned):\n%s", environment, diff)
			}
		}
	})
	last, _, err := s.Tail(t.Context())
	require.NoError(t, err)
	require.Equal(t, position, last)
}

func at(minute int) time.Time {
	return time.Date(2026, 11, 24, 2, minute, 0, 0, time.UTC)
}

func fault1(position int64, user, fingerprint, variant string, minute int) telemetry.Event {
	return telemetry.Event{
		Position: position, EnvironmentID: "env_a", Session: "ses_" + user, User: user, Kind: telemetry.Error, Seq: position,
		At: at(minute), ReceivedAt: at(minute), Release: "app@1", Page: "/ncrs", Browser: "Chrome", Variant: variant,
		Variants: map[string]string{"design/system~v2": "off"}, Component: "ncr-form", Name: "TypeError", Message: "boom " + fingerprint, Stack: "at save",
		Source: "window", Fingerprint: fingerprint,
	}
}

func TestIssuesCountUsersByVariantAndMinute(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "t.duckdb"))
	require.NoError(t, s.Append(t.Context(), []telemetry.Event{
		fault1(1, "ann", "f1", "on", 1), fault1(2, "ann", "f1", "on", 2), fault1(3, "bob", "f1", "on", 2), fault1(4, "cay", "f1", "", 5),
		fault1(5, "ann", "f2", "off", 29),
		{Position: 6, EnvironmentID: "env_a", Session: "ses_dan", User: "dan", Kind: telemetry.Ready, ReceivedAt: at(29), At: at(29)},
	}))
	got, err := s.Issues(t.Context(), issue.Query{EnvironmentID: "env_a", Since: at(2), Limit: 10, SplitBy: "design/system~v2", Minutes: at(0)})
	require.NoError(t, err)
	require.Len(t, got, 2)
	first := got[0]
	require.Equal(t, "TypeError: boom f1", first.Title)
	require.EqualValues(t, 3, first.Events, "the one before Since does not count")
	require.EqualValues(t, 3, first.Users)
	require.Equal(t, map[string]int64{"on": 2, "off": 1}, first.ByVariant)
	require.Equal(t, at(1), first.FirstAt, "first ever, not first since")
	require.Equal(t, at(5), first.LastAt)
	require.Equal(t, []int64{0, 1, 2, 0, 0, 1}, first.Minutes[:6], "the minutes have a window of their own")
	require.EqualValues(t, 1, got[1].Minutes[29])

	detail, found, err := s.Detail(t.Context(), issue.Query{EnvironmentID: "env_a", Fingerprint: "f1"})
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, []string{"app@1"}, detail.Releases)
	require.Equal(t, map[string]int64{"Chrome": 3}, detail.Browsers)
	require.Equal(t, map[string]int64{"/ncrs": 4}, detail.Pages)
	_, found, err = s.Detail(t.Context(), issue.Query{EnvironmentID: "env_b", Fingerprint: "f1"})
	require.NoError(t, err)
	require.False(t, found, "another environment's issue stays there")

	traffic, err := s.Traffic(t.Context(), "env_a", at(2), at(30))
	require.NoError(t, err)
	require.Equal(t, []telemetry.Minute{{At: at(2), Sessions: 2, Errors: 2}, {At: at(5), Sessions: 1, Errors: 1}, {At: at(29), Sessions: 2, Errors: 1}}, traffic)

	fingerprints, err := s.Fingerprints(t.Context(), "env_a", at(2), at(29))
	require.NoError(t, err)
	require.Equal(t, []string{"f1"}, fingerprints)
}

func TestLatestGivesTheNewestThatFit(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "t.duckdb"))
	exposure := telemetry.Event{Position: 4, EnvironmentID: "env_a", Kind: telemetry.Exposure, User: "ann", Flag: "cta", Variant: "big", At: at(4), ReceivedAt: at(4)}
	require.NoError(t, s.Append(t.Context(), []telemetry.Event{
		fault1(1, "ann", "f1", "on", 1), fault1(2, "bob", "f1", "on", 2), fault1(3, "ann", "f2", "on", 3), exposure,
	}))
	for _, c := range []struct {
		which telemetry.Which
		limit int
		want  []int64
	}{
		{telemetry.Which{}, 10, []int64{4, 3, 2, 1}},
		{telemetry.Which{}, 2, []int64{4, 3}},
		{telemetry.Which{Since: at(2)}, 10, []int64{4, 3, 2}},
		{telemetry.Which{Kind: telemetry.Exposure}, 10, []int64{4}},
		{telemetry.Which{User: "ann", Name: "TypeError"}, 10, []int64{3, 1}},
		{telemetry.Which{User: "ann", Flag: "cta"}, 10, []int64{4}},
		{telemetry.Which{User: "nobody"}, 10, nil},
	} {
		found, err := s.Latest(t.Context(), "env_a", c.which, c.limit)
		require.NoError(t, err)
		var got []int64
		for _, e := range found {
			got = append(got, e.Position)
		}
		require.Equal(t, c.want, got, "%+v", c.which)
	}
	found, err := s.Latest(t.Context(), "env_b", telemetry.Which{}, 10)
	require.NoError(t, err)
	require.Empty(t, found, "another environment's events stay there")
}

func TestThePercentileIsOfValuesOfOneNameInATimeWithoutBots(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "t.duckdb"))
	var events []telemetry.Event
	for n := range 103 {
		e := telemetry.Event{
			Position: int64(n + 1), EnvironmentID: "env_a", Session: "ses_a", Kind: telemetry.Vital, Seq: int64(n), At: at(1), ReceivedAt: at(1),
			Name: "LCP", Value: float64(n + 1), Browser: "Chrome",
		}
		switch n {
		case 100:
			e.Browser, e.Value = "Bot", 1e9
		case 101:
			e.Name = "INP"
		case 102:
			e.ReceivedAt = at(2)
		}
		events = append(events, e)
	}
	require.NoError(t, s.Append(t.Context(), events))
	value, values, err := s.Percentile(t.Context(), "env_a", telemetry.Vital, "LCP", .75, at(1), at(2))
	require.NoError(t, err)
	require.InDelta(t, 75, value, 0)
	require.Equal(t, int64(100), values)
	value, values, err = s.Percentile(t.Context(), "env_a", telemetry.Vital, "CLS", .75, at(1), at(2))
	require.NoError(t, err)
	require.Zero(t, value)
	require.Zero(t, values)
}

func TestScanStopsWithItsCallersError(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "t.duckdb"))
	require.NoError(t, s.Append(t.Context(), []telemetry.Event{fault1(1, "ann", "f1", "on", 1), fault1(2, "bob", "f1", "on", 1)}))
	enough := errors.New("enough")
	calls := 0
	err := s.Scan(t.Context(), "env_a", time.Time{}, time.Time{}, func(telemetry.Event) error { calls++; return enough })
	require.ErrorIs(t, err, enough)
	require.Equal(t, 1, calls)
}

func TestOpenSaysWhyItCannot(t *testing.T) {
	dir := t.TempDir()
	_, err := duckdb.Open(t.Context(), duckdb.Options{Path: filepath.Join(dir, "none", "t.duckdb")})
	require.True(t, fault.Is(err, fault.Unavailable), "%v", err)
	require.ErrorContains(t, err, "t.duckdb")
}

func TestUsesComeFromExposuresAndFromCountsOfEvaluations(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "t.duckdb"))
	require.NoError(t, s.Append(t.Context(), []telemetry.Event{
		{Position: 1, EnvironmentID: "env_1", Kind: telemetry.Exposure, Flag: "menu", At: at(1), ReceivedAt: at(1)},
		{Position: 2, EnvironmentID: "env_1", Kind: telemetry.Custom, Name: telemetry.Evaluations, Properties: []byte(`{"menu":3,"old.key":1}`), At: at(5), ReceivedAt: at(5)},
		{Position: 3, EnvironmentID: "env_1", Kind: telemetry.Custom, Name: "purchase", Properties: []byte(`{"cart":1}`), At: at(6), ReceivedAt: at(6)},
		{Position: 4, EnvironmentID: "env_2", Kind: telemetry.Exposure, Flag: "other", At: at(7), ReceivedAt: at(7)},
		{Position: 5, EnvironmentID: "env_1", Kind: telemetry.Custom, Name: telemetry.Evaluations, At: at(8), ReceivedAt: at(8)},
	}))
	uses, err := s.Uses(t.Context(), "env_1")
	require.NoError(t, err)
	require.Equal(t, map[string]telemetry.Use{"menu": {First: at(1), Last: at(5)}, "old.key": {First: at(5), Last: at(5)}}, uses)
}
