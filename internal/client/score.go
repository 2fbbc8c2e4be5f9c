package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/siteproof/belay/internal/metric"
)

// Score gives the score board of an environment. rollout names the one whose new version is held against the old one; ""
// takes the newest that has started, "none" the environment alone.
func (c *Client) Score(ctx context.Context, env, rollout string) (metric.Board, error) {
	path := "/environments/" + url.PathEscape(env) + "/score"
	if rollout != "" {
		path += "?" + url.Values{"rollout": {rollout}}.Encode()
	}
	return call[metric.Board](ctx, c, http.MethodGet, path, nil)
}
