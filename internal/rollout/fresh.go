package rollout

import (
	"github.com/siteproof/belay/internal/stats"
	"github.com/siteproof/belay/internal/telemetry"
)

const (
	mostFresh       = 5000      // new issues that are followed; beyond it one that only one person met makes room
	mostFreshPeople = 10_000    // people of one issue; by then its evidence is settled
	mostMemberships = 2_000_000 // people of all issues together
	longestTitle    = 300       // bytes
)

// fresh follows errors that nobody met in the time before the rollout.
type fresh struct {
	known   map[string]bool
	issues  map[string]*freshIssue
	lonely  queue[string] // fingerprints in the order of their first person
	arrived int           // issues that reached two people
	members int           // people of all issues
}

type freshIssue struct {
	fingerprint, title string
	people             map[uint32]struct{}
	parts              map[int]int // component → people
	spans              []stats.Labels
	order              int     // of arrival at two people, from 1; 0 before
	logE               float64 // what is left of its evidence once the order of arrival is paid
}

func newFresh(known []string) fresh {
	f := fresh{known: make(map[string]bool, len(known)), issues: map[string]*freshIssue{}}
	for _, fingerprint := range known {
		f.known[fingerprint] = true
	}
	return f
}

func (e *Evidence) freshError(event telemetry.Event, who uint32, part, span int) {
	if event.Fingerprint == "" || e.fresh.known[event.Fingerprint] {
		return
	}
	f := e.fresh.find(event)
	if f == nil {
		return
	}
	if _, met := f.people[who]; met || len(f.people) >= mostFreshPeople || e.fresh.members >= mostMemberships {
		return
	}
	f.people[who] = struct{}{}
	e.fresh.members++
	f.parts[part]++
	for len(f.spans) < len(e.rollout.Spans) {
		f.spans = append(f.spans, stats.Labels{Share: e.rollout.Spans[len(f.spans)].Percent / 100})
	}
	e.labelOne(f.spans, who, span)
	if len(f.people) == 2 {
		e.fresh.arrived++
		f.order = e.fresh.arrived
	}
	if f.order > 0 {
		f.logE = stats.FreshHarm(f.spans) - stats.Arrival(f.order)
	}
}

// find gives the issue of an error; nil when there is no room for another.
func (f *fresh) find(event telemetry.Event) *freshIssue {
	if found, seen := f.issues[event.Fingerprint]; seen {
		return found
	}
	for len(f.issues) >= mostFresh && f.lonely.len() > 0 {
		oldest := *f.lonely.front()
		f.lonely.pop()
		if lonely := f.issues[oldest]; lonely.order == 0 {
			f.members -= len(lonely.people)
			delete(f.issues, oldest)
		}
	}
	if len(f.issues) >= mostFresh {
		return nil
	}
	title := event.Name + ": " + event.Message
	made := &freshIssue{
		fingerprint: event.Fingerprint, title: title[:min(len(title), longestTitle)], people: map[uint32]struct{}{}, parts: map[int]int{},
	}
	f.issues[event.Fingerprint] = made
	f.lonely.push(event.Fingerprint)
	return made
}

// part is the component in which most people met the issue, 0 for none; of several the first.
func (f *freshIssue) part() int {
	best, most := 0, 0
	for part, people := range f.parts {
		if people > most || (people == most && part < best) {
			best, most = part, people
		}
	}
	return best
}
