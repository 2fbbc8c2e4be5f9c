package lease

import (
	"context"
	"time"
)

// Store keeps who holds what. Acquire must be one atomic statement.
type Store interface {
	// AcquireLease gives the duty to holder until the given time when it is free, expired or already theirs. The epoch
	// rises whenever the holder changes, so that a write of an earlier holder can be told and refused.
	AcquireLease(ctx context.Context, duty, holder string, now, until time.Time) (held bool, epoch int64, err error)
	ReleaseLease(ctx context.Context, duty, holder string) error
}

// Leases hands out duties.
type Leases struct {
	store Store
	now   func() time.Time
}

// New makes the service.
func New(store Store) *Leases { return &Leases{store: store, now: time.Now} }

// Acquire asks for a duty for as long as ttl; the holder asks again to keep it.
func (l *Leases) Acquire(ctx context.Context, duty, holder string, ttl time.Duration) (held bool, epoch int64, err error) {
	now := l.now()
	return l.store.AcquireLease(ctx, duty, holder, now, now.Add(ttl))
}

// Release gives a duty back before it expires; it does nothing when another holds it.
func (l *Leases) Release(ctx context.Context, duty, holder string) error {
	return l.store.ReleaseLease(ctx, duty, holder)
}
