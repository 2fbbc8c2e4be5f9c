package api

import (
	"context"
	"net/http"

	"github.com/siteproof/belay/internal/auth"
	"github.com/siteproof/belay/internal/webhook"
)

// NewWebhook is a webhook to be made.
type NewWebhook struct {
	URL         string   `json:"url" maxLength:"2000"`
	Description string   `json:"description,omitempty" maxLength:"200"`
	Kinds       []string `json:"kinds" minItems:"1" maxItems:"20" doc:"beginnings of kinds of changes, such as flag. or rollout.rolled_back"`
	Reason      string   `json:"reason" minLength:"3" maxLength:"500"`
}

// WebhookChange names what is to change about a webhook; what is left out stays.
type WebhookChange struct {
	URL         *string   `json:"url,omitempty" maxLength:"2000"`
	Description *string   `json:"description,omitempty" maxLength:"200"`
	Kinds       *[]string `json:"kinds,omitempty" maxItems:"20"`
	Enabled     *bool     `json:"enabled,omitempty" doc:"true sends again, with what waited; false stops"`
	Reason      string    `json:"reason" minLength:"3" maxLength:"500"`
}

// WebhookSecret is a webhook with the secret it signs with, which is never shown again.
type WebhookSecret struct {
	webhook.Hook
	Secret string `json:"secret"`
}

// WebhookReason is why something was done with a webhook.
type WebhookReason struct {
	Reason string `json:"reason" minLength:"3" maxLength:"500"`
}

// WebhookPath is the part of a path that names a webhook.
type WebhookPath struct {
	ID string `path:"id" maxLength:"100"`
}

func (a *API) webhooks() {
	route(a, http.MethodGet, "/environments/{env}/webhooks", auth.Read, "Addresses that are told about changes",
		func(ctx context.Context, in *EnvironmentPath) (*body[[]webhook.Hook], error) {
			env, err := a.environment(in.Environment)
			if err != nil {
				return nil, err
			}
			all, err := a.Webhooks.List(ctx, env.ID)
			if err != nil {
				return nil, err
			}
			return list(all), nil
		})
	route(a, http.MethodPost, "/environments/{env}/webhooks", auth.Administer, "Make a webhook; its secret is shown this once",
		func(ctx context.Context, in *struct {
			EnvironmentPath
			Body NewWebhook
		},
		) (*body[WebhookSecret], error) {
			env, err := a.environment(in.Environment)
			if err != nil {
				return nil, err
			}
			n := in.Body
			made, secret, err := a.Webhooks.Add(ctx, principal(ctx).Actor(), n.Reason, env.ID, webhook.NewHook{URL: n.URL, Description: n.Description, Kinds: n.Kinds})
			if err != nil {
				return nil, err
			}
			return answer(WebhookSecret{Hook: made, Secret: secret}), nil
		})
	route(a, http.MethodPatch, "/webhooks/{id}", auth.Administer, "Change a webhook, switch it off or on",
		func(ctx context.Context, in *struct {
			WebhookPath
			Body WebhookChange
		},
		) (*body[webhook.Hook], error) {
			c := in.Body
			changed, err := a.Webhooks.Change(ctx, principal(ctx).Actor(), c.Reason, in.ID,
				webhook.Patch{URL: c.URL, Description: c.Description, Kinds: c.Kinds, Enabled: c.Enabled})
			if err != nil {
				return nil, err
			}
			return answer(changed), nil
		})
	route(a, http.MethodDelete, "/webhooks/{id}", auth.Administer, "Remove a webhook with what waits for it",
		func(ctx context.Context, in *struct {
			WebhookPath
			Reason string `query:"reason" minLength:"3" maxLength:"500" required:"true"`
		},
		) (*struct{}, error) {
			return nil, a.Webhooks.Remove(ctx, principal(ctx).Actor(), in.Reason, in.ID)
		})
	route(a, http.MethodPost, "/webhooks/{id}/rotate", auth.Administer, "Make a new secret; the old one signs too for a day",
		func(ctx context.Context, in *struct {
			WebhookPath
			Body WebhookReason
		},
		) (*body[WebhookSecret], error) {
			secret, err := a.Webhooks.Rotate(ctx, principal(ctx).Actor(), in.Body.Reason, in.ID)
			if err != nil {
				return nil, err
			}
			h, err := a.Webhooks.Find(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			return answer(WebhookSecret{Hook: h, Secret: secret}), nil
		})
	a.deliveries()
}

func (a *API) deliveries() {
	route(a, http.MethodPost, "/webhooks/{id}/ping", auth.Administer, "Send a message without a change",
		func(ctx context.Context, in *WebhookPath) (*body[webhook.Delivery], error) {
			sent, err := a.Webhooks.Ping(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			return answer(sent), nil
		})
	route(a, http.MethodGet, "/webhooks/{id}/deliveries", auth.Read, "What was sent lately and what waits, newest first",
		func(ctx context.Context, in *WebhookPath) (*body[[]webhook.Delivery], error) {
			found, err := a.Webhooks.Deliveries(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			return list(found), nil
		})
	route(a, http.MethodPost, "/webhooks/{id}/deliveries/{delivery}/redeliver", auth.Administer, "Send a message once more",
		func(ctx context.Context, in *struct {
			WebhookPath
			Delivery string `path:"delivery" maxLength:"100"`
		},
		) (*struct{}, error) {
			return nil, a.Webhooks.Redeliver(ctx, in.ID, in.Delivery)
		})
}
