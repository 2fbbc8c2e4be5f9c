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
	if err != nil {
		return u, err
	}
	u.Reports, err = s.usualReports(ctx, environmentID, from, to)
	return u, err
}

// usualReports sums up what servers reported, by its name: of people together, and of sides by flag.
func (s *Store) usualReports(ctx context.Context, environmentID string, from, to time.Time) (map[string]telemetry.Reported, error) {
	var all map[string]telemetry.Reported
	err := s.each(ctx, `
		WITH reports AS (
			SELECT name, user_key = '' AS sides, CASE WHEN user_key = '' THEN flag ELSE '' END AS flag, variant, received_at, properties = '' AS valued,
				CASE WHEN properties = '' THEN 0 ELSE (properties->>'units')::BIGINT END AS units,
				CASE WHEN properties = '' THEN 0 ELSE (properties->>'bad')::BIGINT END AS bad
			FROM events WHERE environment = $1 AND received_at >= $2 AND received_at < $3 AND kind = 'metric')
		SELECT name, sides, min(received_at), count(*) FILTER (valued), sum(units)::BIGINT, sum(bad)::BIGINT,
			greatest(count(*) FILTER (variant = $4), count(*) FILTER (variant = $5))
		FROM reports GROUP BY name, sides, flag ORDER BY sum(units)`,
		[]any{environmentID, from.UTC(), to, telemetry.Treatment, telemetry.Control}, func(rows *sql.Rows) error {
			var name string
			var sides bool
			var first time.Time
			var values, units, bad, reports int64
			if err := rows.Scan(&name, &sides, &first, &values, &units, &bad, &reports); err != nil {
				return err
			}
			r := all[name]
			r.For = max(r.For, to.Sub(first.UTC()))
			if sides { // the flag with most units comes last
				r.Sides, r.SideUnits, r.SideBad = reports, units, bad
			} else {
				r.Values, r.Units, r.Bad = values, units, bad
			}
			if all == nil {
				all = map[string]telemetry.Reported{}
			}
			all[name] = r
			return nil
		})
	return all, err
}
