package auth

import (
	"sync"
	"time"
)

const (
	// mostFailures within failureWindow are let through; then one has to wait for the window to pass.
	mostFailures  = 10
	failureWindow = 10 * time.Minute
	// mostWatched bounds memory: when more pairs than this fail at once, the oldest are forgotten.
	mostWatched = 10_000
)

// throttle remembers failed sign-ins per address and person.
type throttle struct {
	mu       sync.Mutex
	failures map[string]failures
}

type failures struct {
	count int
	since time.Time
}

func newThrottle() *throttle { return &throttle{failures: map[string]failures{}} }

// attempt counts one attempt of this pair, or says how long it has to wait.
func (t *throttle) attempt(now time.Time, pair string) (wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f := t.failures[pair]
	if now.Sub(f.since) > failureWindow {
		f = failures{since: now}
	}
	if f.count >= mostFailures {
		return f.since.Add(failureWindow).Sub(now) + 1
	}
	f.count++
	if _, watched := t.failures[pair]; !watched && len(t.failures) >= mostWatched {
		t.forget(now)
	}
	t.failures[pair] = f
	return 0
}

// succeeded forgets the failures of who turned out to know the password.
func (t *throttle) succeeded(pair string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.failures, pair)
}

// forget drops what has expired, and the oldest when nothing has.
func (t *throttle) forget(now time.Time) {
	var oldest string
	for pair, f := range t.failures {
		if now.Sub(f.since) > failureWindow {
			delete(t.failures, pair)
		} else if oldest == "" || f.since.Before(t.failures[oldest].since) {
			oldest = pair
		}
	}
	if len(t.failures) >= mostWatched {
		delete(t.failures, oldest)
	}
}
