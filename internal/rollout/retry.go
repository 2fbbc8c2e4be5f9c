package rollout

import (
	"context"
	"time"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag"
)

// Retry plans a rollout that was taken back once more: a new rollout with other people, a test and a budget of its own,
// by the plan given or, when it is nil, the one before. It starts when Start is called. Of each attempt there is one
// retry, not counting those that were discarded.
func (s *Service) Retry(ctx context.Context, actor change.Actor, reason, rolloutID string, plan *Plan) (Rollout, error) {
	before, err := s.Store.FindRollout(ctx, rolloutID)
	if err != nil {
		return Rollout{}, err
	}
	if before.State != RolledBack {
		return Rollout{}, refuse(&before, "tried again: only one that went back can")
	}
	all, err := s.Store.Rollouts(ctx, before.EnvironmentID)
	if err != nil {
		return Rollout{}, err
	}
	for _, r := range all {
		if r.RetryOf == before.ID && r.State != Discarded {
			return Rollout{}, fault.New(fault.Conflict, "%s was tried again already: %s is attempt %d", before.ID, r.ID, r.attempt()).
				Hint("that one can be tried again when it has gone back")
		}
	}
	if plan == nil {
		plan = &before.Plan
	}
	return s.Create(ctx, actor, reason, NewRollout{
		EnvironmentID: before.EnvironmentID, Name: before.Name, Flag: before.Flag, Components: before.Components, Plan: plan, retryOf: &before,
	})
}

// attempt is how many times it was tried, with this one.
func (r Rollout) attempt() int { return max(1, r.Attempt) }

// freshSince is the moment before which an error has to be known to be old: the start, unless an attempt with the same
// flag went back lately. Errors that it brought were new then and would otherwise be old now, so that the very harm for
// which it went back could come again unnoticed.
func (s *Service) freshSince(ctx context.Context, r *Rollout, start time.Time) (time.Time, error) {
	all, err := s.Store.Rollouts(ctx, r.EnvironmentID)
	if err != nil {
		return start, err
	}
	since := start
	for _, earlier := range all { // newest first
		if earlier.Flag != r.Flag || earlier.ID == r.ID || earlier.StartedAt == nil || earlier.EndedAt == nil {
			continue
		}
		if earlier.State == Completed || earlier.EndedAt.Before(since.Add(-knownFor)) {
			break
		}
		if since = *earlier.StartedAt; earlier.FreshSince != nil {
			return *earlier.FreshSince, nil
		}
	}
	return since, nil
}

// Release ends the hold-back of a completed rollout: everybody gets the new version.
func (s *Service) Release(ctx context.Context, actor change.Actor, reason, rolloutID string) error {
	o := order{actor: actor, reason: reason, rolloutID: rolloutID}
	_, _, _, err := s.act(ctx, o, func(ctx context.Context, r *Rollout, d *Decision) (string, error) {
		if r.State != Completed {
			return "", refuse(r, "given to everybody: it has to complete first")
		}
		if !r.holdsBack() {
			return "", fault.New(fault.Conflict, "nobody is held back: everybody has the new version")
		}
		if split, err := s.splitOf(r); err != nil || split == nil || split.Rollout != r.ID {
			if err == nil {
				err = fault.New(fault.Conflict, "another rollout holds %q now", r.Flag)
			}
			return "", err
		}
		at := d.At
		r.ReleasedAt, d.Action = &at, Release
		_, err := s.Flags.SetSplit(ctx, o.actor, o.reason, r.EnvironmentID, r.Flag, nil)
		return "rollout.released", err
	})
	return err
}

// holdsBack says whether a completed rollout keeps people on the old version.
func (r Rollout) holdsBack() bool {
	return r.State == Completed && r.ReleasedAt == nil && r.Plan.Share(r.Phase) < 100
}

func (s *Service) splitOf(r *Rollout) (*flag.Split, error) {
	master, err := s.Flags.Snapshot(r.EnvironmentID).Find(r.Flag)
	return master.Split, err
}
