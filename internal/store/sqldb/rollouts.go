package sqldb

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/rollout"
)

var _ rollout.Store = (*Rollouts)(nil)

// Rollouts keeps rollouts and their decisions, each as a document: nothing asks about their insides.
type Rollouts struct{ *DB }

// NewRollouts makes the store.
func NewRollouts(db *DB) *Rollouts { return &Rollouts{db} }

// SaveRollout writes a rollout as it is now.
func (s *Rollouts) SaveRollout(ctx context.Context, r rollout.Rollout) error {
	body, err := json.Marshal(r)
	if err != nil {
		return err
	}
	_, err = s.q(ctx).ExecContext(ctx, `INSERT INTO rollouts (id, environment_id, flag, state, body) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (id) DO UPDATE SET state = excluded.state, body = excluded.body`,
		r.ID, r.EnvironmentID, r.Flag, string(r.State), string(body))
	return err
}

// FindRollout reads one rollout.
func (s *Rollouts) FindRollout(ctx context.Context, id string) (rollout.Rollout, error) {
	rows, err := s.q(ctx).QueryContext(ctx, `SELECT body FROM rollouts WHERE id = $1`, id)
	found, err := documents[rollout.Rollout](rows, err)
	if err != nil {
		return rollout.Rollout{}, err
	}
	if len(found) == 0 {
		return rollout.Rollout{}, fault.New(fault.NotFound, "there is no rollout %q", id).Hint("belay rollout list shows them")
	}
	return found[0], nil
}

// Rollouts lists newest first.
func (s *Rollouts) Rollouts(ctx context.Context, environmentID string) ([]rollout.Rollout, error) {
	rows, err := s.q(ctx).QueryContext(ctx, `SELECT body FROM rollouts WHERE $1 = '' OR environment_id = $1 ORDER BY id DESC`, environmentID)
	return documents[rollout.Rollout](rows, err)
}

// Live lists those that are judged.
func (s *Rollouts) Live(ctx context.Context) ([]rollout.Rollout, error) {
	rows, err := s.q(ctx).QueryContext(ctx, `SELECT body FROM rollouts WHERE state IN ($1, $2, $3) ORDER BY id`,
		string(rollout.Running), string(rollout.Held), string(rollout.AwaitingApproval))
	return documents[rollout.Rollout](rows, err)
}

// SaveRecord keeps what was known of a rollout when it ended.
func (s *Rollouts) SaveRecord(ctx context.Context, rolloutID string, r rollout.Record) error {
	body, err := json.Marshal(r)
	if err != nil {
		return err
	}
	_, err = s.q(ctx).ExecContext(ctx, `INSERT INTO rollout_records (rollout_id, body) VALUES ($1, $2)
		ON CONFLICT (rollout_id) DO UPDATE SET body = excluded.body`, rolloutID, string(body))
	return err
}

// FindRecord reads what SaveRecord kept.
func (s *Rollouts) FindRecord(ctx context.Context, rolloutID string) (rollout.Record, error) {
	rows, err := s.q(ctx).QueryContext(ctx, `SELECT body FROM rollout_records WHERE rollout_id = $1`, rolloutID)
	found, err := documents[rollout.Record](rows, err)
	if err != nil {
		return rollout.Record{}, err
	}
	if len(found) == 0 {
		return rollout.Record{}, fault.New(fault.NotFound, "nothing was kept of the rollout %q", rolloutID)
	}
	return found[0], nil
}

// AddLacked keeps what a rollout's checklist was seen to lack.
func (s *Rollouts) AddLacked(ctx context.Context, rolloutID string, l rollout.Lacked) error {
	body, err := json.Marshal(l)
	if err != nil {
		return err
	}
	_, err = s.q(ctx).ExecContext(ctx, `INSERT INTO rollout_lacks (rollout_id, at, body) VALUES ($1, $2, $3)
		ON CONFLICT (rollout_id, at) DO UPDATE SET body = excluded.body`, rolloutID, micros(l.At), string(body))
	return err
}

// Lacked lists what AddLacked kept, oldest first.
func (s *Rollouts) Lacked(ctx context.Context, rolloutID string) ([]rollout.Lacked, error) {
	rows, err := s.q(ctx).QueryContext(ctx, `SELECT body FROM rollout_lacks WHERE rollout_id = $1 ORDER BY at`, rolloutID)
	return documents[rollout.Lacked](rows, err)
}

// AddDecision writes a decision; it is never changed.
func (s *Rollouts) AddDecision(ctx context.Context, d rollout.Decision) error {
	body, err := json.Marshal(d)
	if err != nil {
		return err
	}
	_, err = s.q(ctx).ExecContext(ctx, `INSERT INTO decisions (id, rollout_id, at, body) VALUES ($1, $2, $3, $4)`,
		d.ID, d.RolloutID, micros(d.At), string(body))
	return err
}

// Decisions lists newest first.
func (s *Rollouts) Decisions(ctx context.Context, rolloutID string) ([]rollout.Decision, error) {
	rows, err := s.q(ctx).QueryContext(ctx, `SELECT body FROM decisions WHERE rollout_id = $1 ORDER BY at DESC, id DESC`, rolloutID)
	return documents[rollout.Decision](rows, err)
}

// documents reads rows of one JSON text each.
func documents[T any](rows *sql.Rows, err error) ([]T, error) {
	return collect(rows, err, func(r *sql.Rows) (T, error) {
		var document T
		var body string
		if err := r.Scan(&body); err != nil {
			return document, err
		}
		if err := json.Unmarshal([]byte(body), &document); err != nil {
			return document, fmt.Errorf("a stored document is damaged: %w", err)
		}
		return document, nil
	})
}
