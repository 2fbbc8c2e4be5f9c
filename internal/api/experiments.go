package api

import (
	"context"
	"io"
	"net/http"

	"github.com/siteproof/belay/internal/auth"
	"github.com/siteproof/belay/internal/experiment"
)

// ExperimentPath is the part of a path that names an experiment.
type ExperimentPath struct {
	ID string `path:"id" maxLength:"60"`
}

// NewExperiment starts an experiment.
type NewExperiment struct {
	experiment.Design
	Reason string `json:"reason" minLength:"3" maxLength:"500"`
}

// StopExperiment stops one.
type StopExperiment struct {
	Reason string `json:"reason" minLength:"3" maxLength:"500" doc:"what is made of the result; it stays with the experiment"`
}

func (a *API) experiments() {
	route(a, http.MethodGet, "/environments/{env}/experiments", auth.Read, "Every experiment, running ones first",
		func(ctx context.Context, in *EnvironmentPath) (*body[[]experiment.Experiment], error) {
			env, err := a.environment(in.Environment)
			if err != nil {
				return nil, err
			}
			all, err := a.Experiments.List(ctx, env.ID)
			if err != nil {
				return nil, err
			}
			return list(all), nil
		})
	route(a, http.MethodPost, "/environments/{env}/experiments/plan", auth.Read, "How many people an experiment needs, by recent traffic",
		func(ctx context.Context, in *struct {
			EnvironmentPath
			Body experiment.Question
		},
		) (*body[experiment.Plan], error) {
			env, err := a.environment(in.Environment)
			if err != nil {
				return nil, err
			}
			plan, err := a.Experiments.Plan(ctx, env.ID, in.Body)
			if err != nil {
				return nil, err
			}
			return answer(plan), nil
		})
	route(a, http.MethodPost, "/environments/{env}/experiments", auth.Operate, "Start an experiment",
		func(ctx context.Context, in *struct {
			EnvironmentPath
			Body NewExperiment
		},
		) (*body[experiment.Experiment], error) {
			env, err := a.environment(in.Environment)
			if err != nil {
				return nil, err
			}
			started, err := a.Experiments.Start(ctx, principal(ctx).Actor(), in.Body.Reason, env.ID, in.Body.Design)
			if err != nil {
				return nil, err
			}
			return answer(started), nil
		})
	route(a, http.MethodGet, "/experiments/{id}", auth.Read, "What an experiment says now, or said when it was stopped",
		func(ctx context.Context, in *ExperimentPath) (*body[experiment.Result], error) {
			result, err := a.Experiments.Result(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			return answer(result), nil
		})
	route(a, http.MethodPost, "/experiments/{id}/stop", auth.Operate, "Stop an experiment; people keep their variants",
		func(ctx context.Context, in *struct {
			ExperimentPath
			Body StopExperiment
		},
		) (*body[experiment.Experiment], error) {
			stopped, err := a.Experiments.Stop(ctx, principal(ctx).Actor(), in.Body.Reason, in.ID)
			if err != nil {
				return nil, err
			}
			return answer(stopped), nil
		})
	a.mux.HandleFunc("GET /api/v1/experiments/{id}/report.html", a.experimentPage)
}

// experimentPage is the result for people: one page that needs nothing else.
func (a *API) experimentPage(w http.ResponseWriter, r *http.Request) {
	a.page(w, r, func(to io.Writer) error {
		result, err := a.Experiments.Result(r.Context(), r.PathValue("id"))
		if err != nil {
			return err
		}
		environment, _ := a.Tenants.Find(result.EnvironmentID)
		return result.WriteHTML(to, environment.Key, a.Version)
	})
}
