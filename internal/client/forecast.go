package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/siteproof/belay/internal/api"
	"github.com/siteproof/belay/internal/forecast"
)

// Forecast foretells a rollout that is planned. harm is the share of visits that are hit, 0 for the usual one.
func (c *Client) Forecast(ctx context.Context, id string, harm float64) (forecast.Forecast, error) {
	path := "/rollouts/" + url.PathEscape(id) + "/forecast"
	if harm != 0 {
		path += "?harm=" + strconv.FormatFloat(harm, 'g', -1, 64)
	}
	return call[forecast.Forecast](ctx, c, http.MethodGet, path, nil)
}

// ForecastPlan foretells a plan of which nothing has been kept yet.
func (c *Client) ForecastPlan(ctx context.Context, env string, f api.Foretell) (forecast.Forecast, error) {
	return call[forecast.Forecast](ctx, c, http.MethodPost, "/environments/"+url.PathEscape(env)+"/rollouts/forecast", f)
}
