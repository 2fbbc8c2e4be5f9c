package telemetry

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

const (
	fetchesKept = 50_000           // sessions whose fetch is known to be on its way or stored, twice over
	complainFor = 10 * time.Second // one line of the log at most for so long

	// Some clients ask twice when they start; who asks again this much later has loaded the page anew. Much later still,
	// a page that is not ready is judged already.
	soonestReload = 2 * time.Second
	latestReload  = 10 * time.Minute
)

// The numbers of the two fetches that are recorded of a session at most.
const (
	firstFetch = iota
	anotherFetch
)

// fetches keeps the door from recording what is of no use: of each session the first fetch counts, and the next one if
// the page was loaded again before it was ready. Forgetting is harmless: an event with the same number is stored once.
type fetches struct {
	mu           sync.Mutex
	young, old   map[Session]fetched
	dropped      atomic.Int64
	complainMu   sync.Mutex
	complainedAt time.Time
}

// fetched is what is remembered of one session.
type fetched struct {
	at   time.Time // of the first fetch
	over bool      // nothing more is recorded: it was ready, or loaded again before
}

func newFetches() fetches { return fetches{young: map[Session]fetched{}} }

// number is that of a session's fetch at a moment; counts is false when it is not to be recorded.
func (f *fetches) number(s Session, now time.Time) (seq int64, counts bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	before, known := f.find(s)
	if !known {
		f.keep(s, fetched{at: now})
		return firstFetch, true
	}
	if since := now.Sub(before.at); before.over || since < soonestReload || since > latestReload {
		return 0, false
	}
	before.over = true
	f.keep(s, before)
	return anotherFetch, true
}

func (f *fetches) find(s Session) (fetched, bool) {
	if found, known := f.young[s]; known {
		return found, true
	}
	found, known := f.old[s]
	return found, known
}

func (f *fetches) keep(s Session, as fetched) {
	if _, young := f.young[s]; !young && len(f.young) >= fetchesKept {
		f.young, f.old = map[Session]fetched{}, f.young
	}
	f.young[s] = as
}

// ready notes that the page of a session was ready.
func (f *fetches) ready(s Session) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if before, known := f.find(s); known && !before.over {
		before.over = true
		f.keep(s, before)
	}
}

func (f *fetches) forget(s Session) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.young, s)
	delete(f.old, s)
}

// RecordFetch notes that a session was given its flags: the first time, and once more when that happens again before its
// page is ready, as when somebody loads a page anew that stays empty. It returns at once. When the event cannot be
// stored it is counted and logged, and the session's next fetch is recorded instead. Without a well-formed session and a
// user there is nothing to compare, and nothing is recorded.
func (s *Service) RecordFetch(environmentID, session, user, userAgent string) {
	if user == "" || TooLong(user, MaxUser) || !SessionName(session) {
		return
	}
	name := Session{environmentID, session}
	seq, counts := s.fetches.number(name, s.now())
	if !counts {
		return
	}
	browser, os := Browser(userAgent)
	e, err := s.prepare(Event{EnvironmentID: environmentID, Session: session, User: user, Kind: Fetch, Seq: seq, Browser: browser, OS: os})
	if err == nil {
		err = s.enqueue(&batch{events: []Event{e}, finish: func(err error) { s.fetchStored(name, err) }})
	}
	s.fetchStored(name, err)
}

func (s *Service) fetchStored(name Session, err error) {
	if err == nil {
		return
	}
	s.fetches.forget(name)
	dropped := s.fetches.dropped.Add(1)
	s.fetches.complainMu.Lock()
	now := s.now()
	due := now.Sub(s.fetches.complainedAt) >= complainFor
	if due {
		s.fetches.complainedAt = now
	}
	s.fetches.complainMu.Unlock()
	if due {
		s.log.WarnContext(context.Background(), "flag fetches not recorded", "dropped_so_far", dropped, "error", err)
	}
}

// DroppedFetches counts flag fetches that could not be recorded since the start.
func (s *Service) DroppedFetches() int64 { return s.fetches.dropped.Load() }
