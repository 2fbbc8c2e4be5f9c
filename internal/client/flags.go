package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/siteproof/belay/internal/api"
	"github.com/siteproof/belay/internal/flag"
)

func environmentPath(env, rest string) string { return "/environments/" + url.PathEscape(env) + rest }

// Flag gives one flag.
func (c *Client) Flag(ctx context.Context, env, key string) (flag.Flag, error) {
	return call[flag.Flag](ctx, c, http.MethodGet, environmentPath(env, "/flags/"+url.PathEscape(key)), nil)
}

// FlagPage gives one flag with all around it.
func (c *Client) FlagPage(ctx context.Context, env, key string) (api.FlagPage, error) {
	return call[api.FlagPage](ctx, c, http.MethodGet, environmentPath(env, "/flags/"+url.PathEscape(key)+"/page"), nil)
}

// DeleteFlag deletes a flag.
func (c *Client) DeleteFlag(ctx context.Context, env, key, reason string) error {
	_, err := call[nothing](ctx, c, http.MethodDelete, environmentPath(env, "/flags/"+url.PathEscape(key)), api.Removal{Reason: reason})
	return err
}

// Compare says how two environments differ.
func (c *Client) Compare(ctx context.Context, here, there string) (api.Comparison, error) {
	return call[api.Comparison](ctx, c, http.MethodGet, environmentPath(here, "/compare?with="+url.QueryEscape(there)), nil)
}

// PlanCopy says what copying into an environment would change.
func (c *Client) PlanCopy(ctx context.Context, to string, what api.CopySelection) (flag.Copying, error) {
	return call[flag.Copying](ctx, c, http.MethodPost, environmentPath(to, "/copy/plan"), what)
}

// Copy copies into an environment.
func (c *Client) Copy(ctx context.Context, to string, what api.Copy) (flag.Copying, error) {
	return call[flag.Copying](ctx, c, http.MethodPost, environmentPath(to, "/copy"), what)
}

// StaleFlags reports flags that may have done their work.
func (c *Client) StaleFlags(ctx context.Context, env string, days int, owner, tag string, order flag.StaleOrder) (flag.StaleReport, error) {
	query := url.Values{"days": {strconv.Itoa(days)}, "owner": {owner}, "tag": {tag}, "order": {string(order)}}
	return call[flag.StaleReport](ctx, c, http.MethodGet, environmentPath(env, "/stale?"+query.Encode()), nil)
}

// CreateEnvironment makes an environment.
func (c *Client) CreateEnvironment(ctx context.Context, n api.NewEnvironment) (api.Environment, error) {
	return call[api.Environment](ctx, c, http.MethodPost, "/environments", n)
}

// ChangeEnvironment renames an environment or changes its settings.
func (c *Client) ChangeEnvironment(ctx context.Context, env string, change api.EnvironmentChange) (api.Environment, error) {
	return call[api.Environment](ctx, c, http.MethodPatch, environmentPath(env, ""), change)
}

// Keys lists an environment's keys.
func (c *Client) Keys(ctx context.Context, env string) ([]api.Key, error) {
	return call[[]api.Key](ctx, c, http.MethodGet, environmentPath(env, "/keys"), nil)
}

// CreateKey makes a key.
func (c *Client) CreateKey(ctx context.Context, env string, n api.NewKey) (api.Key, error) {
	return call[api.Key](ctx, c, http.MethodPost, environmentPath(env, "/keys"), n)
}

// RevokeKey ends a key.
func (c *Client) RevokeKey(ctx context.Context, env, keyID, reason string) error {
	_, err := call[nothing](ctx, c, http.MethodDelete, environmentPath(env, "/keys/"+url.PathEscape(keyID)), api.Removal{Reason: reason})
	return err
}

// nothing is an answer without a body.
type nothing struct{}
