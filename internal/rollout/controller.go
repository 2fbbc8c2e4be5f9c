package rollout

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/id"
	"github.com/siteproof/belay/internal/telemetry"
)

const (
	duty     = "rollouts"
	leaseFor = 10 * time.Second
	// renewAfter is how old a lease is asked for again.
	renewAfter = leaseFor / 4
	// hurry is how soon after an error a decision is made, so that a rollback does not wait for the next tick.
	hurry = 50 * time.Millisecond
	// patience is how long the start waits for the past to be counted; after it, counting goes on in the background.
	patience = 2 * time.Second
)

// system is Belay itself in the journal.
var system = change.Actor{Kind: change.System, ID: "belay", Name: "Belay"}

// controller is the part of the service that runs.
type controller struct {
	watches  sync.Map // rollout id → *watch
	wake     chan struct{}
	stop     context.CancelFunc
	done     chan struct{}
	running  context.Context // ends with the controller: counting the past outlives the call that began it
	recalls  sync.WaitGroup
	holder   string
	askedAt  time.Time // for the lease, when it was given
	troubled bool      // the last tick could not do its work
}

func newController() controller {
	return controller{wake: make(chan struct{}, 1), holder: id.New("nod")}
}

// StartController begins to judge every rollout that has not ended, each from where its stored events left it.
func (s *Service) StartController(ctx context.Context) error {
	s.running, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	s.done = make(chan struct{})
	if err := s.look(ctx); err != nil {
		s.stop()
		s.stop = nil
		return err
	}
	counted := make(chan struct{})
	go func() {
		s.recalls.Wait()
		close(counted)
	}()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-counted:
	case <-timer.C:
		s.Logger.InfoContext(ctx, "the evidence of rollouts is still being counted; nothing is decided before it is")
	case <-ctx.Done():
	}
	go s.run(s.running)
	return nil
}

// StopController waits until the decision under way is made and gives the duty back.
func (s *Service) StopController(ctx context.Context) error {
	if s.stop == nil {
		return nil
	}
	s.stop()
	ended := make(chan struct{})
	go func() {
		<-s.done
		s.recalls.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-ctx.Done():
		return ctx.Err()
	}
	return s.Lease.Release(ctx, duty, s.holder)
}

// look finds what is to be judged: rollouts that have started, and what other nodes have made of them.
func (s *Service) look(ctx context.Context) error {
	s.moves.Lock() // what is read here must not be older than what a move has just handed over
	defer s.moves.Unlock()
	judged, err := s.Store.Live(ctx)
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, r := range judged {
		known[r.ID] = true
		found, watched := s.watches.LoadOrStore(r.ID, &watch{rollout: r, series: newSeries()})
		w := found.(*watch)
		if watched {
			w.adopt(r)
		}
		s.begin(w)
	}
	s.watches.Range(func(key, value any) bool {
		w := value.(*watch)
		w.mu.Lock()
		defer w.mu.Unlock()
		if !known[key.(string)] && !w.moving {
			s.watches.Delete(key)
		}
		return true
	})
	return nil
}

// begin counts the past of a watch in the background, if that is still to do.
func (s *Service) begin(w *watch) {
	w.mu.Lock()
	due := w.evidence == nil && !w.counting
	rolloutID := w.rollout.ID
	w.mu.Unlock()
	if !due || s.running == nil {
		return
	}
	s.recalls.Go(func() {
		if err := s.recall(s.running, w); err != nil && s.running.Err() == nil {
			s.Logger.ErrorContext(s.running, "evidence not counted; the next tick tries again", "rollout", rolloutID, "error", err)
		}
	})
}

// Observe counts stored events. It is called in the order of storing, after they are on disk; it does not block.
func (s *Service) Observe(events []telemetry.Event) {
	urgent := false
	s.watches.Range(func(_, value any) bool {
		urgent = value.(*watch).observe(events) || urgent
		return true
	})
	if urgent {
		s.nudge()
	}
}

// nudge asks for a decision soon.
func (s *Service) nudge() {
	select {
	case s.wake <- struct{}{}:
	default: // somebody has asked already
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
			s.report(ctx, s.look(ctx))
		case <-s.wake:
			timer := time.NewTimer(hurry) // let the errors of one moment come together
			select {
			case <-ctx.Done():
				timer.Stop()
				return
			case <-timer.C:
			}
		}
		mine := s.holds(ctx)
		s.watches.Range(func(_, value any) bool {
			s.decide(ctx, value.(*watch), mine)
			return ctx.Err() == nil
		})
	}
}

// report logs that ticks fail, and that they work again, once each.
func (s *Service) report(ctx context.Context, err error) {
	if ctx.Err() != nil || (err != nil) == s.troubled {
		return
	}
	s.troubled = err != nil
	if err != nil {
		s.Logger.WarnContext(ctx, "rollouts cannot be looked after; trying on", "error", err)
		return
	}
	s.Logger.InfoContext(ctx, "rollouts are looked after again")
}

// holds says whether this node is the one to decide.
func (s *Service) holds(ctx context.Context) bool {
	now := s.Now()
	if !s.askedAt.IsZero() && now.Sub(s.askedAt) < renewAfter && !now.Before(s.askedAt) {
		return true
	}
	held, _, err := s.Lease.Acquire(ctx, duty, s.holder, leaseFor)
	if err != nil {
		s.report(ctx, err)
		return !s.askedAt.IsZero() && now.Sub(s.askedAt) < leaseFor-renewAfter
	}
	if s.askedAt = (time.Time{}); held {
		s.askedAt = now
	}
	return held
}

// decide judges one rollout and does what the verdict says, until nothing is left to do. Who does not hold the duty
// only keeps the lines.
func (s *Service) decide(ctx context.Context, w *watch, mine bool) {
	for range MostComponents + maxPhases { // more cannot follow from one moment
		now := s.Now()
		s.check(w, now)
		in, counted := s.input(w, now)
		if !counted || !live(&in.Rollout) {
			return
		}
		w.mu.Lock()
		w.series.add(now, in.Readings)
		w.mu.Unlock()
		if mine {
			s.waits(ctx, w, in, in.Lacking)
		}
		verdict := Decide(in)
		if !mine || verdict.Action == Continue || ctx.Err() != nil {
			return
		}
		verdict.Readings = w.explain(verdict.Readings)
		err := s.carryOut(ctx, in, verdict)
		switch {
		case errors.Is(err, errOvertaken):
			s.waitsAnew(ctx, w, in)
			return // somebody moved it meanwhile; the next tick judges what it has become
		case err != nil:
			if ctx.Err() == nil {
				s.Logger.ErrorContext(ctx, "a verdict could not be carried out; the next tick tries again",
					"rollout", in.Rollout.ID, "action", string(verdict.Action), "error", err)
			}
			return
		}
		s.Logger.InfoContext(ctx, "rollout decided", "rollout", in.Rollout.ID, "action", string(verdict.Action), "reason", verdict.Reason)
	}
}

// explain adds to readings how large the differences are.
func (w *watch) explain(readings []Reading) []Reading {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.evidence == nil {
		return readings
	}
	return w.evidence.Explain(readings)
}

// carryOut does what a verdict about a rollout says, unless the rollout has moved since.
func (s *Service) carryOut(ctx context.Context, in Input, v Verdict) error {
	order := order{
		actor: system, reason: v.Reason, rolloutID: in.Rollout.ID, readings: v.Readings, alerts: v.Alerts, judged: &in.Rollout,
		inputs: &Inputs{Users: in.Users, Healthy: in.Healthy, Now: in.Now, Lacking: in.Lacking},
	}
	switch v.Action {
	case Advance, Complete:
		return s.advance(ctx, order)
	case AskApproval:
		return s.stay(ctx, order, AskApproval, AwaitingApproval)
	case Hold:
		return s.stay(ctx, order, Hold, Held)
	case Notify:
		return s.note(ctx, order)
	case RollBackPart:
		return s.rollBack(ctx, order, []string{v.Component})
	case RollBackAll:
		return s.rollBack(ctx, order, nil)
	case Continue, Start, Discard, Approve, Resume, OverrideChecklist, ChangePolicy, Release: // no verdict asks for these
	}
	return nil
}

// input gathers what a decision looks at; counted is false while the past is being counted, when nothing can be decided.
func (s *Service) input(w *watch, now time.Time) (in Input, counted bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	in = Input{Rollout: w.rollout, Now: now}
	if w.evidence == nil {
		return in, false
	}
	in = w.evidence.Input(now)
	in.Rollout = w.rollout
	in.Healthy = s.health(w.rollout, w.evidence, now).OK
	if s.Checks != nil {
		in.Lacking = w.lacks()
	}
	return in, true
}

// readings are what every guard says now, nil when the rollout is not watched.
func (s *Service) readings(rolloutID string) []Reading {
	found, watched := s.watches.Load(rolloutID)
	if !watched {
		return nil
	}
	in, _ := s.input(found.(*watch), s.Now())
	return in.Readings
}
