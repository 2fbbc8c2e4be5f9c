package rollout

import (
	"slices"

	"github.com/siteproof/belay/internal/stats"
	"github.com/siteproof/belay/internal/telemetry"
)

// Dimension is a way in which people and their pages differ that has nothing to do with the rollout.
type Dimension string

// The dimensions. The first three make segments; a release is only looked at to name what is at fault, since it may
// differ between the sides.
const (
	ByBrowser Dimension = "browser"
	BySystem  Dimension = "os"
	ByTier    Dimension = "tier"
	ByRelease Dimension = "release"
)

// rooms are how many values of each dimension are told apart; the last stands for all that came later. Which value gets
// which number is decided by the order in which they come, which does not depend on anybody's side.
var rooms = []room{{ByBrowser, 7}, {BySystem, 7}, {ByTier, 6}, {ByRelease, 12}}

// room is for how many values of a dimension there is one.
type room struct {
	dimension Dimension
	room      int
}

const (
	dimensions   = 4
	segmentCount = 7 + 7 + 6         // those whose evidence is averaged
	valueCount   = segmentCount + 12 // all that are told apart
	noValue      = uint8(255)        // nobody said
	others       = "Other"           // the value of a dimension's last room
)

// numbers are the numbers of an event's values, one a dimension.
type numbers [dimensions]uint8

// segments numbers values.
type segments struct {
	number [dimensions]map[string]uint8
	value  [valueCount]string
}

func newSegments() segments {
	var s segments
	from := 0
	for d, r := range rooms {
		last := from + r.room - 1
		s.number[d] = map[string]uint8{others: uint8(last)} //nolint:gosec // valueCount
		s.value[last] = others
		from += r.room
	}
	return s
}

// of numbers what an event says of where it happened.
func (s *segments) of(event telemetry.Event) numbers {
	values := [dimensions]string{event.Browser, event.OS, event.Tier, event.Release}
	var n numbers
	from := 0
	for d, value := range values {
		n[d] = s.find(d, from, value)
		from += rooms[d].room
	}
	return n
}

func (s *segments) find(d, from int, value string) uint8 {
	if value == "" {
		return noValue
	}
	found, known := s.number[d][value]
	switch {
	case known:
		return found
	case len(s.number[d]) >= rooms[d].room:
		return s.number[d][others]
	}
	found = uint8(from + len(s.number[d]) - 1) //nolint:gosec // valueCount
	s.number[d][value] = found
	s.value[found] = value
	return found
}

// dimensionOf is the dimension of a numbered value.
func dimensionOf(number int) Dimension {
	for _, r := range rooms {
		if number < r.room {
			return r.dimension
		}
		number -= r.room
	}
	return ""
}

// tally counts people at their first bad event, by span: all of them, and at their first with each value.
type tally struct {
	all []stats.Labels
	by  [valueCount][]stats.Labels
}

// grow makes room for one more span.
func (t *tally) grow(share float64) {
	t.all = append(t.all, stats.Labels{Share: share})
	for n := range t.by {
		if t.by[n] != nil {
			t.by[n] = append(t.by[n], stats.Labels{Share: share})
		}
	}
}

// clear forgets the people.
func (t *tally) clear() {
	for span := range t.all {
		t.all[span].Treatment, t.all[span].Control = 0, 0
	}
	for n := range t.by {
		t.by[n] = nil
	}
}

// with are the labels of one value, made when they are first needed.
func (t *tally) with(number uint8) []stats.Labels {
	if t.by[number] == nil {
		t.by[number] = slices.Clone(t.all)
		for span := range t.by[number] {
			t.by[number][span].Treatment, t.by[number][span].Control = 0, 0
		}
	}
	return t.by[number]
}

// people are how many of each side were counted.
func people(spans []stats.Labels) (treatment, control int64) {
	for _, s := range spans {
		treatment += s.Treatment
		control += s.Control
	}
	return treatment, control
}

// segmentReading averages the evidence of each segment: an e-value whatever they have to do with each other, at the
// price of the logarithm of how many there are. It names the one with most evidence.
func (e *Evidence) segmentReading(g Guard) Reading {
	t := &e.firsts[0]
	evidence := make([]float64, 0, segmentCount)
	worst, most := -1, 0.0
	for n := range segmentCount {
		if t.by[n] == nil {
			continue
		}
		logE := stats.Harm(t.by[n], g.ratio())
		evidence = append(evidence, logE)
		if worst < 0 || logE > most {
			worst, most = n, logE
		}
	}
	r := e.reading(g, 0, t.all)
	r.Labels = nil // it is made of those of every segment
	r.Threshold = e.alone(g)
	r.LogE = stats.Average(evidence, segmentCount)
	if worst >= 0 {
		c := e.valueCulprit(t, worst, g.ratio())
		r.Culprit = &c
		r.Treatment.Affected, r.Control.Affected = r.Culprit.Treatment, r.Culprit.Control
		r.Treatment.Users, r.Control.Users = e.seen[worst][1], e.seen[worst][0]
	}
	return e.judged(g, r, 0)
}

// see counts a person in each segment in which they are seen, on each side once a segment.
func (e *Evidence) see(who uint32, span int, at numbers) {
	p := &e.people[who]
	here := e.side(who, span)
	for _, n := range at[:dimensions-1] {
		if n != noValue && p.segments[here]>>n&1 == 0 {
			p.segments[here] |= 1 << n
			e.seen[n][here]++
		}
	}
}
