package duckdb

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/siteproof/belay/internal/metric"
	"github.com/siteproof/belay/internal/telemetry"
)

var _ metric.Store = (*Store)(nil)

// arm is the side of an event, at the flag whose pointer is $4. It is made of the column as it is kept, before people or
// visits are put together: the few texts that there are are then read once each.
const arm = `CASE CASE WHEN variants = '' THEN '' ELSE coalesce(json_extract_string(variants, $4), '') END WHEN 'on' THEN 'new' WHEN 'off' THEN 'old' ELSE '' END`

// slotOf makes the slot of a time column: $2 and $3 are the window.
const slotOf = `least(%[2]d - 1, floor(epoch_us(%[1]s - $2) / (epoch_us($3::TIMESTAMP - $2::TIMESTAMP) / %[2]d.0)))::INTEGER`

// visited are the events of pages in the window.
const visited = ` FROM events WHERE environment = $1 AND received_at >= $2 AND received_at < $3 AND browser <> 'Bot' `

func slot(column string) string { return fmt.Sprintf(slotOf, column, metric.Slots) }

// window are the arguments $1 to $4 of every query here.
func window(q metric.Query, more ...any) []any {
	path := "/"
	if q.Flag != "" {
		path = pointer(q.Flag)
	}
	return append([]any{q.EnvironmentID, q.From.UTC(), q.To.UTC(), path}, more...)
}

// tallies sums rows of (arm, slot, n, x): over the window by arm and in all, and in all by slot.
func (s *Store) tallies(ctx context.Context, units string, args []any) ([]metric.Tally, error) {
	var out []metric.Tally
	err := s.each(ctx, `WITH units AS (`+units+`)
		SELECT coalesce(arm, ''), coalesce(slot, -1), GROUPING(arm), sum(n)::BIGINT, sum(x)::DOUBLE, sum(x * x)::DOUBLE FROM units
		WHERE $4 IS NOT NULL GROUP BY GROUPING SETS ((arm), (slot), ())`, args, func(rows *sql.Rows) error {
		t := metric.Tally{}
		var grouped int
		var n sql.NullInt64
		var sum, squares sql.NullFloat64
		if err := rows.Scan(&t.Arm, &t.Slot, &grouped, &n, &sum, &squares); err != nil {
			return err
		}
		if t.N, t.Sum, t.Squares = n.Int64, sum.Float64, squares.Float64; grouped == 0 && t.Arm == metric.All {
			return nil // of neither side
		}
		out = append(out, t)
		return nil
	})
	return out, err
}

// FailedVisits counts visits and those that met an error.
func (s *Store) FailedVisits(ctx context.Context, q metric.Query) ([]metric.Tally, error) {
	return s.tallies(ctx, `SELECT arg_max(`+arm+`, position) AS arm, `+slot("min(received_at)")+` AS slot, 1 AS n, bool_or(kind = 'error')::INTEGER AS x`+
		visited+`AND kind IN ('ready', 'error') GROUP BY session`, window(q))
}

// views are the values of page loads, or of the vital $5.
func views(name string) string {
	if name == "" {
		return visited + `AND kind = 'ready' AND $5 = ''`
	}
	return visited + `AND kind = 'vital' AND name = $5`
}

// Loads gives the percentile of page loads.
func (s *Store) Loads(ctx context.Context, q metric.Query) ([]metric.Values, error) {
	return s.Vitals(ctx, q, "")
}

// Vitals gives the percentile of a vital; of page loads when name is "".
func (s *Store) Vitals(ctx context.Context, q metric.Query, name string) ([]metric.Values, error) {
	from := views(name)
	var out []metric.Values
	err := s.each(ctx, `WITH units AS (SELECT `+arm+` AS arm, `+slot("received_at")+` AS slot, value`+from+`)
		SELECT coalesce(arm, ''), coalesce(slot, -1), GROUPING(arm), count(*), coalesce(quantile_disc(value, 0.75), 0) FROM units
		GROUP BY GROUPING SETS ((arm), (slot), ())`, window(q, name), func(rows *sql.Rows) error {
		v := metric.Values{}
		var grouped int
		if err := rows.Scan(&v.Arm, &v.Slot, &grouped, &v.N, &v.Percentile); err != nil {
			return err
		}
		if grouped != 0 || v.Arm != metric.All {
			out = append(out, v)
		}
		return nil
	})
	return out, err
}

// Ranked gives the values of given ranks.
func (s *Store) Ranked(ctx context.Context, q metric.Query, name string, of metric.Arm, ranks ...int64) ([]float64, error) {
	from := views(name)
	var out []float64
	err := s.each(ctx, `SELECT value FROM (SELECT value, row_number() OVER (ORDER BY value) AS rank`+from+` AND ($6 = '' OR `+arm+` = $6))
		WHERE list_contains($7::BIGINT[], rank) ORDER BY rank`, window(q, name, string(of), ranks), func(rows *sql.Rows) error {
		var value float64
		err := rows.Scan(&value)
		out = append(out, value)
		return err
	})
	return out, err
}

// reported are the facts of a name that servers reported in the window; $5 is the name.
const reported = ` FROM events WHERE environment = $1 AND received_at >= $2 AND received_at < $3 AND kind = 'metric' AND name = $5 `

// Probes counts probes and those that failed.
func (s *Store) Probes(ctx context.Context, q metric.Query) ([]metric.Tally, error) {
	return s.tallies(ctx, `SELECT '' AS arm, `+slot("received_at")+` AS slot, (properties->>'units')::BIGINT AS n, (properties->>'bad')::BIGINT AS x`+
		reported+`AND properties <> ''`, window(q, string(metric.Probe)))
}

// sides are the people and the side of their last visit in the window.
const sides = `SELECT user_key, arg_max(` + arm + `, position) AS arm` + visited + `AND kind = 'ready' GROUP BY user_key`

// Answers counts people by their last answer.
func (s *Store) Answers(ctx context.Context, q metric.Query, kind metric.Kind) ([]metric.Tally, error) {
	score, least, most := `value`, 1, 5
	if kind == metric.NPSAnswer {
		score, least, most = `CASE WHEN value >= 9 THEN 1 WHEN value <= 6 THEN -1 ELSE 0 END`, 0, 10
	}
	return s.tallies(ctx, `SELECT coalesce(arm, '') AS arm, slot, 1 AS n, x FROM (
			SELECT user_key, `+slot("max(received_at)")+` AS slot, arg_max(`+score+`, position) AS x`+reported+
		`AND properties = '' AND user_key <> '' AND value BETWEEN $6 AND $7 GROUP BY user_key
		) LEFT JOIN (`+sides+`) USING (user_key)`, window(q, string(kind), least, most))
}

// Tickets counts tickets.
func (s *Store) Tickets(ctx context.Context, q metric.Query) ([]metric.Tally, error) {
	return s.tallies(ctx, `SELECT '' AS arm, `+slot("received_at")+` AS slot, (properties->>'units')::BIGINT AS n, 0 AS x`+
		reported+`AND properties <> ''`, window(q, string(metric.Ticket)))
}

// Adopted counts people, and those whose last visit had the new version.
func (s *Store) Adopted(ctx context.Context, q metric.Query) ([]metric.Tally, error) {
	return s.tallies(ctx, `SELECT '' AS arm, `+slot("max(received_at)")+` AS slot, 1 AS n, (arg_max(`+arm+`, position) = 'new')::INTEGER AS x`+
		visited+`AND kind = 'ready' GROUP BY user_key`, window(q))
}

// Converted counts people and those who sent a good event.
func (s *Store) Converted(ctx context.Context, q metric.Query, events []string) ([]metric.Tally, error) {
	if events == nil {
		events = []string{}
	}
	return s.tallies(ctx, `SELECT arg_max(`+arm+`, position) FILTER (kind = 'ready') AS arm, 0 AS slot, 1 AS n,
			coalesce(bool_or(kind = 'event'), false)::INTEGER AS x`+visited+`AND (kind = 'ready' OR (kind = 'event' AND name <> $6 AND
			(len($5::VARCHAR[]) = 0 OR list_contains($5::VARCHAR[], name)))) GROUP BY user_key HAVING bool_or(kind = 'ready')`,
		window(q, events, telemetry.Evaluations))
}

// Returned counts people who first came in the first half of the window, and those who came again on a later day.
func (s *Store) Returned(ctx context.Context, q metric.Query) ([]metric.Tally, error) {
	// By day first: the second of a person's days is the first later one.
	return s.tallies(ctx, `SELECT arm, 0 AS slot, 1 AS n, coalesce(days[2] < first_at + ($3::TIMESTAMP - $2::TIMESTAMP) / 2, false)::INTEGER AS x FROM (
			SELECT arg_min(arm, began) AS arm, min(came) AS first_at, min(came, 2) AS days
			FROM (SELECT user_key, min(position) AS began, min(received_at) AS came, arg_min(`+arm+`, position) AS arm`+
		visited+`AND kind = 'ready' GROUP BY user_key, received_at::DATE) GROUP BY user_key
		) WHERE first_at < $2::TIMESTAMP + ($3::TIMESTAMP - $2::TIMESTAMP) / 2`, window(q))
}
