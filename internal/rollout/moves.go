package rollout

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/id"
)

// move is one change of a rollout: it edits next, and writes flags in the same commit.
type move struct {
	action     Action
	kind       string // of the change in the journal
	components []string
	edit       func(ctx context.Context, next *Rollout, decision *Decision) error
}

// act carries a move out: the rollout, its flags and the decision are one commit.
func (s *Service) act(ctx context.Context, actor change.Actor, reason, rolloutID string, readings []Reading, m move) (Rollout, Decision, error) {
	s.moves.Lock()
	defer s.moves.Unlock()
	before, err := s.Store.FindRollout(ctx, rolloutID)
	if err != nil {
		return Rollout{}, Decision{}, err
	}
	next := clone(before)
	if readings == nil {
		readings = s.readings(before.ID)
	}
	evidence, err := json.Marshal(orEmpty(readings))
	if err != nil {
		return Rollout{}, Decision{}, err
	}
	decision := Decision{
		ID: id.New("dec"), RolloutID: before.ID, At: s.Now().UTC(), By: actor.Name, Action: m.action, Phase: before.Phase,
		Component: strings.Join(m.components, ", "), Reason: reason, Evidence: evidence,
	}
	_, err = s.Journal.Commit(ctx, actor, reason, func(ctx context.Context) error {
		if err := m.edit(ctx, &next, &decision); err != nil {
			return err
		}
		if err := s.Store.AddDecision(ctx, decision); err != nil {
			return err
		}
		return s.save(ctx, m.kind, &before, next)
	})
	if err != nil {
		return Rollout{}, Decision{}, err
	}
	s.follow(next)
	return next, decision, nil
}

func clone(r Rollout) Rollout {
	r.Spans, r.Lost, r.Approvals = slices.Clone(r.Spans), slices.Clone(r.Lost), slices.Clone(r.Approvals)
	return r
}

func refuse(r *Rollout, verb string) error {
	return fault.New(fault.Conflict, "a rollout that is %s cannot be %s", strings.ReplaceAll(string(r.State), "_", " "), verb)
}

func live(r *Rollout) bool {
	return r.State == Running || r.State == Held || r.State == AwaitingApproval
}

// enter begins a phase: the flag's split grows to its share.
func (s *Service) enter(ctx context.Context, actor change.Actor, reason string, r *Rollout, phase int) error {
	now := s.Now().UTC()
	if len(r.Spans) > 0 {
		r.Spans[len(r.Spans)-1].To = &now
	}
	percent := r.Plan.Phases[phase].Percent
	r.Phase, r.State, r.HeldReason = phase, Running, ""
	r.Spans = append(r.Spans, Span{Phase: phase, Percent: percent, From: now})
	_, err := s.Flags.SetSplit(ctx, actor, reason, r.EnvironmentID, r.Flag, &flag.Split{Rollout: r.ID, Salt: r.Salt, Percent: percent})
	return err
}

// Start begins the first phase.
func (s *Service) Start(ctx context.Context, actor change.Actor, reason, rolloutID string) error {
	_, _, err := s.act(ctx, actor, reason, rolloutID, nil, move{action: Start, kind: "rollout.started", edit: func(ctx context.Context, r *Rollout, d *Decision) error {
		if r.State != Draft {
			return refuse(r, "started")
		}
		master, err := s.Flags.Snapshot(r.EnvironmentID).Find(r.Flag)
		if err != nil {
			return err
		}
		if err := s.enter(ctx, actor, reason, r, 0); err != nil {
			return err
		}
		if !master.Enabled {
			on := true
			if _, err := s.Flags.Change(ctx, actor, reason, r.EnvironmentID, r.Flag, flag.Patch{Enabled: &on}); err != nil {
				return err
			}
		}
		started := r.Spans[0].From
		r.StartedAt, d.Phase = &started, 0
		return nil
	}})
	return err
}

// Advance goes to the next phase now; after the last one it completes.
func (s *Service) Advance(ctx context.Context, actor change.Actor, reason, rolloutID string) error {
	return s.advance(ctx, actor, reason, rolloutID, nil)
}

func (s *Service) advance(ctx context.Context, actor change.Actor, reason, rolloutID string, readings []Reading) error {
	found, err := s.Store.FindRollout(ctx, rolloutID)
	if err != nil {
		return err
	}
	m := move{action: Advance, kind: "rollout.advanced", edit: func(ctx context.Context, r *Rollout, d *Decision) error {
		if !live(r) || r.Phase != found.Phase {
			return refuse(r, "advanced")
		}
		d.Phase = r.Phase + 1
		return s.enter(ctx, actor, reason, r, r.Phase+1)
	}}
	if found.Phase == len(found.Plan.Phases)-1 {
		m = move{action: Complete, kind: "rollout.completed", edit: func(_ context.Context, r *Rollout, _ *Decision) error {
			if !live(r) {
				return refuse(r, "completed")
			}
			now := s.Now().UTC()
			r.State, r.EndedAt = Completed, &now
			r.Spans[len(r.Spans)-1].To = &now
			return nil
		}}
	}
	_, _, err = s.act(ctx, actor, reason, rolloutID, readings, m)
	return err
}

// Hold stops the ladder; harm is still judged.
func (s *Service) Hold(ctx context.Context, actor change.Actor, reason, rolloutID string) error {
	return s.stay(ctx, actor, reason, rolloutID, nil, Hold, Held)
}

// stay is Hold and asking for approval.
func (s *Service) stay(ctx context.Context, actor change.Actor, reason, rolloutID string, readings []Reading, action Action, state State) error {
	_, _, err := s.act(ctx, actor, reason, rolloutID, readings, move{action: action, kind: "rollout." + string(state), edit: func(_ context.Context, r *Rollout, _ *Decision) error {
		if !live(r) || r.State == state {
			return refuse(r, strings.ReplaceAll(string(state), "_", " "))
		}
		r.State, r.HeldReason = state, ""
		if state == Held {
			r.HeldReason = reason
		}
		return nil
	}})
	return err
}

// Resume lets a held ladder go on.
func (s *Service) Resume(ctx context.Context, actor change.Actor, reason, rolloutID string) error {
	_, _, err := s.act(ctx, actor, reason, rolloutID, nil, move{action: Resume, kind: "rollout.resumed", edit: func(_ context.Context, r *Rollout, _ *Decision) error {
		if r.State != Held {
			return refuse(r, "resumed")
		}
		r.State, r.HeldReason = Running, ""
		return nil
	}})
	return err
}

// Approve says yes to leaving the present phase; it may be said before it is asked for.
func (s *Service) Approve(ctx context.Context, actor change.Actor, reason, rolloutID string) error {
	_, _, err := s.act(ctx, actor, reason, rolloutID, nil, move{action: Approve, kind: "rollout.approved", edit: func(_ context.Context, r *Rollout, _ *Decision) error {
		if !live(r) {
			return refuse(r, "approved")
		}
		if !r.Plan.Phases[r.Phase].Approval {
			return fault.New(fault.Conflict, "the phase %q needs no approval", r.Plan.Phases[r.Phase].Name)
		}
		if approved(*r) {
			return fault.New(fault.Conflict, "the phase %q is approved already", r.Plan.Phases[r.Phase].Name)
		}
		r.Approvals = append(r.Approvals, Approval{Phase: r.Phase, By: actor.Name, Reason: reason, At: s.Now().UTC()})
		if r.State == AwaitingApproval {
			r.State = Running
		}
		return nil
	}})
	return err
}

// RollBack takes components back, or everything when none is named. Doing it again changes nothing and is no error.
// It works on completed rollouts too: the flags are still theirs.
func (s *Service) RollBack(ctx context.Context, actor change.Actor, reason, rolloutID string, components ...string) error {
	return s.rollBack(ctx, actor, reason, rolloutID, nil, components)
}

func (s *Service) rollBack(ctx context.Context, actor change.Actor, reason, rolloutID string, readings []Reading, components []string) error {
	found, err := s.Store.FindRollout(ctx, rolloutID)
	if err != nil {
		return err
	}
	if found.State == Draft {
		return fault.New(fault.Conflict, "the rollout has not started: there is nothing to take back")
	}
	for _, c := range components {
		if c != found.Flag && !slices.Contains(found.Components, c) {
			return fault.New(fault.NotFound, "%q is not a component of this rollout", c).Hint("there are: %s", strings.Join(found.Components, ", "))
		}
	}
	still := slices.DeleteFunc(slices.Clone(components), func(c string) bool { return isLost(found, c) })
	if found.State == RolledBack || (len(components) > 0 && len(still) == 0) {
		return nil // it has gone back already
	}
	components = still
	if slices.Contains(components, found.Flag) || (len(components) > 0 && len(found.Lost)+len(components) >= len(found.Components)) {
		components = nil // nothing would be left on: that is everything
	}
	m := move{action: RollBackPart, kind: "rollout.component_rolled_back", components: components, edit: func(ctx context.Context, r *Rollout, d *Decision) error {
		return s.takeBack(ctx, actor, reason, r, d, components)
	}}
	if len(components) == 0 {
		m = move{action: RollBackAll, kind: "rollout.rolled_back", edit: func(ctx context.Context, r *Rollout, _ *Decision) error {
			return s.takeAllBack(ctx, actor, reason, r)
		}}
	}
	next, decision, err := s.act(ctx, actor, reason, rolloutID, readings, m)
	if err != nil {
		return err
	}
	for _, tell := range s.listeners {
		tell(context.WithoutCancel(ctx), TakenBack{Rollout: next, Components: components, Decision: decision})
	}
	return nil
}

func isLost(r Rollout, component string) bool {
	return slices.ContainsFunc(r.Lost, func(l Lost) bool { return l.Component == component })
}

// takeBack switches components off and lets the rest go on.
func (s *Service) takeBack(ctx context.Context, actor change.Actor, reason string, r *Rollout, d *Decision, components []string) error {
	off := false
	for _, component := range components {
		r.Lost = append(r.Lost, Lost{Component: component, At: s.Now().UTC(), By: actor.Name, Reason: reason, DecisionID: d.ID})
		if _, err := s.Flags.Change(ctx, actor, reason, r.EnvironmentID, component, flag.Patch{Enabled: &off}); err != nil {
			return err
		}
	}
	return nil
}

// takeAllBack switches the master off, which switches everything below it off, and ends the rollout.
func (s *Service) takeAllBack(ctx context.Context, actor change.Actor, reason string, r *Rollout) error {
	now := s.Now().UTC()
	r.State, r.EndedAt = RolledBack, &now
	if last := &r.Spans[len(r.Spans)-1]; last.To == nil {
		last.To = &now
	}
	off := false
	_, err := s.Flags.Change(ctx, actor, reason, r.EnvironmentID, r.Flag, flag.Patch{Enabled: &off})
	return err
}
