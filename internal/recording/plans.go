package recording

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/rollout"
)

// Journal is what a recording reads of the journal, which alone knows the policies of the past.
type Journal interface {
	List(ctx context.Context, f change.Filter) ([]change.Commit, error)
}

// plans are the policies that a rollout went by.
type plans struct {
	first rollout.Plan            // from the start on
	later map[string]rollout.Plan // by the decision that changed it
}

// page is how many commits are read at once.
const page = 500

// plansOf finds the policies of a rollout that has started.
func plansOf(ctx context.Context, journal Journal, r rollout.Rollout) (plans, error) {
	p, started := plans{later: map[string]rollout.Plan{}}, false
	for before := int64(0); ; {
		commits, err := journal.List(ctx, change.Filter{Subject: r.ID, Before: before, Limit: page})
		if err != nil {
			return p, err
		}
		for _, c := range commits {
			first, err := p.take(c, r.ID)
			if err != nil {
				return p, err
			}
			started = started || first
			before = c.Revision
		}
		if len(commits) < page {
			break
		}
	}
	if !started {
		return p, fault.New(fault.Conflict, "the journal does not say by which policy %q started, so no trace of it can be written", r.Name)
	}
	return p, nil
}

// take notes the policy that one commit put a rollout under. first says that it is the one it started with.
func (p *plans) take(c change.Commit, rolloutID string) (first bool, err error) {
	var decided rollout.Decision
	var after rollout.Rollout
	for _, ch := range c.Changes {
		if ch.Subject != rolloutID || (ch.Kind != rollout.DecidedKind && ch.Kind != "rollout.started" && ch.Kind != "rollout.policy_changed") {
			continue
		}
		into := any(&after)
		if ch.Kind == rollout.DecidedKind {
			into = &decided
		}
		if err := json.Unmarshal(ch.After, into); err != nil {
			return false, fmt.Errorf("read the policy in revision %d: %w", c.Revision, err)
		}
	}
	if decided.Action == rollout.ChangePolicy {
		p.later[decided.ID] = after.Plan
	}
	if first = decided.Action == rollout.Start; first {
		p.first = after.Plan
	}
	return first, nil
}
