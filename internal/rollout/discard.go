package rollout

import (
	"context"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/fault"
)

// Discard gives up a rollout that has not started, so that its flag is free for another one. What was planned, and why it
// was given up, stays in the journal. It answers fault.Conflict for one that has started.
func (s *Service) Discard(ctx context.Context, actor change.Actor, reason, rolloutID string) error {
	o := order{actor: actor, reason: reason, rolloutID: rolloutID}
	_, _, _, err := s.act(ctx, o, func(_ context.Context, r *Rollout, d *Decision) (string, error) {
		if r.State != Draft {
			refused := fault.New(fault.Conflict, "only a rollout that has not started can be discarded; this one is %s", r.State.words())
			if live(r) {
				refused = refused.Hint("belay rollback takes it back")
			}
			return "", refused
		}
		at := d.At
		r.State, r.EndedAt, d.Action = Discarded, &at, Discard
		return "rollout.discarded", nil
	})
	return err
}
