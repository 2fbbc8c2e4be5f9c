package duckdb

import (
	"context"
	"database/sql"
	"time"
)

// Visits counts the sessions whose page became usable in [from, to), bots left out.
func (s *Store) Visits(ctx context.Context, environmentID string, from, to time.Time) (visits int64, err error) {
	err = s.each(ctx, `SELECT count(DISTINCT session) FROM events
		WHERE environment = $1 AND kind = 'ready' AND received_at >= $2 AND received_at < $3 AND browser <> 'Bot'`,
		[]any{environmentID, from.UTC(), orEnd(to)}, func(rows *sql.Rows) error { return rows.Scan(&visits) })
	return visits, err
}
