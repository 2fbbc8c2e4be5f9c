package metric

import (
	"math"

	"github.com/siteproof/belay/internal/stats"
)

// Least numbers from which on a status is more than noise. Intervals would say so too, but nobody should have to look at
// one that spans everything.
const (
	leastVisits  = 100
	leastViews   = 50
	leastProbes  = 100
	leastAnswers = 30
	leastPeople  = 50
	leastTickets = 10 // in the window and the baseline together
)

// measure makes a measure of an interval.
func measure(n int64, i stats.Interval, known bool) Measure {
	m := Measure{N: n}
	if known {
		m.Estimate, m.Low, m.High = finite(i.Estimate), finite(i.Low), finite(i.High)
	}
	return m
}

// finite is a number as JSON can hold it; nil stands for one without bounds.
func finite(v float64) *float64 {
	if math.IsInf(v, 0) || math.IsNaN(v) {
		return nil
	}
	return &v
}

// judge gives a criterion its status: the interval against the goal.
func (c *Criterion) judge(m Measure, least int64) {
	c.Judged = m
	switch {
	case m.N == 0:
		c.Status, c.Text = NoData, "Nothing has been reported in this window."
		return
	case m.N < least || m.Low == nil:
		c.Status, c.Text = TooLittle, "Too little data to say anything yet."
		c.Way = ""
		return
	}
	low, high := *m.Low, math.Inf(1)
	if m.High != nil {
		high = *m.High
	}
	c.Way = ""
	switch {
	case (c.Above && low > c.Goal) || (!c.Above && high < c.Goal):
		c.Status, c.Text = Met, "Met: the whole interval is on the good side of the goal."
	case (c.Above && high <= c.Goal) || (!c.Above && low >= c.Goal):
		c.Status, c.Text = NotMet, "Not met: the whole interval is on the bad side of the goal."
	default:
		c.Status, c.Text = Undecided, "Not decided yet: the goal lies inside the interval."
	}
}

// proportions fills a criterion that is a share of tallies. good says that the sum counts good units.
func (c *Criterion) proportions(all []Tally, least int64, turn bool) {
	of := func(t Tally) Measure {
		hits := int64(t.Sum)
		if turn {
			hits = t.N - hits
		}
		i, known := stats.Proportion(hits, t.N)
		return measure(t.N, i, known)
	}
	c.fill(all, of, least)
}

// means fills a criterion that is a mean of tallies between bounds, each value stretched by a factor.
func (c *Criterion) means(all []Tally, lowest, highest, stretch float64, least int64) {
	c.fill(all, func(t Tally) Measure {
		i, known := stats.BoundedMean(t.N, t.Sum, t.Squares, lowest, highest)
		return measure(t.N, stats.Interval{Estimate: stretch * i.Estimate, Low: stretch * i.Low, High: stretch * i.High}, known)
	}, least)
}

// fill puts tallies where they belong and judges.
func (c *Criterion) fill(all []Tally, of func(Tally) Measure, least int64) {
	whole := Measure{}
	c.Trend = make([]*float64, Slots)
	for _, t := range all {
		m := of(t)
		switch {
		case t.Slot != Whole:
			if t.Slot >= 0 && t.Slot < Slots {
				c.Trend[t.Slot] = m.Estimate
			}
		case t.Arm == OldSide:
			c.Old = &m
		case t.Arm == NewSide:
			c.New = &m
		default:
			whole = m
		}
	}
	c.judge(c.chosen(whole), least)
}

// chosen is what is judged: the new version where a side was told apart.
func (c *Criterion) chosen(whole Measure) Measure {
	switch {
	case c.New != nil:
		return *c.New
	case c.Old != nil: // nobody had the new version
		return Measure{}
	}
	return whole
}

// differences fills a criterion that compares the shares of both sides.
func (c *Criterion) differences(all []Tally, least int64) {
	var sides [2]Tally
	for _, t := range all {
		switch {
		case t.Slot != Whole:
		case t.Arm == OldSide:
			sides[0] = t
		case t.Arm == NewSide:
			sides[1] = t
		}
	}
	part := func(t Tally) *Measure {
		i, known := stats.Proportion(int64(t.Sum), t.N)
		m := measure(t.N, i, known)
		return &m
	}
	c.Trend = []*float64{}
	c.Old, c.New = part(sides[0]), part(sides[1])
	if sides[0].Sum == 0 && sides[1].Sum == 0 && sides[0].N > 0 && sides[1].N > 0 {
		// Nothing is held where there is nothing: nobody reports it, or the window is too young for it.
		c.judge(Measure{}, least)
		c.Text = "Nobody on either side has done this in the window, so nothing is held yet."
		return
	}
	i, known := stats.ProportionDifference(int64(sides[1].Sum), sides[1].N, int64(sides[0].Sum), sides[0].N)
	c.judge(measure(min(sides[0].N, sides[1].N), i, known), least)
}
