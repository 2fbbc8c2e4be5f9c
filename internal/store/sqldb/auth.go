package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/siteproof/belay/internal/auth"
	"github.com/siteproof/belay/internal/fault"
)

var _ auth.Store = (*Auth)(nil)

// Auth keeps people, sessions and tokens.
type Auth struct{ *DB }

// NewAuth makes the store.
func NewAuth(db *DB) *Auth { return &Auth{db} }

// CountPeople counts everybody.
func (a *Auth) CountPeople(ctx context.Context) (int, error) {
	var n int
	err := a.q(ctx).QueryRowContext(ctx, `SELECT COUNT(*) FROM people`).Scan(&n)
	return n, err
}

// AddPerson writes a person.
func (a *Auth) AddPerson(ctx context.Context, p auth.Person) error {
	_, err := a.q(ctx).ExecContext(ctx, `INSERT INTO people (id, name, email, role, password, active) VALUES ($1, $2, $3, $4, $5, $6)`,
		p.ID, p.Name, p.Email, string(p.Role), p.Password, p.Active)
	return err
}

// FindPersonByEmail reads a person by the lower-case address.
func (a *Auth) FindPersonByEmail(ctx context.Context, email string) (auth.Person, error) {
	return a.person(ctx, `email = $1`, email)
}

// FindPerson reads a person by id.
func (a *Auth) FindPerson(ctx context.Context, personID string) (auth.Person, error) {
	return a.person(ctx, `id = $1`, personID)
}

func (a *Auth) person(ctx context.Context, where, value string) (auth.Person, error) {
	var p auth.Person
	err := a.q(ctx).QueryRowContext(ctx, `SELECT id, name, email, role, password, active FROM people WHERE `+where, value).
		Scan(&p.ID, &p.Name, &p.Email, &p.Role, &p.Password, &p.Active)
	return p, absent(err, "person")
}

// AddSession writes a session.
func (a *Auth) AddSession(ctx context.Context, hash, personID string, expiresAt time.Time) error {
	_, err := a.q(ctx).ExecContext(ctx, `INSERT INTO sessions (hash, person_id, expires_at) VALUES ($1, $2, $3)`, hash, personID, micros(expiresAt))
	return err
}

// FindSession reads whose session it is.
func (a *Auth) FindSession(ctx context.Context, hash string) (string, time.Time, error) {
	var personID string
	var expires int64
	err := a.q(ctx).QueryRowContext(ctx, `SELECT person_id, expires_at FROM sessions WHERE hash = $1`, hash).Scan(&personID, &expires)
	return personID, fromMicros(expires), absent(err, "session")
}

// ProlongSession lets a session last longer.
func (a *Auth) ProlongSession(ctx context.Context, hash string, expiresAt time.Time) error {
	_, err := a.q(ctx).ExecContext(ctx, `UPDATE sessions SET expires_at = $2 WHERE hash = $1`, hash, micros(expiresAt))
	return err
}

// RemoveSession ends a session.
func (a *Auth) RemoveSession(ctx context.Context, hash string) error {
	_, err := a.q(ctx).ExecContext(ctx, `DELETE FROM sessions WHERE hash = $1`, hash)
	return err
}

// RemoveExpiredSessions forgets the sessions that have ended by themselves.
func (a *Auth) RemoveExpiredSessions(ctx context.Context, now time.Time) error {
	_, err := a.q(ctx).ExecContext(ctx, `DELETE FROM sessions WHERE expires_at < $1`, micros(now))
	return err
}

// PutToken writes a token; one with the same name loses its old secret.
func (a *Auth) PutToken(ctx context.Context, hash string, t auth.Token) error {
	_, err := a.q(ctx).ExecContext(ctx, `INSERT INTO tokens (hash, id, name, role) VALUES ($1, $2, $3, $4)
		ON CONFLICT (name) DO UPDATE SET hash = excluded.hash, id = excluded.id, role = excluded.role`, hash, t.ID, t.Name, string(t.Role))
	return err
}

// FindToken reads a token by the hash of its secret.
func (a *Auth) FindToken(ctx context.Context, hash string) (auth.Token, error) {
	var t auth.Token
	err := a.q(ctx).QueryRowContext(ctx, `SELECT id, name, role FROM tokens WHERE hash = $1`, hash).Scan(&t.ID, &t.Name, &t.Role)
	return t, absent(err, "token")
}

// absent turns "no rows" into the fault that says so.
func absent(err error, what string) error {
	if errors.Is(err, sql.ErrNoRows) {
		return fault.New(fault.NotFound, "there is no such %s", what)
	}
	return err
}
