package stats

import "math"

// The intervals of this file are of one look at one sample, unlike those that rollouts are judged by: looked at again
// and again, each misses the truth in one look of twenty on average.

// z95 is the 97.5th percentile of the normal distribution: intervals of 95 %.
const z95 = 1.959963984540054

// Proportion is the share of hits among n with Wilson's score interval of 95 % (Wilson 1927, JASA 22:209; recommended by
// Brown, Cai and DasGupta 2001). It stays within 0 and 1 and keeps its width when nothing or everything was hit. known is
// false when n is 0.
func Proportion(hits, n int64) (i Interval, known bool) {
	if n <= 0 {
		return Interval{}, false
	}
	size, p := float64(n), float64(hits)/float64(n)
	spread := z95 * math.Sqrt(p*(1-p)/size+z95*z95/(4*size*size))
	middle, scale := p+z95*z95/(2*size), 1+z95*z95/size
	return Interval{Estimate: p, Low: min(p, max(0, (middle-spread)/scale)), High: max(p, min(1, (middle+spread)/scale))}, true
}

// ProportionDifference is by how much the first share exceeds the second, with the hybrid score interval of 95 %
// (Newcombe 1998, Statistics in Medicine 17:873, method 10). known is false when either sample is empty.
func ProportionDifference(hits, n, otherHits, otherN int64) (i Interval, known bool) {
	a, aKnown := Proportion(hits, n)
	b, bKnown := Proportion(otherHits, otherN)
	if !aKnown || !bKnown {
		return Interval{}, false
	}
	d := a.Estimate - b.Estimate
	return Interval{
		Estimate: d,
		Low:      d - math.Hypot(a.Estimate-a.Low, b.High-b.Estimate),
		High:     d + math.Hypot(a.High-a.Estimate, b.Estimate-b.Low),
	}, true
}

// exactRanks is the largest sample whose ranks are found by adding up the binomial distribution; beyond it the normal
// one differs by less than a rank.
const exactRanks = 2000

// QuantileRanks are the ranks, from 1, of the values between which the p-quantile of n values lies with a chance of at
// least 95 %, whatever the values' distribution: the number of values below it is binomial (David and Nagaraja 2003,
// Order Statistics, 7.1). known is false when n is too small for that; then even the smallest and the largest value may
// miss it.
func QuantileRanks(n int64, p float64) (low, high int64, known bool) {
	if n <= 0 || p <= 0 || p >= 1 {
		return 0, 0, false
	}
	const tail = .025
	if n > exactRanks {
		size := float64(n)
		half := z95 * math.Sqrt(size*p*(1-p))
		return int64(math.Floor(size*p - half)), int64(math.Ceil(size*p+half)) + 1, true
	}
	below := 0.0 // the chance of fewer than k values below the quantile
	for k := int64(0); k <= n; k++ {
		chance := binomial(n, k, p)
		if below+chance > tail && low == 0 {
			low = k // P(fewer than k below) is still at most the tail: the k-th value is low enough
			if low == 0 {
				return 0, 0, false
			}
		}
		below += chance
		if below >= 1-tail {
			if k+1 > n {
				return 0, 0, false
			}
			return low, k + 1, true
		}
	}
	return 0, 0, false
}

// binomial is the chance of k hits among n.
func binomial(n, k int64, p float64) float64 {
	a, _ := math.Lgamma(float64(n) + 1)
	b, _ := math.Lgamma(float64(k) + 1)
	c, _ := math.Lgamma(float64(n-k) + 1)
	return math.Exp(a - b - c + float64(k)*math.Log(p) + float64(n-k)*math.Log1p(-p))
}

// BoundedMean is the mean of n values between least and most, with an interval of 95 % by their variance. One value at
// either end is added before the variance is taken (as Agresti and Coull 1998 do for shares), so that answers which are
// all the same do not look like certainty. known is false when n is 0.
func BoundedMean(n int64, sum, squares, least, most float64) (i Interval, known bool) {
	if n <= 0 {
		return Interval{}, false
	}
	size := float64(n) + 2
	middle := (sum + least + most) / size
	variance := (squares+least*least+most*most)/size - middle*middle
	half := z95 * math.Sqrt(max(0, variance)/size)
	mean := sum / float64(n)
	return Interval{Estimate: mean, Low: max(least, min(mean, middle-half)), High: min(most, max(mean, middle+half))}, true
}

// RateRatio is how many times as often something happened during a time as during another one, with an interval of 95 %:
// given how often it happened at all, the count of the first time is binomial (Przyborowski and Wilenski 1940), which
// Wilson's interval is taken of. High is infinite when nothing happened in the second time. known is false when nothing
// happened at all, or a time is empty.
func RateRatio(count int64, during float64, otherCount int64, otherDuring float64) (i Interval, known bool) {
	share, known := Proportion(count, count+otherCount)
	if !known || during <= 0 || otherDuring <= 0 {
		return Interval{}, false
	}
	ratio := func(p float64) float64 { return p / (1 - p) * otherDuring / during } // +Inf at 1
	return Interval{Estimate: ratio(share.Estimate), Low: ratio(share.Low), High: ratio(share.High)}, true
}
