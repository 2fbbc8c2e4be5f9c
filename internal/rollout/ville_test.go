package rollout_test

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/rollout"
)

// judgedByEvidence are the guards whose chance of a false alarm is bounded by Ville's inequality.
var judgedByEvidence = []rollout.GuardKind{
	rollout.Errors, rollout.SilentClients, rollout.NewIssue, rollout.Segments, rollout.LCP, rollout.INP, rollout.CLS, rollout.Conversion, rollout.SampleRatio,
}

// highest climbs a ladder of 5, 25 and 50 % and gives the most evidence that each guard ever had in everything together.
// Everybody is looked at again and again.
func highest(w *traffic, sessions, look int) map[rollout.GuardKind]float64 {
	most := map[rollout.GuardKind]float64{}
	for n := range sessions {
		if n == sessions/3 || n == 2*sessions/3 {
			w.climb()
		}
		w.visit()
		if n%look > 0 {
			continue
		}
		for _, r := range w.evidence.At(w.now) {
			if r.Scope == "" || r.Guard == rollout.NewIssue {
				most[r.Guard] = max(most[r.Guard], r.LogE)
			}
		}
	}
	return most
}

// ville counts how often harmless rollouts reach the evidence that is said to have a chance of alpha.
func ville(t testing.TB, runs, sessions, look int, alphas ...float64) {
	crossed := map[rollout.GuardKind][]int{}
	for seed := range uint64(runs) {
		most := highest(newTraffic(seed, 10, 400, harms{}), sessions, look)
		for _, guard := range judgedByEvidence {
			if crossed[guard] == nil {
				crossed[guard] = make([]int, len(alphas))
			}
			for k, alpha := range alphas {
				if most[guard] >= -math.Log(alpha) {
					crossed[guard][k]++
				}
			}
		}
	}
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintf(table, "guard\tα\tever crossed\t95 %% interval\t\n")
	for _, guard := range judgedByEvidence {
		for k, alpha := range alphas {
			rate := float64(crossed[guard][k]) / float64(runs)
			low, high := wilson(crossed[guard][k], runs)
			_, _ = fmt.Fprintf(table, "%s\t%g\t%.4f\t%.4f – %.4f\t\n", guard, alpha, rate, low, high)
			require.LessOrEqual(t, low, alpha, "%s crosses more often than it may", guard)
		}
	}
	_ = table.Flush()
	say(t, fmt.Sprintf("%d harmless rollouts of %d sessions at 5, 25 and 50 %%, looked at every %d sessions; repeat and chronic\nvisitors, bursts, day cycle, late and duplicated beacons:\n%s", runs, sessions, look, text.String()))
}

// say prints what was measured: of a benchmark to the output, of a test under -v.
func say(t testing.TB, text string) {
	if _, benchmark := t.(*testing.B); benchmark {
		_, _ = fmt.Fprintln(os.Stdout, text)
		return
	}
	t.Log("\n" + text)
}

// wilson is the 95 % interval of a share.
func wilson(hits, n int) (low, high float64) {
	const z = 1.96
	p, m := float64(hits)/float64(n), float64(n)
	middle := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return max(0, middle-half), min(1, middle+half)
}

func TestNoGuardCriesWolfMoreOftenThanItMay(t *testing.T) {
	t.Parallel()
	ville(t, 120, 1800, 15, .05, .2)
}

func BenchmarkVille(b *testing.B) {
	for b.Loop() {
		ville(b, 1000, 4000, 20, .01, .05, .2)
	}
}

// detected is how long it takes until a harm is found, and how many people met it until then.
type detected struct {
	after time.Duration
	hurt  int
	by    rollout.GuardKind
	found bool
}

// detect looks every second at a harm at one share, for at most so long.
func detect(seed uint64, percent float64, punctual bool, h harms, most time.Duration) detected {
	w := newTraffic(seed, 10, 4000, h)
	if punctual {
		w.silent, w.delayed = .005, 0
	}
	for w.rollout.Spans[len(w.rollout.Spans)-1].Percent < percent {
		w.climb()
	}
	looked := w.now
	for w.now.Sub(began) < most {
		w.visit()
		if w.now.Sub(looked) < time.Second {
			continue
		}
		looked = w.now
		for _, r := range w.evidence.At(w.now) {
			if r.Status == rollout.StatusHarmful && r.Guard != rollout.Brake {
				return detected{w.now.Sub(began), len(w.hurt), r.Guard, true}
			}
		}
	}
	return detected{after: most}
}

// power are the harms whose detection is measured, with what the design asks for.
var power = []struct {
	name    string
	percent float64
	harms   harms
	// punctual traffic has half a percent of silent sessions and no late beacons, others have six percent of either.
	punctual bool
	by       rollout.GuardKind
	within   time.Duration // median
	hurt     int           // median; 0 asks nothing
}{
	{"new error, +0.5 pp of sessions, at 5 %", 5, harms{fresh: .005}, false, rollout.NewIssue, 45 * time.Minute, 5},
	{"boot crash of 2 %, 6 % silent or late anyway, at 50 %", 50, harms{crashes: .02}, false, rollout.SilentClients, 35 * time.Minute, 0},
	{"boot crash of 2 %, 0.5 % silent anyway, at 50 %", 50, harms{crashes: .02}, true, rollout.SilentClients, 5 * time.Minute, 0},
	{"errors doubled, at 50 %", 50, harms{errors: 2}, false, rollout.Errors, 60 * time.Minute, 0},
	{"errors ×6 on Safari alone, at 50 %", 50, harms{safari: 6}, false, rollout.Segments, 45 * time.Minute, 0},
	{"LCP 25 % later, at 25 %", 25, harms{slower: .25}, false, rollout.LCP, 10 * time.Minute, 0},
	{"a third of good events lost, at 50 %", 50, harms{lost: .33}, false, rollout.Conversion, 10 * time.Minute, 0},
}

func measurePower(t testing.TB, runs int) {
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintf(table, "harm\tfound\tmedian\tslowest of ten\tpeople hurt\tmostly by\t\n")
	for _, p := range power {
		var times []time.Duration
		var hurt []int
		by, found := map[rollout.GuardKind]int{}, 0
		for seed := range uint64(runs) {
			d := detect(1000+seed, p.percent, p.punctual, p.harms, 2*p.within)
			times, hurt = append(times, d.after), append(hurt, d.hurt)
			if d.found {
				found++
				by[d.by]++
			}
		}
		slices.Sort(times)
		slices.Sort(hurt)
		mostly := p.by
		for guard, n := range by {
			if n > by[mostly] {
				mostly = guard
			}
		}
		_, _ = fmt.Fprintf(table, "%s\t%d of %d\t%s\t%s\t%d\t%s\t\n", p.name, found, runs, times[runs/2].Round(time.Second), times[runs*9/10].Round(time.Second), hurt[runs/2], mostly)
		require.LessOrEqual(t, times[runs/2], p.within, p.name)
		require.Equal(t, p.by, mostly, p.name)
		if p.hurt > 0 {
			require.LessOrEqual(t, hurt[runs/2], p.hurt, p.name)
		}
	}
	_ = table.Flush()
	say(t, fmt.Sprintf("10 sessions a second, budget 1 %%, the usual guards:\n%s", text.String()))
}

func TestHarmIsFoundAsFastAsTheDesignAsks(t *testing.T) {
	t.Parallel()
	measurePower(t, 3)
}

func BenchmarkPower(b *testing.B) {
	for b.Loop() {
		measurePower(b, 30)
	}
}

// TestColdCachesTakeNothingBack has every first view of the new version a quarter slower.
func TestColdCachesTakeNothingBack(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		w := newTraffic(5000+seed, 10, 2000, harms{cold: .25})
		w.climb()
		for range 8000 {
			w.visit()
		}
		lcp := find(w.evidence.At(w.now), rollout.LCP, "")
		require.NotEqual(t, rollout.StatusHarmful, lcp.Status, "%+v", lcp)
		require.Positive(t, lcp.Treatment.Affected)
	}
}
