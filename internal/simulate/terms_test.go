package simulate_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/rollout"
	"github.com/siteproof/belay/internal/simulate"
)

// half is a ladder of two steps, half an hour each, among so many people that a step is proven safe in less.
func half() *rollout.Plan {
	plan := simulate.Plan([]float64{.5})
	for n := range plan.Phases {
		plan.Phases[n].MinDwell = rollout.Duration(30 * time.Minute)
	}
	return &plan
}

// byDay is half, which goes on between nine and four on weekdays.
func byDay() *rollout.Plan {
	plan := half()
	for n := range plan.Phases {
		plan.Phases[n].Windows = []rollout.Window{{Days: []string{"mon", "tue", "wed", "thu", "fri"}, From: "09:00", To: "16:00", Zone: "Europe/Berlin"}}
	}
	return plan
}

// live lets a harmless world be judged, and gives its trace too.
func live(t *testing.T, terms simulate.Terms, most time.Duration) (simulate.Result, []byte) {
	t.Helper()
	var trace bytes.Buffer
	lines := json.NewEncoder(&trace)
	result, err := simulate.Scenario("harmless", 10, 1).Play(t.Context(), []float64{.5}, terms, most, func(r simulate.Record) error { return lines.Encode(r) })
	require.NoError(t, err)
	return result, trace.Bytes()
}

func TestATraceThatSaysWhenItBeginsKeepsToTheHours(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	start := time.Date(2026, 11, 25, 8, 0, 0, 0, berlin) // a Wednesday, an hour too early
	kept, trace := live(t, simulate.Terms{Plan: byDay(), Start: start}, 90*time.Minute)
	require.NotEmpty(t, kept.Log)
	require.Equal(t, start, *kept.Began)
	require.Empty(t, kept.Notes)
	first := kept.Log[0]
	require.Equal(t, simulate.Advance, first.Action)
	require.Equal(t, time.Hour.Milliseconds(), first.T, "it waits for nine o'clock, and not a tick longer")

	again, err := simulate.Run(t.Context(), bytes.NewReader(trace), simulate.Terms{Plan: byDay(), Start: start}, nil)
	require.NoError(t, err)
	require.Equal(t, kept.Log, again.Log)

	open, err := simulate.Run(t.Context(), bytes.NewReader(trace), simulate.Terms{Plan: byDay()}, nil)
	require.NoError(t, err)
	require.Nil(t, open.Began)
	require.Less(t, open.Log[0].T, first.T, "where nobody knows the hour, none is the wrong one")
	require.Len(t, open.Notes, 1)
	require.Contains(t, open.Notes[0], "--start")
	var page strings.Builder
	require.NoError(t, open.WriteReport(&page, "trace"))
	require.Contains(t, page.String(), "The hours of the policy were not looked at")
	page.Reset()
	require.NoError(t, kept.WriteReport(&page, "trace"))
	require.Contains(t, page.String(), "The trace begins on Wednesday, 25 November 2026, 08:00:00 CET.")

	saturday, _ := live(t, simulate.Terms{Plan: byDay(), Start: start.AddDate(0, 0, 3)}, time.Hour)
	require.Empty(t, saturday.Log)
}

// TestHoldBackKeepsTwoSidesInTheLastPhase has a world in which a twentieth of people never gets the new version.
func TestHoldBackKeepsTwoSidesInTheLastPhase(t *testing.T) {
	t.Parallel()
	plan := half()
	plan.HoldBack = 5
	result, trace := live(t, simulate.Terms{Plan: plan}, 2*time.Hour)
	require.Equal(t, simulate.Completed, result.Outcome, result.Verdict())
	require.InDelta(t, 95, result.Log[len(result.Log)-1].Percent, 0)
	require.Contains(t, result.Verdict(), "would have reached 95 % of people and stayed")
	require.Empty(t, result.Notes)
	require.Contains(t, string(trace), `"weight":0.95`)
	again, err := simulate.Run(t.Context(), bytes.NewReader(trace), simulate.Terms{Plan: plan}, nil)
	require.NoError(t, err)
	require.Equal(t, result.Log, again.Log)

	t.Run("and harm is still found there", func(t *testing.T) {
		cut := bytes.LastIndex(trace, []byte(`"type":"end"`))
		broken, n := &bytes.Buffer{}, 0
		for line := range bytes.Lines(trace[:cut]) {
			broken.Write(line)
			var r simulate.Record
			if json.Unmarshal(line, &r) == nil && r.Type == simulate.Ready && r.Weight == .95 && r.Variant == simulate.Treatment {
				if n++; n%10 == 0 {
					r.Type, r.Fingerprint, r.Component, r.Count = simulate.Error, "fp-late", "diary", 1
					text, err := json.Marshal(r)
					require.NoError(t, err)
					broken.Write(append(text, '\n'))
				}
			}
		}
		harmed, err := simulate.Run(t.Context(), broken, simulate.Terms{Plan: plan}, nil)
		require.NoError(t, err)
		require.Equal(t, simulate.RolledBack, harmed.Outcome, harmed.Verdict())
	})
	t.Run("and a trace that holds back nobody says so", func(t *testing.T) {
		full, trace := live(t, simulate.Terms{Plan: half()}, 2*time.Hour)
		require.Equal(t, simulate.Completed, full.Outcome)
		held, err := simulate.Run(t.Context(), bytes.NewReader(trace), simulate.Terms{Plan: plan}, nil)
		require.NoError(t, err)
		require.Equal(t, simulate.Completed, held.Outcome, held.Verdict())
		require.InDelta(t, 100, held.Log[len(held.Log)-1].Percent, 0)
		require.Len(t, held.Notes, 1)
		require.Contains(t, held.Notes[0], "The trace holds back nobody")
	})
}

// TestALineOfTheChecklistHoldsAPhase follows a world by hand, in which a check is missing for an hour.
func TestALineOfTheChecklistHoldsAPhase(t *testing.T) {
	t.Parallel()
	plan := half()
	plan.Phases[1].Checks = []string{"visual"}
	advanced := func(red bool) int64 {
		world := simulate.Scenario("harmless", 10, 1)
		j, err := simulate.NewJudge(world.StartRecord([]float64{.5}), simulate.Terms{Plan: plan})
		require.NoError(t, err)
		line := func(text string) {
			r, err := simulate.Parse([]byte(text))
			require.NoError(t, err)
			j.Observe(r)
		}
		if red {
			line(`{"t":0,"type":"checklist","lacking":["the check visual is missing"]}`)
		}
		stream := world.Stream(j.Share())
		for r := stream.Next(); r.T < (2 * time.Hour).Milliseconds(); r = stream.Next() {
			if r.Type != simulate.Tick {
				j.Observe(r)
				continue
			}
			if red && r.T >= time.Hour.Milliseconds() {
				line(`{"t":3600000,"type":"checklist"}`)
			}
			if j.Decide(r.T).Action == simulate.Advance {
				return r.T
			}
		}
		return -1
	}
	require.Less(t, advanced(false), (40 * time.Minute).Milliseconds())
	require.Equal(t, time.Hour.Milliseconds(), advanced(true), "it goes on at the tick at which the check is there")

	result, _ := live(t, simulate.Terms{Plan: plan}, 5*time.Minute)
	require.Len(t, result.Notes, 1)
	require.Contains(t, result.Notes[0], "the policy asks for (visual)")
}
