package forecast

import (
	"context"
	"time"

	"github.com/siteproof/belay/internal/rollout"
	"github.com/siteproof/belay/internal/telemetry"
)

// usualFor is how far back traffic is looked at: a week, so that each day is in it.
const usualFor = 7 * 24 * time.Hour

// source is what a forecast needs of telemetry.
type source interface {
	UsualVisits(ctx context.Context, environmentID string, silentAfter time.Duration, from, to time.Time) (telemetry.Usual, error)
}

// Service foretells rollouts from the traffic of the last week.
type Service struct {
	traffic source
	now     func() time.Time
}

// New makes the service.
func New(traffic source, now func() time.Time) *Service { return &Service{traffic: traffic, now: now} }

// Plan foretells a plan in an environment. harm is the share of visits of the new version that are hit; it answers
// fault.Invalid for a plan or a harm that cannot be.
func (s *Service) Plan(ctx context.Context, environmentID string, plan rollout.Plan, components int, harm float64) (Forecast, error) {
	now := s.now()
	u, err := s.traffic.UsualVisits(ctx, environmentID, time.Duration(plan.SilentAfter), now.Add(-usualFor), now)
	if err != nil {
		return Forecast{}, err
	}
	return Of(plan, components, u, harm)
}
