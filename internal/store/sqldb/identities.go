package sqldb

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/siteproof/belay/internal/identity"
)

var _ identity.Store = (*Identities)(nil)

// Identities keeps the traits of people.
type Identities struct{ *DB }

// NewIdentities makes the store.
func NewIdentities(db *DB) *Identities { return &Identities{db} }

// Traits reads the traits of one identity; somebody unknown has none.
func (s *Identities) Traits(ctx context.Context, environmentID, identifier string) (identity.Traits, error) {
	var text []byte
	err := s.q(ctx).QueryRowContext(ctx, `SELECT traits_json FROM identities WHERE environment_id = $1 AND identifier = $2`, environmentID, identifier).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return identity.Traits{}, nil
	}
	if err != nil {
		return nil, err
	}
	traits := identity.Traits{}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&traits); err != nil {
		return nil, fmt.Errorf("read the traits of an identity: %w", err)
	}
	return traits, nil
}

// Identities visits everybody of whom traits are kept.
func (s *Identities) Identities(ctx context.Context, visit func(environmentID, identifier string)) error {
	rows, err := s.q(ctx).QueryContext(ctx, `SELECT environment_id, identifier FROM identities`)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var environmentID, identifier string
		if err := rows.Scan(&environmentID, &identifier); err != nil {
			return err
		}
		visit(environmentID, identifier)
	}
	return rows.Err()
}

// SaveTraits writes the traits of one identity, which is forgotten when there are none.
func (s *Identities) SaveTraits(ctx context.Context, environmentID, identifier string, traits identity.Traits) error {
	if len(traits) == 0 {
		return s.Transact(ctx, func(ctx context.Context) error {
			_, err := s.q(ctx).ExecContext(ctx, `DELETE FROM identities WHERE environment_id = $1 AND identifier = $2`, environmentID, identifier)
			return err
		})
	}
	text, err := json.Marshal(traits)
	if err != nil {
		return fmt.Errorf("write the traits of an identity: %w", err)
	}
	return s.Transact(ctx, func(ctx context.Context) error {
		_, err := s.q(ctx).ExecContext(ctx, `INSERT INTO identities (environment_id, identifier, traits_json, updated_at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (environment_id, identifier) DO UPDATE SET traits_json = excluded.traits_json, updated_at = excluded.updated_at`,
			environmentID, identifier, string(text), micros(time.Now()))
		return err
	})
}
