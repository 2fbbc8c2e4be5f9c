package duckdb

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/siteproof/belay/internal/telemetry"
)

const (
	pageRows    = 5000      // of a scan: what is in memory at once
	sessionStep = 1_000_000 // positions that sessions are listed from at once
)

const columns = `position, environment, session, user_key, kind, seq, happened_at, received_at, release, page, browser, os, variants,
	flag, variant, component, name, value, message, stack, source, handled, fingerprint, properties, tier`

// Tail is the last position and when each environment last received something.
func (s *Store) Tail(ctx context.Context) (int64, map[string]time.Time, error) {
	lastAt := map[string]time.Time{}
	var position int64
	err := s.each(ctx, `SELECT environment, max(position), max(received_at) FROM events GROUP BY environment`, nil, func(rows *sql.Rows) error {
		var environment string
		var last int64
		var at time.Time
		if err := rows.Scan(&environment, &last, &at); err != nil {
			return err
		}
		position, lastAt[environment] = max(position, last), at
		return nil
	})
	return position, lastAt, err
}

// Sessions gives every session at least once, a million events at a time.
func (s *Store) Sessions(ctx context.Context, fn func(telemetry.Session) error) error {
	last, _, err := s.Tail(ctx)
	if err != nil {
		return err
	}
	for from := int64(0); from < last; from += sessionStep {
		err := s.each(ctx, `SELECT DISTINCT environment, session FROM events WHERE position > $1 AND position <= $2`,
			[]any{from, from + sessionStep}, func(rows *sql.Rows) error {
				var session telemetry.Session
				if err := rows.Scan(&session.EnvironmentID, &session.Name); err != nil {
					return err
				}
				return fn(session)
			})
		if err != nil {
			return err
		}
	}
	return nil
}

// Seen gives the identities of all events of some sessions, in order of position.
func (s *Store) Seen(ctx context.Context, sessions []telemetry.Session, fn func(telemetry.Identity) error) error {
	const step = 1000 // parameters of one statement
	for len(sessions) > 0 {
		part := sessions[:min(step, len(sessions))]
		sessions = sessions[len(part):]
		wanted := make(map[telemetry.Session]bool, len(part))
		args := make([]any, len(part))
		for i, session := range part {
			wanted[session], args[i] = true, session.Name
		}
		// By name alone, which the zones of the column can tell; the environment is compared here.
		query := `SELECT environment, session, kind, seq FROM events WHERE session IN (?` + strings.Repeat(`, ?`, len(part)-1) + `) ORDER BY position`
		err := s.identities(ctx, query, args, func(i telemetry.Identity) error {
			if !wanted[i.Session] {
				return nil
			}
			return fn(i)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Recent gives the identities of all events of sessions with one behind the position, session by session.
func (s *Store) Recent(ctx context.Context, position int64, fn func(telemetry.Identity) error) error {
	return s.identities(ctx, `
		SELECT e.environment, e.session, e.kind, e.seq FROM events e
		SEMI JOIN (SELECT DISTINCT environment, session FROM events WHERE position > $1) r
		  ON e.environment = r.environment AND e.session = r.session
		ORDER BY e.environment, e.session, e.position`, []any{position}, fn)
}

func (s *Store) identities(ctx context.Context, query string, args []any, fn func(telemetry.Identity) error) error {
	return s.each(ctx, query, args, func(rows *sql.Rows) error {
		var i telemetry.Identity
		if err := rows.Scan(&i.EnvironmentID, &i.Name, &i.Kind, &i.Seq); err != nil {
			return err
		}
		return fn(i)
	})
}

// Scan reads page by page, so that a long history does not have to fit into memory.
func (s *Store) Scan(ctx context.Context, environmentID string, from, to time.Time, fn func(telemetry.Event) error) error {
	to = orEnd(to)
	var first, last sql.NullInt64
	err := s.each(ctx, `SELECT min(position), max(position) FROM events WHERE environment = $1 AND received_at >= $2 AND received_at < $3`,
		[]any{environmentID, from.UTC(), to}, func(rows *sql.Rows) error { return rows.Scan(&first, &last) })
	if err != nil || !first.Valid {
		return err
	}
	for begin := first.Int64; begin <= last.Int64; begin += pageRows {
		var page []telemetry.Event // read whole, so that fn may take its time and ask for more
		err := s.each(ctx, `SELECT `+columns+` FROM events
			WHERE position >= $1 AND position < $2 AND environment = $3 AND received_at >= $4 AND received_at < $5 ORDER BY position`,
			[]any{begin, min(begin+pageRows, last.Int64+1), environmentID, from.UTC(), to}, func(rows *sql.Rows) error {
				e, err := event(rows)
				page = append(page, e)
				return err
			})
		if err != nil {
			return err
		}
		for _, e := range page {
			if err := fn(e); err != nil {
				return err
			}
		}
	}
	return nil
}

// Latest gives the last events that fit, the newest first.
func (s *Store) Latest(ctx context.Context, environmentID string, which telemetry.Which, limit int) ([]telemetry.Event, error) {
	var out []telemetry.Event
	err := s.each(ctx, `SELECT `+columns+` FROM events
		WHERE environment = $1 AND received_at >= $2 AND ($3 = '' OR kind = $3) AND ($4 = '' OR user_key = $4)
		  AND ($5 = '' OR flag = $5) AND ($6 = '' OR name = $6) ORDER BY position DESC LIMIT $7`,
		[]any{environmentID, which.Since.UTC(), string(which.Kind), which.User, which.Flag, which.Name, limit}, func(rows *sql.Rows) error {
			e, err := event(rows)
			out = append(out, e)
			return err
		})
	return out, err
}

func event(rows *sql.Rows) (telemetry.Event, error) {
	var e telemetry.Event
	var variants, properties string
	err := rows.Scan(&e.Position, &e.EnvironmentID, &e.Session, &e.User, &e.Kind, &e.Seq, &e.At, &e.ReceivedAt, &e.Release, &e.Page,
		&e.Browser, &e.OS, &variants, &e.Flag, &e.Variant, &e.Component, &e.Name, &e.Value, &e.Message, &e.Stack, &e.Source,
		&e.Handled, &e.Fingerprint, &properties, &e.Tier)
	if err != nil {
		return e, err
	}
	e.At, e.ReceivedAt = e.At.UTC(), e.ReceivedAt.UTC()
	if properties != "" {
		e.Properties = json.RawMessage(properties)
	}
	if variants != "" {
		if err := json.Unmarshal([]byte(variants), &e.Variants); err != nil {
			return e, fmt.Errorf("decode variants of event %d: %w", e.Position, err)
		}
	}
	return e, nil
}

// Percentile is that of the values of events of a kind and name received in [from, to). Server metrics that count units
// have no value.
func (s *Store) Percentile(
	ctx context.Context, environmentID string, kind telemetry.Kind, name string, share float64, from, to time.Time,
) (value float64, values int64, err error) {
	err = s.each(ctx, `SELECT coalesce(quantile_disc(value, $4::DOUBLE), 0), count(*) FROM events
		WHERE environment = $1 AND kind = $2 AND name = $3 AND received_at >= $5 AND received_at < $6 AND browser <> 'Bot' AND properties = ''`,
		[]any{environmentID, string(kind), name, share, from.UTC(), orEnd(to)}, func(rows *sql.Rows) error {
			return rows.Scan(&value, &values)
		})
	return value, values, err
}

// Fingerprints lists those of errors received in [from, to).
func (s *Store) Fingerprints(ctx context.Context, environmentID string, from, to time.Time) ([]string, error) {
	var out []string
	err := s.each(ctx, `SELECT DISTINCT fingerprint FROM events
		WHERE environment = $1 AND kind = 'error' AND received_at >= $2 AND received_at < $3 ORDER BY fingerprint`,
		[]any{environmentID, from.UTC(), orEnd(to)}, func(rows *sql.Rows) error {
			var fingerprint string
			err := rows.Scan(&fingerprint)
			out = append(out, fingerprint)
			return err
		})
	return out, err
}

// Traffic counts minute by minute, leaving out empty ones.
func (s *Store) Traffic(ctx context.Context, environmentID string, from, to time.Time) ([]telemetry.Minute, error) {
	var out []telemetry.Minute
	err := s.each(ctx, `SELECT date_trunc('minute', received_at) AS minute, count(DISTINCT session), count(*) FILTER (kind = 'error') FROM events
		WHERE environment = $1 AND received_at >= $2 AND received_at < $3 GROUP BY minute ORDER BY minute`,
		[]any{environmentID, from.UTC(), orEnd(to)}, func(rows *sql.Rows) error {
			var m telemetry.Minute
			err := rows.Scan(&m.At, &m.Sessions, &m.Errors)
			m.At = m.At.UTC()
			out = append(out, m)
			return err
		})
	return out, err
}

func orEnd(to time.Time) time.Time {
	if to.IsZero() {
		return end
	}
	return to.UTC()
}

// each calls fn for every row. fn must not use the store.
func (s *Store) each(ctx context.Context, query string, args []any, fn func(*sql.Rows) error) (err error) {
	if err := s.heal(ctx); err != nil {
		return err
	}
	s.open.RLock()
	defer s.open.RUnlock()
	defer func() { s.watch(ctx, err) }()
	rows, err := s.db.QueryContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("query telemetry: %w", err)
	}
	defer func() { err = joinClose(err, rows.Close()) }()
	for rows.Next() {
		if err := fn(rows); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read telemetry: %w", err)
	}
	return nil
}

func joinClose(err, closing error) error {
	if err == nil && closing != nil {
		return fmt.Errorf("end reading telemetry: %w", closing)
	}
	return err
}
