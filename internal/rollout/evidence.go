package rollout

import (
	"cmp"
	"slices"
	"time"

	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/stats"
	"github.com/siteproof/belay/internal/telemetry"
)

// Evidence adds up what stored events say about one rollout. It is a pure function of the events in their stored order
// and of the rollout's spans: a replay after a restart gives the same numbers to the last bit. It is not safe for
// concurrent use.
//
// A person's side is where the hash puts them (intention to treat), never what a page says. A person counts once for
// each scope, at their first bad event. Memory: about 200 bytes for each person seen, 100 more for each who met an error.
type Evidence struct {
	rollout Rollout
	known   map[string]bool // fingerprints met before the rollout
	lost    map[string]bool

	people   map[string]*person
	sessions map[string]*session
	pending  []*session // fetched and not ready, oldest first
	spans    []spanCounts
	scopes   map[string]*scopeCounts // by component; "" is everything still on
	silent   []stats.Labels
	fresh    map[string]*freshIssue
	arrived  int // fresh issues that reached two people
	recent   []recentError
	exposed  map[string]map[string]bool // component → people of the new version who saw it
	boundary map[string]map[string]bool // component → people for whom the new version threw
	last     time.Time
}

// person is what is remembered of one visitor.
type person struct {
	bucket   float64
	span     int // of their last session
	units    [2]clusterState
	errors   []firstError // first error of each component, in order
	silentAt bool
}

// clusterState is what one person added to a span's sums for the error and the silence guards.
type clusterState struct{ units, bad float64 }

type firstError struct {
	component string
	span      int
}

type session struct {
	id, user  string
	fetchedAt time.Time
	span      int
	fetched   bool
	ready     bool
	silent    bool
	failed    bool // had an error
}

type spanCounts struct {
	users   [2]int64 // people seen, control and treatment
	errors  stats.Pair
	silence stats.Pair
}

// scopeCounts are the first errors of one scope, by span.
type scopeCounts struct{ spans []stats.Labels }

type freshIssue struct {
	fingerprint string
	components  map[string]int
	title       string
	people      map[string]bool
	spans       []stats.Labels
	order       int // of arrival at two people; 0 before
}

type recentError struct {
	at        time.Time
	component string
	user      string
	treatment bool
}

// NewEvidence begins empty. known are fingerprints that were met in the time before the rollout.
func NewEvidence(r Rollout, known []string) *Evidence {
	e := &Evidence{
		known: map[string]bool{}, people: map[string]*person{}, sessions: map[string]*session{},
		scopes: map[string]*scopeCounts{}, fresh: map[string]*freshIssue{},
		exposed: map[string]map[string]bool{}, boundary: map[string]map[string]bool{},
	}
	for _, fingerprint := range known {
		e.known[fingerprint] = true
	}
	e.Follow(r)
	return e
}

// Follow takes over the rollout's present spans and losses. What was counted stays; what a lost component caused leaves
// the scope of everything still on.
func (e *Evidence) Follow(r Rollout) {
	losses := len(e.lost)
	e.rollout = r
	e.lost = map[string]bool{}
	for _, l := range r.Lost {
		e.lost[l.Component] = true
	}
	for len(e.spans) < len(r.Spans) {
		e.spans = append(e.spans, spanCounts{})
		e.silent = append(e.silent, stats.Labels{Share: r.Spans[len(e.spans)-1].Percent / 100})
	}
	if len(e.lost) != losses {
		e.recount()
	}
}

// recount makes the scope of everything still on anew from what is remembered of each person.
func (e *Evidence) recount() {
	delete(e.scopes, "")
	for _, p := range e.people {
		for _, f := range p.errors {
			if !e.lost[f.component] {
				e.count("", f.span, p)
				break
			}
		}
	}
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

// treated says whether a person is in the treatment of a span.
func (e *Evidence) treated(p *person, span int) bool { return p.bucket < e.rollout.Spans[span].Percent }

// Observe counts one stored event.
func (e *Evidence) Observe(event telemetry.Event) {
	span := e.spanAt(event.ReceivedAt)
	if span < 0 || event.EnvironmentID != e.rollout.EnvironmentID || event.User == "" || event.Browser == "Bot" {
		return
	}
	if event.ReceivedAt.After(e.last) {
		e.last = event.ReceivedAt
	}
	e.expire(event.ReceivedAt)
	p := e.person(event.User, span)
	s := e.session(event, p, span)
	switch event.Kind {
	case telemetry.Fetch:
		if !s.fetched {
			s.fetched, s.fetchedAt = true, event.ReceivedAt
			if !s.ready {
				e.pending = append(e.pending, s)
			}
		}
	case telemetry.Ready:
		s.ready = true
	case telemetry.Error:
		e.error(event, p, s, span)
	case telemetry.Exposure:
		if e.treated(p, span) && event.Component != "" {
			remember(e.exposed, event.Component, event.User)
		}
	}
}

func remember(sets map[string]map[string]bool, component, user string) {
	if sets[component] == nil {
		sets[component] = map[string]bool{}
	}
	sets[component][user] = true
}

func (e *Evidence) person(user string, span int) *person {
	p, seen := e.people[user]
	if !seen {
		p = &person{bucket: flag.Bucket(e.rollout.Salt, user), span: -1}
		e.people[user] = p
	}
	if p.span != span {
		p.span = span
		p.units = [2]clusterState{}
		e.spans[span].users[side(e.treated(p, span))]++
	}
	return p
}

// session finds or begins the session; a new one is one more unit of its person.
func (e *Evidence) session(event telemetry.Event, p *person, span int) *session {
	if s, seen := e.sessions[event.Session]; seen {
		return s
	}
	s := &session{id: event.Session, user: event.User, span: span}
	e.sessions[event.Session] = s
	e.add(&e.spans[span].errors, p, span, 0, 1, 0)
	e.add(&e.spans[span].silence, p, span, 1, 1, 0)
	return s
}

// add moves a person's cluster in one of a span's sums: 0 errors, 1 silence.
func (e *Evidence) add(pair *stats.Pair, p *person, span, which int, units, bad float64) {
	if p.span != span { // a late word about an earlier span: the person's cluster there is closed
		return
	}
	c := &pair.Control
	if e.treated(p, span) {
		c = &pair.Treatment
	}
	state := &p.units[which]
	c.Add(state.units, state.bad, units, bad)
	state.units += units
	state.bad += bad
}

func (e *Evidence) error(event telemetry.Event, p *person, s *session, span int) {
	treated := e.treated(p, span)
	if !e.lost[event.Component] {
		e.recent = append(e.recent, recentError{event.ReceivedAt, event.Component, event.User, treated})
		if !s.failed {
			s.failed = true
			e.add(&e.spans[span].errors, p, span, 0, 0, 1)
		}
	}
	if event.Source == "boundary" && treated {
		remember(e.boundary, event.Component, event.User)
	}
	if !slices.ContainsFunc(p.errors, func(f firstError) bool { return f.component == event.Component }) {
		before := slices.ContainsFunc(p.errors, func(f firstError) bool { return !e.lost[f.component] })
		p.errors = append(p.errors, firstError{event.Component, span})
		if event.Component != "" {
			e.count(event.Component, span, p)
		}
		if !before && !e.lost[event.Component] {
			e.count("", span, p)
		}
	}
	e.freshError(event, p, span)
}

// count adds one person's first bad event to a scope.
func (e *Evidence) count(scope string, span int, p *person) {
	c, seen := e.scopes[scope]
	if !seen {
		c = &scopeCounts{}
		e.scopes[scope] = c
	}
	c.spans = e.label(c.spans, span, p)
}

// label adds a person's label to counts by span.
func (e *Evidence) label(spans []stats.Labels, span int, p *person) []stats.Labels {
	for len(spans) <= span {
		spans = append(spans, stats.Labels{Share: e.rollout.Spans[len(spans)].Percent / 100})
	}
	if e.treated(p, span) {
		spans[span].Treatment++
	} else {
		spans[span].Control++
	}
	return spans
}

func (e *Evidence) freshError(event telemetry.Event, p *person, span int) {
	if event.Fingerprint == "" || e.known[event.Fingerprint] {
		return
	}
	f, seen := e.fresh[event.Fingerprint]
	if !seen {
		f = &freshIssue{
			fingerprint: event.Fingerprint, title: event.Name + ": " + event.Message,
			components: map[string]int{}, people: map[string]bool{},
		}
		e.fresh[event.Fingerprint] = f
	}
	if f.people[event.User] {
		return
	}
	f.people[event.User] = true
	f.components[event.Component]++
	f.spans = e.label(f.spans, span, p)
	if len(f.people) == 2 {
		e.arrived++
		f.order = e.arrived
	}
}

// component is where most people met the issue.
func (f *freshIssue) component() string {
	var best string
	for component, n := range f.components {
		if best == "" || n > f.components[best] || (n == f.components[best] && cmp.Less(component, best)) {
			best = component
		}
	}
	return best
}

// expire counts sessions that have been silent for too long, up to a moment.
func (e *Evidence) expire(now time.Time) {
	limit := time.Duration(e.rollout.Plan.SilentAfter)
	for len(e.pending) > 0 {
		s := e.pending[0]
		if !s.ready && now.Sub(s.fetchedAt) < limit {
			return
		}
		e.pending = e.pending[1:]
		if s.ready {
			continue
		}
		s.silent = true
		p := e.people[s.user]
		e.add(&e.spans[s.span].silence, p, s.span, 1, 0, 1)
		if !p.silentAt {
			p.silentAt = true
			e.silent = e.label(e.silent, s.span, p)
		}
	}
}
