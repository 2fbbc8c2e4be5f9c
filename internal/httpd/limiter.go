package httpd

import (
	"hash/maphash"
	"net/http"
	"strings"
	"sync"
	"time"
)

// parts is into how many a limiter is divided, so that requests seldom wait for each other.
const parts = 16

// Limiter lets each caller act so many times a second. Its memory is bounded: those unused longest are forgotten when
// there are too many, which can only be kind to them.
type Limiter struct {
	every time.Duration // between two acts of one caller, once the burst is used up; 0 means no limit
	burst time.Duration // how far ahead of that somebody may be
	most  int           // callers of each generation of a part
	began time.Time
	seed  maphash.Seed
	parts [parts]limiterPart
}

type caller struct{ who, from string }

// limiterPart keeps until when each caller has used up what they may do, since the limiter began. When young is full it
// becomes old, and what was old is forgotten.
type limiterPart struct {
	mu         sync.Mutex
	young, old map[caller]time.Duration
}

// NewLimiter makes a limiter of perSecond acts a second for each caller, burst at once, for at most maxCallers.
// perSecond ≤ 0 means no limit.
func NewLimiter(perSecond float64, burst, maxCallers int) *Limiter {
	l := &Limiter{most: max(1, maxCallers/parts/2), began: time.Now(), seed: maphash.MakeSeed()}
	if perSecond > 0 {
		l.every = max(1, time.Duration(float64(time.Second)/perSecond))
		l.burst = time.Duration(max(1, burst)) * l.every
	}
	for i := range l.parts {
		l.parts[i].young = map[caller]time.Duration{}
	}
	return l
}

// Allow says whether somebody may act now and, if not, how long they should wait.
func (l *Limiter) Allow(who string) (allowed bool, retryAfter time.Duration) {
	return l.AllowFrom(who, "")
}

// AllowFrom is Allow for callers that are known by two names, such as a key and an address.
func (l *Limiter) AllowFrom(who, from string) (allowed bool, retryAfter time.Duration) {
	if l.every == 0 {
		return true, 0
	}
	c, now := caller{who, from}, time.Since(l.began)
	p := &l.parts[maphash.Comparable(l.seed, c)%parts]
	p.mu.Lock()
	defer p.mu.Unlock()
	used, known := p.young[c]
	if !known {
		used = p.old[c]
	}
	used = max(used, now) + l.every
	if wait := used - now - l.burst; wait > 0 {
		return false, wait
	}
	if !known && len(p.young) >= l.most {
		p.old, p.young = p.young, map[caller]time.Duration{}
	}
	p.young[c] = used
	return true, 0
}

// IP is the address a request comes from, without its port. What a proxy in front adds is not believed, since
// anybody can send such a header.
func IP(r *http.Request) string { return Host(r.RemoteAddr) }

// Host is an address without its port.
func Host(address string) string {
	at := strings.LastIndexByte(address, ':')
	if at < 0 {
		return address
	}
	host := address[:at]
	if len(host) > 2 && host[0] == '[' && host[len(host)-1] == ']' {
		return host[1 : len(host)-1]
	}
	if strings.IndexByte(host, ':') >= 0 { // an address of IPv6 without a port
		return address
	}
	return host
}
