package stats

import "math"

// Sample sums what was measured of the people of one arm of an experiment, one value for each of them.
type Sample struct {
	People  float64 `json:"people"`
	Sum     float64 `json:"sum"`
	Squares float64 `json:"squares"` // Σ of the squared values
}

// Add gives the sums of both.
func (s Sample) Add(o Sample) Sample {
	return Sample{s.People + o.People, s.Sum + o.Sum, s.Squares + o.Squares}
}

// Mean is the value per person, 0 of nobody.
func (s Sample) Mean() float64 {
	if s.People == 0 {
		return 0
	}
	return s.Sum / s.People
}

// Variance is how far single people's values spread. Nobody's, or one person's, is 0.
func (s Sample) Variance() float64 {
	if s.People < 2 {
		return 0
	}
	return max(0, s.Squares-s.Sum*s.Sum/s.People) / (s.People - 1)
}

// ofMean is the variance of the mean. A share is never taken for certain because nobody, or everybody, was hit so far: one
// more of each is imagined (Laplace's rule).
func (s Sample) ofMean(share bool) float64 {
	v := s.Variance()
	if share {
		r := (s.Sum + 1) / (s.People + 2)
		v = max(v, r*(1-r))
	}
	return v / s.People
}

// LeastSample is how many people each side needs before its mean is close enough to a normal one.
const LeastSample = 100

// Sequence looks at the difference of two means as often as one likes. Its intervals are asymptotic confidence sequences
// (Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas, "Time-uniform central limit theory and asymptotic confidence
// sequences", Annals of Statistics 52(6), 2024, theorem 2.2): all of them together, over all looks, miss the truth with a
// chance of at most about Alpha. They are tightest when both sides together have Planned people.
type Sequence struct {
	Alpha   float64 // between 0 and 1
	Planned float64 // people, above 0
	Share   bool    // values are 0 or 1
}

// Price is the squared number of standard errors that the interval reaches to each side when n people were seen:
// (nρ²+1)/(nρ²) · (log(nρ²+1) − 2 log α), with ρ for the planned people (equation 10 of their appendix B.2).
func (s Sequence) Price(n float64) float64 {
	best := math.Log1p(-2*math.Log(s.Alpha)) - 2*math.Log(s.Alpha)
	x := best * n / s.Planned
	return (1 + 1/x) * (math.Log1p(x) - 2*math.Log(s.Alpha))
}

// Difference is by how much the treatment's mean exceeds the control's. known is false while a side has fewer than
// LeastSample people, or nobody differs from anybody.
func (s Sequence) Difference(treatment, control Sample) (i Interval, known bool) {
	if treatment.People < LeastSample || control.People < LeastSample {
		return Interval{}, false
	}
	v := treatment.ofMean(s.Share) + control.ofMean(s.Share)
	if v == 0 {
		return Interval{}, false
	}
	half := math.Sqrt(v * s.Price(treatment.People+control.People))
	d := treatment.Mean() - control.Mean()
	return Interval{Estimate: d, Low: d - half, High: d + half}, true
}

// Ratio is how many times the control's mean the treatment's is: every ratio r for which treatment − r·control may be 0
// by the same sequence (Fieller 1954). It excludes 1 just when Difference excludes 0. known is also false while the
// control's mean may be 0, which makes every ratio possible.
func (s Sequence) Ratio(treatment, control Sample) (i Interval, known bool) {
	if treatment.People < LeastSample || control.People < LeastSample {
		return Interval{}, false
	}
	price := s.Price(treatment.People + control.People)
	mt, mc := treatment.Mean(), control.Mean()
	a := mc*mc - price*control.ofMean(s.Share)
	c := mt*mt - price*treatment.ofMean(s.Share)
	root := mt*mt*mc*mc - a*c
	if a <= 0 || root <= 0 {
		return Interval{}, false
	}
	return Interval{Estimate: mt / mc, Low: (mt*mc - math.Sqrt(root)) / a, High: (mt*mc + math.Sqrt(root)) / a}, true
}

// Needed is how many people both sides need together until a true difference is proven with a chance of power, when the
// treatment has shareT and the control shareC of all people, and their values have those variances. It assumes one look at
// the end; earlier looks find it sooner as often as not. looking false gives the number for a test that may look but once.
func (s Sequence) Needed(difference, power, shareT, shareC, varianceT, varianceC float64, looking bool) float64 {
	if difference == 0 || shareT <= 0 || shareC <= 0 {
		return math.Inf(1)
	}
	all := shareT + shareC
	reach := normalQuantile(1 - s.Alpha/2)
	if looking {
		planned := Sequence{Alpha: s.Alpha, Planned: 1}
		reach = math.Sqrt(planned.Price(1)) // ρ is chosen for just this number of people
	}
	reach += normalQuantile(power)
	return reach * reach * all * (varianceT/shareT + varianceC/shareC) / (difference * difference)
}

// normalQuantile is the value that a standard normal one does not exceed with probability p.
func normalQuantile(p float64) float64 { return math.Sqrt2 * math.Erfinv(2*p-1) }
