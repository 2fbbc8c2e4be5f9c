package duckdb

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/siteproof/belay/internal/experiment"
)

var _ experiment.Outcomes = (*Store)(nil)

// exposed has everybody who saw a flag in a window: the arm they saw, how many arms (2 for more), and when they saw the
// first of them. Parameters: environment, flag, since, to, arms.
const exposed = `WITH exposed AS MATERIALIZED (
	SELECT user_key, min(seen) AS arm, CASE WHEN min(seen) IS NULL THEN 0 WHEN min(seen) = max(seen) THEN 1 ELSE 2 END AS arms,
		min(received_at) FILTER (seen IS NOT NULL) AS received, min(happened_at) FILTER (seen IS NOT NULL) AS happened
	FROM (SELECT user_key, received_at, happened_at, CASE WHEN list_contains($5::VARCHAR[], variant) THEN variant END AS seen FROM events
		WHERE environment = $1 AND kind = 'exposure' AND flag = $2 AND received_at >= $3 AND received_at < $4
		  AND user_key <> '' AND browser <> 'Bot')
	GROUP BY user_key)`

// inArms has the people who count. Parameter 6 is when the count began.
const inArms = exposed + `, people AS (
	SELECT user_key, arm, received, happened FROM exposed WHERE arms = 1 AND received >= $6)`

// Exposures counts people by the arm that they saw.
func (s *Store) Exposures(ctx context.Context, w experiment.Window) (experiment.Counted, error) {
	out := experiment.Counted{Arms: map[string]int64{}}
	err := s.each(ctx, exposed+`
		SELECT CASE WHEN arms = 0 THEN 'none' WHEN received < $6 THEN 'left' WHEN arms > 1 THEN 'two' ELSE 'one' END AS what,
			CASE WHEN arms = 1 AND received >= $6 THEN arm ELSE '' END AS which, count(*)
		FROM exposed GROUP BY ALL`, windowArgs(w), func(rows *sql.Rows) error {
		var what, arm string
		var people int64
		if err := rows.Scan(&what, &arm, &people); err != nil {
			return err
		}
		switch what {
		case "none":
			out.None = people
		case "left":
			out.Left = people
		case "two":
			out.Two = people
		default:
			out.Arms[arm] = people
		}
		return nil
	})
	return out, err
}

func windowArgs(w experiment.Window) []any {
	return []any{w.EnvironmentID, w.Flag, w.Since.UTC(), orEnd(w.To), w.Arms, w.From.UTC()}
}

// Measure sums a metric over the people of each arm, step by step.
func (s *Store) Measure(ctx context.Context, w experiment.Window, m experiment.Metric) (experiment.Measured, error) {
	var out experiment.Measured
	args := append(windowArgs(w), metricArgs(m)...)
	args = append(args, max(1, w.Every.Microseconds()))
	query := inArms + seen(m) + moves(m) + `
		SELECT (epoch_us(moment) - epoch_us($6::TIMESTAMP)) // $11::BIGINT AS step, arm, any_value(most), sum(people)::BIGINT,
			sum(after - before), sum(after * after - before * before)
		FROM moves GROUP BY step, arm ORDER BY step, arm`
	err := s.each(ctx, query, args, func(rows *sql.Rows) error {
		var step experiment.Step
		if err := rows.Scan(&step.Number, &step.Arm, &out.Cap, &step.People, &step.Sum, &step.Squares); err != nil {
			return err
		}
		out.Steps = append(out.Steps, step)
		return nil
	})
	return out, err
}

// Usual measures a metric over people as if they had been in one arm since they were first seen.
func (s *Store) Usual(ctx context.Context, environmentID, flag string, from, to time.Time, m experiment.Metric) (experiment.Usual, error) {
	// The parameters stand as in Measure, so that both ask by the same words.
	args := append([]any{environmentID, flag, from.UTC(), orEnd(to), []string{}, from.UTC()}, metricArgs(m)...)
	query := `WITH people AS MATERIALIZED (
			SELECT user_key, '' AS arm, min(received_at) AS received, min(happened_at) AS happened FROM events
			WHERE environment = $1 AND received_at >= $3 AND received_at < $4 AND user_key <> '' AND browser <> 'Bot'
			  AND ($2 = '' OR (kind = 'exposure' AND flag = $2)) AND len($5::VARCHAR[]) = 0
			GROUP BY user_key)` + seen(m) + moves(m) + `
		SELECT coalesce(any_value(most), 0), coalesce(sum(people), 0)::BIGINT, coalesce(sum(after - before), 0),
			coalesce(sum(after * after - before * before), 0), min(moment)
		FROM moves`
	var out experiment.Usual
	err := s.each(ctx, query, args, func(rows *sql.Rows) error {
		var first sql.NullTime
		err := rows.Scan(&out.Cap, &out.People, &out.Sum, &out.Squares, &first)
		out.First = first.Time.UTC()
		return err
	})
	return out, err
}

// metricArgs are parameters 7 to 10: kind and name of the events, where their number stands, and the limit.
func metricArgs(m experiment.Metric) []any {
	kind, path := "event", ""
	switch m.Kind {
	case experiment.Errors:
		kind = "error"
	case experiment.Slow:
		kind = "vital"
	case experiment.Sum:
		path = `$."` + m.Property + `"` // experiment allows no quotes in it
	case experiment.Conversion, experiment.Count:
	}
	return []any{kind, m.Event, path, m.Limit}
}

// seen has what happened to people after they were first in an arm, and how much it counts (v). Numbers that pages send are kept within a million millions, so that no sum overflows.
func seen(m experiment.Metric) string {
	number := map[experiment.Kind]string{
		experiment.Conversion: "1.0", experiment.Count: "1.0", experiment.Errors: "1.0",
		experiment.Sum: `CASE WHEN isfinite(TRY_CAST(json_extract_string(e.properties, $9) AS DOUBLE))
			THEN greatest(-1e12, least(1e12, TRY_CAST(json_extract_string(e.properties, $9) AS DOUBLE))) ELSE 0.0 END`,
		experiment.Slow: `CASE WHEN e.value > $10 THEN 1.0 ELSE 0.0 END`,
	}[m.Kind]
	valid := ""
	if m.Kind == experiment.Sum {
		valid = ` AND json_valid(e.properties)`
	}
	return fmt.Sprintf(`, seen AS (
		SELECT p.user_key, p.arm, greatest(e.received_at, p.received) AS moment, e.position, %s AS v
		FROM events e JOIN people p ON p.user_key = e.user_key
		WHERE e.environment = $1 AND e.kind = $7 AND ($8 = '' OR e.name = $8) AND $9 IS NOT NULL AND $10 IS NOT NULL
		  AND e.received_at >= $6 AND e.received_at < $4 AND e.happened_at >= p.happened AND e.browser <> 'Bot'%s)`, number, valid)
}

// told has what all of it came to, before and with each event.
const told = `, told AS (
	SELECT user_key, arm, moment, sum(v) OVER so_far AS total, count(*) OVER so_far AS n,
		coalesce(sum(v) OVER (so_far ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS earlier
	FROM seen WINDOW so_far AS (PARTITION BY user_key ORDER BY position))`

// moves has, for each moment at which a person's value changed, the value before and after, and whether the person counts
// from then on. Summed up to a moment they are what was known then.
func moves(m experiment.Metric) string {
	const arrivals = `SELECT received AS moment, arm, 1 AS people, 0.0 AS before, 0.0 AS after, %s AS most FROM people UNION ALL `
	switch m.Kind {
	case experiment.Slow: // the share of slow views so far; a person counts from the first view that was measured
		return told + `, moves AS (
			SELECT moment, arm, (n = 1)::INTEGER AS people, CASE WHEN n > 1 THEN earlier / (n - 1) ELSE 0 END AS before,
				total / n AS after, 0.0 AS most FROM told)`
	case experiment.Count, experiment.Sum:
		most := fmt.Sprintf(`, most AS (SELECT coalesce(quantile_disc(total, %g), 0)::DOUBLE AS most FROM (
				SELECT sum(v) AS total FROM seen GROUP BY user_key) WHERE total > 0)`, experiment.CapAt)
		return told + most + `, moves AS (` + fmt.Sprintf(arrivals, `(SELECT most FROM most)`) + `
			SELECT moment, arm, 0, least(earlier, most), least(total, most), most FROM told, most)`
	case experiment.Conversion, experiment.Errors:
	}
	return `, moves AS (` + fmt.Sprintf(arrivals, `0.0`) + `SELECT arg_min(moment, position), arm, 0, 0.0, 1.0, 0.0 FROM seen GROUP BY user_key, arm)`
}
