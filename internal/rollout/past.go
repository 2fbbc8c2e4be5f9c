package rollout

import (
	"context"
	"slices"
	"time"
)

// Past is what was usual before a rollout that has started.
func (s *Service) Past(ctx context.Context, r Rollout) (Past, error) {
	return s.past(ctx, r, *r.StartedAt)
}

// Obeyed is the rollout after somebody did something at a moment, without the flags: what After is for verdicts. What
// cannot be done leaves it as it is.
func (r Rollout) Obeyed(action Action, component, by, reason string, at time.Time) Rollout {
	if !live(&r) && action != RollBackAll {
		return r
	}
	switch action {
	case Approve:
		r = clone(r)
		r.Approvals = append(r.Approvals, Approval{Phase: r.Phase, By: by, Reason: reason, At: at})
		if r.State == AwaitingApproval {
			r.State = Running
		}
		return r
	case Resume:
		r = clone(r)
		if r.HeldAt != nil {
			r.HeldFor += Duration(at.Sub(*r.HeldAt))
		}
		r.State, r.HeldReason, r.HeldAt, r.ResumedAt = Running, "", nil, &at
		return r
	case Advance:
		if r.Phase >= len(r.Plan.Phases)-1 {
			return r
		}
	case RollBackPart:
		if !slices.Contains(r.Components, component) || r.isLost(component) {
			return r
		}
	case Continue, Start, Discard, AskApproval, Hold, Notify, RollBackAll, Complete, OverrideChecklist, ChangePolicy, Release:
	}
	return r.After(Verdict{Action: action, Component: component, Reason: reason}, at)
}
