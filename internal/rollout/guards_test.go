package rollout_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/rollout"
	"github.com/siteproof/belay/internal/telemetry"
)

// usual is a Past in which most pages paint within two seconds.
var usual = rollout.Past{Percentiles: map[string]float64{"LCP": 2000}}

// paints has people look at pages: each so many views, of which a share is slow, the first ones by a share of their own.
func paints(tape *tape, random *rand.Rand, percent float64, people, views int, first, later func(treated bool) float64) time.Time {
	at := began
	for view := range views {
		for n := range people {
			at = at.Add(20 * time.Millisecond)
			treated := n%2 == 0
			slow := later(treated)
			if view == 0 {
				slow = first(treated)
			}
			value := 1000.0
			if random.Float64() < slow {
				value = 3000
			}
			tape.add(at, somebodyOf(percent, treated, n/2), telemetry.Event{Kind: telemetry.Vital, Name: "LCP", Value: value})
		}
	}
	return at
}

// known remembers who somebody is, since looking for them is slow.
var known = map[string]string{}

func somebodyOf(percent float64, treated bool, n int) string {
	key := fmt.Sprint(percent, treated, n)
	if known[key] == "" {
		known[key] = somebody("salt", percent, treated, n)
	}
	return known[key]
}

func always(share float64) func(bool) float64 { return func(bool) float64 { return share } }

// onlyNew is a share that the new version alone has.
func onlyNew(with, without float64) func(bool) float64 {
	return func(treated bool) float64 {
		if treated {
			return with
		}
		return without
	}
}

func TestSlowPagesAreJudgedOnWarmCaches(t *testing.T) {
	for name, c := range map[string]struct {
		first, later func(bool) float64
		status       string
	}{
		"no difference":             {always(.25), always(.25), rollout.StatusSafe},
		"slow whenever they look":   {onlyNew(.5, .25), onlyNew(.5, .25), rollout.StatusHarmful},
		"slow once caches are warm": {always(.25), onlyNew(.5, .25), rollout.StatusHarmful},
		"slow at the first view":    {onlyNew(.9, .25), always(.25), rollout.StatusSafe},
	} {
		t.Run(name, func(t *testing.T) {
			var tape tape
			r := plain(50)
			r.Plan.Guards = []rollout.Guard{{Kind: rollout.LCP, Share: .1, Margins: []float64{.1, .07, .05}}}
			at := paints(&tape, rand.New(rand.NewPCG(5, 6)), 50, 300, 8, c.first, c.later)
			lcp := find(tape.play(rollout.NewEvidence(r, usual)).At(at), rollout.LCP, "")
			require.Equal(t, c.status, lcp.Status, "%+v", lcp)
			require.InDelta(t, .1, lcp.Margin, 0)
			require.InDelta(t, 2000, lcp.Limit, 40)
		})
	}
}

// TestTheLimitOfSlowFollowsTheOldVersionAlone lets the old version's pages become slower by day; the new one's alike.
func TestTheLimitOfSlowFollowsTheOldVersionAlone(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8)) //nolint:gosec // a test
	r := plain(50)
	r.Plan.Guards = []rollout.Guard{{Kind: rollout.LCP, Share: .1, Margins: []float64{.1, .07, .05}}}
	e := rollout.NewEvidence(r, usual)
	var tape tape
	at := began
	for n := range 40_000 {
		at = at.Add(time.Second)
		day := 1 + .8*math.Sin(float64(n)/5000)
		tape.add(at, somebodyOf(50, n%2 == 0, n/2%400), telemetry.Event{Kind: telemetry.Vital, Name: "LCP", Value: 1500 * day * math.Exp(random.NormFloat64()/3)})
	}
	lcp := find(tape.play(e).At(at), rollout.LCP, "")
	require.Equal(t, rollout.StatusSafe, lcp.Status, "%+v", lcp)
	require.Less(t, lcp.LogE, 1.0)
	require.Greater(t, math.Abs(lcp.Limit-2000), 100.0)
}

func TestWhatNobodyMeasuresHoldsNothingUp(t *testing.T) {
	r := plain(50)
	r.Plan.Guards = []rollout.Guard{{Kind: rollout.INP, Share: .1, Margins: []float64{.1, .07, .05}}}
	var tape tape
	for n := range 400 {
		tape.add(began, fmt.Sprintf("usr_%d", n), telemetry.Event{Kind: telemetry.Vital, Name: "LCP", Value: 900})
	}
	require.Zero(t, find(tape.play(rollout.NewEvidence(r, usual)).At(began.Add(time.Minute)), rollout.INP, "").SafeNeed)
	for n := range 400 {
		tape.add(began, somebodyOf(50, false, n), telemetry.Event{Kind: telemetry.Vital, Name: "INP", Value: 90})
	}
	require.Positive(t, find(tape.play(rollout.NewEvidence(r, usual)).At(began.Add(time.Minute)), rollout.INP, "").SafeNeed,
		"what only the new version does not report any more is no good news")
}

// TestHarmInOneSegmentIsFoundThere breaks one browser only.
func TestHarmInOneSegmentIsFoundThere(t *testing.T) {
	r := plain(5)
	e := rollout.NewEvidence(r, rollout.Past{Fingerprints: []string{"fp-diary", "fp-auth"}})
	var tape tape
	browsers := []string{"Chrome", "Edge", "Firefox", "Safari"}
	for n := range 400 { // the errors of every day, on all browsers alike
		where := failure([]string{"diary", "auth"}[n%2])
		where.Browser, where.OS = browsers[(n+n/20)%4], "macOS"
		tape.add(began.Add(time.Duration(n)*time.Millisecond), somebodyOf(5, n%20 == 0, n), where)
	}
	for n := range 16 {
		broken := failure("diary")
		broken.Browser, broken.OS, broken.Release = "Safari", "iOS", "siteproof@2"
		tape.add(began.Add(time.Second), somebodyOf(5, n%8 > 0, 1000+n), broken)
	}
	readings := tape.play(e).At(began.Add(2 * time.Second))
	segments := find(readings, rollout.Segments, "")
	require.Equal(t, rollout.StatusHarmful, segments.Status, "%+v", segments)
	require.Equal(t, rollout.BySystem, segments.Culprit.Dimension)
	require.Equal(t, "iOS", segments.Culprit.Value)
	require.Equal(t, int64(14), segments.Culprit.Treatment)
	require.Equal(t, rollout.StatusWatching, find(readings, rollout.Errors, "").Status, "everything together hides it")
	require.Equal(t, rollout.Culprit{Dimension: rollout.ByComponent, Value: "diary", LogE: segments.Blame[0].LogE, Treatment: 14, Control: 2}, segments.Blame[0])
	blamed := map[rollout.Dimension]string{}
	for _, c := range segments.Blame {
		blamed[c.Dimension] = c.Value
	}
	require.Equal(t, "siteproof@2", blamed[rollout.ByRelease])
	require.Equal(t, "Safari", blamed[rollout.ByBrowser])
	v := rollout.Decide(rollout.Input{Rollout: r, Readings: []rollout.Reading{segments}, Now: began})
	require.Equal(t, rollout.RollBackPart, v.Action, v.Reason)
	require.Equal(t, "diary", v.Component)
	require.Contains(t, v.Reason, "on iOS")
}
