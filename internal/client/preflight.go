package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/siteproof/belay/internal/api"
	"github.com/siteproof/belay/internal/preflight"
)

// Checklist gives what an environment asks for before phases, and what was recorded.
func (c *Client) Checklist(ctx context.Context, env string) (preflight.Overview, error) {
	return call[preflight.Overview](ctx, c, http.MethodGet, "/environments/"+url.PathEscape(env)+"/checklist", nil)
}

// ChangeChecklist replaces an environment's checklist.
func (c *Client) ChangeChecklist(ctx context.Context, env string, n api.ChecklistChange) (preflight.Overview, error) {
	return call[preflight.Overview](ctx, c, http.MethodPut, "/environments/"+url.PathEscape(env)+"/checklist", n)
}

// SetOnCall names who is on call.
func (c *Client) SetOnCall(ctx context.Context, env string, n api.OnCallChange) (preflight.OnCallNow, error) {
	return call[preflight.OnCallNow](ctx, c, http.MethodPut, "/environments/"+url.PathEscape(env)+"/on-call", n)
}

// RecordDone records that a backup was exercised or a rollback practised.
func (c *Client) RecordDone(ctx context.Context, env string, n api.NewRecord) (preflight.Record, error) {
	return call[preflight.Record](ctx, c, http.MethodPost, "/environments/"+url.PathEscape(env)+"/checklist/records", n)
}

// ReportCheck reports a named check of a release.
func (c *Client) ReportCheck(ctx context.Context, env string, n api.NewVerdict) (preflight.Verdict, error) {
	return call[preflight.Verdict](ctx, c, http.MethodPost, "/environments/"+url.PathEscape(env)+"/checks", n)
}

// Preflight looks at the checklist of a rollout.
func (c *Client) Preflight(ctx context.Context, rolloutID string) (preflight.Report, error) {
	return call[preflight.Report](ctx, c, http.MethodGet, "/rollouts/"+url.PathEscape(rolloutID)+"/checklist", nil)
}

// Tick ticks an item of a rollout's checklist, or takes the tick back.
func (c *Client) Tick(ctx context.Context, rolloutID string, n api.ItemTick) (preflight.Report, error) {
	return call[preflight.Report](ctx, c, http.MethodPost, "/rollouts/"+url.PathEscape(rolloutID)+"/checklist/ticks", n)
}

// SetRelease says which build a rollout brings.
func (c *Client) SetRelease(ctx context.Context, rolloutID string, n api.ReleaseChange) (preflight.Report, error) {
	return call[preflight.Report](ctx, c, http.MethodPut, "/rollouts/"+url.PathEscape(rolloutID)+"/checklist/release", n)
}

// OverrideChecklist lets a rollout enter its next phase although the checklist is red.
func (c *Client) OverrideChecklist(ctx context.Context, rolloutID, reason string) (api.Overridden, error) {
	return call[api.Overridden](ctx, c, http.MethodPost, "/rollouts/"+url.PathEscape(rolloutID)+"/checklist/override", api.ChecklistOverride{Reason: reason})
}
