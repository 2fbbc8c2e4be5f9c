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

// wait is how long this pair has to wait, 0 when it may try.
func (t *throttle) wait(now time.Time, pair string) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	f, known := t.failures[pair]
	if !known || f.count < mostFailures {
		return 0
	}
	return max(0, f.since.Add(failureWindow).Sub(now))
}

func (t *throttle) failed(now time.Time, pair string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f := t.failures[pair]
	if now.Sub(f.since) > failureWindow {
		f = failures{since: now}
	}
	f.count++
	if len(t.failures) >= mostWatched {
		t.forget(now)
	}
	t.failures[pair] = f
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
