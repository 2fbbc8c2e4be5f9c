package rollout

import (
	"hash/maphash"
	"time"
)

// visits are the units in which the absence of errors is counted: a session, cut into pieces of at most the plan's
// Maturity, and cut where the share changes. A visit is counted when it is that old, with or without an error, so that
// both sides are compared at the same age and young visits do not pass for good ones.
type visits struct {
	open  map[uint64]int // session and span → number in line
	line  queue[visit]   // by their beginning
	spoil map[spoilt]*spoiltVisits
}

// visit is one visit that is not old enough to count.
type visit struct {
	key   uint64
	at    int64  // beginning, µs
	parts uint64 // where it met errors, a bit each; bit 0 is outside of components
	spoke bool   // something of it arrived besides the fetch of its flags
	who   uint32
	span  uint8
}

// spoilt names one person during one span.
type spoilt struct {
	who  uint32
	span uint8
}

// spoiltVisits are the visits with errors of one person during one span, kept so that those of a component that is taken
// back can be counted as good.
type spoiltVisits struct {
	units, bad uint32
	where      []spoiltIn
}

// spoiltIn is how many visits met errors in just these components.
type spoiltIn struct {
	parts  uint64
	visits uint32
}

func (s *spoiltVisits) note(parts uint64) {
	for n := range s.where {
		if s.where[n].parts == parts {
			s.where[n].visits++
			return
		}
	}
	s.where = append(s.where, spoiltIn{parts, 1})
}

func newVisits() visits {
	return visits{open: map[uint64]int{}, spoil: map[spoilt]*spoiltVisits{}}
}

// spanMark makes the same session in another span another visit.
const spanMark = 0x9E3779B97F4A7C15

// visit finds or begins the visit that an event belongs to; nil when there is no room to follow it.
func (e *Evidence) visit(session string, who uint32, span int, at int64) *visit {
	key := maphash.String(e.seed, session) ^ uint64(span+1)*spanMark //nolint:gosec // small
	if number, open := e.visits.open[key]; open {
		if v := e.visits.line.at(number); at < v.at+time.Duration(e.rollout.Plan.Maturity).Microseconds() {
			return v
		}
	}
	if e.visits.line.len() >= mostOpen {
		return nil
	}
	number := e.visits.line.push(visit{key: key, at: at, who: who, span: uint8(span)}) //nolint:gosec // maxPhases
	e.visits.open[key] = number
	return e.visits.line.at(number)
}

// settleVisits counts visits that are old enough.
func (e *Evidence) settleVisits(now int64) {
	age := (time.Duration(e.rollout.Plan.Maturity) + lateness).Microseconds()
	for line := &e.visits.line; line.len() > 0 && now >= line.front().at+age; {
		v, number := *line.front(), line.left
		line.pop()
		if e.visits.open[v.key] == number {
			delete(e.visits.open, v.key)
		}
		e.count(v)
	}
}

// count adds one visit to its span's sums. Of one that never said anything nobody knows whether it met errors: it is
// SilentClients' matter, and during an outage of ingest no good news.
func (e *Evidence) count(v visit) {
	if !v.spoke {
		return
	}
	mine := &e.people[v.who].visits
	bad := uint32(side(v.parts&^e.lost != 0)) //nolint:gosec // 0 or 1
	e.add(&e.spans[v.span].visits, mine, v.who, int(v.span), bad)
	kept, spoiltBefore := e.visits.spoil[spoilt{v.who, v.span}]
	if v.parts == 0 && !spoiltBefore {
		return
	}
	if !spoiltBefore {
		kept = &spoiltVisits{}
		e.visits.spoil[spoilt{v.who, v.span}] = kept
	}
	kept.units, kept.bad = mine.units, mine.bad
	if v.parts != 0 {
		kept.note(v.parts)
	}
}

// recountVisits makes visits good whose errors were all in components that have been taken back.
func (e *Evidence) recountVisits() {
	for name, kept := range e.visits.spoil {
		bad := uint32(0)
		for _, in := range kept.where {
			if in.parts&^e.lost != 0 {
				bad += in.visits
			}
		}
		e.cluster(&e.spans[name.span].visits, name.who, int(name.span)).
			Add(float64(kept.units), float64(kept.bad), 0, float64(bad)-float64(kept.bad))
		kept.bad = bad
		if mine := &e.people[name.who].visits; mine.span == name.span {
			mine.bad = bad
		}
	}
}
