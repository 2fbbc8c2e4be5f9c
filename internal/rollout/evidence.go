package rollout

import (
	"hash/maphash"
	"slices"
	"time"

	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/stats"
	"github.com/siteproof/belay/internal/telemetry"
)

const (
	// mostPeople bounds memory. Later people are not followed: whom that leaves out does not depend on their side.
	mostPeople = 5_000_000
	// mostOpen bounds visits and fetches whose outcome is not known yet; more are not followed.
	mostOpen = 1_000_000
	// MostComponents is how many components a rollout may have.
	MostComponents = 60
	// lateness is how long after it was received an event may take to be stored and shown. Whoever waits for an event
	// that does not come waits this much longer, so that a replay decides the same.
	lateness = time.Second
)

// Evidence adds up what stored events say about one rollout. It is a pure function of the events in their stored order
// and of the rollout's spans and losses: a replay after a restart gives the same numbers to the last bit. It is not safe
// for concurrent use.
//
// A person's side is where the hash puts them (intention to treat) under the share in force when the event was received,
// never what a page says; whom an override of the flag puts elsewhere is still counted where the hash puts them. A person
// counts once for each scope, at their first bad event. Handled errors count like others.
//
// Memory: less than 250 bytes for each person seen, errors included (a test holds it), and some 100 for each visit
// younger than the plan's Maturity and each fetch younger than its SilentAfter.
type Evidence struct {
	rollout  Rollout
	seed     maphash.Seed
	parts    []string // scopes by number: 0 is what no component owns, and everything still on
	numbers  map[string]int
	lost     uint64 // components taken back, a bit each
	position int64  // of the last event counted

	index    map[uint64]uint32 // hash of the targeting key → people
	people   []person
	affected map[uint32][]hit // the first error of each component, in the order in which they came
	spans    []spanCounts
	ever     [2]int64         // people seen in control and in treatment, whenever
	firsts   [][]stats.Labels // scope → span → people with an error
	mounted  [][2]int64       // component → people who saw it, control and treatment
	thrown   []int64          // component → people of the new version for whom it threw and the old one was shown

	visits  visits
	silence silence
	fresh   fresh
	active  *window   // everybody
	failing []*window // people with an error, by scope
}

// person is what is remembered of one visitor.
type person struct {
	bucket  float64
	mounted [2]uint64 // components seen on each side, a bit each
	visits  stretch
	fetches stretch
	seen    uint32 // spans, a bit each
	silent  bool
}

// stretch is what one person added to a span's sums.
type stretch struct {
	units, bad uint32
	span       uint8
}

// hit is a person's first error in one component.
type hit struct {
	part, span uint8
	thrown     bool
}

type spanCounts struct {
	users   [2]int64 // people seen, control and treatment
	visits  stats.Pair
	fetches stats.Pair
}

// NewEvidence begins empty. known are fingerprints that were met in the time before the rollout.
func NewEvidence(r Rollout, known []string) *Evidence {
	e := &Evidence{
		seed: maphash.MakeSeed(), parts: []string{""}, numbers: map[string]int{}, index: map[uint64]uint32{},
		affected: map[uint32][]hit{}, visits: newVisits(), silence: newSilence(), fresh: newFresh(known), active: newWindow(),
	}
	for _, component := range r.Components[:min(len(r.Components), MostComponents)] {
		e.numbers[component] = len(e.parts)
		e.parts = append(e.parts, component)
	}
	e.firsts = make([][]stats.Labels, len(e.parts))
	e.mounted, e.thrown = make([][2]int64, len(e.parts)), make([]int64, len(e.parts))
	for range e.parts {
		e.failing = append(e.failing, newWindow())
	}
	e.failing = append(e.failing, newWindow()) // of part 0 alone; failing[0] is everything still on
	e.Follow(r)
	return e
}

// Follow takes over the rollout's present spans and losses. What was counted stays; what a lost component caused leaves
// the scope of everything still on.
func (e *Evidence) Follow(r Rollout) {
	e.rollout = r
	for len(e.spans) < len(r.Spans) {
		share := r.Spans[len(e.spans)].Percent / 100
		e.spans = append(e.spans, spanCounts{})
		e.silence.firsts = append(e.silence.firsts, stats.Labels{Share: share})
		for scope := range e.firsts {
			e.firsts[scope] = append(e.firsts[scope], stats.Labels{Share: share})
		}
	}
	var lost uint64
	for _, l := range r.Lost {
		lost |= 1 << e.numbers[l.Component]
	}
	if lost &^= 1; lost != e.lost {
		e.lost = lost
		e.recount()
	}
}

// recount makes the scope of everything still on anew from what is remembered of each person.
func (e *Evidence) recount() {
	for span := range e.firsts[0] {
		e.firsts[0][span].Treatment, e.firsts[0][span].Control = 0, 0
	}
	for who, hits := range e.affected {
		first := slices.IndexFunc(hits, func(h hit) bool { return !e.isLost(int(h.part)) })
		if first >= 0 {
			e.label(e.firsts[0], who, int(hits[first].span))
		}
	}
	e.recountVisits()
	still := []*window{e.failingIn(0)}
	for part := 1; part < len(e.parts); part++ {
		if !e.isLost(part) {
			still = append(still, e.failingIn(part))
		}
	}
	e.failing[0] = union(still)
}

func (e *Evidence) isLost(part int) bool { return e.lost>>part&1 == 1 }

// failingIn is the window of one part, where 0 is what no component owns.
func (e *Evidence) failingIn(part int) *window {
	if part == 0 {
		return e.failing[len(e.failing)-1]
	}
	return e.failing[part]
}

// spanAt is the span in force at a moment, -1 before the start and after the end.
func (e *Evidence) spanAt(at time.Time) int {
	for n, s := range slices.Backward(e.rollout.Spans) {
		if at.Before(s.From) {
			continue
		}
		if s.To != nil && !at.Before(*s.To) {
			return -1
		}
		return n
	}
	return -1
}

func side(treatment bool) int {
	if treatment {
		return 1
	}
	return 0
}

// side is 1 when a person is in the treatment of a span.
func (e *Evidence) side(who uint32, span int) int {
	return side(e.people[who].bucket < e.rollout.Spans[span].Percent)
}

// label adds a person to counts by span.
func (e *Evidence) label(spans []stats.Labels, who uint32, span int) {
	if e.side(who, span) == 1 {
		spans[span].Treatment++
	} else {
		spans[span].Control++
	}
}

// Observe counts one stored event. An event that was counted already, as its position tells, is passed over.
func (e *Evidence) Observe(event telemetry.Event) {
	if event.Position > 0 {
		if event.Position <= e.position {
			return
		}
		e.position = event.Position
	}
	span := e.spanAt(event.ReceivedAt)
	if span < 0 || event.EnvironmentID != e.rollout.EnvironmentID || event.User == "" || event.Browser == "Bot" {
		return
	}
	e.settle(event.ReceivedAt)
	who, followed := e.person(event.User, span)
	if !followed {
		return
	}
	at := event.ReceivedAt.UnixMicro()
	e.active.touch(who, e.side(who, span), at)
	visit := e.visit(event.Session, who, span, at)
	switch event.Kind { //nolint:exhaustive // the others only tell that somebody is there
	case telemetry.Fetch:
		e.fetched(event.Session, who, span, at)
	case telemetry.Ready:
		e.ready(event.Session, at)
	case telemetry.Error:
		part := e.partOf(event)
		if visit != nil {
			visit.parts |= 1 << part
		}
		e.mount(who, part, span)
		e.error(event, who, part, span)
	case telemetry.Exposure:
		e.mount(who, e.partOf(event), span)
	}
}

// partOf is the component that an event belongs to, 0 when none of the rollout's does.
func (e *Evidence) partOf(event telemetry.Event) int {
	if part, ours := e.numbers[event.Component]; ours {
		return part
	}
	return e.numbers[event.Flag]
}

// person finds or begins a person and notes in which span they were seen.
func (e *Evidence) person(user string, span int) (who uint32, followed bool) {
	key := maphash.String(e.seed, user)
	who, seen := e.index[key]
	if !seen {
		if len(e.people) >= mostPeople {
			return 0, false
		}
		who = uint32(len(e.people)) //nolint:gosec // mostPeople
		e.index[key] = who
		e.people = append(e.people, person{bucket: flag.Bucket(e.rollout.Salt, user)})
	}
	p := &e.people[who]
	if p.seen>>span&1 == 1 {
		return who, true
	}
	here := e.side(who, span)
	before := false
	for other := range e.spans {
		before = before || (p.seen>>other&1 == 1 && e.side(who, other) == here)
	}
	if !before {
		e.ever[here]++
	}
	p.seen |= 1 << span
	e.spans[span].users[here]++
	return who, true
}

// mount notes that a person saw a component.
func (e *Evidence) mount(who uint32, part, span int) {
	here := e.side(who, span)
	if seen := &e.people[who].mounted[here]; part > 0 && *seen>>part&1 == 0 {
		*seen |= 1 << part
		e.mounted[part][here]++
	}
}

func (e *Evidence) error(event telemetry.Event, who uint32, part, span int) {
	at, here := event.ReceivedAt.UnixMicro(), e.side(who, span)
	e.failingIn(part).touch(who, here, at)
	if !e.isLost(part) {
		e.failing[0].touch(who, here, at)
	}
	hits := e.affected[who]
	first := slices.IndexFunc(hits, func(h hit) bool { return int(h.part) == part })
	if first < 0 {
		before := slices.ContainsFunc(hits, func(h hit) bool { return !e.isLost(int(h.part)) })
		first = len(hits)
		hits = append(hits, hit{part: uint8(part), span: uint8(span)}) //nolint:gosec // MostComponents, maxPhases
		e.affected[who] = hits
		if part > 0 {
			e.label(e.firsts[part], who, span)
		}
		if !before && !e.isLost(part) {
			e.label(e.firsts[0], who, span)
		}
	}
	if event.Source == "boundary" && here == 1 && !hits[first].thrown {
		hits[first].thrown = true
		e.thrown[part]++
	}
	e.freshError(event, who, part, span)
}

// settle counts the outcomes that are known by a moment.
func (e *Evidence) settle(now time.Time) {
	at := now.UnixMicro()
	e.settleVisits(at)
	e.settleFetches(at)
	from := at - brakeWindow.Microseconds()
	e.active.expire(from)
	for _, w := range e.failing {
		w.expire(from)
	}
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
