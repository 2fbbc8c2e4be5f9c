package flag

import "context"

// environmentUpdated is the kind of change that alters answers without altering flags: an environment's settings.
const environmentUpdated = "environment.updated"

// Restamp gives an environment's flags the revision of the commit under way, so that clients ask for them again. It
// belongs to every commit that records environment.updated.
func (s *Service) Restamp(ctx context.Context, environmentID string) error {
	revision, err := s.journal.Next(ctx)
	if err != nil {
		return err
	}
	return s.store.SetRevision(ctx, environmentID, revision)
}
