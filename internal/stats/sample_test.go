package stats_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/siteproof/belay/internal/stats"
)

func TestIntervalsOfOneLookAreThoseOfTheBooks(t *testing.T) {
	// Newcombe 1998, two-sample example (a) of table II: 56/70 against 48/80, method 10.
	d, known := stats.ProportionDifference(56, 70, 48, 80)
	require.True(t, known)
	require.InDelta(t, .2, d.Estimate, 1e-9)
	require.InDelta(t, .0524, d.Low, 5e-5)
	require.InDelta(t, .3339, d.High, 5e-5)
	// Newcombe 1998, one sample: 81/263, Wilson's score method.
	p, _ := stats.Proportion(81, 263)
	require.InDelta(t, .2553, p.Low, 5e-5)
	require.InDelta(t, .3662, p.High, 5e-5)
	none, _ := stats.Proportion(0, 20)
	require.InDelta(t, 0, none.Low, 1e-12)
	require.InDelta(t, .1611, none.High, 5e-5)
	// The median of ten values lies between the second and the ninth (97.9 %; the third and eighth give 89 %).
	low, high, known := stats.QuantileRanks(10, .5)
	require.True(t, known)
	require.Equal(t, []int64{2, 9}, []int64{low, high})
	_, _, known = stats.QuantileRanks(5, .5)
	require.False(t, known, "even the extremes miss the median of five once in sixteen times")
}

func TestNothingIsKnownOfNothing(t *testing.T) {
	_, p := stats.Proportion(0, 0)
	_, d := stats.ProportionDifference(1, 2, 0, 0)
	_, m := stats.BoundedMean(0, 0, 0, 1, 5)
	_, r := stats.RateRatio(0, 1, 0, 1)
	_, _, q := stats.QuantileRanks(0, .75)
	require.Equal(t, []bool{false, false, false, false, false}, []bool{p, d, m, r, q})
}

func TestAnswersThatAreAllTheSameAreNoCertainty(t *testing.T) {
	m, _ := stats.BoundedMean(40, 200, 1000, 1, 5)
	require.InDelta(t, 5, m.Estimate, 1e-12)
	require.Less(t, m.Low, 4.9)
	require.InDelta(t, 5, m.High, 1e-12)
}

func TestIntervalsHoldTheEstimateAndShrink(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.Int64Range(1, 1_000_000).Draw(rt, "n")
		k := rapid.Int64Range(0, n).Draw(rt, "k")
		p, known := stats.Proportion(k, n)
		require.True(rt, known)
		require.True(rt, 0 <= p.Low && p.Low <= p.Estimate+1e-12 && p.Estimate <= p.High+1e-12 && p.High <= 1)
		wider, _ := stats.Proportion(k, 4*n)
		more, _ := stats.Proportion(4*k, 4*n)
		require.Less(rt, more.High-more.Low, p.High-p.Low)
		require.LessOrEqual(rt, wider.Estimate, p.Estimate)
		if low, high, known := stats.QuantileRanks(n, .75); known {
			require.True(rt, 1 <= low && low < high && high <= n, "%d %d of %d", low, high, n)
		}
		r, known := stats.RateRatio(k, 7, n, 28)
		require.True(rt, known)
		require.True(rt, r.Low <= r.Estimate && r.Estimate <= r.High)
	})
}

// TestIntervalsCoverTheTruthAsOftenAsTheySay draws samples of a known truth.
func TestIntervalsCoverTheTruthAsOftenAsTheySay(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a test repeats itself
	const runs = 4000
	covered := map[string]int{}
	note := func(what string, i stats.Interval, truth float64) {
		if i.Low <= truth && truth <= i.High {
			covered[what]++
		}
	}
	for range runs {
		var hits, happened, before int64
		var sum, squares float64
		values := make([]float64, 300)
		for n := range values {
			if random.Float64() < .02 {
				hits++
			}
			answer := float64(2 + random.IntN(4)) // 2 to 5, 3.5 on average
			sum, squares = sum+answer, squares+answer*answer
			values[n] = random.ExpFloat64()
			if random.Float64() < .1 {
				happened++
			}
			for range 3 {
				if random.Float64() < .05 {
					before++
				}
			}
		}
		p, _ := stats.Proportion(hits, 300)
		note("proportion", p, .02)
		m, _ := stats.BoundedMean(300, sum, squares, 1, 5)
		note("mean", m, 3.5)
		r, _ := stats.RateRatio(happened, 300, before, 900)
		note("ratio", r, 2)
		slices.Sort(values)
		low, high, _ := stats.QuantileRanks(300, .75)
		note("quantile", stats.Interval{Low: values[low-1], High: values[high-1]}, math.Log(4))
	}
	for what, times := range covered {
		require.InDelta(t, .955, float64(times)/runs, .02, what)
	}
	require.Len(t, covered, 4)
}
