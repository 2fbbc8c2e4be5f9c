package client

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/siteproof/belay/internal/api"
)

// CompareFile says what a file would change.
func (c *Client) CompareFile(ctx context.Context, f api.FileText) (api.FileDifference, error) {
	return call[api.FileDifference](ctx, c, http.MethodPost, "/files/compare", f)
}

// ApplyFile makes environments what a file says.
func (c *Client) ApplyFile(ctx context.Context, f api.FileToApply) (api.FileDifference, error) {
	return call[api.FileDifference](ctx, c, http.MethodPost, "/files/apply", f)
}

// WriteFile gives environments as a file, as yaml or json, or one of them as flagsmith's environment document.
func (c *Client) WriteFile(ctx context.Context, environments []string, format string) (api.WrittenFile, error) {
	query := url.Values{"environments": {strings.Join(environments, ",")}, "format": {format}}
	return call[api.WrittenFile](ctx, c, http.MethodGet, "/files?"+query.Encode(), nil)
}
