package api

import (
	"context"
	"net/http"

	"github.com/siteproof/belay/internal/auth"
	"github.com/siteproof/belay/internal/forecast"
	"github.com/siteproof/belay/internal/rollout"
)

// Foretell asks what is to be expected of a plan.
type Foretell struct {
	Flag       string        `json:"flag" minLength:"1" maxLength:"200" doc:"the master flag"`
	Components []string      `json:"components,omitempty" doc:"every flag below the master when left out"`
	Plan       *rollout.Plan `json:"plan,omitempty" doc:"the usual plan when left out"`
	Harm       float64       `json:"harm,omitempty" doc:"share of visits of the new version that are hit; 0.01 when left out"`
}

// harmQuery is which harm a forecast assumes.
type harmQuery struct {
	Harm float64 `query:"harm" doc:"share of visits of the new version that are hit; 0.01 when left out"`
}

func (a *API) forecasts() {
	route(a, http.MethodGet, "/plan", auth.Read, "The usual plan, which a rollout has when nobody names another",
		func(context.Context, *struct{}) (*body[rollout.Plan], error) {
			return answer(rollout.DefaultPlan()), nil
		})
	route(a, http.MethodPost, "/environments/{env}/rollouts/forecast", auth.Read,
		"How soon each guard of a plan would see a harm, by the traffic of the last week",
		func(ctx context.Context, in *struct {
			EnvironmentPath
			Body Foretell
		},
		) (*body[forecast.Forecast], error) {
			env, err := a.environment(in.Environment)
			if err != nil {
				return nil, err
			}
			plan := rollout.DefaultPlan()
			if in.Body.Plan != nil {
				plan = *in.Body.Plan
			}
			components := len(in.Body.Components)
			if components == 0 {
				components = len(a.Flags.Snapshot(env.ID).Children(in.Body.Flag))
			}
			return a.foretell(ctx, env.ID, plan, components, in.Body.Harm)
		})
	route(a, http.MethodGet, "/rollouts/{id}/forecast", auth.Read, "How soon each guard of a rollout would see a harm, by the traffic of the last week",
		func(ctx context.Context, in *struct {
			RolloutPath
			harmQuery
		},
		) (*body[forecast.Forecast], error) {
			r, err := a.Rollouts.Find(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			return a.foretell(ctx, r.EnvironmentID, r.Plan, len(r.Components), in.Harm)
		})
}

func (a *API) foretell(ctx context.Context, environmentID string, plan rollout.Plan, components int, harm float64) (*body[forecast.Forecast], error) {
	if harm == 0 {
		harm = forecast.UsualHarm
	}
	f, err := a.Forecast.Plan(ctx, environmentID, plan, components, harm)
	if err != nil {
		return nil, err
	}
	return answer(f), nil
}
