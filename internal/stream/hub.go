package stream

import (
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/siteproof/belay/internal/fault"
)

const (
	maxClients  = 50_000           // streams of browsers at once, each about two kilobytes
	maxConsoles = 1_000            // streams of consoles at once
	heartbeat   = 15 * time.Second // keeps proxies from closing a quiet stream, and finds those that are gone
	writeFor    = 10 * time.Second // a listener that takes no bytes for so long is dropped
	sayFullFor  = time.Minute      // how often the log repeats that there is no room for another stream
)

var errStopped = fault.New(fault.Unavailable, "Belay is stopping").Hint("connect again in a moment")

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
	shards   []*shard
	next     atomic.Uint32 // shard, for the next stream
	most     int           // streams of browsers at once

	mu       sync.Mutex
	stopped  bool
	rooms    map[string]*room
	clients  int
	consoles int
	fullAt   time.Time
	open     sync.WaitGroup // streams, and loops of shards
	stop     chan struct{}
}

// New makes a hub.
func New(o Options) *Hub {
	h := &Hub{
		log: o.Logger, revision: o.Revision, now: time.Now, most: maxClients,
		rooms: map[string]*room{}, stop: make(chan struct{}),
	}
	if files := openFiles(); files > 0 { // a quarter is left for all else that the process opens
		h.most = min(h.most, files/4*3)
	}
	for range runtime.GOMAXPROCS(0) {
		h.shards = append(h.shards, newShard(h))
	}
	return h
}

// room is what one environment's streams share. There is one per environment, and those are few.
type room struct {
	environmentID string

	mu          sync.Mutex
	revision    int64
	announcedAt time.Time
	clients     int // open streams of browsers
	sessions    map[string]*presence
	confirmed   confirmations
	consoles    map[*topics]struct{}
}

// room gives an environment's room, which is made when first asked for.
func (h *Hub) room(environmentID string) *room {
	h.mu.Lock()
	defer h.mu.Unlock()
	r := h.rooms[environmentID]
	if r == nil {
		r = &room{
			environmentID: environmentID, sessions: map[string]*presence{}, consoles: map[*topics]struct{}{},
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
		return h.full(most)
	}
	*count++
	h.open.Add(1)
	return nil
}

// full says that there is no room, to the log too. The lock is held.
func (h *Hub) full(most int) error {
	err := fault.New(fault.Unavailable, "%d streams are open, which is all there is room for", most).
		Hint("clients ask again from time to time without one")
	if most < maxClients && most != maxConsoles {
		err = err.Hint("raise how many files the process may open: ulimit -n, or LimitNOFILE= of the service")
	}
	if now := h.now(); h.fullAt.IsZero() || now.Sub(h.fullAt) > sayFullFor {
		h.fullAt = now
		h.log.Warn("no room for another stream", "open", most, "error", err)
	}
	return err
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

// Values are what a change made of flags that are now the same for everybody.
type Values struct {
	From  int64  // the revision before the change
	Flags []byte // a JSON array of flags in OFREP's form, in one line
}

// Announce tells every browser of an environment that its flags have changed. Call it when the new ones are served.
// It does not wait for anybody.
func (h *Hub) Announce(environmentID string, revision int64) {
	h.AnnounceValues(environmentID, revision, nil)
}

// AnnounceValues is Announce of a change whose values are the same for everybody, unless they are nil: pages of Belay's
// own SDK that hold the revision before it need not ask again.
func (h *Hub) AnnounceValues(environmentID string, revision int64, values *Values) {
	r := h.room(environmentID)
	r.mu.Lock()
	r.revision = max(r.revision, revision)
	r.announcedAt = h.now()
	told := newNews(r, r.revision, values)
	r.mu.Unlock()
	for _, s := range h.shards {
		s.tell(told)
	}
	h.Publish(environmentID, "clients")
}
