package rollout

import "context"

// Store keeps rollouts and their decisions.
type Store interface {
	SaveRollout(ctx context.Context, r Rollout) error
	FindRollout(ctx context.Context, id string) (Rollout, error)
	// Rollouts lists newest first; every environment's when environmentID is empty.
	Rollouts(ctx context.Context, environmentID string) ([]Rollout, error)
	AddDecision(ctx context.Context, d Decision) error
	// Decisions lists newest first.
	Decisions(ctx context.Context, rolloutID string) ([]Decision, error)
}
