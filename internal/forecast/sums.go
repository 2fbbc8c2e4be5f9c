package forecast

import (
	"math"
	"time"

	"github.com/siteproof/belay/internal/stats"
)

// visitsOf are the expected sums over visits of which such a share is bad.
func (c crowd) visitsOf(bad float64, t time.Duration) stats.Cluster {
	m := c.visits(t)
	return cluster(c.people, -math.Expm1(-m), m, m+m*m, bad)
}

// viewsOf are the expected sums over views, so many a visit, of which such a share is bad. repeats leaves out each
// person's first one, as the judging of harm does.
func (c crowd) viewsOf(each, bad float64, repeats bool, t time.Duration) stats.Cluster {
	m, k := c.visits(t), each
	if each < 1 { // not every visit reports a view
		m, k = m*each, 1
	}
	some := -math.Expm1(-m) // at least one
	if !repeats {
		return cluster(c.people, some, k*m, k*k*(m+m*m), bad)
	}
	again := some - m*math.Exp(-m)*max(0, 2-k) // at least two
	return cluster(c.people, again, k*m-some, k*k*(m+m*m)-2*k*m+some, bad)
}

// cluster are the sums of people of whom a share has any unit, with a mean number of units and a mean square of it, each
// unit bad by itself.
func cluster(people, some, units, squared, bad float64) stats.Cluster {
	return stats.Cluster{
		People: people * some, Units: people * units, Bad: people * units * bad, UnitsSquared: people * squared,
		BadSquared: people * (bad*(1-bad)*units + bad*bad*squared), Cross: people * bad * squared,
	}
}

const (
	// horizon is how far a forecast looks.
	horizon = 90 * 24 * time.Hour
	// step is by how much the times that are looked at differ, as a factor: finer than a forecast is right.
	step = 1.03
)

// until is the first time at which something holds; found is false when it does not within the horizon.
func until(holds func(time.Duration) bool) (t time.Duration, found bool) {
	for t = time.Second; t <= horizon; t = time.Duration(float64(t) * step) {
		if holds(t) {
			return t.Round(time.Second), true
		}
	}
	return 0, false
}
