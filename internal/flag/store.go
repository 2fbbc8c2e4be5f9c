package flag

import "context"

// Store keeps flags and segments. Its methods run in the transaction of ctx when there is one.
type Store interface {
	// Flags and Segments give those of one environment, or of all when it is "", by key.
	Flags(ctx context.Context, environmentID string) ([]Flag, error)
	Segments(ctx context.Context, environmentID string) ([]Segment, error)
	// SaveFlag and SaveSegment write one, new or not, known by its ID.
	SaveFlag(ctx context.Context, f Flag) error
	SaveSegment(ctx context.Context, s Segment) error
	RemoveFlag(ctx context.Context, flagID string) error
	RemoveSegment(ctx context.Context, segmentID string) error
	// NextNumber gives 1, 2, 3 … and never the same number twice, also not after something was removed.
	NextNumber(ctx context.Context) (int64, error)
	// Revisions gives the revision at which the flags of each environment last changed.
	Revisions(ctx context.Context) (map[string]int64, error)
	SetRevision(ctx context.Context, environmentID string, revision int64) error
}
