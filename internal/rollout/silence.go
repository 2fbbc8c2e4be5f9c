package rollout

import (
	"hash/maphash"
	"math"
	"slices"
	"time"

	"github.com/siteproof/belay/internal/stats"
)

// silence follows sessions from the fetch of their flags to the page being ready. A session that is not ready in time is
// silent, and belongs to the span in which it fetched. Sessions that fetched before the rollout are not followed.
//
// Somebody whose page stays empty loads it again, which hardly anybody does who closed a tab, and no program. Those
// people are a group of their own, in which what falls silent anyway does not hide harm, and they are known sooner.
type silence struct {
	open     map[uint64]int // session → number in line
	line     queue[fetch]
	reloads  queue[reload]
	firsts   tally          // people, at their first silent session
	reloaded []stats.Labels // those of them who had loaded the page again
	recent   queue[outcome]
	counts   [2][2]int64 // of recent: side, silent
}

// fetch is one session whose outcome is not known yet.
type fetch struct {
	key      uint64
	at       int64 // µs
	who      uint32
	where    numbers
	span     uint8
	ready    bool
	reloaded bool // the same person fetched again before it was ready
}

// reload is when a session that is followed was first loaded again.
type reload struct {
	number int   // in line
	at     int64 // µs
}

type outcome struct {
	at           int64 // µs
	side, silent uint8
}

const (
	// soonest is how long after a fetch another one may be the same page's: some clients ask twice when they start.
	soonest = 2 * time.Second
	// mostSessions is for how many sessions of one span a person counts when the absence of harm is shown: a probe that
	// comes every minute and is never ready would else be most of what is known of the side that it is on.
	mostSessions = 3
	// never is later than any moment, µs.
	never = math.MaxInt64
	// hurried is which part of the time to become ready a page has that was loaded again.
	hurried = 5
)

func newSilence() silence { return silence{open: map[uint64]int{}} }

// silentAfter is how long a page has to become ready, µs.
func (e *Evidence) silentAfter() int64 {
	return time.Duration(e.rollout.Plan.SilentAfter).Microseconds()
}

// loadAgain notes that a person fetches while their page is not ready: they have loaded it anew.
func (e *Evidence) loadAgain(who uint32, at int64) {
	s := &e.silence
	if number := int(e.people[who].fetch) - 1; number >= s.line.left {
		if f := s.line.at(number); !f.ready && !f.reloaded && at > f.at+soonest.Microseconds() && at <= f.at+e.silentAfter() {
			f.reloaded = true
			s.reloads.push(reload{number, at})
		}
	}
}

// follow begins to follow a session, unless it is followed already.
func (e *Evidence) follow(session string, who uint32, span int, at int64, where numbers) {
	s, p := &e.silence, &e.people[who]
	key := maphash.String(e.seed, session)
	if number, open := s.open[key]; open && at <= s.line.at(number).at+e.silentAfter() {
		return
	}
	if s.line.len() >= mostOpen {
		return
	}
	number := s.line.push(fetch{key: key, at: at, who: who, where: where, span: uint8(span)}) //nolint:gosec // maxPhases
	s.open[key], p.fetch = number, uint64(number)+1                                           //nolint:gosec // not negative
}

// Awaits says whether a session that fetched its flags may still become ready in time.
func (e *Evidence) Awaits(session string, at time.Time) bool {
	number, open := e.silence.open[maphash.String(e.seed, session)]
	return open && at.UnixMicro() <= e.silence.line.at(number).at+e.silentAfter()
}

// ready ends a session's silence if it comes in time.
func (e *Evidence) ready(session string, at int64) {
	number, open := e.silence.open[maphash.String(e.seed, session)]
	if !open {
		return
	}
	if f := e.silence.line.at(number); at <= f.at+e.silentAfter() {
		f.ready = true
	}
}

// settleFetches counts the people whose page is not ready in time, each at the moment when that is known.
func (e *Evidence) settleFetches(now int64) {
	s := &e.silence
	limit := e.silentAfter() + lateness.Microseconds()
	sooner := e.silentAfter()/hurried + lateness.Microseconds()
	for {
		fetched, loadedAnew := int64(never), int64(never) // when the outcome of the first of either is known
		if s.line.len() > 0 {
			fetched = s.line.front().at + limit
		}
		if s.reloads.len() > 0 {
			loadedAnew = s.reloads.front().at + sooner
		}
		if now < min(fetched, loadedAnew) {
			s.forget(now)
			return
		}
		if loadedAnew < fetched {
			if number := s.reloads.front().number; number >= s.line.left { // else its time was over before
				e.fallSilent(s.line.at(number))
			}
			s.reloads.pop()
			continue
		}
		f, number := *s.line.front(), s.line.left
		s.line.pop()
		if s.open[f.key] == number {
			delete(s.open, f.key)
		}
		e.fallSilent(&f)
		silent := side(!f.ready)
		if counted := &e.people[f.who].fetches; counted.span != f.span || counted.units < mostSessions {
			e.add(&e.spans[f.span].fetches, counted, f.who, int(f.span), uint32(silent)) //nolint:gosec // 0 or 1
		}
		here := e.side(f.who, int(f.span))
		s.counts[here][silent]++
		s.recent.push(outcome{f.at + limit, uint8(here), uint8(silent)}) //nolint:gosec // 0 or 1
	}
}

// fallSilent counts a person at their first session that is not ready in time.
func (e *Evidence) fallSilent(f *fetch) {
	p := &e.people[f.who]
	if f.ready || p.silent {
		return
	}
	p.silent = true
	e.label(&e.silence.firsts, f.who, int(f.span), f.where)
	if f.reloaded {
		e.labelOne(e.silence.reloaded, f.who, int(f.span))
	}
}

// forget leaves only the outcomes of the last two minutes.
func (s *silence) forget(now int64) {
	for s.recent.len() > 0 && s.recent.front().at < now-BrakeWindow.Microseconds() {
		o := *s.recent.front()
		s.recent.pop()
		s.counts[o.side][o.silent]--
	}
}

// silenceReading is of everything only: a page that says nothing does not say where it broke.
func (e *Evidence) silenceReading(g Guard) Reading {
	r := e.reading(g, 0, e.silence.firsts.all)
	r.Reloaded = slices.Clone(e.silence.reloaded)
	r.Threshold = e.alone(g)
	r.LogE, _ = r.Recount()
	e.readSafety(&r, g, func(s spanCounts) stats.Pair { return s.fetches })
	return e.judged(g, r, 0)
}

const (
	blindShare    = .5 // of the old version's pages; when more never become ready it is not the new version's fault
	blindSessions = 20 // fewer say nothing
)

// blind says whether pages fetch their flags and then nothing arrives, also with the old version: an outage on the way
// of telemetry, during which the lack of errors is no news at all. While everybody has the new version it cannot be told
// from harm, and is taken for blindness.
func (e *Evidence) blind() bool {
	c := e.silence.counts[0]
	if len(e.rollout.Spans) > 0 && e.rollout.Spans[len(e.rollout.Spans)-1].Percent >= 100 {
		c[0], c[1] = c[0]+e.silence.counts[1][0], c[1]+e.silence.counts[1][1]
	}
	return c[0]+c[1] >= blindSessions && float64(c[1]) > blindShare*float64(c[0]+c[1])
}
