package duckdb

import (
	"context"
	"database/sql"

	"github.com/siteproof/belay/internal/telemetry"
)

// Uses gives when clients first and last said that they had used each flag.
func (s *Store) Uses(ctx context.Context, environmentID string) (map[string]telemetry.Use, error) {
	out := map[string]telemetry.Use{}
	err := s.each(ctx, `SELECT flag, min(received_at), max(received_at) FROM (
			SELECT flag, received_at FROM events WHERE environment = $1 AND kind = 'exposure' AND flag <> ''
			UNION ALL
			SELECT unnest(json_keys(properties)) AS flag, received_at FROM events
			WHERE environment = $1 AND kind = 'event' AND name = $2 AND json_valid(properties)
		) GROUP BY flag`, []any{environmentID, telemetry.Evaluations}, func(rows *sql.Rows) error {
		var key string
		var use telemetry.Use
		err := rows.Scan(&key, &use.First, &use.Last)
		use.First, use.Last = use.First.UTC(), use.Last.UTC()
		out[key] = use
		return err
	})
	return out, err
}
