package rollout

import (
	"hash/maphash"
	"time"
)

// silence follows sessions from the fetch of their flags to the page being ready. A session that is not ready in time is
// silent, and belongs to the span in which it fetched. Sessions that fetched before the rollout are not followed.
type silence struct {
	open   map[uint64]int // session → number in line
	line   queue[fetch]
	firsts tally // people, at their first silent session
	recent queue[outcome]
	counts [2][2]int64 // of recent: side, silent
}

// fetch is one session whose outcome is not known yet.
type fetch struct {
	key   uint64
	at    int64 // µs
	who   uint32
	where numbers
	span  uint8
	ready bool
}

type outcome struct {
	at           int64 // µs
	side, silent uint8
}

func newSilence() silence { return silence{open: map[uint64]int{}} }

// follow begins to follow a session.
func (e *Evidence) follow(session string, who uint32, span int, at int64, where numbers) {
	key := maphash.String(e.seed, session)
	if number, open := e.silence.open[key]; open && at <= e.silence.line.at(number).at+time.Duration(e.rollout.Plan.SilentAfter).Microseconds() {
		return
	}
	if e.silence.line.len() >= mostOpen {
		return
	}
	e.silence.open[key] = e.silence.line.push(fetch{key: key, at: at, who: who, where: where, span: uint8(span)}) //nolint:gosec // maxPhases
}

// ready ends a session's silence if it comes in time.
func (e *Evidence) ready(session string, at int64) {
	number, open := e.silence.open[maphash.String(e.seed, session)]
	if !open {
		return
	}
	if f := e.silence.line.at(number); at <= f.at+time.Duration(e.rollout.Plan.SilentAfter).Microseconds() {
		f.ready = true
	}
}

// settleFetches counts the sessions whose time is over.
func (e *Evidence) settleFetches(now int64) {
	s := &e.silence
	limit := (time.Duration(e.rollout.Plan.SilentAfter) + lateness).Microseconds()
	for s.line.len() > 0 && now >= s.line.front().at+limit {
		f, number := *s.line.front(), s.line.left
		s.line.pop()
		if s.open[f.key] == number {
			delete(s.open, f.key)
		}
		p := &e.people[f.who]
		silent := side(!f.ready)
		e.add(&e.spans[f.span].fetches, &p.fetches, f.who, int(f.span), uint32(silent)) //nolint:gosec // 0 or 1
		if !f.ready && !p.silent {
			p.silent = true
			e.label(&s.firsts, f.who, int(f.span), f.where)
		}
		here := e.side(f.who, int(f.span))
		s.counts[here][silent]++
		s.recent.push(outcome{f.at + limit, uint8(here), uint8(silent)}) //nolint:gosec // 0 or 1
	}
	for s.recent.len() > 0 && s.recent.front().at < now-BrakeWindow.Microseconds() {
		o := *s.recent.front()
		s.recent.pop()
		s.counts[o.side][o.silent]--
	}
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
