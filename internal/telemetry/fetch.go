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
)

// fetches keeps the door from recording the same session's fetch again and again. Forgetting is harmless: the event
// would be stored once anyway.
type fetches struct {
	mu           sync.Mutex
	young, old   map[Session]struct{}
	dropped      atomic.Int64
	complainMu   sync.Mutex
	complainedAt time.Time
}

func newFetches() fetches { return fetches{young: map[Session]struct{}{}} }

// first says whether the session is not among those remembered, and remembers it.
func (f *fetches) first(s Session) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, known := f.young[s]; known {
		return false
	}
	if len(f.young) >= fetchesKept {
		f.young, f.old = map[Session]struct{}{}, f.young
	}
	_, known := f.old[s]
	f.young[s] = struct{}{}
	return !known
}

func (f *fetches) forget(s Session) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.young, s)
	delete(f.old, s)
}

// RecordFetch notes that a session was given its flags, once for each session. It returns at once. When the event
// cannot be stored it is counted and logged, and the session's next fetch is recorded instead. Without a well-formed
// session and a user there is nothing to compare, and nothing is recorded.
func (s *Service) RecordFetch(environmentID, session, user, userAgent string) {
	if user == "" || TooLong(user, MaxUser) || !SessionName(session) {
		return
	}
	name := Session{environmentID, session}
	if !s.fetches.first(name) {
		return
	}
	browser, os := Browser(userAgent)
	e, err := s.prepare(Event{EnvironmentID: environmentID, Session: session, User: user, Kind: Fetch, Browser: browser, OS: os})
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
