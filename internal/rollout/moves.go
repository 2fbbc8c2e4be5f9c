package rollout

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/id"
)

// errOvertaken is a verdict about a rollout that has moved since it was judged.
var errOvertaken = errors.New("the rollout has moved since it was judged")

// DecidedKind is the kind under which the journal holds a decision with its evidence.
const DecidedKind = "rollout.decided"

// order is who wants a rollout moved, and why.
type order struct {
	actor     change.Actor
	reason    string
	rolloutID string
	readings  []Reading // nil: as they are now
	alerts    []Alert   // of a verdict: what guards tell
	judged    *Rollout  // of a verdict: what it was about; nil for a person's order
	inputs    *Inputs   // of a verdict
}

// edit changes a rollout and its flags in the commit under way and completes the decision. It answers with the kind of
// the change in the journal; "" when there is nothing to do.
type edit func(ctx context.Context, r *Rollout, d *Decision) (kind string, err error)

// act carries an order out: the rollout, its flags and the decision are one commit. moved is false when there was
// nothing to do.
func (s *Service) act(ctx context.Context, o order, change edit) (next Rollout, decision Decision, moved bool, err error) {
	s.moves.Lock()
	defer s.moves.Unlock()
	if o.readings == nil {
		o.readings = s.readings(o.rolloutID)
	}
	evidence, err := json.Marshal(orEmpty(o.readings))
	if err != nil {
		return next, decision, false, err
	}
	var w *watch
	if found, watched := s.watches.Load(o.rolloutID); watched {
		w = found.(*watch)
		w.hold()
		defer func() {
			if moved {
				w.release(&next)
			} else {
				w.release(nil)
			}
		}()
	}
	_, err = s.Journal.Commit(ctx, o.actor, o.reason, func(ctx context.Context) error {
		before, err := s.Store.FindRollout(ctx, o.rolloutID)
		if err != nil {
			return err
		}
		if o.judged != nil && (!live(&before) || before.Phase != o.judged.Phase || before.PolicyChanges != o.judged.PolicyChanges) {
			return errOvertaken
		}
		next = clone(before)
		next.Alerts = append(next.Alerts, o.alerts...)
		decision = Decision{
			ID: id.New("dec"), RolloutID: before.ID, At: s.moment(), By: o.actor.Name, Phase: before.Phase, Reason: o.reason, Evidence: evidence,
			Inputs: o.inputs,
		}
		kind, err := change(ctx, &next, &decision)
		if err != nil || kind == "" {
			return err
		}
		moved = true
		return s.write(ctx, w, kind, before, next, decision)
	})
	if err != nil {
		moved = false
		return next, decision, false, err
	}
	if moved && w == nil && live(&next) {
		found, _ := s.watches.LoadOrStore(next.ID, &watch{rollout: next, series: newSeries()})
		s.begin(found.(*watch))
	}
	return next, decision, moved, nil
}

// write keeps a move: the decision, what was known if it is the end, and the rollout.
func (s *Service) write(ctx context.Context, w *watch, kind string, before, next Rollout, decision Decision) error {
	if err := s.Store.AddDecision(ctx, decision); err != nil {
		return err
	}
	decided := change.Change{Kind: DecidedKind, EnvironmentID: next.EnvironmentID, Subject: next.ID}
	if err := change.RecordValues(ctx, decided, nil, &decision); err != nil {
		return err
	}
	if w != nil && live(&before) && !live(&next) {
		if err := s.Store.SaveRecord(ctx, next.ID, w.record(decision.At)); err != nil {
			return err
		}
	}
	return s.save(ctx, kind, &before, next)
}

// moment is now, as exactly as events are stamped, and after every event that has been counted so far.
func (s *Service) moment() time.Time {
	return s.Now().UTC().Truncate(time.Microsecond).Add(time.Microsecond)
}

func clone(r Rollout) Rollout {
	r.Tests = slices.Clone(r.Tests)
	r.Spans, r.Lost, r.Approvals, r.Alerts = slices.Clone(r.Spans), slices.Clone(r.Lost), slices.Clone(r.Approvals), slices.Clone(r.Alerts)
	r.Overrides = slices.Clone(r.Overrides)
	return r
}

func refuse(r *Rollout, verb string) error {
	return fault.New(fault.Conflict, "a rollout that is %s cannot be %s", r.State.words(), verb)
}

// words say a state: "rolled back".
func (s State) words() string { return strings.ReplaceAll(string(s), "_", " ") }

func live(r *Rollout) bool {
	return r.State == Running || r.State == Held || r.State == AwaitingApproval
}

// enter begins a phase: the flag's split grows to its share.
func (s *Service) enter(ctx context.Context, o order, r *Rollout, phase int) error {
	r.enter(phase, s.moment())
	percent := r.Plan.Share(phase)
	_, err := s.Flags.SetSplit(ctx, o.actor, o.reason, r.EnvironmentID, r.Flag, &flag.Split{Rollout: r.ID, Salt: r.Salt, Percent: percent})
	return err
}

// Start begins the first phase, unless the checklist lacks something that nobody has overridden. It turns the master flag
// and the rollout's components on, as far as an earlier rollout had taken them back.
func (s *Service) Start(ctx context.Context, actor change.Actor, reason, rolloutID string) error {
	o := order{actor: actor, reason: reason, rolloutID: rolloutID}
	_, overridden, err := s.ready(ctx, o)
	if err != nil {
		return err
	}
	_, _, _, err = s.act(ctx, o, func(ctx context.Context, r *Rollout, d *Decision) (string, error) {
		if r.State != Draft {
			return "", refuse(r, "started")
		}
		if err := s.takeOver(ctx, o, r); err != nil {
			return "", err
		}
		if err := s.enter(ctx, o, r, 0); err != nil {
			return "", err
		}
		for _, key := range append([]string{r.Flag}, r.Components...) {
			if err := s.turn(ctx, o, r, key, true); err != nil {
				return "", err
			}
		}
		started := r.Spans[0].From
		r.StartedAt, d.Action, d.Lacks = &started, Start, overridden
		fresh, err := s.freshSince(ctx, r, started)
		if err != nil {
			return "", err
		}
		if fresh.Before(started) {
			r.FreshSince = &fresh
		}
		return "rollout.started", nil
	})
	return err
}

// takeOver frees the flag of the split that a rollout which has ended left on it.
func (s *Service) takeOver(ctx context.Context, o order, r *Rollout) error {
	master, err := s.Flags.Snapshot(r.EnvironmentID).Find(r.Flag)
	if err != nil || master.Split == nil || master.Split.Rollout == r.ID {
		return err
	}
	holder, err := s.Store.FindRollout(ctx, master.Split.Rollout)
	if err == nil && !holder.Ended() {
		return nil // SetSplit refuses, and says who holds it
	}
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	_, err = s.Flags.SetSplit(ctx, o.actor, o.reason, r.EnvironmentID, r.Flag, nil)
	return err
}

// Ended says whether the rollout is over: nothing moves it on any more.
func (r Rollout) Ended() bool {
	return r.State == RolledBack || r.State == Completed || r.State == Discarded
}

// turn switches one flag.
func (s *Service) turn(ctx context.Context, o order, r *Rollout, key string, on bool) error {
	_, err := s.Flags.Change(ctx, o.actor, o.reason, r.EnvironmentID, key, flag.Patch{Enabled: &on})
	return err
}

// Advance goes to the next phase now, whatever is missing, but not past a checklist that is red; after the last one it
// completes. It counts as the approval of whoever asks for it. The decision says what was missing.
func (s *Service) Advance(ctx context.Context, actor change.Actor, reason, rolloutID string) error {
	return s.advance(ctx, order{actor: actor, reason: reason, rolloutID: rolloutID})
}

func (s *Service) advance(ctx context.Context, o order) error {
	looked, overridden, err := s.ready(ctx, o)
	if err != nil {
		return err
	}
	_, _, _, err = s.act(ctx, o, func(ctx context.Context, r *Rollout, d *Decision) (string, error) {
		if !live(r) {
			return "", refuse(r, "advanced")
		}
		if o.judged != nil && (r.State != Running || r.needsApproval()) {
			return "", errOvertaken
		}
		if o.judged == nil {
			d.Missing = s.missing(*r)
		}
		if r.Phase == len(r.Plan.Phases)-1 {
			d.Action = Complete
			return "rollout.completed", s.complete(ctx, o, r)
		}
		if r.Plan.Phases[r.Phase].Approval && !approved(*r) {
			r.Approvals = append(r.Approvals, Approval{Phase: r.Phase, By: o.actor.Name, Reason: o.reason, At: d.At})
		}
		if r.Phase+1 != looked {
			return "", movedMeanwhile()
		}
		d.Action, d.Phase, d.Lacks = Advance, looked, overridden
		return "rollout.advanced", s.enter(ctx, o, r, r.Phase+1)
	})
	return err
}

// missing is what a person goes on without.
func (s *Service) missing(r Rollout) []string {
	now := s.Now()
	found, watched := s.watches.Load(r.ID)
	if !watched {
		return []string{"evidence: nobody judges this rollout now"}
	}
	in, counted := s.input(found.(*watch), now)
	if !counted {
		return []string{"evidence: it is still being counted"}
	}
	in.Rollout, in.Lacking = r, nil // of the checklist Lacks tells
	missing := waiting(in)
	if shut := r.Plan.Phases[r.Phase].shut(now); shut != "" {
		missing = append(missing, shut)
	}
	if r.needsApproval() {
		missing = append(missing, "approval by a person, which this counts as")
	}
	return missing
}

// complete ends a rollout that stays. At 100 % the flag needs no split any more, so people nobody knows get it too;
// whoever is held back stays behind it.
func (s *Service) complete(ctx context.Context, o order, r *Rollout) error {
	r.end(Completed, s.moment())
	if r.Plan.Share(r.Phase) < 100 {
		return nil
	}
	_, err := s.Flags.SetSplit(ctx, o.actor, o.reason, r.EnvironmentID, r.Flag, nil)
	return err
}

// Hold stops the ladder; harm is still judged.
func (s *Service) Hold(ctx context.Context, actor change.Actor, reason, rolloutID string) error {
	return s.stay(ctx, order{actor: actor, reason: reason, rolloutID: rolloutID}, Hold, Held)
}

// note keeps what guards told; nothing else happens.
func (s *Service) note(ctx context.Context, o order) error {
	next, decision, moved, err := s.act(ctx, o, func(_ context.Context, _ *Rollout, d *Decision) (string, error) {
		d.Action = Notify
		return "rollout.noted", nil
	})
	s.tell(ctx, o, next, decision, moved && err == nil)
	return err
}

// tell announces what guards told, once it is kept.
func (s *Service) tell(ctx context.Context, o order, r Rollout, d Decision, kept bool) {
	if !kept || len(o.alerts) == 0 {
		return
	}
	for _, tell := range s.told {
		tell(context.WithoutCancel(ctx), Alerted{Rollout: r, Alerts: o.alerts, Decision: d})
	}
}

// stay is Hold and asking for approval.
func (s *Service) stay(ctx context.Context, o order, action Action, state State) error {
	next, decision, moved, err := s.act(ctx, o, func(_ context.Context, r *Rollout, d *Decision) (string, error) {
		if o.judged != nil && r.State != o.judged.State {
			return "", errOvertaken
		}
		if !live(r) || r.State == state {
			return "", refuse(r, state.words())
		}
		r.stay(state, o.reason, d.At)
		d.Action = action
		return "rollout." + string(state), nil
	})
	s.tell(ctx, o, next, decision, moved && err == nil)
	return err
}

// Resume lets a held ladder go on.
func (s *Service) Resume(ctx context.Context, actor change.Actor, reason, rolloutID string) error {
	o := order{actor: actor, reason: reason, rolloutID: rolloutID}
	_, _, _, err := s.act(ctx, o, func(_ context.Context, r *Rollout, d *Decision) (string, error) {
		if r.State != Held {
			return "", refuse(r, "resumed")
		}
		if r.HeldAt != nil {
			r.HeldFor += Duration(d.At.Sub(*r.HeldAt))
		}
		at := d.At
		r.State, r.HeldReason, r.HeldAt, r.ResumedAt = Running, "", nil, &at
		d.Action = Resume
		return "rollout.resumed", nil
	})
	return err
}

// Approve says yes to leaving the present phase; it may be said before it is asked for.
func (s *Service) Approve(ctx context.Context, actor change.Actor, reason, rolloutID string) error {
	o := order{actor: actor, reason: reason, rolloutID: rolloutID}
	_, _, _, err := s.act(ctx, o, func(_ context.Context, r *Rollout, d *Decision) (string, error) {
		name := ""
		if live(r) {
			name = r.Plan.Phases[r.Phase].Name
		}
		switch {
		case name == "":
			return "", refuse(r, "approved")
		case !r.Plan.Phases[r.Phase].Approval:
			return "", fault.New(fault.Conflict, "the phase %q needs no approval", name)
		case approved(*r):
			return "", fault.New(fault.Conflict, "the phase %q is approved already", name)
		}
		r.Approvals = append(r.Approvals, Approval{Phase: r.Phase, By: actor.Name, Reason: reason, At: d.At})
		if r.State == AwaitingApproval {
			r.State = Running
		}
		d.Action = Approve
		return "rollout.approved", nil
	})
	if err == nil {
		s.nudge()
	}
	return err
}
