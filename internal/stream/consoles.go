package stream

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/siteproof/belay/internal/httpd"
)

const (
	// together is how long news for a console is collected after it was told something.
	together = 500 * time.Millisecond
	// consoleFor ends a console's stream now and then. It comes back at once, and its sign-in is looked at again.
	consoleFor = 15 * time.Minute
	maxTopics  = 50 // waiting for one console; topics are the program's own words, so this is never reached
)

// topics are the news that one console has not been told yet.
type topics struct {
	mu      sync.Mutex
	waiting map[string]struct{}
	some    chan struct{} // holds one token while waiting is not empty
}

func (t *topics) put(topic string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.waiting) < maxTopics {
		t.waiting[topic] = struct{}{}
	}
	select {
	case t.some <- struct{}{}:
	default:
	}
}

// take gives and forgets what is waiting, in a fixed order.
func (t *topics) take() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := slices.Sorted(maps.Keys(t.waiting))
	clear(t.waiting)
	return all
}

// Publish tells the consoles of an environment that something about a topic changed: flags, rollouts, issues,
// incidents, commits or clients. It does not wait for anybody; the same topic twice in a short time is one message.
func (h *Hub) Publish(environmentID, topic string) {
	r := h.room(environmentID)
	r.mu.Lock()
	defer r.mu.Unlock()
	for c := range r.consoles {
		c.put(topic)
	}
}

// ServeConsole is a console's stream: `event: changed` with the topic. The caller has checked who asks.
func (h *Hub) ServeConsole(w http.ResponseWriter, r *http.Request, environmentID string) {
	if err := h.enter(&h.consoles, maxConsoles); err != nil {
		httpd.WriteProblem(w, r, err)
		return
	}
	defer h.leave(&h.consoles)
	room := h.room(environmentID)
	mine := &topics{waiting: map[string]struct{}{}, some: make(chan struct{}, 1)}
	room.mu.Lock()
	room.consoles[mine] = struct{}{}
	room.mu.Unlock()
	defer func() {
		room.mu.Lock()
		delete(room.consoles, mine)
		room.mu.Unlock()
	}()

	out := newWriter(w)
	if out.write("retry: 1000\nevent: hello\ndata: {}\n\n") != nil {
		return
	}
	beat, end := time.NewTicker(heartbeat), time.NewTimer(consoleFor)
	defer beat.Stop()
	defer end.Stop()
	pause := time.NewTimer(0)
	defer pause.Stop()
	<-pause.C
	var some <-chan struct{} = mine.some // nil while news is being collected
	for {
		var err error
		select {
		case <-some:
			err = out.write(changes(mine.take()))
			some = nil
			pause.Reset(together)
		case <-pause.C:
			some = mine.some
		case <-beat.C:
			err = out.write(": ping\n\n")
		case <-end.C:
			return
		case <-r.Context().Done():
			return
		case <-h.stop:
			return
		}
		if err != nil {
			return
		}
	}
}

func changes(all []string) string {
	var b strings.Builder
	for _, topic := range all {
		name, err := json.Marshal(topic)
		if err != nil { // cannot happen: it is a string
			continue
		}
		b.WriteString("event: changed\ndata: {\"topic\":" + string(name) + "}\n\n")
	}
	return b.String()
}
