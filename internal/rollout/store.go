package rollout

import "context"

// Store keeps rollouts and their decisions. Its methods run in the transaction of ctx when there is one.
type Store interface {
	SaveRollout(ctx context.Context, r Rollout) error
	FindRollout(ctx context.Context, id string) (Rollout, error)
	// Rollouts lists newest first; every environment's when environmentID is empty.
	Rollouts(ctx context.Context, environmentID string) ([]Rollout, error)
	// Live lists those that are running, held or awaiting approval, in every environment.
	Live(ctx context.Context) ([]Rollout, error)
	AddDecision(ctx context.Context, d Decision) error
	// Decisions lists newest first.
	Decisions(ctx context.Context, rolloutID string) ([]Decision, error)
	SaveRecord(ctx context.Context, rolloutID string, r Record) error
	// FindRecord gives fault.NotFound when a rollout has none.
	FindRecord(ctx context.Context, rolloutID string) (Record, error)
}

// Record is what was known of a rollout when it ended, kept so that nothing has to be counted again to show it.
type Record struct {
	Readings []Reading `json:"readings"`
	Cohorts  []Cohort  `json:"cohorts"`
	Parts    []Part    `json:"parts"`
	Lines    []Line    `json:"lines"`
}
