package sqldb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/siteproof/belay/internal/experiment"
	"github.com/siteproof/belay/internal/fault"
)

var _ experiment.Store = (*Experiments)(nil)

// Experiments keeps experiments, and the results of those that are stopped, each as a document.
type Experiments struct{ *DB }

// NewExperiments makes the store.
func NewExperiments(db *DB) *Experiments { return &Experiments{db} }

// SaveExperiment writes an experiment as it is now.
func (s *Experiments) SaveExperiment(ctx context.Context, e experiment.Experiment) error {
	body, err := json.Marshal(e)
	if err != nil {
		return err
	}
	_, err = s.q(ctx).ExecContext(ctx, `INSERT INTO experiments (id, environment_id, flag, state, body) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (id) DO UPDATE SET state = excluded.state, body = excluded.body`,
		e.ID, e.EnvironmentID, e.Flag, string(e.State), string(body))
	return err
}

// FindExperiment reads one experiment.
func (s *Experiments) FindExperiment(ctx context.Context, id string) (experiment.Experiment, error) {
	rows, err := s.q(ctx).QueryContext(ctx, `SELECT body FROM experiments WHERE id = $1`, id)
	found, err := documents[experiment.Experiment](rows, err)
	if err != nil {
		return experiment.Experiment{}, err
	}
	if len(found) == 0 {
		return experiment.Experiment{}, fault.New(fault.NotFound, "there is no experiment %q", id).Hint("belay experiment list shows them")
	}
	return found[0], nil
}

// Experiments lists newest first.
func (s *Experiments) Experiments(ctx context.Context, environmentID string) ([]experiment.Experiment, error) {
	rows, err := s.q(ctx).QueryContext(ctx, `SELECT body FROM experiments WHERE environment_id = $1 ORDER BY id DESC`, environmentID)
	return documents[experiment.Experiment](rows, err)
}

// SaveResult keeps the result that an experiment ended with.
func (s *Experiments) SaveResult(ctx context.Context, id string, r experiment.Result) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	_, err = s.q(ctx).ExecContext(ctx, `UPDATE experiments SET result = $2 WHERE id = $1`, id, string(text))
	return err
}

// FindResult reads the result that an experiment ended with.
func (s *Experiments) FindResult(ctx context.Context, id string) (r experiment.Result, known bool, err error) {
	var text string
	err = s.q(ctx).QueryRowContext(ctx, `SELECT result FROM experiments WHERE id = $1`, id).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) || (err == nil && text == "") {
		return r, false, nil
	}
	if err != nil {
		return r, false, err
	}
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		return r, false, fmt.Errorf("the result of %s is damaged: %w", id, err)
	}
	return r, true, nil
}
