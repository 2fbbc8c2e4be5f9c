package app

import (
	"context"
	"slices"
	"time"

	"github.com/siteproof/belay/internal/incident"
	"github.com/siteproof/belay/internal/rollout"
)

// missedFor is how far back a rollback without an incident is looked for.
const missedFor = 24 * time.Hour

// openMissedIncidents opens what a crash between a rollback and its incident has left out: the rollback is on disk with
// its evidence, and somebody still has to look.
func (a *App) openMissedIncidents(ctx context.Context) error {
	since := time.Now().Add(-missedFor)
	for _, environment := range a.tenants.Environments() {
		all, err := a.rollouts.List(ctx, environment.ID)
		if err != nil {
			return err
		}
		told, err := a.incidents.List(ctx, environment.ID, false)
		if err != nil {
			return err
		}
		for _, r := range all {
			if r.StartedAt == nil || (r.EndedAt != nil && r.EndedAt.Before(since)) {
				continue
			}
			if err := a.openMissed(ctx, r, since, told); err != nil {
				return err
			}
		}
	}
	return nil
}

func (a *App) openMissed(ctx context.Context, r rollout.Rollout, since time.Time, told []incident.Incident) error {
	decisions, err := a.rollouts.Decisions(ctx, r.ID)
	if err != nil {
		return err
	}
	for _, d := range slices.Backward(decisions) { // oldest first, as they fell
		if d.At.Before(since) || (d.Action != rollout.RollBackPart && d.Action != rollout.RollBackAll) {
			continue
		}
		known := slices.ContainsFunc(told, func(i incident.Incident) bool {
			return i.Rollout == r.ID && i.Component == firstOf(d.Components)
		})
		if !known {
			a.openIncident(ctx, rollout.TakenBack{Rollout: r, Components: d.Components, Decision: d})
		}
	}
	return nil
}

// firstOf names an incident after the first component, "" after everything.
func firstOf(components []string) string {
	if len(components) == 0 {
		return ""
	}
	return components[0]
}
