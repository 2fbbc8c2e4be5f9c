package sqldb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/siteproof/belay/internal/flag"
)

var _ flag.Store = (*Flags)(nil)

// Flags keeps flags and segments.
type Flags struct{ *DB }

// NewFlags makes the store.
func NewFlags(db *DB) *Flags { return &Flags{db} }

// Flags reads the flags of one environment, or of all when it is "", by key.
func (s *Flags) Flags(ctx context.Context, environmentID string) ([]flag.Flag, error) {
	rows, err := s.q(ctx).QueryContext(ctx, `SELECT id, number, environment_id, key, description, type, enabled, value_json, parent, server_only,
		tags_json, variants_json, segments_json, identities_json, split_rollout, split_salt, split_percent, version, updated_at, owner, experiment_json, seed, steady_at
		FROM flags WHERE $1 = '' OR environment_id = $1 ORDER BY key`, environmentID)
	return collect(rows, err, func(r *sql.Rows) (flag.Flag, error) {
		var f flag.Flag
		var value, tags, variants, segments, identities, rollout, salt, experiment string
		var percent sql.NullFloat64
		var at, steady int64
		err := r.Scan(&f.ID, &f.Number, &f.EnvironmentID, &f.Key, &f.Description, &f.Type, &f.Enabled, &value, &f.Parent, &f.ServerOnly,
			&tags, &variants, &segments, &identities, &rollout, &salt, &percent, &f.Version, &at, &f.Owner, &experiment, &f.Seed, &steady)
		if err != nil {
			return f, err
		}
		f.Value, f.UpdatedAt, f.SteadyAt = raw(value), fromMicros(at), fromMicros(steady)
		if percent.Valid {
			f.Split = &flag.Split{Rollout: rollout, Salt: salt, Percent: percent.Float64}
		}
		if err := errors.Join(json.Unmarshal([]byte(tags), &f.Tags), json.Unmarshal([]byte(variants), &f.Variants),
			json.Unmarshal([]byte(segments), &f.Segments), json.Unmarshal([]byte(identities), &f.Identities),
			json.Unmarshal([]byte(experiment), &f.Experiment)); err != nil {
			return f, fmt.Errorf("read flag %s: %w", f.ID, err)
		}
		return f, nil
	})
}

// SaveFlag writes one flag, new or not.
func (s *Flags) SaveFlag(ctx context.Context, f flag.Flag) error {
	var lists [5]string
	for i, list := range []any{f.Tags, f.Variants, f.Segments, f.Identities, f.Experiment} {
		text, err := json.Marshal(list)
		if err != nil {
			return fmt.Errorf("write flag %s: %w", f.ID, err)
		}
		lists[i] = string(text)
	}
	var split flag.Split
	var percent sql.NullFloat64
	if f.Split != nil {
		split, percent = *f.Split, sql.NullFloat64{Float64: f.Split.Percent, Valid: true}
	}
	_, err := s.q(ctx).ExecContext(ctx, `INSERT INTO flags (id, number, environment_id, key, description, type, enabled, value_json, parent, server_only,
			tags_json, variants_json, segments_json, identities_json, split_rollout, split_salt, split_percent, version, updated_at, owner, experiment_json, seed, steady_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)
		ON CONFLICT (id) DO UPDATE SET description = excluded.description, enabled = excluded.enabled, value_json = excluded.value_json,
			parent = excluded.parent, server_only = excluded.server_only, tags_json = excluded.tags_json, variants_json = excluded.variants_json,
			segments_json = excluded.segments_json, identities_json = excluded.identities_json, split_rollout = excluded.split_rollout,
			split_salt = excluded.split_salt, split_percent = excluded.split_percent, version = excluded.version, updated_at = excluded.updated_at,
			owner = excluded.owner, experiment_json = excluded.experiment_json, seed = excluded.seed, steady_at = excluded.steady_at`,
		f.ID, f.Number, f.EnvironmentID, f.Key, f.Description, string(f.Type), f.Enabled, string(f.Value), f.Parent, f.ServerOnly,
		lists[0], lists[1], lists[2], lists[3], split.Rollout, split.Salt, percent, f.Version, micros(f.UpdatedAt), f.Owner, lists[4], f.Seed, micros(f.SteadyAt))
	return err
}

// RemoveFlag removes one flag.
func (s *Flags) RemoveFlag(ctx context.Context, flagID string) error {
	_, err := s.q(ctx).ExecContext(ctx, `DELETE FROM flags WHERE id = $1`, flagID)
	return err
}

// Segments reads the segments of one environment, or of all when it is "", by key.
func (s *Flags) Segments(ctx context.Context, environmentID string) ([]flag.Segment, error) {
	rows, err := s.q(ctx).QueryContext(ctx, `SELECT id, number, environment_id, key, description, rules_json, updated_at, seed
		FROM segments WHERE $1 = '' OR environment_id = $1 ORDER BY key`, environmentID)
	return collect(rows, err, func(r *sql.Rows) (flag.Segment, error) {
		var g flag.Segment
		var rules string
		var at int64
		if err := r.Scan(&g.ID, &g.Number, &g.EnvironmentID, &g.Key, &g.Description, &rules, &at, &g.Seed); err != nil {
			return g, err
		}
		g.UpdatedAt = fromMicros(at)
		if err := json.Unmarshal([]byte(rules), &g.Rules); err != nil {
			return g, fmt.Errorf("read segment %s: %w", g.ID, err)
		}
		return g, nil
	})
}

// SaveSegment writes one segment, new or not.
func (s *Flags) SaveSegment(ctx context.Context, g flag.Segment) error {
	rules, err := json.Marshal(g.Rules)
	if err != nil {
		return fmt.Errorf("write segment %s: %w", g.ID, err)
	}
	_, err = s.q(ctx).ExecContext(ctx, `INSERT INTO segments (id, number, environment_id, key, description, rules_json, updated_at, seed)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (id) DO UPDATE SET description = excluded.description, rules_json = excluded.rules_json, updated_at = excluded.updated_at,
			seed = excluded.seed`,
		g.ID, g.Number, g.EnvironmentID, g.Key, g.Description, string(rules), micros(g.UpdatedAt), g.Seed)
	return err
}

// RemoveSegment removes one segment.
func (s *Flags) RemoveSegment(ctx context.Context, segmentID string) error {
	_, err := s.q(ctx).ExecContext(ctx, `DELETE FROM segments WHERE id = $1`, segmentID)
	return err
}

// NextNumber gives the next number of flags and segments.
func (s *Flags) NextNumber(ctx context.Context) (int64, error) {
	var number int64
	err := s.q(ctx).QueryRowContext(ctx, `UPDATE flag_numbers SET last = last + 1 WHERE one = 1 RETURNING last`).Scan(&number)
	return number, err
}

// Revisions gives the revision at which each environment's flags last changed.
func (s *Flags) Revisions(ctx context.Context) (map[string]int64, error) {
	rows, err := s.q(ctx).QueryContext(ctx, `SELECT environment_id, revision FROM flag_revisions`)
	all, err := collect(rows, err, func(r *sql.Rows) (struct {
		environment string
		revision    int64
	}, error,
	) {
		var found struct {
			environment string
			revision    int64
		}
		err := r.Scan(&found.environment, &found.revision)
		return found, err
	})
	revisions := make(map[string]int64, len(all))
	for _, found := range all {
		revisions[found.environment] = found.revision
	}
	return revisions, err
}

// SetRevision notes that an environment's flags changed.
func (s *Flags) SetRevision(ctx context.Context, environmentID string, revision int64) error {
	_, err := s.q(ctx).ExecContext(ctx, `INSERT INTO flag_revisions (environment_id, revision) VALUES ($1, $2)
		ON CONFLICT (environment_id) DO UPDATE SET revision = excluded.revision`, environmentID, revision)
	return err
}
