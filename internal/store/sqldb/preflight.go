package sqldb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/preflight"
)

var _ preflight.Store = (*Preflight)(nil)

// Preflight keeps checklists and what was said about them, each as a document.
type Preflight struct{ *DB }

// NewPreflight makes the store.
func NewPreflight(db *DB) *Preflight { return &Preflight{db} }

// put writes a document with its key, in one statement.
func (s *Preflight) put(ctx context.Context, statement string, document any, key ...any) error {
	body, err := json.Marshal(document)
	if err != nil {
		return err
	}
	_, err = s.q(ctx).ExecContext(ctx, statement, append(key, string(body))...)
	return err
}

// only is the one document of a query, found false when there is none.
func only[T any](rows *sql.Rows, err error) (document T, found bool, _ error) {
	all, err := documents[T](rows, err)
	if err != nil || len(all) == 0 {
		return document, false, err
	}
	return all[0], true, nil
}

// FindChecklist reads what an environment asks for.
func (s *Preflight) FindChecklist(ctx context.Context, environmentID string) (preflight.Checklist, error) {
	rows, err := s.q(ctx).QueryContext(ctx, `SELECT body FROM checklists WHERE environment_id = $1`, environmentID)
	c, found, err := only[preflight.Checklist](rows, err)
	if err == nil && !found {
		return c, fault.New(fault.NotFound, "the environment has no checklist of its own")
	}
	return c, err
}

// SaveChecklist writes what an environment asks for.
func (s *Preflight) SaveChecklist(ctx context.Context, c preflight.Checklist) error {
	return s.put(ctx, `INSERT INTO checklists (environment_id, body) VALUES ($1, $2)
		ON CONFLICT (environment_id) DO UPDATE SET body = excluded.body`, c, c.EnvironmentID)
}

// FindOnCall reads who is on call.
func (s *Preflight) FindOnCall(ctx context.Context, environmentID string) (preflight.OnCallNow, error) {
	rows, err := s.q(ctx).QueryContext(ctx, `SELECT body FROM checklist_on_call WHERE environment_id = $1`, environmentID)
	o, _, err := only[preflight.OnCallNow](rows, err)
	return o, err
}

// SaveOnCall writes who is on call.
func (s *Preflight) SaveOnCall(ctx context.Context, o preflight.OnCallNow) error {
	return s.put(ctx, `INSERT INTO checklist_on_call (environment_id, body) VALUES ($1, $2)
		ON CONFLICT (environment_id) DO UPDATE SET body = excluded.body`, o, o.EnvironmentID)
}

// AddRecord writes what was done.
func (s *Preflight) AddRecord(ctx context.Context, r preflight.Record) error {
	return s.put(ctx, `INSERT INTO checklist_records (id, environment_id, kind, at, body) VALUES ($1, $2, $3, $4, $5)`,
		r, r.ID, r.EnvironmentID, string(r.Kind), micros(r.At))
}

// Records reads the newest of each kind.
func (s *Preflight) Records(ctx context.Context, environmentID string, limit int) ([]preflight.Record, error) {
	rows, err := s.q(ctx).QueryContext(ctx, `SELECT body FROM (
			SELECT body, at, id, ROW_NUMBER() OVER (PARTITION BY kind ORDER BY at DESC, id DESC) AS place FROM checklist_records WHERE environment_id = $1
		) AS ranked WHERE place <= $2 ORDER BY at DESC, id DESC`, environmentID, limit)
	return documents[preflight.Record](rows, err)
}

// SaveVerdict writes what CI says; the time of the first report of a check stays.
func (s *Preflight) SaveVerdict(ctx context.Context, v preflight.Verdict) error {
	return s.put(ctx, `INSERT INTO checklist_checks (environment_id, release_name, name, first_at, body) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (environment_id, release_name, name) DO UPDATE SET body = excluded.body`,
		v, v.EnvironmentID, v.Release, v.Name, micros(v.At))
}

// NewestRelease is the release whose first report came last.
func (s *Preflight) NewestRelease(ctx context.Context, environmentID string) (string, error) {
	var release string
	err := s.q(ctx).QueryRowContext(ctx, `SELECT release_name FROM checklist_checks WHERE environment_id = $1
		GROUP BY release_name ORDER BY MIN(first_at) DESC, release_name DESC LIMIT 1`, environmentID).Scan(&release)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return release, err
}

// Verdicts reads those of one release.
func (s *Preflight) Verdicts(ctx context.Context, environmentID, release string) ([]preflight.Verdict, error) {
	rows, err := s.q(ctx).QueryContext(ctx, `SELECT body FROM checklist_checks WHERE environment_id = $1 AND release_name = $2 ORDER BY name`,
		environmentID, release)
	return documents[preflight.Verdict](rows, err)
}

// FindProgress reads what people have said about a rollout's checklist.
func (s *Preflight) FindProgress(ctx context.Context, rolloutID string) (preflight.Progress, error) {
	rows, err := s.q(ctx).QueryContext(ctx, `SELECT body FROM checklist_progress WHERE rollout_id = $1`, rolloutID)
	p, _, err := only[preflight.Progress](rows, err)
	return p, err
}

// SaveProgress writes what people have said about a rollout's checklist.
func (s *Preflight) SaveProgress(ctx context.Context, p preflight.Progress) error {
	return s.put(ctx, `INSERT INTO checklist_progress (rollout_id, body) VALUES ($1, $2)
		ON CONFLICT (rollout_id) DO UPDATE SET body = excluded.body`, p, p.RolloutID)
}
