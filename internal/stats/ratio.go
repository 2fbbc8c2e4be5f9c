package stats

import "math"

// concentration is how firmly Imbalance believes in a share close to the planned one: large, to see small deviations.
const concentration = 2000

// Imbalance is the evidence against "each of these people was put into treatment with just their span's share": a
// Bayes factor of beta-binomial assignments around the share, an e-process under that hypothesis (Lindon & Malek 2022).
// It stays valid however often it is looked at, which a chi-squared test of the same counts does not.
func Imbalance(spans []Labels) float64 {
	sum := 0.0
	for _, s := range spans {
		if s.Share <= 0 || s.Share >= 1 {
			continue
		}
		a, b := concentration*s.Share, concentration*(1-s.Share)
		t, c := float64(s.Treatment), float64(s.Control)
		sum += logBeta(a+t, b+c) - logBeta(a, b) - t*math.Log(s.Share) - c*math.Log1p(-s.Share)
	}
	return sum
}

func logBeta(a, b float64) float64 {
	x, _ := math.Lgamma(a)
	y, _ := math.Lgamma(b)
	z, _ := math.Lgamma(a + b)
	return x + y - z
}
