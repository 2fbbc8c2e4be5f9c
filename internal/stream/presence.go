package stream

// maxSession bounds a session's name. A longer one is nobody's.
const maxSession = 64

// presence is one session that has at least one open stream.
type presence struct {
	streams   int
	confirmed int64 // kept here too, so that those who are here are never forgotten
}

// Clients counts the browsers of one environment.
type Clients struct {
	Connected int   // browsers with an open stream
	Confirmed int   // of them, those that said they have applied the current revision
	Unknown   int   // of them, those that cannot say: clients of other vendors
	Revision  int64 // the current revision
}

// Clients counts the browsers whose stream is open. Several streams of one session are one browser. A browser that went
// is counted for a second more at most.
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
	out.Unknown = r.clients - named
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

// maxYoung is how many sessions a generation of confirmations holds.
const maxYoung = 20_000

// put keeps the highest revision of a session, and says whether it is higher than before.
func (c *confirmations) put(session string, revision int64) bool {
	before := c.of(session)
	if revision <= before {
		return false
	}
	if _, known := c.young[session]; !known && len(c.young) >= maxYoung {
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
