package stats_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/siteproof/belay/internal/stats"
)

func one(treatment, control int64, share float64) []stats.Labels {
	return []stats.Labels{{Treatment: treatment, Control: control, Share: share}}
}

func TestNoDataIsNoEvidence(t *testing.T) {
	for name, e := range map[string]float64{
		"no spans": stats.Harm(nil, 1), "everybody has it": stats.Harm(one(50, 3, 1), 1), "nobody has it": stats.Harm(one(0, 9, 0), 1),
		"no new error": stats.FreshHarm(nil), "nobody to be safe": stats.Safe(nil, .02),
	} {
		require.InDelta(t, 0, e, 1e-12, name)
	}
}

// TestTheExpectationOfHarmlessEvidenceIsOne is what Ville's inequality rests on, for one more person after any history.
func TestTheExpectationOfHarmlessEvidenceIsOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		share := rapid.Float64Range(.01, .99).Draw(t, "share")
		before := stats.Labels{Treatment: rapid.Int64Range(0, 50).Draw(t, "treatment"), Control: rapid.Int64Range(0, 50).Draw(t, "control"), Share: share}
		hit, spared := before, before
		hit.Treatment++
		spared.Control++
		for _, e := range []func(stats.Labels) float64{
			func(l stats.Labels) float64 { return stats.Harm([]stats.Labels{l}, 1) },
			func(l stats.Labels) float64 { return stats.FreshHarm([]stats.Labels{l}) },
		} {
			now := e(before)
			require.InDelta(t, 1, share*math.Exp(e(hit)-now)+(1-share)*math.Exp(e(spared)-now), 1e-9)
		}
	})
}

func TestEvidenceRisesWithHarmAndFallsWithTolerance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		treatment, control := rapid.Int64Range(0, 500).Draw(t, "treatment"), rapid.Int64Range(0, 500).Draw(t, "control")
		share := rapid.Float64Range(.01, .99).Draw(t, "share")
		here := stats.Harm(one(treatment, control, share), 1)
		require.Greater(t, stats.Harm(one(treatment+1, control, share), 1), here)
		require.Less(t, stats.Harm(one(treatment, control+1, share), 1), here)
		require.LessOrEqual(t, stats.Harm(one(treatment, control, share), 1.2), here+1e-9)
	})
}

// TestEvidenceDoesNotDependOnHowSpansAreCut holds because likelihoods of one share multiply.
func TestEvidenceDoesNotDependOnHowSpansAreCut(t *testing.T) {
	whole := stats.Harm(one(9, 40, .25), 1)
	cut := stats.Harm([]stats.Labels{{Treatment: 4, Control: 13, Share: .25}, {Treatment: 5, Control: 27, Share: .25}}, 1)
	require.InDelta(t, whole, cut, 1e-9)
}

// TestAMixOfPhasesDoesNotLookLikeHarm is Simpson's paradox: an incident for both sides while half had the new version.
func TestAMixOfPhasesDoesNotLookLikeHarm(t *testing.T) {
	spans := []stats.Labels{{Treatment: 1, Control: 19, Share: .05}, {Treatment: 200, Control: 200, Share: .5}}
	require.Less(t, stats.Harm(spans, 1), 1.0)
	require.Greater(t, stats.Harm(one(201, 219, .07), 1), 100.0, "pooled, it would")
}

// TestSplittingPeopleFindsWhatHidesAmongOthers has harm in the small group alone, and in both alike.
func TestSplittingPeopleFindsWhatHidesAmongOthers(t *testing.T) {
	all, telling := one(60, 40, .5), one(14, 1, .5)
	require.Greater(t, stats.SplitHarm(all, telling, 1), stats.Harm(all, 1)+3)
	require.InDelta(t, stats.Harm(all, 1), stats.SplitHarm(all, nil, 1), 1.5, "what nobody does costs little")
	require.InDelta(t, stats.Harm(one(90, 40, .5), 1), stats.SplitHarm(one(90, 40, .5), one(0, 0, .5), 1), 1.5)
	require.InDelta(t, 0, stats.SplitHarm(one(0, 0, .5), one(0, 0, .5), 1), 1e-9)
	longer := append(one(1, 0, .5), one(9, 0, .5)...)
	require.InDelta(t, stats.SplitHarm(all, one(1, 0, .5), 1), stats.SplitHarm(all, longer, 1), 0, "what belongs to no span is nobody's")
}

func TestHarmIsFiniteForHugeCounts(t *testing.T) {
	for _, l := range [][]stats.Labels{one(1<<40, 0, .05), one(0, 1<<40, .95), one(1<<40, 1<<40, .5)} {
		e := stats.Harm(l, 1)
		require.False(t, math.IsNaN(e) || math.IsInf(e, 0), "%v", e)
	}
}

// TestPeopleNeeded holds the table of the design: people with an error until harm is proven at 5 %.
func TestPeopleNeeded(t *testing.T) {
	ratios := []float64{1.2, 1.5, 2, 3, 5, 20}
	for share, want := range map[float64][]float64{
		.05: {5451, 965, 279, 88, 31, 6}, .25: {1454, 276, 89, 33, 15, 6}, .50: {1160, 238, 85, 37, 20, 10},
	} {
		for i, ratio := range ratios {
			require.InEpsilon(t, want[i], stats.PeopleNeeded(share, ratio, .05), .12, "share %v ratio %v", share, ratio)
		}
	}
}

// TestHarmIsProvenWithAboutAsManyPeopleAsPlanned tosses loaded coins until harm is proven.
func TestHarmIsProvenWithAboutAsManyPeopleAsPlanned(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct{ share, ratio float64 }{{.05, 3}, {.25, 2}, {.5, 2}, {.5, 5}} {
		theta, total := c.share*c.ratio/(c.share*c.ratio+1-c.share), 0.0
		const runs = 150
		for range runs {
			l := one(0, 0, c.share)
			for stats.Harm(l, 1) < math.Log(20) {
				if random.Float64() < theta {
					l[0].Treatment++
				} else {
					l[0].Control++
				}
			}
			total += float64(l[0].Treatment + l[0].Control)
		}
		require.InEpsilon(t, stats.PeopleNeeded(c.share, c.ratio, .05), total/runs, .35, "share %v ratio %v", c.share, c.ratio)
	}
}

// TestHarmlessWalksSeldomCross walks harmless coins through a ladder of shares and looks after every toss: at most α of
// the walks may ever reach log(1/α). The limit is α and three standard errors of the simulation.
func TestHarmlessWalksSeldomCross(t *testing.T) {
	const (
		walks = 2000
		coins = 450
		alpha = .05
	)
	limit := alpha + 3*math.Sqrt(alpha*(1-alpha)/walks)
	shares := []float64{.05, .25, .5}
	for name, evidence := range map[string]func(all, some []stats.Labels) float64{
		"first events": func(all, _ []stats.Labels) float64 { return stats.Harm(all, 1) },
		"new errors":   func(all, _ []stats.Labels) float64 { return stats.FreshHarm(all) },
		"two groups":   func(all, some []stats.Labels) float64 { return stats.SplitHarm(all, some, 1) },
	} {
		t.Run(name, func(t *testing.T) {
			random, crossed := rand.New(rand.NewPCG(7, 11)), 0
			for range walks {
				all := []stats.Labels{{Share: shares[0]}, {Share: shares[1]}, {Share: shares[2]}}
				some := slices.Clone(all)
				for n := range coins {
					span := n * len(all) / coins
					groups := []*stats.Labels{&all[span], &some[span]}
					if random.IntN(4) > 0 {
						groups = groups[:1]
					}
					treated := random.Float64() < all[span].Share
					for _, l := range groups {
						if treated {
							l.Treatment++
						} else {
							l.Control++
						}
					}
					if evidence(all, some) >= math.Log(1/alpha) {
						crossed++
						break
					}
				}
			}
			rate := float64(crossed) / walks
			t.Logf("%.4f of %d harmless walks crossed; at most %.4f may", rate, walks, limit)
			require.LessOrEqual(t, rate, limit)
			require.Positive(t, crossed, "walks that never cross would not have tested anything")
		})
	}
}

func TestAnErrorNobodyHadBeforeNeedsFewPeople(t *testing.T) {
	const alpha = .01 * .2 // a fifth of the budget
	for share, most := range map[float64]int64{.05: 3, .25: 6, .5: 11} {
		needed := int64(1)
		for stats.FreshHarm(one(needed, 0, share)) < math.Log(1/alpha)+stats.Arrival(1) {
			needed++
		}
		require.LessOrEqual(t, needed, most, "share %v", share)
		require.GreaterOrEqual(t, needed, int64(3), "one or two people are never enough")
	}
}

func TestAnyNumberOfNewErrorsSpendsTheBudgetOnce(t *testing.T) {
	sum := 0.0
	for i := 1; i <= 100_000; i++ {
		sum += math.Exp(-stats.Arrival(i))
	}
	require.InDelta(t, 1, sum, 1e-4)
}

// people are n people with one visit each, of which bad turned out badly.
func people(n, bad int) stats.Cluster {
	var c stats.Cluster
	for k := range n {
		c.Add(0, 0, 1, map[bool]float64{true: 1}[k < bad])
	}
	return c
}

func TestSafetyComesFromEnoughGoodVisitsOnly(t *testing.T) {
	at := func(n, bad int, margin float64) float64 {
		return stats.Safe([]stats.Pair{{Treatment: people(n, bad), Control: people(10*n, 10*bad)}}, margin)
	}
	require.Zero(t, stats.Safe([]stats.Pair{{Treatment: people(19, 0), Control: people(1000, 0)}}, .5), "too few")
	require.Zero(t, at(5000, 0, 0), "nothing excludes harm of nothing")
	require.Less(t, at(100, 0, .02), math.Log(20), "a hundred visits without an error do not exclude two points of harm")
	for n := 100; n < 3000; n += 100 {
		require.Greater(t, at(n+100, 0, .02), at(n, 0, .02))
	}
	require.Greater(t, at(2000, 20, .03), at(2000, 20, .02))
	require.Less(t, stats.Safe([]stats.Pair{{Treatment: people(2000, 80), Control: people(20_000, 200)}}, .02), 0.0, "three points worse")
	require.False(t, math.IsNaN(stats.Safe([]stats.Pair{{Treatment: people(2000, 2000), Control: people(2000, 0)}}, .001)), "far in the tail")
	require.False(t, math.IsInf(stats.Safe([]stats.Pair{{Treatment: people(2000, 2000), Control: people(2000, 0)}}, .001), 0), "far in the tail")
}

func TestOnePersonsErrorsAreOnePersons(t *testing.T) {
	var spread, bunched, control stats.Cluster
	for n := range 100 {
		spread.Add(0, 0, 10, 1)
		bunched.Add(0, 0, 10, map[bool]float64{true: 10}[n%10 == 0])
	}
	for range 1000 {
		control.Add(0, 0, 10, 1)
	}
	safe := func(c stats.Cluster) float64 { return stats.Safe([]stats.Pair{{Treatment: c, Control: control}}, .05) }
	require.Greater(t, safe(spread), safe(bunched)+1, "the same rate, known less well")
}

func TestClusterSumsAreTheSameStepByStepAndAtOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var steps, whole stats.Cluster
		for range rapid.IntRange(1, 8).Draw(t, "people") {
			m, s := 0.0, 0.0
			for _, bad := range rapid.SliceOfN(rapid.Bool(), 1, 12).Draw(t, "visits") {
				ds := map[bool]float64{true: 1}[bad]
				steps.Add(m, s, 1, ds)
				m, s = m+1, s+ds
			}
			whole.Add(0, 0, m, s)
		}
		require.Equal(t, whole, steps)
	})
}

// TestHarmAtTheMarginIsSeldomCalledSafe looks at every tenth person while harm is exactly as large as the margin.
func TestHarmAtTheMarginIsSeldomCalledSafe(t *testing.T) {
	const (
		runs   = 400
		length = 6000
		share  = .25
		base   = .01
		margin = .02
		alpha  = .05
	)
	random, passed := rand.New(rand.NewPCG(3, 5)), 0
	for range runs {
		var p stats.Pair
		for k := range length {
			side, rate := &p.Control, base
			if random.Float64() < share {
				side, rate = &p.Treatment, base+margin
			}
			side.Add(0, 0, 1, map[bool]float64{true: 1}[random.Float64() < rate])
			if k%10 == 0 && stats.Safe([]stats.Pair{p}, margin) >= math.Log(1/alpha) {
				passed++
				break
			}
		}
	}
	rate, limit := float64(passed)/runs, alpha+3*math.Sqrt(alpha*(1-alpha)/runs)
	t.Logf("%.4f of %d runs with harm at the margin were called safe; at most %.4f may", rate, runs, limit)
	require.LessOrEqual(t, rate, limit)
}

func ExampleHarm() {
	// Twelve people met an error while 5 % had the new version: six of them had it.
	evidence := stats.Harm([]stats.Labels{{Treatment: 6, Control: 6, Share: .05}}, 1)
	fmt.Printf("%.1f of %.1f nats\n", evidence, math.Log(1/.01))
	// Output: 7.0 of 4.6 nats
}
