package forecast

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/rollout"
	"github.com/siteproof/belay/internal/telemetry"
)

// week is a site with ten visits a second of 200,000 people, one in two hundred of which meets an error.
func week() telemetry.Usual {
	c := crowd{people: 200_000, pace: 10}
	long := 7 * 24 * time.Hour
	sessions := int64(c.pace * long.Seconds())
	h := habit{rate: .005, shape: .05}
	return telemetry.Usual{
		For: long, Sessions: sessions, People: int64(c.seen(long)), Failed: int64(h.rate * float64(sessions)), FailedWho: int64(c.first(h, long)),
		Fetches: sessions, Silent: sessions / 30, SilentWho: int64(c.first(habit{1. / 30, math.Inf(1)}, long)),
		Views: map[string]int64{"LCP": sessions * 3}, GoodPeople: 150_000,
	}
}

func TestACrowdIsFoundAgainFromWhatWasSeenOfIt(t *testing.T) {
	u := week()
	c := crowdOf(u)
	require.InEpsilon(t, 200_000, c.people, .001)
	require.InEpsilon(t, 10, c.pace, .001)
	h := c.habitOf(u, u.Failed, u.FailedWho)
	require.InEpsilon(t, .005, h.rate, .01)
	require.InEpsilon(t, .05, h.shape, .05)
}

func TestAForecastNamesTheGuardThatSeesAHarmFirst(t *testing.T) {
	f, err := Of(rollout.DefaultPlan(), 5, week(), .005)
	require.NoError(t, err)
	require.True(t, f.Traffic.Enough)
	require.Len(t, f.Phases, 4)
	first := f.Phases[0].Guards[f.Phases[0].Soonest]
	require.Equal(t, rollout.NewIssue, first.Kind)
	require.Less(t, first.People, int64(6), "half a percent at 5 % is seen before six people have met it")
	require.Less(t, time.Duration(first.After), 30*time.Minute)
	require.NotNil(t, f.Phases[0].Safe)
	last := f.Phases[3]
	for _, g := range last.Guards {
		require.NotEqual(t, Sees, g.Sight, "%s: at 100 %% there is nothing to compare with", g.Kind)
	}
	require.Equal(t, -1, last.Soonest)
}

func TestALargerHarmIsSeenSooner(t *testing.T) {
	before := time.Duration(math.MaxInt64)
	for _, harm := range []float64{.001, .005, .02, .1} {
		f, err := Of(rollout.DefaultPlan(), 5, week(), harm)
		require.NoError(t, err)
		first := f.Phases[1].Guards[f.Phases[1].Soonest]
		require.Less(t, time.Duration(first.After), before)
		before = time.Duration(first.After)
	}
}

func TestTheBrakeSeesOnlyWhatIsBad(t *testing.T) {
	of := func(harm float64) Guard {
		f, err := Of(rollout.DefaultPlan(), 5, week(), harm)
		require.NoError(t, err)
		return f.Phases[2].Guards[len(f.Phases[2].Guards)-1]
	}
	require.Equal(t, Not, of(.01).Sight)
	require.Equal(t, Sees, of(.2).Sight)
}

func TestWithoutTrafficItSaysWhatIsMissing(t *testing.T) {
	for _, u := range []telemetry.Usual{{}, {Sessions: 99, People: 90, For: time.Hour}, {Sessions: 1000, People: 900, For: 30 * time.Second}} {
		f, err := Of(rollout.DefaultPlan(), 5, u, .01)
		require.NoError(t, err)
		require.False(t, f.Traffic.Enough)
		require.NotEmpty(t, f.Traffic.Needs)
		require.Empty(t, f.Phases)
	}
	u := week()
	u.Views, u.GoodPeople = nil, 0
	f, err := Of(rollout.DefaultPlan(), 5, u, .01)
	require.NoError(t, err)
	for _, g := range f.Phases[0].Guards {
		if g.Kind == rollout.LCP || g.Kind == rollout.Conversion {
			require.Equal(t, Unknown, g.Sight)
		}
	}
}

func TestAHarmThatCannotBeIsRefused(t *testing.T) {
	for _, harm := range []float64{0, -1, 1.1, math.NaN()} {
		_, err := Of(rollout.DefaultPlan(), 5, week(), harm)
		require.True(t, fault.Is(err, fault.Invalid), "%g", harm)
	}
}

func TestSpeedIsSeenLateWhereHardlyAnybodyComesAgain(t *testing.T) {
	lcp := func(u telemetry.Usual) time.Duration {
		f, err := Of(rollout.DefaultPlan(), 0, u, .05)
		require.NoError(t, err)
		for _, g := range f.Phases[0].Guards {
			if g.Kind == rollout.LCP && g.Sight == Sees {
				return time.Duration(g.After)
			}
		}
		return horizon
	}
	u := week()
	u.Views["LCP"] = u.Sessions
	usually := lcp(u)
	u.People = u.Sessions
	require.Greater(t, lcp(u), 2*usually, "it is judged on repeat views")
}
