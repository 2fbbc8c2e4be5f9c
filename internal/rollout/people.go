package rollout

import (
	"hash/maphash"
	"slices"

	"github.com/siteproof/belay/internal/stats"
	"github.com/siteproof/belay/internal/telemetry"
)

// person is what is remembered of one visitor.
type person struct {
	mounted   [2]uint64 // components seen on each side, a bit each
	segments  [2]uint32 // segments seen in on each side, a bit each
	visits    stretch
	fetches   stretch
	fetch     uint64 // number in line of their latest session that is followed, from 1
	seen      uint32 // spans, a bit each
	treated   uint32 // of them, those in whose treatment they are
	silent    bool
	fetched   bool
	converted bool
}

// stretch is what one person added to a span's sums.
type stretch struct {
	units, bad uint32
	span       uint8
}

// hit is a person's first error in one component with the same values of every dimension.
type hit struct {
	part, span uint8
	thrown     bool
	where      numbers
}

// mostHits bounds what is remembered of one person's errors. Beyond it only the first error of each component is.
const mostHits = 200

// person finds or begins a person and notes in which span they were seen.
func (e *Evidence) person(event telemetry.Event, span int) (who uint32, followed bool) {
	key := maphash.String(e.seed, event.User)
	who, seen := e.index[key]
	if !seen {
		if len(e.people) >= mostPeople {
			return 0, false
		}
		who = uint32(len(e.people)) //nolint:gosec // mostPeople
		e.index[key] = who
		e.people = append(e.people, person{})
	}
	p := &e.people[who]
	if p.seen>>span&1 == 1 {
		return who, true
	}
	here := side(e.treats(event, span))
	before := false
	for other := range e.spans {
		before = before || (p.seen>>other&1 == 1 && e.side(who, other) == here)
	}
	if !before {
		e.ever[here]++
	}
	p.seen |= 1 << span
	p.treated |= uint32(here) << span //nolint:gosec // 0 or 1
	e.spans[span].users[here]++
	return who, true
}

func side(treatment bool) int {
	if treatment {
		return 1
	}
	return 0
}

// side is 1 when a person is in the treatment of a span in which they were seen.
func (e *Evidence) side(who uint32, span int) int { return int(e.people[who].treated >> span & 1) }

// labelOne adds a person to counts by span.
func (e *Evidence) labelOne(spans []stats.Labels, who uint32, span int) {
	if e.side(who, span) == 1 {
		spans[span].Treatment++
	} else {
		spans[span].Control++
	}
}

// label adds a person to a tally, with each value that is known.
func (e *Evidence) label(t *tally, who uint32, span int, where numbers) {
	e.labelOne(t.all, who, span)
	for _, n := range where {
		if n != noValue {
			e.labelOne(t.with(n), who, span)
		}
	}
}

// labelFirst adds a person to a tally for a hit, as far as none of those before that count was with the same value.
func (e *Evidence) labelFirst(t *tally, who uint32, before []hit, h hit, counts func(hit) bool) {
	if !slices.ContainsFunc(before, counts) {
		e.labelOne(t.all, who, int(h.span))
	}
	for d, n := range h.where {
		if n != noValue && !slices.ContainsFunc(before, func(b hit) bool { return b.where[d] == n && counts(b) }) {
			e.labelOne(t.with(n), who, int(h.span))
		}
	}
}

func (e *Evidence) error(event telemetry.Event, who uint32, part, span int, where numbers) {
	at, here := event.ReceivedAt.UnixMicro(), e.side(who, span)
	e.failingIn(part).touch(who, here, at)
	if !e.isLost(part) {
		e.failing[0].touch(who, here, at)
	}
	hits := e.affected[who]
	inPart := func(h hit) bool { return int(h.part) == part }
	first := slices.IndexFunc(hits, inPart)
	known := slices.ContainsFunc(hits, func(h hit) bool { return int(h.part) == part && h.where == where })
	if first < 0 || (!known && len(hits) < mostHits) {
		h := hit{part: uint8(part), span: uint8(span), where: where} //nolint:gosec // MostComponents, maxPhases
		if part > 0 {
			e.labelFirst(&e.firsts[part], who, hits, h, inPart)
		}
		if !e.isLost(part) {
			e.labelFirst(&e.firsts[0], who, hits, h, func(b hit) bool { return !e.isLost(int(b.part)) })
		}
		if first < 0 {
			first = len(hits)
		}
		hits = append(hits, h)
		e.affected[who] = hits
	}
	if event.Source == "boundary" && here == 1 && !hits[first].thrown {
		hits[first].thrown = true
		e.thrown[part]++
	}
	e.errorAfter(event, who, part, span)
	e.freshError(event, who, part, span)
}

// add moves a person's stretch in one side's sums by one unit.
func (e *Evidence) add(pair *stats.Pair, s *stretch, who uint32, span int, bad uint32) {
	if int(s.span) != span {
		*s = stretch{span: uint8(span)} //nolint:gosec // maxPhases
	}
	e.cluster(pair, who, span).Add(float64(s.units), float64(s.bad), 1, float64(bad))
	s.units++
	s.bad += bad
}

func (e *Evidence) cluster(pair *stats.Pair, who uint32, span int) *stats.Cluster {
	if e.side(who, span) == 1 {
		return &pair.Treatment
	}
	return &pair.Control
}
