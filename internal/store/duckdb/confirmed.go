package duckdb

import (
	"context"
	"database/sql"
	"time"
)

// mostConfirmed bounds how many sessions Confirmed gives, the latest ones.
const mostConfirmed = 20_000

// Confirmed gives the highest flag revision that each session has confirmed since then, those that spoke last at the end.
func (s *Store) Confirmed(ctx context.Context, since time.Time, fn func(environmentID, session string, revision int64)) error {
	const exact = 1 << 53 // a revision beyond it was made up
	return s.each(ctx, `SELECT environment, session, revision FROM (
			SELECT environment, session, max(value)::BIGINT AS revision, max(position) AS latest FROM events
			WHERE kind = 'confirm' AND received_at >= $1 AND value >= 0 AND value < $2
			GROUP BY environment, session ORDER BY latest DESC LIMIT $3) ORDER BY latest`,
		[]any{since.UTC(), float64(exact), mostConfirmed}, func(rows *sql.Rows) error {
			var environment, session string
			var revision int64
			if err := rows.Scan(&environment, &session, &revision); err != nil {
				return err
			}
			fn(environment, session, revision)
			return nil
		})
}
