package flag

import "context"

// Stored gives an environment's flags and segments as the store has them, each by key. Inside a commit that shows what
// the commit has written so far, which the snapshot does not.
func (s *Service) Stored(ctx context.Context, environmentID string) ([]Flag, []Segment, error) {
	flags, err := s.store.Flags(ctx, environmentID)
	if err != nil {
		return nil, nil, err
	}
	segments, err := s.store.Segments(ctx, environmentID)
	return flags, segments, err
}
