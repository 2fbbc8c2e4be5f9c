package stats_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/siteproof/belay/internal/stats"
)

func add(s *stats.Sample, v float64) { *s = s.Add(stats.Sample{People: 1, Sum: v, Squares: v * v}) }

// missed runs many experiments of two arms, looks after every tenth person, and counts those in which some interval ever
// missed the truth, or claimed a ratio that is none.
func missed(runs, people int, seq stats.Sequence, treatment, control func(*rand.Rand) float64, difference, ratio float64) (int, int) {
	differences, ratios := 0, 0
	for run := range runs {
		random := rand.New(rand.NewPCG(uint64(run), 7))
		var t, c stats.Sample
		wrongDifference, wrongRatio := false, false
		for n := range people {
			if random.IntN(2) == 0 {
				add(&t, treatment(random))
			} else {
				add(&c, control(random))
			}
			if n%10 != 0 {
				continue
			}
			if i, known := seq.Difference(t, c); known && (difference < i.Low || difference > i.High) {
				wrongDifference = true
			}
			if i, known := seq.Ratio(t, c); known && (ratio < i.Low || ratio > i.High) {
				wrongRatio = true
			}
		}
		if wrongDifference {
			differences++
		}
		if wrongRatio {
			ratios++
		}
	}
	return differences, ratios
}

func coin(p float64) func(*rand.Rand) float64 {
	return func(r *rand.Rand) float64 {
		if r.Float64() < p {
			return 1
		}
		return 0
	}
}

// money is what few people spend, and some of them much, up to a cap.
func money(buys, typical, most float64) func(*rand.Rand) float64 {
	return func(r *rand.Rand) float64 {
		if r.Float64() >= buys {
			return 0
		}
		return min(most, typical*math.Exp(r.NormFloat64()))
	}
}

// mostOf is the highest count out of runs with a chance of 5 % each that three standard errors allow.
func mostOf(runs int) int { return int(.05*float64(runs) + 3*math.Sqrt(.05*.95*float64(runs))) }

func TestIntervalsHoldHoweverOftenOneLooks(t *testing.T) {
	const runs, people = 400, 12_000
	mean := func(buys, typical, most float64) float64 { // of money, by many draws
		random, sum := rand.New(rand.NewPCG(1, 1)), 0.0
		for range 2_000_000 {
			sum += money(buys, typical, most)(random)
		}
		return sum / 2_000_000
	}
	spent := mean(.1, 20, 150)
	for name, c := range map[string]struct {
		treatment, control func(*rand.Rand) float64
		share              bool
		difference, ratio  float64
	}{
		"nothing differs":          {coin(.05), coin(.05), true, 0, 1},
		"rare, and nothing":        {coin(.01), coin(.01), true, 0, 1},
		"a true difference":        {coin(.36), coin(.3), true, .06, 1.2},
		"capped spending of a few": {money(.1, 20, 150), money(.1, 20, 150), false, 0, 1},
		"twice the spending":       {money(.1, 40, 300), money(.1, 20, 150), false, spent, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			differences, ratios := missed(runs, people, stats.Sequence{Alpha: .05, Planned: 6000, Share: c.share}, c.treatment, c.control, c.difference, c.ratio)
			require.LessOrEqual(t, differences, mostOf(runs), "differences missed in %d experiments", runs)
			require.LessOrEqual(t, ratios, mostOf(runs), "ratios missed in %d experiments", runs)
		})
	}
}

func TestThePlannedPeopleFindTheEffectAsOftenAsPromised(t *testing.T) {
	seq := stats.Sequence{Alpha: .05, Share: true}
	const base, lift = .2, .05
	need := seq.Needed(lift, .8, .5, .5, (base+lift)*(1-base-lift), base*(1-base), true)
	once := seq.Needed(lift, .8, .5, .5, (base+lift)*(1-base-lift), base*(1-base), false)
	require.InDelta(t, 2183, once, 60, "of textbooks")
	require.InDelta(t, 1.9, need/once, .1, "the price of looking")
	seq.Planned = need
	found, runs := 0, 300
	for run := range runs {
		random := rand.New(rand.NewPCG(uint64(run), 11))
		var t, c stats.Sample
		for range int(need / 2) {
			add(&t, coin(base+lift)(random))
			add(&c, coin(base)(random))
			if i, known := seq.Difference(t, c); known && i.Low > 0 {
				found++
				break
			}
		}
	}
	require.Greater(t, float64(found)/float64(runs), .78)
}

func TestTheRatioExcludesOneJustWhenTheDifferenceExcludesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		side := func(name string) stats.Sample {
			n := rapid.IntRange(100, 100_000).Draw(t, name)
			hit := float64(rapid.IntRange(0, n).Draw(t, name+" hit"))
			return stats.Sample{People: float64(n), Sum: hit, Squares: hit}
		}
		seq := stats.Sequence{Alpha: rapid.Float64Range(.001, .2).Draw(t, "alpha"), Planned: 10_000, Share: true}
		treatment, control := side("treatment"), side("control")
		d, known := seq.Difference(treatment, control)
		r, both := seq.Ratio(treatment, control)
		if !known || !both {
			return
		}
		if math.Abs(d.Low) < 1e-9 || math.Abs(d.High) < 1e-9 {
			return // at the edge, rounding decides
		}
		require.Equal(t, d.Low > 0, r.Low > 1)
		require.Equal(t, d.High < 0, r.High < 1)
	})
}

func TestTooFewPeopleSayNothing(t *testing.T) {
	seq := stats.Sequence{Alpha: .05, Planned: 1000, Share: true}
	_, known := seq.Difference(stats.Sample{People: 99, Sum: 90, Squares: 90}, stats.Sample{People: 5000})
	require.False(t, known)
	same := stats.Sample{People: 500, Sum: 1000, Squares: 2000}
	_, known = stats.Sequence{Alpha: .05, Planned: 1000}.Difference(same, same)
	require.False(t, known, "everybody has the same value")
	_, known = seq.Ratio(stats.Sample{People: 500, Sum: 3, Squares: 3}, stats.Sample{People: 500})
	require.False(t, known, "the control has none")
}

func TestASkewedSplitOfThreeArmsIsFoundAndAFairOneIsNot(t *testing.T) {
	shares := []float64{.5, .25, .25}
	alarm := math.Log(1000)
	false1, runs := 0, 400
	for run := range runs {
		random := rand.New(rand.NewPCG(uint64(run), 13))
		counts := make([]int64, 3)
		for n := range 6000 {
			u := random.Float64()
			arm := 0
			if u >= .75 {
				arm = 2
			} else if u >= .5 {
				arm = 1
			}
			counts[arm]++
			if n%10 == 0 && stats.Skew(counts, shares) > math.Log(20) {
				false1++
				break
			}
		}
	}
	require.LessOrEqual(t, false1, mostOf(runs))
	require.Greater(t, stats.Skew([]int64{10_000, 5_000, 4_500}, shares), alarm)
	require.Less(t, stats.Skew([]int64{10_050, 4_980, 5_020}, shares), 0.0)
	two := stats.Imbalance([]stats.Labels{{Treatment: 900, Control: 1100, Share: .5}})
	require.InDelta(t, two, stats.Skew([]int64{900, 1100}, []float64{.5, .5}), 1e-6, "two arms are a split")
}
