package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/siteproof/belay/internal/api"
	"github.com/siteproof/belay/internal/experiment"
)

// Experiments lists the experiments of an environment, running ones first.
func (c *Client) Experiments(ctx context.Context, env string) ([]experiment.Experiment, error) {
	return call[[]experiment.Experiment](ctx, c, http.MethodGet, "/environments/"+url.PathEscape(env)+"/experiments", nil)
}

// PlanExperiment says how many people an experiment needs.
func (c *Client) PlanExperiment(ctx context.Context, env string, q experiment.Question) (experiment.Plan, error) {
	return call[experiment.Plan](ctx, c, http.MethodPost, "/environments/"+url.PathEscape(env)+"/experiments/plan", q)
}

// StartExperiment starts one.
func (c *Client) StartExperiment(ctx context.Context, env string, n api.NewExperiment) (experiment.Experiment, error) {
	return call[experiment.Experiment](ctx, c, http.MethodPost, "/environments/"+url.PathEscape(env)+"/experiments", n)
}

// Experiment gives what an experiment says.
func (c *Client) Experiment(ctx context.Context, id string) (experiment.Result, error) {
	return call[experiment.Result](ctx, c, http.MethodGet, "/experiments/"+url.PathEscape(id), nil)
}

// StopExperiment stops one.
func (c *Client) StopExperiment(ctx context.Context, id, reason string) (experiment.Experiment, error) {
	return call[experiment.Experiment](ctx, c, http.MethodPost, "/experiments/"+url.PathEscape(id)+"/stop", api.StopExperiment{Reason: reason})
}
