package simulate_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/simulate"
)

var ladder = []float64{.05, .25, .5}

// play lets a scenario run at ten sessions a second and gives what came of it with its trace.
func play(t *testing.T, scenario string, seed uint64, stages []float64, most time.Duration) (simulate.Result, []byte) {
	t.Helper()
	var trace bytes.Buffer
	lines := json.NewEncoder(&trace)
	result, err := simulate.Scenario(scenario, 10, seed).Play(t.Context(), stages, simulate.Terms{}, most, func(r simulate.Record) error { return lines.Encode(r) })
	require.NoError(t, err)
	return result, trace.Bytes()
}

func TestAHarmlessVersionReachesEverybody(t *testing.T) {
	t.Parallel()
	result, _ := play(t, "harmless", 1, ladder, 3*time.Hour)
	require.Equal(t, simulate.Completed, result.Outcome, result.Verdict())
	require.Zero(t, result.Hit)
	var shares []float64
	for _, e := range result.Log {
		shares = append(shares, e.Percent)
	}
	require.Equal(t, []float64{25, 50, 100, 100}, shares, "each phase in its turn")
}

func TestANewErrorTakesItsComponentBack(t *testing.T) {
	t.Parallel()
	result, _ := play(t, "new-error", 2, ladder, 3*time.Hour)
	require.Equal(t, simulate.RolledBack, result.Outcome, result.Verdict())
	last := result.Log[len(result.Log)-1]
	require.Equal(t, "ncr-form", last.Component)
	require.Positive(t, result.Hit, "nobody can be told of harm that met nobody")
}

func TestPagesThatNeverStartAreNoticed(t *testing.T) {
	t.Parallel()
	result, _ := play(t, "boot-crash", 3, []float64{.5}, 3*time.Hour)
	require.Equal(t, simulate.RolledBack, result.Outcome, result.Verdict())
	require.Empty(t, result.Log[len(result.Log)-1].Component, "nobody knows where a page broke that says nothing")
}

// TestWhatBothVersionsMeetTakesNothingBack is an incident of a fifth of all sessions for twenty minutes.
func TestWhatBothVersionsMeetTakesNothingBack(t *testing.T) {
	t.Parallel()
	result, _ := play(t, "shared-incident", 4, ladder, 3*time.Hour)
	require.NotEqual(t, simulate.RolledBack, result.Outcome, result.Verdict())
}

// TestAnOutageOfTelemetryHolds keeps the rollout in its phase until beacons arrive again, and takes nothing back.
func TestAnOutageOfTelemetryHolds(t *testing.T) {
	t.Parallel()
	result, _ := play(t, "outage", 5, ladder, 3*time.Hour)
	require.NotEqual(t, simulate.RolledBack, result.Outcome, result.Verdict())
	for _, e := range result.Log {
		if e.Action == simulate.Advance {
			at := time.Duration(e.T) * time.Millisecond
			require.False(t, at > 10*time.Minute && at < 20*time.Minute, "advanced after %s, during the outage", at)
		}
	}
}

// answers runs the line protocol over a whole trace.
func answers(t *testing.T, trace io.Reader, folder string) string {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, simulate.Serve(t.Context(), trace, &out, simulate.Terms{}, folder))
	return out.String()
}

func TestEveryTickHasOneAnswer(t *testing.T) {
	t.Parallel()
	_, trace := play(t, "new-error", 6, ladder, time.Hour)
	said := answers(t, bytes.NewReader(trace), "")
	require.Equal(t, strings.Count(string(trace), `"type":"tick"`), strings.Count(said, "\n"))
	last := said[strings.LastIndex(strings.TrimSpace(said), "\n")+1:]
	require.Contains(t, last, `"action":"rollback"`)
	require.Contains(t, last, `"component":"ncr-form"`)
}

// TestARestartAnswersAsIfNothingHadHappened cuts a trace between ticks at random and goes on with a new program each time.
func TestARestartAnswersAsIfNothingHadHappened(t *testing.T) {
	t.Parallel()
	_, trace := play(t, "new-error", 7, ladder, time.Hour)
	whole := answers(t, bytes.NewReader(trace), "")
	random, folder, rest, pieces := rand.New(rand.NewPCG(7, 7)), t.TempDir(), trace, "" //nolint:gosec // a test
	for len(rest) > 0 {
		cut := len(rest)
		if n := random.IntN(4 * cut / 3); n < cut {
			if tick := bytes.Index(rest[n:], []byte(`"type":"tick"`)); tick >= 0 {
				cut = n + tick + bytes.IndexByte(rest[n+tick:], '\n') + 1
			}
		}
		pieces += answers(t, bytes.NewReader(rest[:cut]), folder)
		rest = rest[cut:]
	}
	require.Equal(t, whole, pieces)
}

// TestBeaconsThatComeTwiceCountOnce repeats every beacon a moment later.
func TestBeaconsThatComeTwiceCountOnce(t *testing.T) {
	t.Parallel()
	_, trace := play(t, "doubled-errors", 8, ladder, time.Hour)
	var twice bytes.Buffer
	for line := range bytes.Lines(trace) {
		twice.Write(line)
		if bytes.Contains(line, []byte(`"session"`)) {
			twice.Write(line)
		}
	}
	require.Equal(t, answers(t, bytes.NewReader(trace), ""), answers(t, &twice, ""))
}

func TestLinesThatAreNoRecordsAreRefusedByNumber(t *testing.T) {
	t.Parallel()
	const start = `{"t":0,"type":"start","stages":[0.05,0.5]}` + "\n"
	for line, says := range map[string]string{
		"nonsense":                          "line 2: not a record",
		`{"t":1}`:                           `a record needs a "type"`,
		`{"t":-1,"type":"tick"}`:            `"t" is -1`,
		`{"t":1,"type":"error","user":"u"}`: `needs "user" and "session"`,
		`{"t":1,"type":"ready","user":"u","session":"s","weight":2}`: `"weight" is 2`,
	} {
		err := simulate.Serve(t.Context(), strings.NewReader(start+line+"\n"), io.Discard, simulate.Terms{}, "")
		require.ErrorContains(t, err, says, line)
	}
	err := simulate.Serve(t.Context(), strings.NewReader(`{"t":0,"type":"tick"}`), io.Discard, simulate.Terms{}, "")
	require.ErrorContains(t, err, "begins with a record of the type start")
	err = simulate.Serve(t.Context(), strings.NewReader(`{"t":0,"type":"start","stages":[0.5,0.2]}`), io.Discard, simulate.Terms{}, "")
	require.ErrorContains(t, err, "0.2 does not")
}

func TestUnknownFieldsAndKindsArePassedOver(t *testing.T) {
	t.Parallel()
	said := answers(t, strings.NewReader(`{"t":0,"type":"start","stages":[0.05],"future":1}
{"t":5,"type":"weather","sun":true}
{"t":10000,"type":"tick","weight":0.05}
`), "")
	require.Equal(t, `{"t":10000,"action":"hold"}`+"\n", said) //nolint:testifylint // the line itself is the protocol
}

func TestTheReportShowsWhatWasDecided(t *testing.T) {
	t.Parallel()
	_, trace := play(t, "new-error", 2, ladder, time.Hour)
	result, err := simulate.Run(context.Background(), bytes.NewReader(trace), simulate.Terms{}, nil) //nolint:usetesting // outlives nothing
	require.NoError(t, err)
	var page bytes.Buffer
	require.NoError(t, result.WriteReport(&page, "a <trace>"))
	text := page.String()
	for _, part := range []string{"ncr-form would have gone back after", "a &lt;trace&gt;", "<svg ", "harm is proven above"} {
		require.True(t, strings.Contains(text, part), "the page lacks %q", part) //nolint:testifylint // the page itself is too long to print
	}
	require.False(t, strings.Contains(text, "NaN"), "a number is none") //nolint:testifylint // as above
}
