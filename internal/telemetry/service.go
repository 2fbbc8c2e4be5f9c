package telemetry

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/siteproof/belay/internal/fault"
)

const (
	mostPending = 64 << 20 // bytes of events that wait to be stored; more are refused
	mostWaiting = 8192     // batches that wait
)

// Options are what a Service needs. Store is required.
type Options struct {
	Store  Store
	Logger *slog.Logger
	Now    func() time.Time
}

// Service takes events in, stores each once, and shows those that are new to whoever listens.
type Service struct {
	store Store
	log   *slog.Logger
	now   func() time.Time

	admission sync.RWMutex // held for writing while the queue opens and closes
	open      bool
	queue     chan *batch
	done      chan struct{}
	pending   atomic.Int64 // bytes

	listeners []func([]Event)
	seen      *duplicates
	position  int64
	unsure    []Event // storing them went wrong, and the store has not been asked since what became of them

	last    sync.RWMutex
	lastAt  map[string]time.Time
	fetches fetches
}

// batch is what one caller brought.
type batch struct {
	events   []Event
	bytes    int64
	accepted int
	finish   func(error) // called once, after the events are stored or refused
}

// New makes a service that takes nothing until Start.
func New(o Options) *Service {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Service{
		store: o.Store, log: o.Logger, now: o.Now, lastAt: map[string]time.Time{}, seen: newDuplicates(o.Store),
		queue: make(chan *batch, mostWaiting), done: make(chan struct{}), fetches: newFetches(),
	}
}

// OnStored calls fn with events that were just stored, each exactly once, in the order of their position, before those
// who sent them hear that they are stored. All wait for fn, so it should be quick. To be called before Start.
func (s *Service) OnStored(fn func([]Event)) { s.listeners = append(s.listeners, fn) }

// Start loads what is known of the past and begins to take events. A Service starts once.
func (s *Service) Start(ctx context.Context) error {
	position, lastAt, err := s.store.Tail(ctx)
	if err != nil {
		return fmt.Errorf("find the last event: %w", err)
	}
	if err := s.seen.load(ctx, position); err != nil {
		return err
	}
	s.position = position
	s.last.Lock()
	s.lastAt = lastAt
	s.last.Unlock()
	s.admission.Lock()
	s.open = true
	s.admission.Unlock()
	go s.commitAll(context.WithoutCancel(ctx))
	return nil
}

// Stop takes nothing more, stores what waits, and returns when that is done or ctx ends.
func (s *Service) Stop(ctx context.Context) error {
	s.admission.Lock()
	was := s.open
	s.open = false
	if was {
		close(s.queue)
	}
	s.admission.Unlock()
	if !was {
		return nil
	}
	select {
	case <-s.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("store the events that wait: %w", ctx.Err())
	}
}

// Ingest stores events of one environment, all or none, and returns once they are on disk. accepted counts those that
// are new, duplicate those that were stored before or came twice. It answers fault.Invalid for events that cannot be
// stored and fault.Unavailable when too many wait, or the store does not work; the same events may then be sent again.
func (s *Service) Ingest(ctx context.Context, environmentID string, events []Event) (accepted, duplicate int, err error) {
	if len(events) == 0 {
		return 0, 0, nil
	}
	prepared := make([]Event, len(events))
	for i, e := range events {
		e.EnvironmentID = environmentID
		if prepared[i], err = s.prepare(e); err != nil {
			return 0, 0, fmt.Errorf("event %d: %w", i+1, err)
		}
		if e.Kind == Ready {
			s.fetches.ready(Session{environmentID, e.Session})
		}
	}
	stored := make(chan error, 1)
	b := &batch{events: prepared, finish: func(err error) { stored <- err }}
	if err := s.enqueue(b); err != nil {
		return 0, 0, err
	}
	select {
	case err := <-stored:
		if err != nil {
			return 0, 0, err
		}
		return b.accepted, len(events) - b.accepted, nil
	case <-ctx.Done():
		return 0, 0, fault.New(fault.Unavailable, "nobody waited until the events were stored: %w", ctx.Err())
	}
}

// enqueue hands a batch to the committer, or says at once that there is no room.
func (s *Service) enqueue(b *batch) error {
	for i := range b.events {
		b.bytes += b.events[i].size()
	}
	s.admission.RLock()
	defer s.admission.RUnlock()
	if !s.open {
		return fault.New(fault.Unavailable, "Belay is starting or stopping and takes no events now").Hint("send them again in a moment")
	}
	if s.pending.Add(b.bytes) > mostPending {
		s.pending.Add(-b.bytes)
		return busy()
	}
	select {
	case s.queue <- b:
		return nil
	default:
		s.pending.Add(-b.bytes)
		return busy()
	}
}

func busy() error {
	return fault.New(fault.Unavailable, "more events wait to be stored than Belay keeps in memory").Hint("send them again in a moment")
}

// LastEventAt is when the newest event of an environment came; zero when none ever did.
func (s *Service) LastEventAt(environmentID string) time.Time {
	s.last.RLock()
	defer s.last.RUnlock()
	return s.lastAt[environmentID]
}

// Traffic counts the last minutes, oldest first, the current one last. There is one entry for each minute.
func (s *Service) Traffic(ctx context.Context, environmentID string, minutes int) ([]Minute, error) {
	newest := s.now().UTC().Truncate(time.Minute)
	oldest := newest.Add(-time.Duration(minutes-1) * time.Minute)
	counted, err := s.store.Traffic(ctx, environmentID, oldest, newest.Add(time.Minute))
	if err != nil {
		return nil, fmt.Errorf("count traffic: %w", err)
	}
	out := make([]Minute, max(0, minutes))
	for i := range out {
		out[i].At = oldest.Add(time.Duration(i) * time.Minute)
	}
	for _, m := range counted {
		if i := int(m.At.Sub(oldest) / time.Minute); i >= 0 && i < len(out) {
			out[i] = m
		}
	}
	return out, nil
}

// Scan gives the events received in [from, to), in the order of their position. A zero to means no end.
func (s *Service) Scan(ctx context.Context, environmentID string, from, to time.Time, fn func(Event) error) error {
	return s.store.Scan(ctx, environmentID, from, to, fn)
}

// Latest gives the last events that fit, the newest first, at most limit of them.
func (s *Service) Latest(ctx context.Context, environmentID string, which Which, limit int) ([]Event, error) {
	return s.store.Latest(ctx, environmentID, which, limit)
}

// Fingerprints lists the fingerprints of errors received in [from, to).
func (s *Service) Fingerprints(ctx context.Context, environmentID string, from, to time.Time) ([]string, error) {
	return s.store.Fingerprints(ctx, environmentID, from, to)
}

// Percentile is the value that a share of the values of events of a kind and name received in [from, to) does not
// exceed, bots left out, and how many there are; 0 and 0 when there is none.
func (s *Service) Percentile(ctx context.Context, environmentID string, kind Kind, name string, share float64, from, to time.Time) (value float64, values int64, err error) {
	return s.store.Percentile(ctx, environmentID, kind, name, share, from, to)
}
