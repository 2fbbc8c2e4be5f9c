package stats

import "math"

// concentration is how firmly Skew believes in shares close to the planned ones: large, to see small deviations.
const concentration = 2000

// Imbalance is the evidence against "each of these people was put into treatment with just their span's share": a
// Bayes factor of beta-binomial assignments around the share, an e-process under that hypothesis (Lindon & Malek 2022).
// It stays valid however often it is looked at, which a chi-squared test of the same counts does not.
func Imbalance(spans []Labels) float64 {
	sum := 0.0
	for _, s := range spans {
		if s.Share > 0 && s.Share < 1 {
			sum += Skew([]int64{s.Treatment, s.Control}, []float64{s.Share, 1 - s.Share})
		}
	}
	return sum
}

// Skew is the evidence against "people were put into the arms with just these shares": a Bayes factor of multinomial
// counts whose shares lie around the planned ones (Dirichlet), which stays valid however often it is looked at (Lindon &
// Malek, "Anytime-valid inference for multinomial count data", NeurIPS 2022). Counts and shares go together, shares sum to
// 1; arms without a share are passed over.
func Skew(counts []int64, shares []float64) float64 {
	var sum, total, planned float64
	for i, n := range counts {
		p := shares[i]
		if p <= 0 {
			continue
		}
		before, _ := math.Lgamma(concentration * p)
		after, _ := math.Lgamma(concentration*p + float64(n))
		sum += after - before - float64(n)*math.Log(p)
		total += float64(n)
		planned += concentration * p
	}
	before, _ := math.Lgamma(planned)
	after, _ := math.Lgamma(planned + total)
	return sum + before - after
}
