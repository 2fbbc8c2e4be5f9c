package telemetry

import (
	"context"
	"fmt"
)

// Uses gives, by flag, when clients first and last said that they had used it. Not every client says so: those that ask
// over OFREP from a server do not.
func (s *Service) Uses(ctx context.Context, environmentID string) (map[string]Use, error) {
	uses, err := s.store.Uses(ctx, environmentID)
	if err != nil {
		return nil, fmt.Errorf("read which flags were used: %w", err)
	}
	return uses, nil
}
