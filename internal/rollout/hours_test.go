package rollout

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestAPhaseIsLeftInItsHours(t *testing.T) {
	office := Window{Days: []string{"mon", "tue", "wed", "thu"}, From: "09:00", To: "16:00", Zone: "Europe/Berlin"}
	night := Window{Days: []string{"fri"}, From: "22:00", To: "06:00", Zone: "UTC"}
	cases := map[string]struct {
		windows []Window
		now     string // by the clock of the first window's zone
		opens   string
	}{
		"always":                         {nil, "2026-11-28T03:00:00Z", "2026-11-28T03:00:00Z"},
		"within":                         {[]Window{office}, "2026-11-30T09:00:00+01:00", "2026-11-30T09:00:00+01:00"},
		"the last moment":                {[]Window{office}, "2026-11-30T15:59:59+01:00", "2026-11-30T15:59:59+01:00"},
		"the end is outside":             {[]Window{office}, "2026-11-30T16:00:00+01:00", "2026-12-01T09:00:00+01:00"},
		"over the weekend":               {[]Window{office}, "2026-11-26T18:00:00+01:00", "2026-11-30T09:00:00+01:00"},
		"the clocks went back meanwhile": {[]Window{office}, "2026-10-24T12:00:00+02:00", "2026-10-26T09:00:00+01:00"},
		"it began yesterday":             {[]Window{night}, "2026-11-28T05:00:00Z", "2026-11-28T05:00:00Z"},
		"it ended in the morning":        {[]Window{night}, "2026-11-28T06:00:00Z", "2026-12-04T22:00:00Z"},
		"the nearer of two":              {[]Window{office, night}, "2026-11-27T12:00:00+01:00", "2026-11-27T22:00:00Z"},
		"a whole day":                    {[]Window{{Days: []string{"sun"}, Zone: "UTC"}}, "2026-11-28T23:59:00Z", "2026-11-29T00:00:00Z"},
		"a day without its midnight":     {[]Window{{Days: []string{"sun"}, To: "06:00", Zone: "Asia/Beirut"}}, "2026-03-28T12:00:00+02:00", "2026-03-29T01:00:00+03:00"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			now, err := time.Parse(time.RFC3339, c.now)
			require.NoError(t, err)
			want, err := time.Parse(time.RFC3339, c.opens)
			require.NoError(t, err)
			at, found := Phase{Windows: c.windows}.opens(now)
			require.True(t, found)
			require.True(t, want.Equal(at), "%s, not %s", at, want)
			require.Equal(t, want.Equal(now), Phase{Windows: c.windows}.shut(now) == "")
		})
	}
}

// TestAWindowOpensWithinAWeekAndIsOpenThen holds for any window that a plan may have, at any time, in zones that change
// their clocks.
func TestAWindowOpensWithinAWeekAndIsOpenThen(t *testing.T) {
	zones := []string{"UTC", "Europe/Berlin", "Asia/Beirut", "Australia/Lord_Howe", "America/New_York", "Pacific/Apia"}
	times := []string{"", "00:00", "02:30", "09:00", "16:45", "23:59", "24:00"}
	rapid.Check(t, func(t *rapid.T) {
		w := Window{
			Days: rapid.SliceOfDistinct(rapid.SampledFrom(weekdays), rapid.ID).Draw(t, "days"),
			From: rapid.SampledFrom(times).Draw(t, "from"), To: rapid.SampledFrom(times).Draw(t, "to"), Zone: rapid.SampledFrom(zones).Draw(t, "zone"),
		}
		plan := DefaultPlan()
		plan.Phases[0].Windows = []Window{w}
		if plan.Validate() != nil {
			t.Skip("not a window")
		}
		now := time.Unix(rapid.Int64Range(1_600_000_000, 1_900_000_000).Draw(t, "now"), 0)
		at, found := plan.Phases[0].opens(now)
		require.True(t, found)
		require.False(t, at.Before(now))
		require.LessOrEqual(t, at.Sub(now), 8*24*time.Hour)
		again, _ := plan.Phases[0].opens(at)
		require.True(t, again.Equal(at), "it is open when it opens")
		if at.After(now) {
			just, _ := plan.Phases[0].opens(at.Add(-time.Second))
			require.True(t, just.Equal(at), "and was not a second before")
		}
	})
}

func TestAPlanRefusesWindowsThatAreNone(t *testing.T) {
	for path, w := range map[string]Window{
		"plan.phases[0].windows[0].days[0]": {Days: []string{"monday"}, Zone: "UTC"},
		"plan.phases[0].windows[0].from":    {From: "9", Zone: "UTC"},
		"plan.phases[0].windows[0].to":      {From: "09:00", To: "25:00", Zone: "UTC"},
		"plan.phases[0].windows[0].zone":    {Zone: "Europe/Atlantis"},
	} {
		plan := DefaultPlan()
		plan.Phases[0].Windows = []Window{w}
		require.Contains(t, paths(plan.Validate()), path)
	}
	for path, change := range map[string]func(*Plan){
		"plan.hold_back":           func(p *Plan) { p.HoldBack = 51 },
		"plan.phases[0].windows":   func(p *Plan) { p.Phases[0].Windows = make([]Window, mostWindows+1) },
		"plan.tell[0]":             func(p *Plan) { p.Tell = []string{""} },
		"plan.phases[1].checks[0]": func(p *Plan) { p.Phases[1].Checks = []string{""} },
	} {
		plan := DefaultPlan()
		change(&plan)
		require.Contains(t, paths(plan.Validate()), path)
	}
	t.Run("and a hold-back that leaves the last phase no growth", func(t *testing.T) {
		plan := DefaultPlan()
		plan.Phases[2].Percent, plan.HoldBack = 96, 5
		require.Contains(t, paths(plan.Validate()), "plan.hold_back")
	})
}
