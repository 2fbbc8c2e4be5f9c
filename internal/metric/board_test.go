package metric_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/metric"
	"github.com/siteproof/belay/internal/store/duckdb"
	"github.com/siteproof/belay/internal/telemetry"
)

const env = "env_1"

// world is a board on real DuckDB, on a clock that tests move.
type world struct {
	t      testing.TB
	now    time.Time
	store  *duckdb.Store
	events *telemetry.Service
	seq    int64
	pages  int
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, now: time.Date(2026, 3, 16, 12, 0, 0, 0, time.UTC)}
	var err error
	w.store, err = duckdb.Open(t.Context(), duckdb.Options{Path: filepath.Join(t.TempDir(), "t.duckdb")})
	require.NoError(t, err)
	w.events = telemetry.New(telemetry.Options{Store: w.store, Now: func() time.Time { return w.now }})
	require.NoError(t, w.events.Start(t.Context()))
	t.Cleanup(func() {
		require.NoError(t, w.events.Stop(context.Background()))
		require.NoError(t, w.store.Close())
	})
	return w
}

// ago is a moment before now.
func (w *world) ago(d time.Duration) time.Time { return w.now.Add(-d) }

func (w *world) send(events ...telemetry.Event) {
	w.t.Helper()
	for n := range events {
		w.seq++
		events[n].Seq, events[n].At = w.seq, events[n].ReceivedAt
		if events[n].Session == "" {
			events[n].Session = "server-1"
		}
	}
	_, _, err := w.events.Ingest(w.t.Context(), env, events)
	require.NoError(w.t, err)
}

// page is what pages of one person send: they are usable after load, with a paint.
func (w *world) page(user, variant string, at time.Time, load, paint float64, kinds ...telemetry.Event) []telemetry.Event {
	w.pages++
	base := telemetry.Event{Session: fmt.Sprintf("session-%d", w.pages), User: user, ReceivedAt: at, Browser: "Chrome"}
	if variant != "" {
		base.Variants = map[string]string{"design": variant}
	}
	with := func(kind telemetry.Kind, name string, value float64) telemetry.Event {
		e := base
		e.Kind, e.Name, e.Value = kind, name, value
		return e
	}
	all := []telemetry.Event{with(telemetry.Ready, "", load), with(telemetry.Vital, "LCP", paint)}
	for _, k := range kinds {
		all = append(all, with(k.Kind, k.Name, 0))
	}
	return all
}

func (w *world) board(r *metric.Rollout) metric.Board {
	w.t.Helper()
	b, err := metric.New(w.store, func() time.Time { return w.now }).Board(w.t.Context(), env, "production", r)
	require.NoError(w.t, err)
	return b
}

func of(t testing.TB, b metric.Board, key string) metric.Criterion {
	t.Helper()
	at := slices.IndexFunc(b.Criteria, func(c metric.Criterion) bool { return c.Key == key })
	require.GreaterOrEqual(t, at, 0, key)
	return b.Criteria[at]
}

func TestABoardWithoutDataSaysSoAndHowToBringSome(t *testing.T) {
	w := newWorld(t)
	b := w.board(nil)
	require.Len(t, b.Criteria, 12)
	for _, c := range b.Criteria {
		require.Equal(t, metric.NoData, c.Status, c.Key)
		require.NotEmpty(t, c.Way, c.Key)
		require.Nil(t, c.Judged.Estimate, c.Key)
	}
}

func TestAnIntervalAcrossTheGoalIsNotDecided(t *testing.T) {
	w := newWorld(t)
	boom := telemetry.Event{Kind: telemetry.Error, Name: "TypeError"}
	var all []telemetry.Event
	for n := range 1000 {
		var more []telemetry.Event
		if n < 5 {
			more = append(more, boom)
		}
		all = append(all, w.page(fmt.Sprintf("usr_%d", n), "", w.ago(time.Hour), float64(1000+n), 4000, more...)...)
	}
	bot := w.page("bot", "", w.ago(time.Hour), 90_000, 90_000, boom)
	for n := range bot {
		bot[n].Browser = "Bot"
	}
	w.send(append(all, bot...)...)
	b := w.board(nil)

	rate := of(t, b, "error_rate")
	require.Equal(t, metric.Undecided, rate.Status, "0.5 %% of a thousand is not below 0.5 %%, nor above")
	require.EqualValues(t, 1000, rate.Judged.N, "bots are left out")
	require.InDelta(t, .005, *rate.Judged.Estimate, 1e-9)
	require.InDelta(t, .0021, *rate.Judged.Low, 1e-4)
	require.InDelta(t, .0117, *rate.Judged.High, 1e-4)
	require.Len(t, rate.Trend, metric.Slots)
	require.InDelta(t, .005, *rate.Trend[metric.Slots-1], 1e-9)
	require.Nil(t, rate.Trend[0], "nothing came then")

	load := of(t, b, "page_load")
	require.Equal(t, metric.Met, load.Status)
	require.InDelta(t, 1749, *load.Judged.Estimate, 0, "the 750th of 1000 values")
	require.InDelta(t, 1722, *load.Judged.Low, 2)
	require.InDelta(t, 1777, *load.Judged.High, 2)
	require.Equal(t, metric.NotMet, of(t, b, "lcp").Status)
	require.Equal(t, metric.NoData, of(t, b, "inp").Status)

	w.send(w.page("usr_a", "", w.ago(time.Minute), 1, 1, telemetry.Event{Kind: telemetry.Vital, Name: "CLS"})...)
	require.Equal(t, metric.TooLittle, of(t, w.board(nil), "cls").Status)
}

func TestTheNewVersionIsHeldAgainstTheOldOne(t *testing.T) {
	w := newWorld(t)
	r := &metric.Rollout{ID: "rol_1", Name: "New design", Flag: "design", StartedAt: w.ago(14 * 24 * time.Hour)}
	var all []telemetry.Event
	for n := range 400 {
		user, variant, paint := fmt.Sprintf("usr_%d", n), "off", 2000.0
		if n%2 == 1 {
			variant, paint = "on", 3000
		}
		var good []telemetry.Event
		if n%4 < 2 || n < 40 { // half of each side, and a few more
			good = append(good, telemetry.Event{Kind: telemetry.Custom, Name: "ncr.saved"})
		}
		all = append(all, w.page(user, variant, w.ago(13*24*time.Hour), 900, paint)...)
		if n%4 < 2 {
			all = append(all, w.page(user, variant, w.ago(11*24*time.Hour), 900, paint)...) // they come again
		}
		all = append(all, w.page(user, variant, w.ago(time.Hour), 900, paint, good...)...)
	}
	all = append(all, w.page("usr_before", "on", w.ago(15*24*time.Hour), 90_000, 90_000)...)
	w.send(all...)
	b := w.board(r)
	lcp := of(t, b, "lcp")
	require.Equal(t, metric.NotMet, lcp.Status, "the new version is judged")
	require.InDelta(t, 3000, *lcp.New.Estimate, 0)
	require.InDelta(t, 2000, *lcp.Old.Estimate, 0)
	adoption := of(t, b, "adoption")
	require.EqualValues(t, 400, adoption.Judged.N)
	require.InDelta(t, .5, *adoption.Judged.Estimate, 1e-9)
	require.Equal(t, metric.NotMet, adoption.Status)
	conversion := of(t, b, "conversion")
	require.EqualValues(t, 200, conversion.Judged.N)
	require.InDelta(t, 0, *conversion.Judged.Estimate, 1e-9)
	require.Equal(t, metric.Undecided, conversion.Status, "two hundred people do not tell one percentage point")
	require.InDelta(t, .55, *conversion.New.Estimate, 1e-9)
	retention := of(t, b, "retention")
	require.EqualValues(t, 200, retention.New.N, "who came before the rollout began is not counted")
	require.InDelta(t, .5, *retention.New.Estimate, 1e-9)
	require.InDelta(t, .5, *retention.Old.Estimate, 1e-9)

	r.Events = []string{"something.else"}
	conversion = of(t, w.board(r), "conversion")
	require.InDelta(t, 0, *conversion.New.Estimate, 1e-9, "only the named events count")
	require.Equal(t, metric.NoData, conversion.Status, "nothing is held where nobody does it")
}

func TestFactsOfServersFeedTheOtherCriteria(t *testing.T) {
	w := newWorld(t)
	fact := func(kind metric.Kind, user string, at time.Time, value float64, properties string) telemetry.Event {
		e := telemetry.Event{Kind: telemetry.Metric, Name: string(kind), User: user, ReceivedAt: at, Value: value}
		if properties != "" {
			e.Properties = []byte(properties)
		}
		return e
	}
	var all []telemetry.Event
	for n := range 100 {
		user := fmt.Sprintf("usr_%d", n)
		all = append(all, fact(metric.NPSAnswer, user, w.ago(48*time.Hour), 0, ""), fact(metric.NPSAnswer, user, w.ago(24*time.Hour), 10, ""))
		all = append(all, fact(metric.CSATAnswer, user, w.ago(time.Hour), float64(4+n%2), ""))
	}
	all = append(all, fact(metric.CSATAnswer, "usr_0", w.ago(time.Hour), 11, ""), fact(metric.NPSAnswer, "", w.ago(time.Hour), 0, ""))
	for n := range 20 {
		all = append(all, fact(metric.Probe, "probe-1", w.ago(time.Duration(n)*24*time.Hour+time.Hour), 0, `{"units":2880,"bad":1}`))
	}
	for n := range 28 {
		all = append(all, fact(metric.Ticket, "usr_1", w.ago(time.Duration(8+n)*24*time.Hour), 0, `{"units":10,"bad":0}`))
	}
	for n := range 7 {
		all = append(all, fact(metric.Ticket, "usr_1", w.ago(time.Duration(n)*24*time.Hour+time.Hour), 0, `{"units":30,"bad":0}`))
	}
	w.send(all...)
	b := w.board(nil)
	nps := of(t, b, "nps")
	require.EqualValues(t, 100, nps.Judged.N)
	require.InDelta(t, 100, *nps.Judged.Estimate, 1e-9, "the last answer of each person counts")
	require.Less(t, *nps.Judged.Low, 100.0, "a hundred equal answers are no certainty")
	require.Equal(t, metric.Met, nps.Status)
	csat := of(t, b, "csat")
	require.EqualValues(t, 100, csat.Judged.N)
	require.InDelta(t, 4.5, *csat.Judged.Estimate, 1e-9, "an 11 is no answer of five")
	require.Equal(t, metric.Met, csat.Status)
	uptime := of(t, b, "uptime")
	require.EqualValues(t, 20*2880, uptime.Judged.N)
	require.Equal(t, metric.Met, uptime.Status)
	tickets := of(t, b, "tickets")
	require.InDelta(t, 3, *tickets.Judged.Estimate, .12)
	require.Equal(t, metric.NotMet, tickets.Status)
}

func TestTicketsWithoutAPastAreNotCalledMore(t *testing.T) {
	w := newWorld(t)
	w.send(telemetry.Event{
		Kind: telemetry.Metric, Name: string(metric.Ticket), User: "usr_1", ReceivedAt: w.ago(time.Hour), Properties: []byte(`{"units":40,"bad":0}`),
	})
	require.Equal(t, metric.TooLittle, of(t, w.board(nil), "tickets").Status)
}
