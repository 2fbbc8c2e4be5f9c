package telemetry

import (
	"context"
	"fmt"
	"time"

	"github.com/siteproof/belay/internal/fault"
)

const (
	gatherFor  = 15 * time.Millisecond // how long the first of a group waits for company
	enoughRows = 512                   // a group of so many waits no longer
	groupRows  = 20_000                // and takes no more than this
	groupBytes = 16 << 20
)

// commitAll stores group after group until the queue is closed and empty.
func (s *Service) commitAll(ctx context.Context) {
	defer close(s.done)
	for first := range s.queue {
		group := s.gather(first)
		s.commit(ctx, group)
	}
}

// gather takes what waits, and a little later what came meanwhile: one commit costs about the same for one event as
// for hundreds.
func (s *Service) gather(first *batch) []*batch {
	group, rows, bytes := []*batch{first}, len(first.events), first.bytes
	timer := time.NewTimer(gatherFor)
	defer timer.Stop()
	for rows < groupRows && bytes < groupBytes {
		var b *batch
		var more bool
		if rows >= enoughRows {
			select {
			case b, more = <-s.queue:
			default:
			}
		} else {
			select {
			case b, more = <-s.queue:
			case <-timer.C:
			}
		}
		if !more {
			break
		}
		group, rows, bytes = append(group, b), rows+len(b.events), bytes+b.bytes
	}
	return group
}

// commit stores a group. When that fails it tries its halves, so that one batch the store cannot take does not take
// others with it; when both halves fail it is the store, and all are refused.
func (s *Service) commit(ctx context.Context, group []*batch) {
	err := s.append(ctx, group)
	for err != nil && len(group) > 1 {
		half := len(group) / 2
		first, second := group[:half], group[half:]
		firstErr, secondErr := s.append(ctx, first), s.append(ctx, second)
		switch {
		case firstErr == nil:
			s.finish(first, nil)
			group, err = second, secondErr
		case secondErr == nil:
			s.finish(second, nil)
			group, err = first, firstErr
		}
		if firstErr != nil && secondErr != nil {
			break
		}
	}
	if err != nil {
		s.log.ErrorContext(ctx, "events not stored", "error", err, "batches", len(group))
		err = fault.New(fault.Unavailable, "the events could not be stored now: %w", err).Hint("send them again in a moment")
	}
	s.finish(group, err)
}

// append stores what is new of a group and shows it to the listeners.
func (s *Service) append(ctx context.Context, group []*batch) error {
	if err := s.settle(ctx); err != nil {
		return err
	}
	fresh, err := s.seen.fresh(ctx, group)
	if err != nil || len(fresh) == 0 {
		return err
	}
	for i := range fresh {
		fresh[i].Position = s.position + int64(i) + 1
	}
	if err := s.store.Append(ctx, fresh); err != nil {
		s.seen.forget(group)
		s.unsure = fresh
		return err
	}
	s.show(fresh)
	return nil
}

// settle finds out what became of events whose storing went wrong: a store may commit and fail all the same. Listeners
// have to see what a replay would show them.
func (s *Service) settle(ctx context.Context) error {
	if len(s.unsure) == 0 {
		return nil
	}
	position, _, err := s.store.Tail(ctx)
	if err != nil {
		return fmt.Errorf("find the last event: %w", err)
	}
	unsure := s.unsure
	s.unsure = nil
	if position >= unsure[len(unsure)-1].Position {
		s.show(unsure)
	}
	return nil
}

// show tells that events are stored.
func (s *Service) show(fresh []Event) {
	s.position += int64(len(fresh))
	s.last.Lock()
	for _, e := range fresh {
		if e.ReceivedAt.After(s.lastAt[e.EnvironmentID]) {
			s.lastAt[e.EnvironmentID] = e.ReceivedAt
		}
	}
	s.last.Unlock()
	for _, listen := range s.listeners {
		listen(fresh)
	}
}

func (s *Service) finish(group []*batch, err error) {
	for _, b := range group {
		s.pending.Add(-b.bytes)
		b.finish(err)
	}
}
