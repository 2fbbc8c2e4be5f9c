package forecast

import (
	"fmt"
	"time"

	"github.com/siteproof/belay/internal/rollout"
	"github.com/siteproof/belay/internal/stats"
)

// reports is what servers will report under a name.
type reports struct {
	each float64 // units in a visit, of what is reported of people
	bad  float64 // share of them
	// Of what is reported of whole sides: reports and units a second, and the share that is bad.
	sides, units, sideBad float64
}

// reports are those of a guard; lacks says why nothing is known of them.
func (o outlook) reports(g rollout.Guard) (r reports, lacks string) {
	u, some := o.usual.Reports[g.Metric]
	switch {
	case !some:
		return r, fmt.Sprintf("No server has reported %s in the last days.", g.Metric)
	case u.For < leastFor:
		return r, fmt.Sprintf("Servers have reported %s for less than a minute.", g.Metric)
	}
	seconds := u.For.Seconds()
	if all := float64(u.Values + u.Units); all > 0 {
		// A value counts as one unit, bad beyond the limit as a page's speed is.
		r.each, r.bad = all/seconds/o.crowd.pace, (slow*float64(u.Values)+float64(u.Bad))/all
	}
	if all := float64(u.SideUnits); all > 0 && u.Sides > 0 {
		r.sides, r.units, r.sideBad = float64(u.Sides)/seconds, all/seconds, float64(u.SideBad)/all
	}
	return r, ""
}

// of are the expected sums of a part of the crowd, its share of all and the harm to it.
func (r reports) of(c crowd, share, harm float64, t time.Duration) stats.Cluster {
	var sum stats.Cluster
	if r.each > 0 {
		sum = c.viewsOf(r.each, min(1, r.bad+harm), false, t)
	}
	if r.sides > 0 { // each is a cluster of its own, and as large as the side is
		mean := r.units * share / r.sides
		whole := cluster(r.sides*t.Seconds(), 1, mean, mean*mean, min(1, r.sideBad+harm))
		sum.People += whole.People
		sum.Units += whole.Units
		sum.Bad += whole.Bad
		sum.UnitsSquared += whole.UnitsSquared
		sum.BadSquared += whole.BadSquared
		sum.Cross += whole.Cross
	}
	return sum
}

// sides are the sums of both sides at a time, the new version with a harm.
func (o outlook) sides(r reports, harm float64) func(time.Duration) stats.Pair {
	return func(t time.Duration) stats.Pair {
		return stats.Pair{Treatment: r.of(o.new(), o.share(), harm, t), Control: r.of(o.old(), 1-o.share(), 0, t)}
	}
}

// reportedMore says when enough more of what servers report is bad with the new version.
func (o outlook) reportedMore(r reports, tolerance, need float64) func(time.Duration) bool {
	sides := o.sides(r, o.harm)
	return func(t time.Duration) bool { return stats.Worse([]stats.Pair{sides(t)}, tolerance) >= need }
}
