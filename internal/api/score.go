package api

import (
	"context"
	"net/http"

	"github.com/siteproof/belay/internal/auth"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/metric"
	"github.com/siteproof/belay/internal/rollout"
)

func (a *API) score() {
	route(a, http.MethodGet, "/environments/{env}/score", auth.Read, "How far the goals are, each with its interval and what it was counted from",
		func(ctx context.Context, in *struct {
			EnvironmentPath
			Rollout string `query:"rollout" maxLength:"60" doc:"hold the new version of this rollout against the old one; the newest that has started when left out, none for the environment alone"`
		},
		) (*body[metric.Board], error) {
			env, err := a.environment(in.Environment)
			if err != nil {
				return nil, err
			}
			looked, err := a.scored(ctx, env.ID, in.Rollout)
			if err != nil {
				return nil, err
			}
			board, err := a.Score.Board(ctx, env.ID, env.Key, looked)
			if err != nil {
				return nil, err
			}
			return answer(board), nil
		})
}

// scored is the rollout that a board looks at, nil for none.
func (a *API) scored(ctx context.Context, environmentID, named string) (*metric.Rollout, error) {
	if named == "none" {
		return nil, nil
	}
	all, err := a.Rollouts.List(ctx, environmentID)
	if err != nil {
		return nil, err
	}
	for _, r := range all {
		if r.StartedAt == nil || (named != "" && r.ID != named) {
			continue
		}
		out := metric.Rollout{ID: r.ID, Name: r.Name, Flag: r.Flag, StartedAt: *r.StartedAt}
		if r.State == rollout.RolledBack {
			out.EndedAt = r.EndedAt
		}
		for _, g := range r.Plan.Guards {
			if g.Kind == rollout.Conversion {
				out.Events = g.Events
			}
		}
		return &out, nil
	}
	if named == "" {
		return nil, nil
	}
	return nil, fault.New(fault.NotFound, "no rollout %q of this environment has started", named).Hint("belay rollout list shows them")
}
