package stats

import (
	"math"
	"slices"
)

// Labels counts the people who met a bad event for the first time during one span of a rollout, by side. Share is the
// treatment's share of identities during that span, between 0 and 1.
type Labels struct {
	Treatment int64   `json:"treatment"`
	Control   int64   `json:"control"`
	Share     float64 `json:"share"`
}

// alternative is one rate ratio that a mixture believes in, with its weight.
type alternative struct{ ratio, weight float64 }

// worse are ratios above the tolerated one, fewer those below the least that is tolerated, fresh those of an error
// that nobody met before, and plain those of an event that hardly happens without harm. (Weights sum to one; after Lindon & Malek 2022 and ter Schure et al. 2024, whose likelihood
// ratios are mixed here over a grid.)
var (
	worse = []alternative{{1.15, .14}, {1.3, .16}, {1.5, .18}, {2, .18}, {3, .12}, {5, .10}, {10, .07}, {100, .05}}
	fewer = []alternative{{.9, .2}, {.75, .25}, {.6, .2}, {.45, .2}, {.3, .1}, {.01, .05}}
	fresh = []alternative{{3, .15}, {10, .20}, {50, .25}, {1000, .40}}
	plain = []alternative{{4, .25}, {12, .50}, {40, .25}}
)

// mixturePrice is what mixing over the ratios of worse costs, nats, against knowing the true one.
const mixturePrice = 1.8

// Harm is the evidence against "the new version makes the event at most tolerated times as likely" (tolerated ≥ 1): the
// logarithm of a mixture of likelihood ratios, an e-process under that hypothesis. It does not depend on the order of
// events, and spans add up. Spans whose share is 0 or 1 tell nothing and are passed over.
func Harm(spans []Labels, tolerated float64) float64 { return mixture(spans, tolerated, worse) }

// FreshHarm is Harm for an error that nobody met before the rollout: what is left of it, if it is the new version's, is
// nearly all on one side, so the alternatives are extreme.
func FreshHarm(spans []Labels) float64 { return mixture(spans, 1, fresh) }

// Fewer is the evidence against "the new version makes a good event at least that many times as likely": Harm upside
// down, for events of which too few are the harm (least > 0; 1 tolerates no loss).
func Fewer(spans []Labels, least float64) float64 { return mixture(spans, least, fewer) }

// What SplitHarm believes before it has seen anybody: that the rate ratio is the same in both groups, and that a group
// tells nothing.
const (
	alike         = .25
	restSilent    = .75
	tellingSilent = .15
)

// SplitHarm is Harm of people of whom some, who count in all as well, are known by something that hardly happens
// without harm (telling, by the same spans). It is an e-process under the same hypothesis in both groups: it mixes what
// the people tell together with the product of what either group tells, and either group may be left out, so that one
// without harm costs little (product and mixture of test martingales, Vovk & Wang 2021). What a person does after the
// event may not depend on their side but by harm.
func SplitHarm(all, telling []Labels, tolerated float64) float64 {
	rest, telling := slices.Clone(all), telling[:min(len(telling), len(all))]
	for n, t := range telling {
		rest[n].Treatment -= t.Treatment
		rest[n].Control -= t.Control
	}
	apart := logSumExp([]float64{math.Log(restSilent), math.Log(1-restSilent) + Harm(rest, tolerated)}) +
		logSumExp([]float64{math.Log(tellingSilent), math.Log(1-tellingSilent) + mixture(telling, tolerated, plain)})
	return logSumExp([]float64{math.Log(alike) + Harm(all, tolerated), math.Log(1-alike) + apart})
}

// Average is the evidence of several e-values together, weighing them alike: it is an e-value however they depend on
// each other (Vovk & Wang 2021). Room is how many there may be; those not given count as no evidence.
func Average(evidence []float64, room int) float64 {
	if room < len(evidence) {
		room = len(evidence)
	}
	if room == 0 {
		return 0
	}
	terms := evidence
	if silent := room - len(evidence); silent > 0 {
		terms = append(slices.Clone(evidence), math.Log(float64(silent)))
	}
	return logSumExp(terms) - math.Log(float64(room))
}

// Expected are the people that Labels would count if everything went just as likely as it is. It is for planning.
type Expected struct{ Treatment, Control, Share float64 }

// Harm is what Harm would say of these people.
func (e Expected) Harm(tolerated float64) float64 { return e.mixture(tolerated, worse) }

// FreshHarm is what FreshHarm would say of these people.
func (e Expected) FreshHarm() float64 { return e.mixture(1, fresh) }

// Fewer is what Fewer would say of these people.
func (e Expected) Fewer(least float64) float64 { return e.mixture(least, fewer) }

func (e Expected) mixture(null float64, alternatives []alternative) float64 {
	terms := make([]float64, 0, len(alternatives))
	for _, a := range alternatives {
		terms = append(terms, math.Log(a.weight)+e.likelihood(null*a.ratio, null))
	}
	return logSumExp(terms)
}

func mixture(spans []Labels, null float64, alternatives []alternative) float64 {
	terms := make([]float64, 0, len(alternatives))
	for _, a := range alternatives {
		sum := math.Log(a.weight)
		for _, s := range spans {
			sum += likelihood(s, null*a.ratio, null)
		}
		terms = append(terms, sum)
	}
	return logSumExp(terms)
}

// likelihood is the log-likelihood ratio of the labels of one span under two rate ratios.
func likelihood(s Labels, ratio, null float64) float64 {
	return Expected{float64(s.Treatment), float64(s.Control), s.Share}.likelihood(ratio, null)
}

func (e Expected) likelihood(ratio, null float64) float64 {
	if e.Share <= 0 || e.Share >= 1 {
		return 0
	}
	one, zero := theta(e.Share, ratio), theta(e.Share, null)
	return e.Treatment*math.Log(one/zero) + e.Control*math.Log((1-one)/(1-zero))
}

// theta is the chance that an event's label is "treatment" when the new version makes it ratio times as likely.
func theta(share, ratio float64) float64 { return share * ratio / (share*ratio + 1 - share) }

// Arrival is what the evidence of the i-th new issue (from 1) must exceed on top of its budget, so that looking at any
// number of issues spends the budget once: 1/(i(i+1)) sums to one.
func Arrival(i int) float64 { return math.Log(float64(i) * float64(i+1)) }

// PeopleNeeded is about how many people with the event it takes until harm is proven at level alpha, when the new version
// makes it ratio times as likely for a share of people: (log 1/α + the price of not knowing the ratio) ÷ what one label
// is worth, the divergence of θ(ratio) from the share. It is for planning: ratio > 1, 0 < share < 1, 0 < alpha < 1.
func PeopleNeeded(share, ratio, alpha float64) float64 {
	t := theta(share, ratio)
	worth := t*math.Log(t/share) + (1-t)*math.Log((1-t)/(1-share))
	return (math.Log(1/alpha) + mixturePrice) / worth
}

func logSumExp(terms []float64) float64 {
	most := math.Inf(-1)
	for _, t := range terms {
		most = max(most, t)
	}
	if math.IsInf(most, -1) {
		return most
	}
	sum := 0.0
	for _, t := range terms {
		sum += math.Exp(t - most)
	}
	return most + math.Log(sum)
}
