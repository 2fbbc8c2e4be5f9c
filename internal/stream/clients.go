package stream

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/httpd"
)

const (
	maxSession = 64
	// gap is how long the way from asking for flags to an open stream may take. A change inside it may be one that a
	// newly connected client has missed.
	gap = 10 * time.Second
	// Browsers that lost their stream come back after retryLeast to retryMost, spread so that a restart is no stampede.
	retryLeast, retryMost = 1000, 3000 // ms
)

var (
	errStopped = fault.New(fault.Unavailable, "Belay is stopping").Hint("connect again in a moment")
	errFull    = fault.New(fault.Unavailable, "too many streams are open").Hint("clients ask again from time to time without one")
)

// mailbox holds the newest revision that a client has not been told of.
type mailbox struct{ newest chan int64 }

// put never waits: what the client has not taken yet is replaced. Only one may put at a time; the room's lock sees to that.
func (m *mailbox) put(revision int64) {
	select {
	case <-m.newest:
	default:
	}
	m.newest <- revision
}

// ServeClient is a browser's stream in OFREP's form: it ends when the browser goes, or the hub stops. The revision is
// the one served when the browser connected. A session makes the browser one that can confirm; "" is one of another
// vendor's clients. The caller has checked the key and set what CORS needs.
func (h *Hub) ServeClient(w http.ResponseWriter, r *http.Request, environmentID, session string, revision int64) {
	if len(session) > maxSession {
		session = ""
	}
	if err := h.enter(&h.clients, maxClients); err != nil {
		httpd.WriteProblem(w, r, err)
		return
	}
	defer h.leave(&h.clients)
	room := h.room(environmentID)
	box := &mailbox{newest: make(chan int64, 1)}
	sent, recent := room.join(box, session, revision, h.now())
	h.Publish(environmentID, "clients")
	defer h.Publish(environmentID, "clients")
	defer room.part(box, session)

	out := newWriter(w)
	first := message(sent, missed(r, session, sent, recent))
	if out.write("retry: "+strconv.Itoa(retryLeast+rand.IntN(retryMost-retryLeast))+"\n"+first) != nil { //nolint:gosec // spreads load, guards nothing
		return
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		var err error
		select {
		case newest := <-box.newest:
			if newest > sent {
				sent = newest
				err = out.write(message(sent, true))
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

// message tells a client of a revision: to ask again, or just that this is the one it has to remember.
func message(revision int64, refetch bool) string {
	kind := "hello"
	if refetch {
		kind = "refetchEvaluation"
	}
	return fmt.Sprintf("id: %d\ndata: {\"type\":%q}\n\n", revision, kind)
}

// missed says whether a client that connects has to ask again. One that comes back names what it heard last. One that
// comes for the first time has just asked, but a change may have come in between: Belay's own sees that by the number
// in the hello, the others are told when there was one lately.
func missed(r *http.Request, session string, revision int64, recent bool) bool {
	last := r.Header.Get("Last-Event-Id")
	if last == "" {
		last = r.URL.Query().Get("lastEventId")
	}
	if last == "" {
		return recent && session == ""
	}
	heard, err := strconv.ParseInt(last, 10, 64)
	return err != nil || heard != revision
}

// join takes a stream in. From here on it hears every announcement, and it begins at the revision given back.
func (r *room) join(box *mailbox, session string, revision int64, now time.Time) (current int64, recent bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.clients[box] = struct{}{}
	if session != "" {
		p := r.sessions[session]
		if p == nil {
			p = &presence{confirmed: r.confirmed.of(session)}
			r.sessions[session] = p
		}
		p.streams++
	}
	return max(revision, r.revision), !r.announcedAt.IsZero() && now.Sub(r.announcedAt) < gap
}

func (r *room) part(box *mailbox, session string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.clients, box)
	if session == "" {
		return
	}
	p := r.sessions[session]
	if p.streams--; p.streams == 0 {
		delete(r.sessions, session)
		r.confirmed.put(session, p.confirmed)
	}
}
