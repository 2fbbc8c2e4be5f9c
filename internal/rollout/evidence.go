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
	place    func(telemetry.Event) (span int, treatment bool) // nil: the time it was received, and the hash
	seed     maphash.Seed
	parts    []string // scopes by number: 0 is what no component owns, and everything still on
	numbers  map[string]int
	lost     uint64 // components taken back, a bit each
	position int64  // of the last event counted
	lastAt   int64  // when the last event of the environment was received, µs; before the first the start

	index    map[uint64]uint32 // hash of the targeting key → people
	people   []person
	affected map[uint32][]hit // errors of each person, the first of each component and segment, in the order in which they came
	spans    []spanCounts
	ever     [2]int64   // people seen in control and in treatment, whenever
	firsts   []tally    // scope → people with an error
	mounted  [][2]int64 // component → people who saw it, control and treatment
	thrown   []int64    // component → people of the new version for whom it threw and the old one was shown

	segments  segments
	seen      [segmentCount][2]int64 // people seen in each segment, control and treatment
	fetched   []stats.Labels         // span → people, at their first fetch of flags
	converted tally                  // people, at their first good event
	goods     map[string]bool        // names of good events; nil counts none, empty all
	measures  []*measure
	visits    visits
	silence   silence
	fresh     fresh
	after     []*afterwards // component → what happened since it went back; nil while it is on
	active    *window       // everybody
	failing   []*window     // people with an error, by scope
}

type spanCounts struct {
	users   [2]int64 // people seen, control and treatment
	visits  stats.Pair
	fetches stats.Pair
}

// Past is what was usual in the time before a rollout.
type Past struct {
	Fingerprints []string // of errors that were met
	// Percentiles are the 75th of vitals and server metrics by name (LCP, INP, CLS, TTFB, ready, …), ms; those of which
	// too little is known are left out.
	Percentiles map[string]float64
}

// NewEvidence begins empty, and counts for the present test of the rollout only. A service is not needed: Observe what happened, and Decide about Input.
func NewEvidence(r Rollout, past Past) *Evidence {
	r = r.underTest()
	e := &Evidence{
		seed: maphash.MakeSeed(), parts: []string{""}, numbers: map[string]int{}, index: map[uint64]uint32{}, segments: newSegments(),
		affected: map[uint32][]hit{}, visits: newVisits(), silence: newSilence(), fresh: newFresh(past.Fingerprints), active: newWindow(),
	}
	for _, component := range r.Components[:min(len(r.Components), MostComponents)] {
		e.numbers[component] = len(e.parts)
		e.parts = append(e.parts, component)
	}
	e.firsts, e.after = make([]tally, len(e.parts)), make([]*afterwards, len(e.parts))
	e.mounted, e.thrown = make([][2]int64, len(e.parts)), make([]int64, len(e.parts))
	for range e.parts {
		e.failing = append(e.failing, newWindow())
	}
	e.failing = append(e.failing, newWindow()) // of part 0 alone; failing[0] is everything still on
	if len(r.Spans) > 0 {
		e.lastAt = r.Spans[0].From.UnixMicro()
	}
	for _, g := range r.Plan.Guards {
		if name, counts := g.measures(); counts {
			e.measures = append(e.measures, newMeasure(name, g.Kind != Metric, past, e.lastAt))
		}
		if g.Kind == Conversion {
			e.goods = map[string]bool{}
			for _, name := range g.Events {
				e.goods[name] = true
			}
		}
	}
	e.Follow(r)
	return e
}

// PlaceBy has every event placed by fn instead of by the time it was received and the hash: in which span it counts, -1
// for none, and whether its person is in the treatment of that span. A person stays in a span where they were first
// placed. It is for traces that say so themselves, and to be called before the first event.
func (e *Evidence) PlaceBy(fn func(telemetry.Event) (span int, treatment bool)) { e.place = fn }

// spanOf is the span in which an event counts, -1 for none.
func (e *Evidence) spanOf(event telemetry.Event) int {
	if e.place == nil {
		return e.spanAt(event.ReceivedAt)
	}
	span, _ := e.place(event)
	return span
}

// treats says whether an event's person is in the treatment of a span.
func (e *Evidence) treats(event telemetry.Event, span int) bool {
	if e.place == nil {
		return flag.Bucket(e.rollout.Salt, event.User) < e.rollout.Spans[span].Percent
	}
	_, treatment := e.place(event)
	return treatment
}

// Follow takes over the rollout's present spans and losses. What was counted stays; what a lost component caused leaves
// the scope of everything still on.
func (e *Evidence) Follow(r Rollout) {
	r = r.underTest()
	e.rollout = r
	for len(e.spans) < len(r.Spans) {
		share := r.Spans[len(e.spans)].Percent / 100
		e.spans = append(e.spans, spanCounts{})
		e.fetched = append(e.fetched, stats.Labels{Share: share})
		e.silence.firsts.grow(share)
		e.silence.reloaded = append(e.silence.reloaded, stats.Labels{Share: share})
		e.converted.grow(share)
		for scope := range e.firsts {
			e.firsts[scope].grow(share)
		}
		for _, m := range e.measures {
			m.spans = append(m.spans, measured{})
			m.slow.grow(share)
		}
	}
	var lost uint64
	for _, l := range r.Lost {
		lost |= 1 << e.numbers[l.Component]
	}
	lost &^= 1
	e.followLost()
	if lost != e.lost {
		e.lost = lost
		e.recount()
	}
}

// recount makes the scope of everything still on anew from what is remembered of each person.
func (e *Evidence) recount() {
	e.firsts[0].clear()
	for who, hits := range e.affected {
		for n, h := range hits {
			if !e.isLost(int(h.part)) {
				e.labelFirst(&e.firsts[0], who, hits[:n], h, func(before hit) bool { return !e.isLost(int(before.part)) })
			}
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

// Observe counts one stored event. An event that was counted already, as its position tells, is passed over.
func (e *Evidence) Observe(event telemetry.Event) {
	if event.Position > 0 {
		if event.Position <= e.position {
			return
		}
		e.position = event.Position
	}
	if event.EnvironmentID != e.rollout.EnvironmentID {
		return
	}
	if event.Kind == telemetry.Metric && event.User == "" {
		e.report(event)
		return
	}
	span := e.spanOf(event)
	if span < 0 || span >= len(e.spans) || event.User == "" || event.Browser == "Bot" {
		return
	}
	e.settle(event.ReceivedAt)
	at := event.ReceivedAt.UnixMicro()
	e.lastAt = max(e.lastAt, at)
	who, followed := e.person(event, span)
	if !followed {
		return
	}
	where := e.segments.of(event)
	if event.Kind == telemetry.Metric { // what a server did for somebody is no visit
		e.metric(event, who, span, where)
		return
	}
	e.see(who, span, where)
	e.active.touch(who, e.side(who, span), at)
	visit := e.visit(event.Session, who, span, at)
	if visit != nil && event.Kind != telemetry.Fetch {
		visit.spoke = true
	}
	switch event.Kind { //nolint:exhaustive // the others only tell that somebody is there
	case telemetry.Fetch:
		e.fetch(event, who, span, at, where)
	case telemetry.Ready:
		e.ready(event.Session, at)
		e.vital(readyName, event, who, span, where)
	case telemetry.Vital:
		e.vital(event.Name, event, who, span, where)
	case telemetry.Custom:
		e.custom(event, who, span, where)
	case telemetry.Error:
		part := e.partOf(event)
		if visit != nil {
			visit.parts |= 1 << part
		}
		e.mount(who, part, span)
		e.error(event, who, part, span, where)
	case telemetry.Exposure:
		e.mount(who, e.partOf(event), span)
	}
}

// Input is all that Decide looks at, at a moment.
func (e *Evidence) Input(now time.Time) Input {
	return Input{Rollout: e.rollout, Readings: e.At(now), Users: Arm{Users: e.present()}, Healthy: e.Healthy(now), Now: now}
}

// partOf is the component that an event belongs to, 0 when none of the rollout's does.
func (e *Evidence) partOf(event telemetry.Event) int {
	if part, ours := e.numbers[event.Component]; ours {
		return part
	}
	return e.numbers[event.Flag]
}

// mount notes that a person saw a component.
func (e *Evidence) mount(who uint32, part, span int) {
	here := e.side(who, span)
	if seen := &e.people[who].mounted[here]; part > 0 && *seen>>part&1 == 0 {
		*seen |= 1 << part
		e.mounted[part][here]++
	}
}

// fetch begins to follow a session whose page was given its flags.
func (e *Evidence) fetch(event telemetry.Event, who uint32, span int, at int64, where numbers) {
	if p := &e.people[who]; !p.fetched {
		p.fetched = true
		e.labelOne(e.fetched, who, span)
	}
	e.loadAgain(who, at)
	if event.Seq == 0 { // a later fetch of a session begins none: its page may have been ready long ago, and says so once
		e.follow(event.Session, who, span, at, where)
	}
}

// vital counts a value for the guard that watches it, if there is one.
func (e *Evidence) vital(name string, event telemetry.Event, who uint32, span int, where numbers) {
	for _, m := range e.measures {
		if m.name == name && m.repeats {
			e.value(m, event, who, span, where)
		}
	}
}

// custom counts a person at their first good event.
func (e *Evidence) custom(event telemetry.Event, who uint32, span int, where numbers) {
	p := &e.people[who]
	if e.goods == nil || p.converted || (len(e.goods) > 0 && !e.goods[event.Name]) {
		return
	}
	p.converted = true
	e.label(&e.converted, who, span, where)
}

// settle counts the outcomes that are known by a moment.
func (e *Evidence) settle(now time.Time) {
	at := now.UnixMicro()
	e.settleVisits(at)
	e.settleFetches(at)
	from := at - BrakeWindow.Microseconds()
	e.active.expire(from)
	for _, w := range e.failing {
		w.expire(from)
	}
}
