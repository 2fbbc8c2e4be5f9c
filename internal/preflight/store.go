package preflight

import "context"

// Store keeps checklists and what was said about them. Its methods run in the transaction of ctx when there is one.
type Store interface {
	// FindChecklist gives fault.NotFound for an environment that nobody has set up.
	FindChecklist(ctx context.Context, environmentID string) (Checklist, error)
	SaveChecklist(ctx context.Context, c Checklist) error
	// FindOnCall gives the zero value when nobody was ever named.
	FindOnCall(ctx context.Context, environmentID string) (OnCallNow, error)
	SaveOnCall(ctx context.Context, o OnCallNow) error
	AddRecord(ctx context.Context, r Record) error
	// Records gives what was done last, the newest first, at most limit of each kind.
	Records(ctx context.Context, environmentID string, limit int) ([]Record, error)
	SaveVerdict(ctx context.Context, v Verdict) error
	// NewestRelease is the release whose first report came last, "" when there is none.
	NewestRelease(ctx context.Context, environmentID string) (string, error)
	// Verdicts gives those of one release, by name.
	Verdicts(ctx context.Context, environmentID, release string) ([]Verdict, error)
	// FindProgress gives an empty one when nobody has said anything yet.
	FindProgress(ctx context.Context, rolloutID string) (Progress, error)
	SaveProgress(ctx context.Context, p Progress) error
}
