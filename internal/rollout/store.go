package rollout

import (
	"context"
	"time"
)

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
	// AddLacked keeps what the checklist was seen to lack; of one moment the last word counts.
	AddLacked(ctx context.Context, rolloutID string, l Lacked) error
	// Lacked lists what AddLacked kept, oldest first.
	Lacked(ctx context.Context, rolloutID string) ([]Lacked, error)
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

// Lacked is what stood in the way of the next phase, as the controller saw it from a moment on: it is no change of
// anything, and kept so that what Belay waited for can be told, and judged again, later.
type Lacked struct {
	At      time.Time `json:"at"`
	Lacking []string  `json:"lacking"` // one sentence each; none when nothing did
}
