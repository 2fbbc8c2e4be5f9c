package sqldb

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/siteproof/belay/internal/identity"
)

var _ identity.Directory = (*Identities)(nil)

// Count says of how many identities traits are kept.
func (s *Identities) Count(ctx context.Context, environmentID string) (int, error) {
	var n int
	return n, s.q(ctx).QueryRowContext(ctx, `SELECT COUNT(*) FROM identities WHERE environment_id = $1`, environmentID).Scan(&n)
}

// Newest visits identities, those whose traits changed last first.
func (s *Identities) Newest(ctx context.Context, environmentID string, most int, visit func(identity.Person) bool) error {
	rows, err := s.q(ctx).QueryContext(ctx, `SELECT identifier, traits_json, updated_at FROM identities WHERE environment_id = $1
		ORDER BY updated_at DESC, identifier LIMIT $2`, environmentID, most)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		one, err := scanPerson(rows)
		if err != nil {
			return err
		}
		if !visit(one) {
			return nil
		}
	}
	return rows.Err()
}

// Person gives one identity.
func (s *Identities) Person(ctx context.Context, environmentID, identifier string) (identity.Person, bool, error) {
	one, err := scanPerson(s.q(ctx).QueryRowContext(ctx,
		`SELECT identifier, traits_json, updated_at FROM identities WHERE environment_id = $1 AND identifier = $2`, environmentID, identifier))
	if errors.Is(err, sql.ErrNoRows) {
		return identity.Person{}, false, nil
	}
	return one, err == nil, err
}

// afterAll is behind every character that an identifier can go on with.
const afterAll = "\U0010FFFF"

// Begin lists identities by the beginning of their identifiers.
func (s *Identities) Begin(ctx context.Context, environmentID, text string, most int) ([]identity.Person, error) {
	rows, err := s.q(ctx).QueryContext(ctx, `SELECT identifier, traits_json, updated_at FROM identities
		WHERE environment_id = $1 AND identifier >= $2 AND identifier < $3 ORDER BY identifier LIMIT $4`, environmentID, text, text+afterAll, most)
	return collect(rows, err, func(r *sql.Rows) (identity.Person, error) { return scanPerson(r) })
}

type scanner interface{ Scan(...any) error }

func scanPerson(row scanner) (identity.Person, error) {
	var (
		one  identity.Person
		text []byte
		at   int64
	)
	if err := row.Scan(&one.Identifier, &text, &at); err != nil {
		return one, err
	}
	one.UpdatedAt = fromMicros(at)
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&one.Traits); err != nil {
		return one, fmt.Errorf("read the traits of an identity: %w", err)
	}
	return one, nil
}
