package stats

import "math"

// Interval is an estimate with the bounds that hold at every look with the asked confidence.
type Interval struct{ Estimate, Low, High float64 }

const (
	// extreme bounds the rate ratios that are looked at; beyond it lies "unknown".
	extreme  = 1000
	halvings = 40 // of the logarithm of a ratio: to the twelfth digit
)

// RatioInterval is how many times as likely the new version makes an event, with bounds that miss the truth with a chance
// of at most alpha, ever. known is false while the counts say nothing. Bounds are within 1/1000 and 1000.
func RatioInterval(spans []Labels, alpha float64) (i Interval, known bool) {
	var total float64
	for _, s := range spans {
		if s.Share > 0 && s.Share < 1 {
			total += float64(s.Treatment + s.Control)
		}
	}
	if total == 0 {
		return Interval{}, false
	}
	need := math.Log(2 / alpha)
	return Interval{
		Estimate: whereTrue(func(ratio float64) bool { return surplus(spans, ratio) <= 0 }),
		Low:      whereTrue(func(ratio float64) bool { return Harm(spans, ratio) < need }),
		High:     whereTrue(func(ratio float64) bool { return Fewer(spans, ratio) >= need }),
	}, true
}

// surplus is by how many people the treatment exceeds what a ratio predicts, given who was hit at all.
func surplus(spans []Labels, ratio float64) float64 {
	sum := 0.0
	for _, s := range spans {
		if s.Share > 0 && s.Share < 1 {
			sum += float64(s.Treatment) - float64(s.Treatment+s.Control)*theta(s.Share, ratio)
		}
	}
	return sum
}

// whereTrue is the ratio from which on a statement holds that is false before.
func whereTrue(holds func(ratio float64) bool) float64 {
	low, high := -math.Log(extreme), math.Log(extreme)
	for range halvings {
		middle := (low + high) / 2
		if holds(math.Exp(middle)) {
			high = middle
		} else {
			low = middle
		}
	}
	return math.Exp(high)
}

// DifferenceInterval is by how many bad units per unit the new version differs, with bounds that miss the truth with a
// chance of at most about alpha, ever (Robbins 1970, with people as clusters). scale is the difference at which the
// bounds should be tightest. known is false while there is too little of either side.
func DifferenceInterval(spans []Pair, scale, alpha float64) (i Interval, known bool) {
	difference, information := Difference(spans)
	if information == 0 {
		return Interval{}, false
	}
	si := scale * scale * information
	half := math.Sqrt((1 + 1/si) / information * (math.Log1p(si) - 2*math.Log(alpha)))
	return Interval{Estimate: difference, Low: difference - half, High: difference + half}, true
}
