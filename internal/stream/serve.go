package stream

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/siteproof/belay/internal/httpd"
)

const (
	// gap is how long the way from asking for flags to an open stream may take. A change inside it may be one that a
	// newly connected client has missed.
	gap = 10 * time.Second
	// Browsers that lost their stream come back after retryLeast to retryMost, spread so that a restart is no stampede.
	retryLeast, retryMost = 1000, 3000 // ms
)

// ServeClient opens a browser's stream in OFREP's form, which lasts until the browser goes or the hub stops. The revision
// is the one served when the browser connected. A session makes the browser a page of Belay's own SDK, one that can
// confirm and that understands values; "" is one of another vendor's clients. The caller has checked the key and set what
// CORS needs.
func (h *Hub) ServeClient(w http.ResponseWriter, r *http.Request, environmentID, session string, revision int64) {
	if len(session) > maxSession {
		session = ""
	}
	h.serve(w, r, environmentID, &line{session: strings.Clone(session)}, func(l *line) []byte {
		current, recent := l.room.join(l, revision, h.now())
		l.newest = current
		first := strconv.AppendInt([]byte("retry: "), retryLeast+rand.Int64N(retryMost-retryLeast), 10) //nolint:gosec // spreads load, guards nothing
		return append(append(first, '\n'), message(current, missed(r, session, current, recent))...)
	})
}

// ServeForeign opens a stream in another vendor's form: event writes what tells a client of a revision. The current one is
// sent at once, then each newer one, and again a little later. The caller has checked the key and set what CORS needs.
func (h *Hub) ServeForeign(w http.ResponseWriter, r *http.Request, environmentID string, revision int64, event func(revision int64) string) {
	h.serve(w, r, environmentID, &line{event: event}, func(l *line) []byte {
		current, _ := l.room.join(l, revision, h.now())
		l.newest = current
		return []byte(event(current))
	})
}

// serve opens a line. join makes it known in its room, from where on it misses nothing, and gives what it is sent first.
func (h *Hub) serve(w http.ResponseWriter, r *http.Request, environmentID string, l *line, join func(*line) []byte) {
	if err := h.enter(&h.clients, h.most); err != nil {
		httpd.WriteProblem(w, r, err)
		return
	}
	l.room = h.room(environmentID)
	first := join(l)
	h.Publish(environmentID, "clients")
	s := h.shards[int(h.next.Add(1))%len(h.shards)]
	if takes(r) {
		if out, sent := takeOver(w, r, first); out != nil {
			l.out = out
			if sent {
				s.adopt(l)
			} else {
				h.end(l)
			}
			return
		}
	}
	out := newWriter(w)
	if out.write(string(first)) != nil {
		l.out = newPump()
		h.end(l)
		return
	}
	p := newPump()
	l.out = p
	s.adopt(l)
	p.run(r.Context(), out.write)
	s.nudge() // it looks again at who has gone
	<-p.ended
}

// end counts a line out and lets go of it.
func (h *Hub) end(l *line) {
	l.room.part(l)
	h.Publish(l.room.environmentID, "clients")
	h.leave(&h.clients)
	l.out.close()
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

// join takes a stream in. It begins at the revision given back.
func (r *room) join(l *line, revision int64, now time.Time) (current int64, recent bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.clients++
	if l.session != "" {
		p := r.sessions[l.session]
		if p == nil {
			p = &presence{confirmed: r.confirmed.of(l.session)}
			r.sessions[l.session] = p
		}
		p.streams++
	}
	return max(revision, r.revision), !r.announcedAt.IsZero() && now.Sub(r.announcedAt) < gap
}

func (r *room) part(l *line) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.clients--
	if l.session == "" {
		return
	}
	p := r.sessions[l.session]
	if p.streams--; p.streams == 0 {
		delete(r.sessions, l.session)
		r.confirmed.put(l.session, p.confirmed)
	}
}

// current is the newest revision that was announced.
func (r *room) current() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.revision
}
