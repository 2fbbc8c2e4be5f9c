package stats

import "math"

// Cluster sums over the people of one side during one span: M units (visits) and S bad ones of each.
type Cluster struct {
	People                          float64 // with at least one unit
	Units, Bad                      float64 // ΣM, ΣS
	UnitsSquared, BadSquared, Cross float64 // ΣM², ΣS², ΣSM
}

// Add moves one person from (m, s) to (m+dm, s+ds).
func (c *Cluster) Add(m, s, dm, ds float64) {
	if m == 0 && dm > 0 {
		c.People++
	}
	c.Units += dm
	c.Bad += ds
	c.UnitsSquared += (m+dm)*(m+dm) - m*m
	c.BadSquared += (s+ds)*(s+ds) - s*s
	c.Cross += (m+dm)*(s+ds) - m*s
}

// rate is bad units per unit.
func (c Cluster) rate() float64 { return c.Bad / c.Units }

// variance is the delta method's variance of the rate with people as clusters (Deng, Knoblich, Lu 2018).
func (c Cluster) variance() float64 {
	r := c.rate()
	return max(0, c.BadSquared-2*r*c.Cross+r*r*c.UnitsSquared) / (c.Units * c.Units)
}

// minUnits is how many units each side needs before its rate means anything.
const minUnits = 20

// Pair is both sides of one span.
type Pair struct{ Treatment, Control Cluster }

// Safe is the evidence against "the new version adds margin or more bad units per unit": an asymptotic e-process, a
// normal mixture over effects, with information added over spans (Waudby-Smith et al. 2024; never raw counts over spans).
// Sides without bad units do not make certainty: the treatment's variance is at least that of the rate it must not have,
// the control's at least that of one more bad unit among two more. Without enough of both sides, or without a margin,
// there is no evidence.
func Safe(spans []Pair, margin float64) float64 {
	if !(margin > 0) {
		return 0
	}
	var weighted, information float64
	for _, p := range spans {
		if p.Treatment.Units < minUnits || p.Control.Units < minUnits {
			continue
		}
		excluded := min(.5, p.Control.rate()+margin) // beyond one half the variance would shrink again
		vt := max(p.Treatment.variance(), excluded*(1-excluded)/p.Treatment.Units)
		least := (p.Control.Bad + 1) / (p.Control.Units + 2)
		vc := max(p.Control.variance(), least*(1-least)/p.Control.Units)
		i := 1 / (vt + vc)
		weighted += i * (p.Treatment.rate() - p.Control.rate())
		information += i
	}
	if information == 0 {
		return 0
	}
	z := (margin - weighted/information) * math.Sqrt(information)
	terms := make([]float64, 0, len(safeScales))
	for _, scale := range safeScales {
		terms = append(terms, halfNormal(z, information, scale*margin)-math.Log(float64(len(safeScales))))
	}
	return logSumExp(terms)
}

// Enough of each side for Worse: an asymptotic statement about fewer people, or about fewer bad units, is none.
const (
	leastPeople = 30
	leastBad    = 3
)

// Worse is the evidence against "the new version adds at most tolerated bad units per unit" (tolerated ≥ 0): the mirror
// of Safe, an asymptotic e-process with people as clusters. Each side has its own variance, so that one person's burst
// of bad units makes itself less certain, and never less than if units were independent. A span in which one side has
// too few people, or the treatment too few bad units, is passed over.
func Worse(spans []Pair, tolerated float64) float64 {
	difference, information := Difference(spans)
	if information == 0 {
		return 0
	}
	z := (difference - tolerated) * math.Sqrt(information)
	terms := make([]float64, 0, len(worseScales))
	for _, scale := range worseScales {
		terms = append(terms, halfNormal(z, information, scale)-math.Log(float64(len(worseScales))))
	}
	return logSumExp(terms)
}

// worseScales are the effects that Worse expects, bad units per unit.
var worseScales = []float64{.01, .03, .1}

// Difference is by how many bad units per unit the treatment differs from the control, over all spans that have enough
// of both, and its information, the inverse of its variance; 0 and 0 when there is none.
func Difference(spans []Pair) (difference, information float64) {
	for _, p := range spans {
		if p.Treatment.People < leastPeople || p.Control.People < leastPeople || p.Treatment.Bad < leastBad {
			continue
		}
		i := 1 / (p.Treatment.ownVariance() + p.Control.ownVariance())
		difference += i * (p.Treatment.rate() - p.Control.rate())
		information += i
	}
	if information > 0 {
		difference /= information
	}
	return difference, information
}

// ownVariance is the variance of the rate from this side alone.
func (c Cluster) ownVariance() float64 {
	r := (c.Bad + 1) / (c.Units + 2)
	return max(c.variance()*c.People/(c.People-1), r*(1-r)/c.Units)
}

// safeScales are the effects that the mixture expects, as parts of the margin.
var safeScales = []float64{.4, 1}

// halfNormal is the log evidence of a half-normal prior with scale s on the effect, at z standard errors.
func halfNormal(z, information, s float64) float64 {
	si := s * s * information
	shrink := si / (1 + si)
	return math.Ln2 - math.Log1p(si)/2 + z*z*shrink/2 + logNormalCDF(z*math.Sqrt(shrink))
}

// logNormalCDF is log Φ(x), also far in the lower tail, where Φ itself is 0 in floating point: there it follows the
// asymptotic series φ(x)/|x| (1 − 1/x² + 3/x⁴) (Abramowitz & Stegun 26.2.12).
func logNormalCDF(x float64) float64 {
	if x > -30 {
		return math.Log(math.Erfc(-x/math.Sqrt2) / 2)
	}
	x2 := x * x
	return -x2/2 - math.Log(-x*math.Sqrt(2*math.Pi)) + math.Log1p(-1/x2+3/(x2*x2))
}
