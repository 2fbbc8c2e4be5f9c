package httpd

import (
	"container/list"
	"net"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Limiter lets each key act so many times a second. Its memory is bounded: when more than maxKeys are known, the one
// unused longest is forgotten, which can only be kind to it.
type Limiter struct {
	rate  rate.Limit
	burst int
	most  int

	mu   sync.Mutex
	keys map[string]*list.Element
	used *list.List // front: used last
}

type bucket struct {
	key     string
	limiter *rate.Limiter
}

// NewLimiter makes a limiter of perSecond acts a second for each key, burst at once, for at most maxKeys keys.
// perSecond ≤ 0 means no limit.
func NewLimiter(perSecond float64, burst, maxKeys int) *Limiter {
	return &Limiter{
		rate: rate.Limit(perSecond), burst: max(1, burst), most: max(1, maxKeys),
		keys: map[string]*list.Element{}, used: list.New(),
	}
}

// Allow says whether key may act now and, if not, how long it should wait.
func (l *Limiter) Allow(key string) (allowed bool, retryAfter time.Duration) {
	if l.rate <= 0 {
		return true, 0
	}
	reservation := l.bucket(key).Reserve()
	if wait := reservation.Delay(); wait > 0 {
		reservation.Cancel()
		return false, wait
	}
	return true, 0
}

func (l *Limiter) bucket(key string) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e, known := l.keys[key]; known {
		l.used.MoveToFront(e)
		return e.Value.(*bucket).limiter
	}
	if len(l.keys) >= l.most {
		oldest := l.used.Back()
		delete(l.keys, oldest.Value.(*bucket).key)
		l.used.Remove(oldest)
	}
	b := &bucket{key: key, limiter: rate.NewLimiter(l.rate, l.burst)}
	l.keys[key] = l.used.PushFront(b)
	return b.limiter
}

// IP is the address a request comes from, without its port. What a proxy in front adds is not believed, since
// anybody can send such a header.
func IP(r *http.Request) string { return Host(r.RemoteAddr) }

// Host is an address without its port.
func Host(address string) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	return host
}
