package app

import (
	"context"

	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/preflight"
	"github.com/siteproof/belay/internal/rollout"
	"github.com/siteproof/belay/internal/store/sqldb"
)

// newPreflight makes the checklists. Rollouts ask them and they ask about rollouts, which are made after them.
func (a *App) newPreflight(db *sqldb.DB) *preflight.Service {
	return preflight.New(preflight.Options{
		Store: sqldb.NewPreflight(db), Journal: a.journal, Visits: a.events,
		Flags:       func(environmentID string) *flag.Snapshot { return a.flags.Snapshot(environmentID) },
		Rollout:     func(ctx context.Context, id string) (rollout.Rollout, error) { return a.rollouts.Find(ctx, id) },
		LastEventAt: a.telemetry.LastEventAt,
		Environment: func(environmentID string) string {
			if env, err := a.tenants.Find(environmentID); err == nil {
				return env.Key
			}
			return environmentID
		},
	})
}
