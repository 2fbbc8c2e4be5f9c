package sqldb

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/siteproof/belay/internal/webhook"
)

var _ webhook.Store = (*Webhooks)(nil)

// Webhooks keeps webhooks and their queues.
type Webhooks struct{ *DB }

// NewWebhooks makes the store.
func NewWebhooks(db *DB) *Webhooks { return &Webhooks{db} }

// Hooks reads the hooks of one environment, or of all when it is "", oldest first.
func (s *Webhooks) Hooks(ctx context.Context, environmentID string) ([]webhook.Hook, error) {
	rows, err := s.q(ctx).QueryContext(ctx, `SELECT id, environment_id, url, description, kinds_json, disabled, created_at, secret, old_secret,
		old_secret_until, cursor_revision FROM webhooks WHERE $1 = '' OR environment_id = $1 ORDER BY created_at, id`, environmentID)
	return collect(rows, err, func(r *sql.Rows) (webhook.Hook, error) {
		var h webhook.Hook
		var kinds string
		var created int64
		var until sql.NullInt64
		if err := r.Scan(&h.ID, &h.EnvironmentID, &h.URL, &h.Description, &kinds, &h.Disabled, &created, &h.Secret, &h.OldSecret,
			&until, &h.Cursor); err != nil {
			return h, err
		}
		h.CreatedAt, h.OldSecretUntil = fromMicros(created), fromOptionalMicros(until)
		if err := json.Unmarshal([]byte(kinds), &h.Kinds); err != nil {
			return h, fmt.Errorf("read webhook %s: %w", h.ID, err)
		}
		return h, nil
	})
}

// SaveHook writes a hook, new or not. The cursor of one that exists is moved by Enqueue only.
func (s *Webhooks) SaveHook(ctx context.Context, h webhook.Hook) error {
	kinds, err := json.Marshal(h.Kinds)
	if err != nil {
		return fmt.Errorf("write webhook %s: %w", h.ID, err)
	}
	_, err = s.q(ctx).ExecContext(ctx, `INSERT INTO webhooks (id, environment_id, url, description, kinds_json, disabled, created_at, secret,
			old_secret, old_secret_until, cursor_revision)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT (id) DO UPDATE SET url = excluded.url, description = excluded.description, kinds_json = excluded.kinds_json,
			disabled = excluded.disabled, secret = excluded.secret, old_secret = excluded.old_secret, old_secret_until = excluded.old_secret_until`,
		h.ID, h.EnvironmentID, h.URL, h.Description, string(kinds), h.Disabled, micros(h.CreatedAt), h.Secret, h.OldSecret,
		optionalMicros(h.OldSecretUntil), h.Cursor)
	return err
}

// RemoveHook removes a hook with its deliveries.
func (s *Webhooks) RemoveHook(ctx context.Context, hookID string) error {
	_, err := s.q(ctx).ExecContext(ctx, `DELETE FROM webhooks WHERE id = $1`, hookID)
	return err
}

// Enqueue appends deliveries and moves the cursor forward, both or neither.
func (s *Webhooks) Enqueue(ctx context.Context, hookID string, cursor int64, deliveries []webhook.Delivery) error {
	return s.Transact(ctx, func(ctx context.Context) error {
		for _, d := range deliveries {
			if _, err := s.q(ctx).ExecContext(ctx, `INSERT INTO webhook_deliveries (id, hook_id, number, revision, state, attempts, created_at,
					next_at, status, latency_ms, problem, excerpt, body)
				SELECT $1, $2, COALESCE(MAX(number), 0) + 1, $3, $4, 0, $5, $6, 0, 0, '', '', $7 FROM webhook_deliveries WHERE hook_id = $2`,
				d.ID, d.HookID, d.Revision, string(d.State), micros(d.CreatedAt), micros(d.NextAt), string(d.Body)); err != nil {
				return err
			}
		}
		_, err := s.q(ctx).ExecContext(ctx, `UPDATE webhooks SET cursor_revision = $2 WHERE id = $1 AND cursor_revision < $2`, hookID, cursor)
		return err
	})
}

const deliveryColumns = `SELECT id, hook_id, number, revision, state, attempts, created_at, first_at, sent_at, next_at, status, latency_ms,
	problem, excerpt, body FROM webhook_deliveries`

func scanDelivery(r *sql.Rows) (webhook.Delivery, error) {
	var d webhook.Delivery
	var created, next int64
	var first, sent sql.NullInt64
	var body string
	err := r.Scan(&d.ID, &d.HookID, &d.Number, &d.Revision, &d.State, &d.Attempts, &created, &first, &sent, &next, &d.Status, &d.LatencyMS,
		&d.Problem, &d.Excerpt, &body)
	d.CreatedAt, d.NextAt, d.FirstAt, d.SentAt, d.Body = fromMicros(created), fromMicros(next), fromOptionalMicros(first), fromOptionalMicros(sent), []byte(body)
	return d, err
}

// Heads reads the oldest pending delivery of each hook.
func (s *Webhooks) Heads(ctx context.Context) ([]webhook.Delivery, error) {
	rows, err := s.q(ctx).QueryContext(ctx, deliveryColumns+` d WHERE state = 'pending' AND number =
		(SELECT MIN(number) FROM webhook_deliveries w WHERE w.hook_id = d.hook_id AND w.state = 'pending') ORDER BY next_at`)
	return collect(rows, err, scanDelivery)
}

// SaveDelivery writes where a delivery stands.
func (s *Webhooks) SaveDelivery(ctx context.Context, d webhook.Delivery) error {
	_, err := s.q(ctx).ExecContext(ctx, `UPDATE webhook_deliveries SET state = $2, attempts = $3, first_at = $4, sent_at = $5, next_at = $6,
		status = $7, latency_ms = $8, problem = $9, excerpt = $10 WHERE id = $1`,
		d.ID, string(d.State), d.Attempts, optionalMicros(d.FirstAt), optionalMicros(d.SentAt), micros(d.NextAt), d.Status, d.LatencyMS, d.Problem, d.Excerpt)
	return err
}

// Deliveries reads the newest first, at most limit.
func (s *Webhooks) Deliveries(ctx context.Context, hookID string, limit int) ([]webhook.Delivery, error) {
	rows, err := s.q(ctx).QueryContext(ctx, deliveryColumns+` WHERE hook_id = $1 ORDER BY number DESC LIMIT $2`, hookID, limit)
	return collect(rows, err, scanDelivery)
}

// Forget removes all but the newest delivered ones.
func (s *Webhooks) Forget(ctx context.Context, hookID string, keep int) error {
	_, err := s.q(ctx).ExecContext(ctx, `DELETE FROM webhook_deliveries WHERE hook_id = $1 AND state = 'delivered' AND number <=
		(SELECT COALESCE(MAX(number), 0) FROM webhook_deliveries WHERE hook_id = $1) - $2`, hookID, keep)
	return err
}
