package rollout

import (
	"slices"
	"time"

	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/stats"
	"github.com/siteproof/belay/internal/telemetry"
)

// afterwards counts what still happens in a component that went back: people at their first error since pages had time
// to take it back too. If that is still harm, it was not the component alone, and more goes back.
//
// This spends no budget of its own. A component's part of the errors guard's share speaks about one thing at a time:
// while the component is on, that it does no harm; once it went back, that what is left in its place does none. A
// hypothesis that was given up hands its part on to the next one, never to two (Bretz et al. 2009).
type afterwards struct {
	since  int64 // µs
	people map[uint32]struct{}
	labels []stats.Labels
}

// followLost begins to count for components that went back, and begins anew when something around them did.
func (e *Evidence) followLost() {
	for part := 1; part < len(e.parts); part++ {
		at, lost := e.lostAt(e.parts[part])
		if !lost {
			e.after[part] = nil
			continue
		}
		since := at.Add(time.Duration(e.rollout.Plan.SilentAfter)).UnixMicro()
		a := e.after[part]
		if a == nil || a.since != since {
			a = &afterwards{since: since, people: map[uint32]struct{}{}}
			e.after[part] = a
		}
		for len(a.labels) < len(e.spans) {
			a.labels = append(a.labels, stats.Labels{Share: e.rollout.Spans[len(a.labels)].Percent / 100})
		}
	}
}

// lostAt is when a component went back or, if that was later, what stands above it.
func (e *Evidence) lostAt(component string) (at time.Time, lost bool) {
	for _, l := range e.rollout.Lost {
		if l.Component == component {
			at, lost = l.At, true
		}
	}
	if !lost {
		return at, false
	}
	for range MostComponents { // parents form no circle; if they did, this would still end
		parent, has := e.rollout.Parents[component]
		if !has {
			break
		}
		for _, l := range e.rollout.Lost {
			if l.Component == parent && l.At.After(at) {
				at = l.At
			}
		}
		component = parent
	}
	return at, true
}

// errorAfter counts a person at their first error in a component that went back. An error that happened before, or on a
// page that still says it shows the new component, tells nothing about what is left.
func (e *Evidence) errorAfter(event telemetry.Event, who uint32, part, span int) {
	a := e.after[part]
	if a == nil || happened(event).UnixMicro() < a.since {
		return
	}
	if variant, said := event.Variants[e.parts[part]]; said && variant != flag.Off {
		return
	}
	if _, counted := a.people[who]; counted {
		return
	}
	a.people[who] = struct{}{}
	e.labelOne(a.labels, who, span)
}

// happened is when an event happened, or was received when nobody says.
func happened(event telemetry.Event) time.Time {
	if event.At.IsZero() {
		return event.ReceivedAt
	}
	return event.At
}

// readAfterwards turns the reading of a component that went back into what happened since.
func (e *Evidence) readAfterwards(r *Reading, g Guard, part int) {
	a := e.after[part]
	if a == nil {
		return
	}
	since := time.UnixMicro(a.since).UTC()
	r.Since = &since
	r.Treatment.Affected, r.Control.Affected = people(a.labels)
	r.Labels = slices.Clone(a.labels)
	r.LogE = stats.Harm(a.labels, g.ratio())
}
