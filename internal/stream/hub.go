package stream

import (
	"log/slog"
	"sync"
	"time"
)

const (
	maxClients  = 20_000           // streams of browsers at once; each costs two goroutines' and two buffers' memory
	maxConsoles = 1_000            // streams of consoles at once
	heartbeat   = 15 * time.Second // keeps proxies from closing a quiet stream, and finds those that are gone
	writeFor    = 10 * time.Second // a listener that takes no bytes for so long is dropped
)

// Options are what a Hub needs.
type Options struct {
	Logger *slog.Logger
	// Revision gives the flag revision that an environment serves now. Without it the hub knows only what was announced
	// or named by a connecting browser since it began.
	Revision func(environmentID string) int64
}

// Hub knows every open stream.
type Hub struct {
	log      *slog.Logger
	revision func(string) int64
	now      func() time.Time

	mu       sync.Mutex
	stopped  bool
	rooms    map[string]*room
	clients  int
	consoles int
	open     sync.WaitGroup
	stop     chan struct{}
}

// New makes a hub.
func New(o Options) *Hub {
	return &Hub{log: o.Logger, revision: o.Revision, now: time.Now, rooms: map[string]*room{}, stop: make(chan struct{})}
}

// room is what one environment's streams share. There is one per environment, and those are few.
type room struct {
	mu          sync.Mutex
	revision    int64
	announcedAt time.Time
	clients     map[*mailbox]struct{}
	sessions    map[string]*presence
	confirmed   confirmations
	consoles    map[*topics]struct{}
}

// presence is one session that has at least one open stream.
type presence struct {
	streams   int
	confirmed int64 // kept here too, so that those who are here are never forgotten
}

// room gives an environment's room, which is made when first asked for.
func (h *Hub) room(environmentID string) *room {
	h.mu.Lock()
	defer h.mu.Unlock()
	r := h.rooms[environmentID]
	if r == nil {
		r = &room{
			clients: map[*mailbox]struct{}{}, sessions: map[string]*presence{}, consoles: map[*topics]struct{}{},
			confirmed: confirmations{young: map[string]int64{}},
		}
		h.rooms[environmentID] = r
	}
	return r
}

// enter counts a stream in, unless the hub has stopped or is full. Who entered must leave.
func (h *Hub) enter(count *int, most int) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stopped {
		return errStopped
	}
	if *count >= most {
		return errFull
	}
	*count++
	h.open.Add(1)
	return nil
}

func (h *Hub) leave(count *int) {
	h.mu.Lock()
	*count--
	h.mu.Unlock()
	h.open.Done()
}

// Stop ends every stream, waits for that, and lets no more begin. Browsers come back by themselves.
func (h *Hub) Stop() {
	h.mu.Lock()
	if !h.stopped {
		h.stopped = true
		close(h.stop)
	}
	h.mu.Unlock()
	h.open.Wait()
}

// Announce tells every browser of an environment that its flags have changed. Call it when the new ones are served.
// It does not wait for anybody.
func (h *Hub) Announce(environmentID string, revision int64) {
	r := h.room(environmentID)
	r.mu.Lock()
	if revision > r.revision {
		r.revision = revision
	}
	r.announcedAt = h.now()
	for c := range r.clients {
		c.put(r.revision)
	}
	r.mu.Unlock()
	h.Publish(environmentID, "clients")
}

// Clients counts the browsers of one environment.
type Clients struct {
	Connected int   // browsers with an open stream
	Confirmed int   // of them, those that said they have applied the current revision
	Unknown   int   // of them, those that cannot say: clients of other vendors
	Revision  int64 // the current revision
}

// Clients counts the browsers whose stream is open. Several streams of one session are one browser.
func (h *Hub) Clients(environmentID string) Clients {
	current := h.current(environmentID)
	r := h.room(environmentID)
	r.mu.Lock()
	defer r.mu.Unlock()
	out := Clients{Revision: max(current, r.revision)}
	named := 0
	for _, p := range r.sessions {
		named += p.streams
		if p.confirmed >= out.Revision {
			out.Confirmed++
		}
	}
	out.Unknown = len(r.clients) - named
	out.Connected = len(r.sessions) + out.Unknown
	return out
}

func (h *Hub) current(environmentID string) int64 {
	if h.revision == nil {
		return 0
	}
	return h.revision(environmentID)
}

// Confirm notes that a session's page has applied a revision. It may come before the session's stream is open, and for
// sessions that never open one.
func (h *Hub) Confirm(environmentID, session string, revision int64) {
	if session == "" || len(session) > maxSession {
		return
	}
	current := h.current(environmentID)
	r := h.room(environmentID)
	r.mu.Lock()
	if current = max(current, r.revision); current > 0 { // nobody has applied what does not exist yet
		revision = min(revision, current)
	}
	news := r.confirmed.put(session, revision)
	if p := r.sessions[session]; p != nil && p.confirmed < revision {
		p.confirmed, news = revision, true
	}
	r.mu.Unlock()
	if news {
		h.Publish(environmentID, "clients")
	}
}

// confirmations are what sessions have said. Half of them at least are forgotten when there are too many, those first
// that said nothing lately.
type confirmations struct {
	young, old map[string]int64
}

// put keeps the highest revision of a session, and says whether it is higher than before.
func (c *confirmations) put(session string, revision int64) bool {
	before := c.of(session)
	if revision <= before {
		return false
	}
	if _, known := c.young[session]; !known && len(c.young) >= maxClients {
		c.young, c.old = map[string]int64{}, c.young
	}
	c.young[session] = revision
	return true
}

func (c *confirmations) of(session string) int64 {
	if revision, known := c.young[session]; known {
		return revision
	}
	return c.old[session]
}
