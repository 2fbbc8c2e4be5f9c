package rollout

import (
	"context"
	"sync"
	"time"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/id"
	"github.com/siteproof/belay/internal/telemetry"
)

const (
	duty     = "rollouts"
	leaseFor = 10 * time.Second
	// hurry is how soon after an error a decision is made, so that a rollback does not wait for the next tick.
	hurry = 50 * time.Millisecond
	// knownFor is how far back an error is looked for to call it old.
	knownFor = 14 * 24 * time.Hour
	// staleAfter is how long telemetry may be silent before a rollout stops going on, in ticks of SilentAfter.
	staleAfter = 2
)

// system is Belay itself in the journal.
var system = change.Actor{Kind: change.System, ID: "belay", Name: "Belay"}

// watch is one rollout that is judged, with its evidence.
type watch struct {
	mu       sync.Mutex
	rollout  Rollout
	evidence *Evidence
	series   *series
	// caughtUp is the last position that the replay has seen; nil while it is under way, when events wait in backlog.
	replaying bool
	position  int64
	backlog   []telemetry.Event
}

// controller is the part of the service that runs.
type controller struct {
	watches sync.Map // rollout id → *watch
	wake    chan struct{}
	stop    context.CancelFunc
	done    chan struct{}
	holder  string
}

func newController() controller {
	return controller{wake: make(chan struct{}, 1), holder: id.New("nod")}
}

// StartController begins to judge every rollout that has not ended, each from where its stored events left it.
func (s *Service) StartController(ctx context.Context) error {
	all, err := s.Store.Rollouts(ctx, "")
	if err != nil {
		return err
	}
	for _, r := range all {
		if r.StartedAt != nil {
			if err := s.begin(ctx, r); err != nil {
				return err
			}
		}
	}
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s.stop, s.done = cancel, make(chan struct{})
	go s.run(running)
	return nil
}

// StopController waits until the decision under way is made and gives the duty back.
func (s *Service) StopController(ctx context.Context) error {
	s.stop()
	select {
	case <-s.done:
	case <-ctx.Done():
		return ctx.Err()
	}
	return s.Lease.Release(ctx, duty, s.holder)
}

// begin makes the evidence of a rollout from the store; events that are stored meanwhile wait and are counted once.
func (s *Service) begin(ctx context.Context, r Rollout) error {
	started := *r.StartedAt
	known, err := s.Telemetry.Fingerprints(ctx, r.EnvironmentID, started.Add(-knownFor), started)
	if err != nil {
		return err
	}
	w := &watch{rollout: r, evidence: NewEvidence(r, known), series: newSeries(), replaying: true}
	s.watches.Store(r.ID, w)
	err = s.Telemetry.Scan(ctx, r.EnvironmentID, started, time.Time{}, func(e telemetry.Event) error {
		w.evidence.Observe(e)
		w.position = e.Position
		w.series.replay(w.evidence, e.ReceivedAt)
		return nil
	})
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range w.backlog {
		if e.Position > w.position {
			w.evidence.Observe(e)
		}
	}
	w.backlog, w.replaying = nil, false
	return nil
}

// follow gives a watch the rollout as it is now; a rollout that has just started gets its watch.
func (s *Service) follow(r Rollout) {
	if found, watched := s.watches.Load(r.ID); watched {
		w := found.(*watch)
		w.mu.Lock()
		defer w.mu.Unlock()
		w.rollout = r
		w.evidence.Follow(r)
		return
	}
	if r.StartedAt != nil {
		if err := s.begin(context.Background(), r); err != nil {
			s.Logger.Error("rollout is not watched", "rollout", r.ID, "error", err)
		}
	}
}

// Observe counts stored events. It is called in the order of storing, after they are on disk; it does not block.
func (s *Service) Observe(events []telemetry.Event) {
	urgent := false
	s.watches.Range(func(_, value any) bool {
		w := value.(*watch)
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, e := range events {
			if w.replaying {
				w.backlog = append(w.backlog, e)
				continue
			}
			w.evidence.Observe(e)
			urgent = urgent || e.Kind == telemetry.Error
		}
		return true
	})
	if urgent {
		select {
		case s.wake <- struct{}{}:
		default: // somebody has called already
		}
	}
}

// run decides at every tick, and soon after each error.
func (s *Service) run(ctx context.Context) {
	defer close(s.done)
	tick := time.NewTicker(s.Every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-s.wake:
			select { // let the errors of one moment come together
			case <-ctx.Done():
				return
			case <-time.After(hurry):
			}
		}
		held, _, err := s.Lease.Acquire(ctx, duty, s.holder, leaseFor)
		if err != nil || !held {
			if err != nil && ctx.Err() == nil {
				s.Logger.Warn("the duty to decide could not be asked for", "error", err)
			}
			continue
		}
		s.watches.Range(func(_, value any) bool {
			s.decide(ctx, value.(*watch))
			return ctx.Err() == nil
		})
	}
}

// decide judges one rollout and does what the verdict says.
func (s *Service) decide(ctx context.Context, w *watch) {
	now := s.Now()
	in := s.input(w, now)
	verdict := Decide(in)
	if live(&in.Rollout) {
		w.mu.Lock()
		if verdict.Action == RollBackPart || verdict.Action == RollBackAll {
			w.series.last = time.Time{} // the moment of harm is on every chart
		}
		w.series.add(now, verdict.Readings)
		w.mu.Unlock()
	}
	var err error
	rolloutID := in.Rollout.ID
	switch verdict.Action {
	case Advance, Complete:
		err = s.advance(ctx, system, verdict.Reason, rolloutID, verdict.Readings)
	case AskApproval:
		err = s.stay(ctx, system, verdict.Reason, rolloutID, verdict.Readings, AskApproval, AwaitingApproval)
	case Hold:
		err = s.stay(ctx, system, verdict.Reason, rolloutID, verdict.Readings, Hold, Held)
	case RollBackPart:
		err = s.rollBack(ctx, system, verdict.Reason, rolloutID, verdict.Readings, []string{verdict.Component})
	case RollBackAll:
		err = s.rollBack(ctx, system, verdict.Reason, rolloutID, verdict.Readings, nil)
	default:
		return
	}
	if err != nil && ctx.Err() == nil {
		s.Logger.Error("a verdict could not be carried out; the next tick tries again", "rollout", rolloutID, "action", string(verdict.Action), "error", err)
		return
	}
	s.Logger.Info("rollout decided", "rollout", rolloutID, "action", string(verdict.Action), "reason", verdict.Reason)
}

// input gathers what a decision looks at.
func (s *Service) input(w *watch, now time.Time) Input {
	last := s.Telemetry.LastEventAt(w.rollout.EnvironmentID)
	w.mu.Lock()
	defer w.mu.Unlock()
	in := Input{Rollout: w.rollout, Now: now, Healthy: now.Sub(last) < staleAfter*time.Duration(w.rollout.Plan.SilentAfter)}
	if len(w.rollout.Spans) > 0 {
		in.Readings = w.evidence.At(now)
		in.Users.Users = w.evidence.present()
	}
	return in
}

// readings are what every guard says now, nil when the rollout is not watched.
func (s *Service) readings(rolloutID string) []Reading {
	found, watched := s.watches.Load(rolloutID)
	if !watched {
		return nil
	}
	return s.input(found.(*watch), s.Now()).Readings
}
