package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/siteproof/belay/internal/api"
	"github.com/siteproof/belay/internal/rollout"
)

// ChangePolicy puts a rollout under another policy.
func (c *Client) ChangePolicy(ctx context.Context, id string, change api.PolicyChange) (rollout.Rollout, error) {
	return call[rollout.Rollout](ctx, c, http.MethodPut, "/rollouts/"+url.PathEscape(id)+"/plan", change)
}

// Policy gives the policy of a rollout as a file.
func (c *Client) Policy(ctx context.Context, id string) (api.PolicyText, error) {
	return call[api.PolicyText](ctx, c, http.MethodGet, "/rollouts/"+url.PathEscape(id)+"/policy", nil)
}

// Retry plans a rollout that went back once more.
func (c *Client) Retry(ctx context.Context, id string, retry api.Retry) (rollout.Rollout, error) {
	return call[rollout.Rollout](ctx, c, http.MethodPost, "/rollouts/"+url.PathEscape(id)+"/retry", retry)
}
