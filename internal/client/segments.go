package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/siteproof/belay/internal/api"
)

func segmentsPath(env string) string { return "/environments/" + url.PathEscape(env) + "/segments" }

// Segments lists every segment, with the flags that use it.
func (c *Client) Segments(ctx context.Context, env string) ([]api.SegmentEntry, error) {
	return call[[]api.SegmentEntry](ctx, c, http.MethodGet, segmentsPath(env), nil)
}

// Segment gives one segment.
func (c *Client) Segment(ctx context.Context, env, key string) (api.SegmentEntry, error) {
	return call[api.SegmentEntry](ctx, c, http.MethodGet, segmentsPath(env)+"/"+url.PathEscape(key), nil)
}

// PutSegment makes a segment or replaces its description and rules.
func (c *Client) PutSegment(ctx context.Context, env, key string, change api.SegmentChange) (api.SegmentEntry, error) {
	return call[api.SegmentEntry](ctx, c, http.MethodPut, segmentsPath(env)+"/"+url.PathEscape(key), change)
}

// DeleteSegment deletes a segment that no flag uses.
func (c *Client) DeleteSegment(ctx context.Context, env, key, reason string) error {
	_, err := call[struct{}](ctx, c, http.MethodDelete, segmentsPath(env)+"/"+url.PathEscape(key), api.Because{Reason: reason})
	return err
}

// PreviewSegment says who would be in a segment.
func (c *Client) PreviewSegment(ctx context.Context, env string, draft api.SegmentDraft) (api.SegmentPreview, error) {
	return call[api.SegmentPreview](ctx, c, http.MethodPost, segmentsPath(env)+"/preview", draft)
}

// Lint lists what clients that evaluate locally may decide otherwise.
func (c *Client) Lint(ctx context.Context, env string) ([]api.LintEntry, error) {
	return call[[]api.LintEntry](ctx, c, http.MethodGet, "/environments/"+url.PathEscape(env)+"/lint", nil)
}

// Explain says why somebody gets what they get from a flag.
func (c *Client) Explain(ctx context.Context, env, key string, ask api.ExplainRequest) (api.Explanation, error) {
	return call[api.Explanation](ctx, c, http.MethodPost, "/environments/"+url.PathEscape(env)+"/flags/"+url.PathEscape(key)+"/explain", ask)
}
