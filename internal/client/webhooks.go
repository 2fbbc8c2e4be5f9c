package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/siteproof/belay/internal/api"
	"github.com/siteproof/belay/internal/webhook"
)

// Webhooks lists the webhooks of an environment.
func (c *Client) Webhooks(ctx context.Context, env string) ([]webhook.Hook, error) {
	return call[[]webhook.Hook](ctx, c, http.MethodGet, "/environments/"+url.PathEscape(env)+"/webhooks", nil)
}

// AddWebhook makes a webhook and gives its secret.
func (c *Client) AddWebhook(ctx context.Context, env string, n api.NewWebhook) (api.WebhookSecret, error) {
	return call[api.WebhookSecret](ctx, c, http.MethodPost, "/environments/"+url.PathEscape(env)+"/webhooks", n)
}

// ChangeWebhook changes a webhook, switches it off or on.
func (c *Client) ChangeWebhook(ctx context.Context, id string, change api.WebhookChange) (webhook.Hook, error) {
	return call[webhook.Hook](ctx, c, http.MethodPatch, "/webhooks/"+url.PathEscape(id), change)
}

// RotateWebhook makes a new secret.
func (c *Client) RotateWebhook(ctx context.Context, id, reason string) (api.WebhookSecret, error) {
	return call[api.WebhookSecret](ctx, c, http.MethodPost, "/webhooks/"+url.PathEscape(id)+"/rotate", api.WebhookReason{Reason: reason})
}

// PingWebhook sends a message without a change.
func (c *Client) PingWebhook(ctx context.Context, id string) (webhook.Delivery, error) {
	return call[webhook.Delivery](ctx, c, http.MethodPost, "/webhooks/"+url.PathEscape(id)+"/ping", nil)
}

// Deliveries lists what was sent lately and what waits.
func (c *Client) Deliveries(ctx context.Context, id string) ([]webhook.Delivery, error) {
	return call[[]webhook.Delivery](ctx, c, http.MethodGet, "/webhooks/"+url.PathEscape(id)+"/deliveries", nil)
}

// RemoveWebhook removes a webhook with what waits for it.
func (c *Client) RemoveWebhook(ctx context.Context, id, reason string) error {
	_, err := call[struct{}](ctx, c, http.MethodDelete, "/webhooks/"+url.PathEscape(id)+"?reason="+url.QueryEscape(reason), nil)
	return err
}

// Redeliver sends a message once more.
func (c *Client) Redeliver(ctx context.Context, id, delivery string) error {
	_, err := call[struct{}](ctx, c, http.MethodPost, "/webhooks/"+url.PathEscape(id)+"/deliveries/"+url.PathEscape(delivery)+"/redeliver", nil)
	return err
}
