package stream

import (
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/siteproof/belay/internal/httpd"
)

const (
	// spread is over how long a change is told to other vendors' clients, all of which ask again at once.
	spread = 300 * time.Millisecond
	// Some clients drop an event that comes while they are asking, so each is told again after these times.
	firstRepeat, secondRepeat = 2 * time.Second, 10 * time.Second
)

// ServeForeign is a stream in another vendor's form: event writes what tells a client of a revision. The current one is
// sent at once, then each newer one, and again a little later. The caller has checked the key and set what CORS needs.
func (h *Hub) ServeForeign(w http.ResponseWriter, r *http.Request, environmentID string, revision int64, event func(revision int64) string) {
	if err := h.enter(&h.clients, maxClients); err != nil {
		httpd.WriteProblem(w, r, err)
		return
	}
	defer h.leave(&h.clients)
	room := h.room(environmentID)
	box := &mailbox{newest: make(chan int64, 1)}
	newest, _ := room.join(box, "", revision, h.now())
	h.Publish(environmentID, "clients")
	defer h.Publish(environmentID, "clients")
	defer room.part(box, "")

	out := newWriter(w)
	if out.write(event(newest)) != nil {
		return
	}
	beat, due := time.NewTicker(heartbeat), time.NewTimer(0)
	defer beat.Stop()
	defer due.Stop()
	<-due.C
	var waits []time.Duration // until the newest revision is told, and told again
	for {
		var err error
		select {
		case n := <-box.newest:
			if n > newest {
				newest = n
				waits = []time.Duration{rand.N(spread), firstRepeat, secondRepeat - firstRepeat} //nolint:gosec // spreads load, guards nothing
				due.Reset(waits[0])
			}
		case <-due.C:
			err = out.write(event(newest))
			if waits = waits[1:]; len(waits) > 0 {
				due.Reset(waits[0])
			}
		case <-beat.C:
			err = out.write(": ping\n\n")
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
