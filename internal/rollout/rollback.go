package rollout

import (
	"context"
	"slices"
	"strings"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/fault"
)

// RollBack takes components back, or everything when none is named. Doing it again changes nothing and is no error.
// It works on completed rollouts too: the flags are still theirs.
func (s *Service) RollBack(ctx context.Context, actor change.Actor, reason, rolloutID string, components ...string) error {
	return s.rollBack(ctx, order{actor: actor, reason: reason, rolloutID: rolloutID}, components)
}

func (s *Service) rollBack(ctx context.Context, o order, components []string) error {
	var taken []string
	next, decision, moved, err := s.act(ctx, o, func(ctx context.Context, r *Rollout, d *Decision) (string, error) {
		var all bool
		var err error
		if taken, all, err = r.toTakeBack(components); err != nil || (!all && len(taken) == 0) {
			return "", err
		}
		if all {
			d.Action = RollBackAll
			return "rollout.rolled_back", s.takeAllBack(ctx, o, r)
		}
		d.Action, d.Components = RollBackPart, taken
		return "rollout.component_rolled_back", s.takeBack(ctx, o, r, d, taken)
	})
	if err != nil || !moved {
		return err
	}
	for _, tell := range s.listeners {
		tell(context.WithoutCancel(ctx), TakenBack{Rollout: next, Components: taken, Decision: decision})
	}
	return nil
}

// toTakeBack says which of the named components are still to be taken back, none named meaning everything. When nothing
// would be left on, it is everything.
func (r *Rollout) toTakeBack(components []string) (still []string, all bool, err error) {
	switch r.State { //nolint:exhaustive // all others have something to take back
	case Draft:
		return nil, false, fault.New(fault.Conflict, "the rollout has not started: there is nothing to take back").
			Hint("belay rollout discard %s \"reason\" gives it up", r.ID)
	case Discarded:
		return nil, false, fault.New(fault.Conflict, "the rollout was discarded before it started: there is nothing to take back")
	}
	for _, c := range components {
		switch {
		case c == r.Flag:
			all = true
		case !slices.Contains(r.Components, c):
			return nil, false, fault.New(fault.NotFound, "%q is not a component of this rollout", c).
				Hint("there are: %s", strings.Join(r.Components, ", "))
		default:
			for _, below := range r.below(c) {
				if !slices.Contains(still, below) {
					still = append(still, below)
				}
			}
		}
	}
	if r.State == RolledBack {
		return nil, false, nil
	}
	if all || len(components) == 0 || (len(still) > 0 && len(r.Lost)+len(still) >= len(r.Components)) {
		return nil, true, nil
	}
	return still, false, nil
}

func (r *Rollout) isLost(component string) bool {
	return slices.ContainsFunc(r.Lost, func(l Lost) bool { return l.Component == component })
}

// takeBack switches components off and lets the rest go on.
func (s *Service) takeBack(ctx context.Context, o order, r *Rollout, d *Decision, components []string) error {
	r.lose(components, Lost{At: d.At, By: o.actor.Name, Reason: o.reason, DecisionID: d.ID})
	for _, component := range components {
		if err := s.turn(ctx, o, r, component, false); err != nil {
			return err
		}
	}
	return nil
}

// takeAllBack switches the master off, which switches everything below it off, and ends the rollout. The split stays on
// the flag as a record of how far it had come.
func (s *Service) takeAllBack(ctx context.Context, o order, r *Rollout) error {
	r.end(RolledBack, s.moment())
	return s.turn(ctx, o, r, r.Flag, false)
}
