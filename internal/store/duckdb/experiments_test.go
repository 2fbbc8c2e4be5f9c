package duckdb_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/siteproof/belay/internal/experiment"
	"github.com/siteproof/belay/internal/stats"
	"github.com/siteproof/belay/internal/store/duckdb"
	"github.com/siteproof/belay/internal/telemetry"
)

var window = experiment.Window{
	EnvironmentID: "env_a", Flag: "checkout", Arms: []string{"control", "short", "it's \"odd\""},
	Since: at(0), From: at(0), To: at(60), Every: 5 * time.Minute,
}

// something is one event of a few people: exposures of two flags, what metrics count, and what they must not count.
var something = rapid.Custom(func(t *rapid.T) telemetry.Event {
	minute := rapid.IntRange(-5, 65).Draw(t, "minute")
	e := telemetry.Event{
		EnvironmentID: rapid.SampledFrom([]string{"env_a", "env_a", "env_a", "env_b"}).Draw(t, "environment"),
		Session:       "session", User: rapid.SampledFrom([]string{"", "ann", "bob", "cid", "dee", "eve"}).Draw(t, "user"),
		Browser: rapid.SampledFrom([]string{"Chrome", "Chrome", "Chrome", "Bot"}).Draw(t, "browser"), ReceivedAt: at(minute),
		At: at(minute).Add(time.Duration(rapid.IntRange(-90, 90).Draw(t, "late")) * time.Second),
	}
	switch rapid.IntRange(0, 4).Draw(t, "kind") {
	case 0, 1:
		e.Kind, e.Flag = telemetry.Exposure, rapid.SampledFrom([]string{"checkout", "checkout", "menu"}).Draw(t, "flag")
		e.Variant = rapid.SampledFrom(append([]string{"off", "gone"}, window.Arms...)).Draw(t, "variant")
	case 2:
		e.Kind, e.Name = telemetry.Custom, rapid.SampledFrom([]string{"paid", "other"}).Draw(t, "name")
		e.Properties = json.RawMessage(rapid.SampledFrom([]string{
			`{"value":"12.5"}`, `{"value":3}`, `{"value":-1}`, `{"value":null}`, `{"value":"much"}`, `{}`, ``, `{"value":"NaN"}`, `{"value":"NaN"}`, `{"value":"-inf"}`, `{"value":1e300}`,
		}).Draw(t, "properties"))
	case 3:
		e.Kind, e.Name = telemetry.Error, "TypeError"
	case 4:
		e.Kind, e.Name = telemetry.Vital, rapid.SampledFrom([]string{"LCP", "INP"}).Draw(t, "name")
		e.Value = float64(rapid.IntRange(0, 5).Draw(t, "value")) * 1000
	}
	return e
})

// model counts the same by hand.
type model struct {
	arm             map[string]string
	received        map[string]time.Time
	happened        map[string]time.Time
	two, none, left int64
}

func count(w experiment.Window, all []telemetry.Event) model {
	m := model{arm: map[string]string{}, received: map[string]time.Time{}, happened: map[string]time.Time{}}
	seen, arms := map[string]bool{}, map[string]map[string]bool{}
	for _, e := range all {
		if e.EnvironmentID != w.EnvironmentID || e.Kind != telemetry.Exposure || e.Flag != w.Flag || e.User == "" || e.Browser == "Bot" ||
			e.ReceivedAt.Before(w.Since) || !e.ReceivedAt.Before(w.To) {
			continue
		}
		seen[e.User] = true
		if !slices.Contains(w.Arms, e.Variant) {
			continue
		}
		if arms[e.User] == nil {
			arms[e.User] = map[string]bool{}
			m.received[e.User], m.happened[e.User] = e.ReceivedAt, e.At
		}
		arms[e.User][e.Variant] = true
		if e.ReceivedAt.Before(m.received[e.User]) {
			m.received[e.User] = e.ReceivedAt
		}
		if e.At.Before(m.happened[e.User]) {
			m.happened[e.User] = e.At
		}
		m.arm[e.User] = e.Variant
	}
	for user := range seen {
		switch {
		case len(arms[user]) == 0:
			m.none++
		case m.received[user].Before(w.From):
			m.left++
			delete(m.arm, user)
		case len(arms[user]) > 1:
			m.two++
			delete(m.arm, user)
		}
	}
	return m
}

// counts says what an event adds to a metric, and whether it is of the metric at all.
func counts(m experiment.Metric, e telemetry.Event) (float64, bool) {
	switch m.Kind {
	case experiment.Errors:
		return 1, e.Kind == telemetry.Error
	case experiment.Slow:
		if e.Value > m.Limit {
			return 1, e.Kind == telemetry.Vital && e.Name == m.Event
		}
		return 0, e.Kind == telemetry.Vital && e.Name == m.Event
	case experiment.Sum:
		var p struct{ Value any }
		ok := e.Kind == telemetry.Custom && e.Name == m.Event && json.Unmarshal(e.Properties, &p) == nil
		v, err := strconv.ParseFloat(fmt.Sprint(p.Value), 64)
		if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			return 0, ok
		}
		return min(v, 1e12), ok
	case experiment.Conversion, experiment.Count:
	}
	return 1, e.Kind == telemetry.Custom && e.Name == m.Event
}

// measure gives each person's value at the end of the window.
func (m model) measure(w experiment.Window, metric experiment.Metric, all []telemetry.Event) (total map[string]stats.Sample, most float64) {
	sums, views := map[string]float64{}, map[string]float64{}
	for _, e := range all {
		v, is := counts(metric, e)
		if _, in := m.arm[e.User]; !is || !in || e.EnvironmentID != w.EnvironmentID || e.Browser == "Bot" ||
			e.ReceivedAt.Before(w.From) || !e.ReceivedAt.Before(w.To) || e.At.Before(m.happened[e.User]) {
			continue
		}
		sums[e.User] += v
		views[e.User]++
	}
	if metric.Kind == experiment.Count || metric.Kind == experiment.Sum {
		var positive []float64
		for _, v := range sums {
			if v > 0 {
				positive = append(positive, v)
			}
		}
		if slices.Sort(positive); len(positive) > 0 {
			most = positive[len(positive)-1] // with so few people, no quantile but the last
		}
	}
	total = map[string]stats.Sample{}
	for user, arm := range m.arm {
		v := sums[user]
		switch metric.Kind {
		case experiment.Conversion, experiment.Errors:
			v = min(v, 1)
		case experiment.Slow:
			if views[user] == 0 {
				continue
			}
			v /= views[user]
		case experiment.Count, experiment.Sum:
			v = min(v, most)
		}
		total[arm] = total[arm].Add(stats.Sample{People: 1, Sum: v, Squares: v * v})
	}
	return total, most
}

func TestWhatIsMeasuredIsWhatCountingByHandGives(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "t.duckdb"))
	metrics := []experiment.Metric{
		{Kind: experiment.Conversion, Event: "paid"},
		{Kind: experiment.Count, Event: "paid"},
		{Kind: experiment.Sum, Event: "paid", Property: "value"},
		{Kind: experiment.Errors},
		{Kind: experiment.Slow, Event: "LCP", Limit: 2500},
	}
	run := 0
	position := int64(0)
	rapid.Check(t, func(t *rapid.T) {
		run++
		w := window
		w.EnvironmentID = fmt.Sprintf("env_%d", run)
		w.From = at(rapid.SampledFrom([]int{0, 0, 20}).Draw(t, "from"))
		all := rapid.SliceOfN(something, 1, 60).Draw(t, "events")
		slices.SortStableFunc(all, func(a, b telemetry.Event) int { return cmp.Compare(a.ReceivedAt.UnixMicro(), b.ReceivedAt.UnixMicro()) })
		for i := range all {
			position++
			all[i].Position = position
			if all[i].EnvironmentID == "env_a" {
				all[i].EnvironmentID = w.EnvironmentID
			}
		}
		require.NoError(t, s.Append(contextOf(t), all))
		m := count(w, all)
		counted, err := s.Exposures(contextOf(t), w)
		require.NoError(t, err)
		require.Equal(t, []int64{m.two, m.none, m.left}, []int64{counted.Two, counted.None, counted.Left}, "two, none, left")
		arms := map[string]int64{}
		for _, arm := range m.arm {
			arms[arm]++
		}
		require.Equal(t, arms, counted.Arms)
		metric := rapid.SampledFrom(metrics).Draw(t, "metric")
		want, most := m.measure(w, metric, all)
		got, err := s.Measure(contextOf(t), w, metric)
		require.NoError(t, err)
		total := map[string]stats.Sample{}
		for i, step := range got.Steps {
			require.GreaterOrEqual(t, step.Number, 0)
			require.Less(t, step.Number, 12)
			require.True(t, i == 0 || got.Steps[i-1].Number <= step.Number, "in order")
			total[step.Arm] = total[step.Arm].Add(step.Sample)
		}
		require.InDelta(t, most, got.Cap, 1e-6)
		for _, arm := range w.Arms {
			require.InDelta(t, want[arm].People, total[arm].People, 0, "%s of %s", metric.Kind, arm)
			require.InEpsilon(t, 1+want[arm].Sum, 1+total[arm].Sum, 1e-9, "%s of %s", metric.Kind, arm)
			require.InEpsilon(t, 1+want[arm].Squares, 1+total[arm].Squares, 1e-9, "%s of %s", metric.Kind, arm)
		}
	})
}

func TestUsualTakesThoseWhoSawTheFlagOrEverybody(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "t.duckdb"))
	var all []telemetry.Event
	add := func(user string, kind telemetry.Kind, minute int, more func(*telemetry.Event)) {
		e := telemetry.Event{Position: int64(len(all) + 1), EnvironmentID: "env_a", Session: "s", User: user, Kind: kind, At: at(minute), ReceivedAt: at(minute)}
		more(&e)
		all = append(all, e)
	}
	for n := range 10 {
		user := fmt.Sprintf("user%d", n)
		add(user, telemetry.Ready, 1, func(*telemetry.Event) {})
		if n < 5 {
			add(user, telemetry.Exposure, 2, func(e *telemetry.Event) { e.Flag, e.Variant = "checkout", "on" })
		}
		if n%3 == 0 {
			add(user, telemetry.Custom, 3, func(e *telemetry.Event) { e.Name = "paid" })
		}
	}
	require.NoError(t, s.Append(t.Context(), all))
	paid := experiment.Metric{Kind: experiment.Conversion, Event: "paid"}
	everybody, err := s.Usual(t.Context(), "env_a", "", at(0), at(60), paid)
	require.NoError(t, err)
	require.Equal(t, experiment.Usual{Sample: stats.Sample{People: 10, Sum: 4, Squares: 4}, First: at(1)}, everybody)
	exposed, err := s.Usual(t.Context(), "env_a", "checkout", at(0), at(60), paid)
	require.NoError(t, err)
	require.Equal(t, experiment.Usual{Sample: stats.Sample{People: 5, Sum: 2, Squares: 2}, First: at(2)}, exposed)
	nobody, err := s.Usual(t.Context(), "env_c", "", at(0), at(60), paid)
	require.NoError(t, err)
	require.Equal(t, experiment.Usual{}, nobody)
}

var _ experiment.Outcomes = (*duckdb.Store)(nil)
