package tenant

import "context"

// Stored gives one environment as the store has it, inside a commit with what the commit has written so far. Memory may
// show for a moment what a commit that is taken back had written; what must not be wrong for a moment asks here.
func (s *Service) Stored(ctx context.Context, environmentID string) (Environment, bool, error) {
	all, err := s.store.Environments(ctx)
	if err != nil {
		return Environment{}, false, err
	}
	for _, e := range all {
		if e.ID == environmentID {
			return e, true, nil
		}
	}
	return Environment{}, false, nil
}
