package rollout

import "time"

// After is the rollout as a verdict leaves it, at a moment behind every event that was counted so far. It is what a
// service does to a rollout, without the flags: enough to carry one through a recorded trace.
func (r Rollout) After(v Verdict, at time.Time) Rollout {
	r = clone(r)
	r.Alerts = append(r.Alerts, v.Alerts...)
	switch v.Action {
	case Advance:
		r.enter(r.Phase+1, at)
	case Complete:
		r.end(Completed, at)
	case RollBackAll:
		r.end(RolledBack, at)
	case RollBackPart:
		r.lose(r.below(v.Component), Lost{At: at, By: system.Name, Reason: v.Reason})
	case AskApproval:
		r.stay(AwaitingApproval, v.Reason, at)
	case Hold:
		r.stay(Held, v.Reason, at)
	case Continue, Notify, Start, Discard, Approve, Resume, OverrideChecklist, ChangePolicy, Release: // nothing moves, or a person moves it
	}
	return r
}

// enter begins a phase.
func (r *Rollout) enter(phase int, at time.Time) {
	if len(r.Spans) > 0 {
		r.Spans[len(r.Spans)-1].To = &at
	}
	r.Phase, r.State, r.HeldReason, r.HeldAt, r.HeldFor, r.ResumedAt = phase, Running, "", nil, 0, nil
	r.Spans = append(r.Spans, Span{Phase: phase, Percent: r.Plan.Share(phase), From: at})
}

// end is final.
func (r *Rollout) end(state State, at time.Time) {
	r.State, r.EndedAt, r.HeldReason, r.HeldAt = state, &at, "", nil
	if last := &r.Spans[len(r.Spans)-1]; last.To == nil {
		last.To = &at
	}
}

// stay stops the ladder where it is.
func (r *Rollout) stay(state State, reason string, at time.Time) {
	r.State, r.HeldReason = state, ""
	if state == Held {
		r.HeldReason, r.HeldAt = reason, &at
	}
}

// lose notes that components went back, each for the same cause.
func (r *Rollout) lose(components []string, cause Lost) {
	for _, c := range components {
		cause.Component = c
		r.Lost = append(r.Lost, cause)
	}
}
