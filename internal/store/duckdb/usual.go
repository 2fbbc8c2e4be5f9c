package duckdb

import (
	"context"
	"database/sql"
	"time"

	"github.com/siteproof/belay/internal/telemetry"
)

// UsualVisits sums up sessions first, then people, so that each is counted once.
func (s *Store) UsualVisits(ctx context.Context, environmentID string, silentAfter time.Duration, from, to time.Time) (telemetry.Usual, error) {
	u := telemetry.Usual{Views: map[string]int64{}, Goods: map[string]int64{}}
	to = orEnd(to)
	var first sql.NullTime
	err := s.each(ctx, `
		WITH visits AS (
			SELECT session, any_value(user_key) AS person, min(received_at) AS began, bool_or(kind = 'error') AS failed,
				min(received_at) FILTER (kind = 'ready') AS ready, min(received_at) FILTER (kind = 'fetch') AS fetched
			FROM events WHERE environment = $1 AND received_at >= $2 AND received_at < $3 AND browser <> 'Bot' AND user_key <> '' AND kind <> 'metric'
			GROUP BY session),
		known AS (SELECT *, fetched + to_microseconds($4::BIGINT) < $3 AS over,
			fetched + to_microseconds($4::BIGINT) < $3 AND (ready IS NULL OR ready > fetched + to_microseconds($4::BIGINT)) AS silent FROM visits)
		SELECT min(began), count(*), count(DISTINCT person), count(*) FILTER (failed), count(DISTINCT person) FILTER (failed),
			count(*) FILTER (over), count(*) FILTER (silent), count(DISTINCT person) FILTER (silent)
		FROM known`, []any{environmentID, from.UTC(), to, silentAfter.Microseconds()}, func(rows *sql.Rows) error {
		return rows.Scan(&first, &u.Sessions, &u.People, &u.Failed, &u.FailedWho, &u.Fetches, &u.Silent, &u.SilentWho)
	})
	if err != nil {
		return u, err
	}
	if first.Valid {
		u.For = to.Sub(first.Time.UTC())
	}
	err = s.each(ctx, `
		SELECT kind, name, count(*), count(DISTINCT user_key) FROM events
		WHERE environment = $1 AND received_at >= $2 AND received_at < $3 AND browser <> 'Bot' AND user_key <> ''
		  AND (kind = 'vital' OR kind = 'ready' OR (kind = 'event' AND name <> $4)) GROUP BY kind, name`,
		[]any{environmentID, from.UTC(), to, telemetry.Evaluations}, func(rows *sql.Rows) error {
			var kind telemetry.Kind
			var name string
			var events, people int64
			if err := rows.Scan(&kind, &name, &events, &people); err != nil {
				return err
			}
			switch kind { //nolint:exhaustive // the query asks for these
			case telemetry.Ready:
				u.Views[string(telemetry.Ready)] += events
			case telemetry.Vital:
				u.Views[name] = events
			case telemetry.Custom:
				u.Goods[name] = people
			}
			return nil
		})
	if err != nil {
		return u, err
	}
	err = s.each(ctx, `SELECT count(DISTINCT user_key) FROM events
		WHERE environment = $1 AND received_at >= $2 AND received_at < $3 AND browser <> 'Bot' AND user_key <> '' AND kind = 'event' AND name <> $4`,
		[]any{environmentID, from.UTC(), to, telemetry.Evaluations}, func(rows *sql.Rows) error { return rows.Scan(&u.GoodPeople) })
	return u, err
}
