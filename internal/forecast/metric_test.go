package forecast

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/rollout"
	"github.com/siteproof/belay/internal/stats"
	"github.com/siteproof/belay/internal/telemetry"
)

// serverPlan watches what servers report of requests, and nothing else.
func serverPlan() rollout.Plan {
	plan := rollout.DefaultPlan()
	plan.Guards = []rollout.Guard{{Kind: rollout.Metric, Metric: "requests", Share: 1, Margins: []float64{.02, .01, .005}}}
	return plan
}

func foretold(t *testing.T, r map[string]telemetry.Reported, harm float64) Phase {
	u := week()
	u.Reports = r
	f, err := Of(serverPlan(), 0, u, harm)
	require.NoError(t, err)
	return f.Phases[0]
}

func TestServerMetricsAreForetoldFromWhatServersReported(t *testing.T) {
	const week = 7 * 24 * time.Hour
	visits := int64(10 * week.Seconds())
	for name, r := range map[string]telemetry.Reported{
		"counted of people": {For: week, Units: 8 * visits, Bad: visits / 50},
		"values of people":  {For: week, Values: 8 * visits},
		"of whole sides":    {For: week, Sides: int64(week / (10 * time.Second)), SideUnits: 8 * visits, SideBad: visits / 50},
	} {
		t.Run(name, func(t *testing.T) {
			large, small := foretold(t, map[string]telemetry.Reported{"requests": r}, .05), foretold(t, map[string]telemetry.Reported{"requests": r}, .01)
			require.Equal(t, Sees, large.Guards[0].Sight)
			require.Equal(t, Sees, small.Guards[0].Sight)
			require.Less(t, large.Guards[0].After, small.Guards[0].After, "a larger harm is seen sooner")
			require.NotNil(t, large.Safe, "it gates, and is proven safe")
			require.Positive(t, *large.Safe)

			young := r
			young.For, young.Units, young.Bad, young.Values = week/7, r.Units/7, r.Bad/7, r.Values/7
			young.Sides, young.SideUnits, young.SideBad = r.Sides/7, r.SideUnits/7, r.SideBad/7
			again := foretold(t, map[string]telemetry.Reported{"requests": young}, .05)
			require.InEpsilon(t, float64(large.Guards[0].After), float64(again.Guards[0].After), .05, "what began a day ago is as frequent as it is now")
		})
	}
}

func TestAServerMetricThatNobodyReportsIsNamed(t *testing.T) {
	none := foretold(t, map[string]telemetry.Reported{"queries": {For: time.Hour, Units: 1000}}, .05)
	require.Equal(t, Unknown, none.Guards[0].Sight)
	require.Equal(t, "No server has reported requests in the last days.", none.Guards[0].Text)
	require.NotNil(t, none.Safe)
	require.Zero(t, *none.Safe, "what nobody measures gates nothing")
	begun := foretold(t, map[string]telemetry.Reported{"requests": {For: 20 * time.Second, Units: 1000}}, .05)
	require.Equal(t, Unknown, begun.Guards[0].Sight)
	require.Equal(t, "Servers have reported requests for less than a minute.", begun.Guards[0].Text)
}

// The sums that are expected are those that people who come by chance add up to.
func TestExpectedReportsAreTheMeanOfMadeUpOnes(t *testing.T) {
	chance := rand.New(rand.NewPCG(1, 2))
	const people, runs, hours = 400, 200, 2
	c := crowd{people: people, pace: .1}
	r := reports{each: 3, bad: .1}
	var sum stats.Cluster
	for range runs {
		visits := make([]int, people)
		for left := hours * 3600 * c.pace; left > 0; left-- {
			visits[chance.IntN(people)]++
		}
		for _, n := range visits {
			units, bad := float64(n)*r.each, 0.0
			for range n * int(r.each) {
				if chance.Float64() < r.bad {
					bad++
				}
			}
			if units > 0 {
				sum.Add(0, 0, units, bad)
			}
		}
	}
	want := r.of(c, 1, 0, hours*time.Hour)
	for name, pair := range map[string][2]float64{
		"people": {want.People, sum.People}, "units": {want.Units, sum.Units}, "bad": {want.Bad, sum.Bad},
		"units squared": {want.UnitsSquared, sum.UnitsSquared}, "bad squared": {want.BadSquared, sum.BadSquared}, "cross": {want.Cross, sum.Cross},
	} {
		require.InEpsilon(t, pair[0], pair[1]/runs, .03, name)
	}
}
