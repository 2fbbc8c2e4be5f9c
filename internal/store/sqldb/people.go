package sqldb

import (
	"context"
	"database/sql"
	"time"

	"github.com/siteproof/belay/internal/auth"
)

// People reads everybody, by name.
func (a *Auth) People(ctx context.Context) ([]auth.Person, error) {
	rows, err := a.q(ctx).QueryContext(ctx, `SELECT id, name, email, role, password, active FROM people ORDER BY lower(name), id`)
	return collect(rows, err, func(r *sql.Rows) (auth.Person, error) {
		var p auth.Person
		err := r.Scan(&p.ID, &p.Name, &p.Email, &p.Role, &p.Password, &p.Active)
		return p, err
	})
}

// SavePerson writes what can change about somebody.
func (a *Auth) SavePerson(ctx context.Context, p auth.Person) error {
	_, err := a.q(ctx).ExecContext(ctx, `UPDATE people SET name = $2, role = $3, password = $4, active = $5 WHERE id = $1`,
		p.ID, p.Name, string(p.Role), p.Password, p.Active)
	return err
}

// RemoveSessionsOf signs somebody out everywhere.
func (a *Auth) RemoveSessionsOf(ctx context.Context, personID string) error {
	_, err := a.q(ctx).ExecContext(ctx, `DELETE FROM sessions WHERE person_id = $1`, personID)
	return err
}

// PutInvitation writes the link by which somebody chooses a password; the one before is void.
func (a *Auth) PutInvitation(ctx context.Context, hash, personID string, expiresAt time.Time) error {
	_, err := a.q(ctx).ExecContext(ctx, `INSERT INTO invitations (hash, person_id, expires_at) VALUES ($1, $2, $3)
		ON CONFLICT (person_id) DO UPDATE SET hash = excluded.hash, expires_at = excluded.expires_at`, hash, personID, micros(expiresAt))
	return err
}

// FindInvitation reads whose link it is.
func (a *Auth) FindInvitation(ctx context.Context, hash string) (string, time.Time, error) {
	var personID string
	var expires int64
	err := a.q(ctx).QueryRowContext(ctx, `SELECT person_id, expires_at FROM invitations WHERE hash = $1`, hash).Scan(&personID, &expires)
	return personID, fromMicros(expires), absent(err, "invitation")
}

// RemoveInvitationsOf voids the link of somebody.
func (a *Auth) RemoveInvitationsOf(ctx context.Context, personID string) error {
	_, err := a.q(ctx).ExecContext(ctx, `DELETE FROM invitations WHERE person_id = $1`, personID)
	return err
}
