package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/siteproof/belay/internal/lease"
)

var _ lease.Store = (*Leases)(nil)

// Leases keeps who holds which duty.
type Leases struct{ *DB }

// NewLeases makes the store.
func NewLeases(db *DB) *Leases { return &Leases{db} }

// AcquireLease takes or renews a duty in one statement.
func (l *Leases) AcquireLease(ctx context.Context, duty, holder string, now, until time.Time) (bool, int64, error) {
	var epoch int64
	err := l.q(ctx).QueryRowContext(ctx, `INSERT INTO leases (duty, holder, expires_at, epoch) VALUES ($1, $2, $3, 1)
		ON CONFLICT (duty) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at,
			epoch = CASE WHEN leases.holder = excluded.holder THEN leases.epoch ELSE leases.epoch + 1 END
		WHERE leases.holder = excluded.holder OR leases.expires_at <= $4 RETURNING epoch`,
		duty, holder, micros(until), micros(now)).Scan(&epoch)
	if errors.Is(err, sql.ErrNoRows) {
		return false, 0, nil
	}
	return err == nil, epoch, err
}

// ReleaseLease lets a duty expire now, if holder has it.
func (l *Leases) ReleaseLease(ctx context.Context, duty, holder string) error {
	_, err := l.q(ctx).ExecContext(ctx, `UPDATE leases SET expires_at = 0 WHERE duty = $1 AND holder = $2`, duty, holder)
	return err
}
