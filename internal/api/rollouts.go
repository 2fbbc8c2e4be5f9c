package api

import (
	"context"
	"net/http"

	"github.com/siteproof/belay/internal/auth"
	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/rollout"
)

// RolloutPath is the part of a path that names a rollout.
type RolloutPath struct {
	ID string `path:"id" maxLength:"60"`
}

func (a *API) rollouts() {
	route(a, http.MethodGet, "/environments/{env}/rollouts", auth.Read, "Every rollout, running ones first",
		func(ctx context.Context, in *EnvironmentPath) (*body[[]RolloutSummary], error) {
			env, err := a.environment(in.Environment)
			if err != nil {
				return nil, err
			}
			all, err := a.summaries(ctx, env.ID)
			if err != nil {
				return nil, err
			}
			return list(all), nil
		})
	route(a, http.MethodPost, "/environments/{env}/rollouts", auth.Operate, "Plan a rollout",
		func(ctx context.Context, in *struct {
			EnvironmentPath
			Body NewRollout
		},
		) (*body[rollout.Rollout], error) {
			env, err := a.environment(in.Environment)
			if err != nil {
				return nil, err
			}
			n := in.Body
			made, err := a.Rollouts.Create(ctx, principal(ctx).Actor(), n.Reason, rollout.NewRollout{
				EnvironmentID: env.ID, Name: n.Name, Flag: n.Flag, Components: n.Components, Plan: n.Plan,
			})
			if err != nil {
				return nil, err
			}
			return answer(made), nil
		})
	route(a, http.MethodGet, "/rollouts/{id}", auth.Read, "One rollout with its evidence",
		func(ctx context.Context, in *RolloutPath) (*body[rollout.Page], error) {
			page, err := a.Rollouts.Page(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			return answer(page), nil
		})
	route(a, http.MethodGet, "/rollouts/{id}/series", auth.Read, "The guards' evidence over time",
		func(ctx context.Context, in *RolloutPath) (*body[rollout.Series], error) {
			series, err := a.Rollouts.Series(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			return answer(series), nil
		})
	acts := []struct {
		name, summary string
		do            func(context.Context, change.Actor, string, string) error
	}{
		{"start", "Start the first phase", a.Rollouts.Start},
		{"discard", "Give up a rollout that has not started: its flag is free for another one", a.Rollouts.Discard},
		{"advance", "Go to the next phase now, whatever the evidence", a.Rollouts.Advance},
		{"hold", "Stay in this phase; judging of harm goes on", a.Rollouts.Hold},
		{"resume", "Let the ladder go on", a.Rollouts.Resume},
		{"approve", "Say yes to leaving this phase", a.Rollouts.Approve},
		{"release", "End the hold-back of a completed rollout: everybody gets the new version", a.Rollouts.Release},
	}
	for _, act := range acts {
		route(a, http.MethodPost, "/rollouts/{id}/"+act.name, auth.Operate, act.summary,
			func(ctx context.Context, in *struct {
				RolloutPath
				Body Act
			},
			) (*body[rollout.Rollout], error) {
				if err := a.override(ctx, act.name, in.ID, in.Body); err != nil {
					return nil, err
				}
				if err := act.do(ctx, principal(ctx).Actor(), in.Body.Reason, in.ID); err != nil {
					return nil, err
				}
				return a.rollout(ctx, in.ID)
			})
	}
	a.policies()
	route(a, http.MethodPost, "/rollouts/{id}/rollback", auth.Operate, "Take the new version back, whole or some components",
		func(ctx context.Context, in *struct {
			RolloutPath
			Body Act
		},
		) (*body[rollout.Rollout], error) {
			if err := a.Rollouts.RollBack(ctx, principal(ctx).Actor(), in.Body.Reason, in.ID, in.Body.Components...); err != nil {
				return nil, err
			}
			return a.rollout(ctx, in.ID)
		})
}

func (a *API) rollout(ctx context.Context, id string) (*body[rollout.Rollout], error) {
	found, err := a.Rollouts.Find(ctx, id)
	if err != nil {
		return nil, err
	}
	return answer(found), nil
}

func (a *API) summaries(ctx context.Context, environmentID string) ([]RolloutSummary, error) {
	all, err := a.Rollouts.List(ctx, environmentID)
	if err != nil {
		return nil, err
	}
	out := []RolloutSummary{}
	for _, r := range all {
		page, err := a.Rollouts.Page(ctx, r.ID)
		if err != nil {
			return nil, err
		}
		summary := RolloutSummary{Rollout: r, Worst: worst(page.Readings)}
		if n := len(page.Cohorts); n > 0 { // the phase in force
			summary.Treatment, summary.Control = page.Cohorts[n-1].Treatment, page.Cohorts[n-1].Control
		}
		out = append(out, summary)
	}
	return out, nil
}

// worst is the reading closest to its threshold, nil when there is none.
func worst(readings []rollout.Reading) *rollout.Reading {
	var found *rollout.Reading
	for i := range readings {
		r := &readings[i]
		if r.Threshold > 0 && (found == nil || r.LogE/r.Threshold > found.LogE/found.Threshold) {
			found = r
		}
	}
	return found
}
