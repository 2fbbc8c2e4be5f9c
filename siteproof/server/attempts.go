package main

import (
	"sync"
	"time"
)

const (
	attemptsPerMinute = 10
	// A guess at how many addresses are honestly tried within a minute; beyond it the oldest minute is forgotten.
	maxAttemptNames = 10_000
)

// attempts counts tries to sign in, each address for itself, minute by minute.
type attempts struct {
	now func() time.Time

	mu     sync.Mutex
	minute int64
	counts map[string]int
}

func (a *attempts) allow(name string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	minute := a.now().Unix() / 60
	if minute != a.minute || len(a.counts) > maxAttemptNames {
		a.minute, a.counts = minute, map[string]int{}
	}
	a.counts[name]++
	return a.counts[name] <= attemptsPerMinute
}
