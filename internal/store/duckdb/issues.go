package duckdb

import (
	"context"
	"database/sql"
	"time"

	"github.com/siteproof/belay/internal/issue"
)

const (
	mostPages    = 20
	mostReleases = 20
)

// Issues groups errors by fingerprint, those with most users first.
func (s *Store) Issues(ctx context.Context, q issue.Query) ([]issue.Issue, error) {
	var out []issue.Issue
	at := map[string]int{}
	err := s.each(ctx, `
		WITH found AS (
			SELECT fingerprint, arg_max(name, position) AS name, arg_max(message, position) AS message, mode(component) AS component,
			       mode(page) AS page, mode(source) AS source, count(*) AS events, count(DISTINCT user_key) AS users, max(received_at) AS last_at
			FROM events
			WHERE environment = $1 AND kind = 'error' AND received_at >= $2 AND ($3 = '' OR component = $3) AND ($4 = '' OR fingerprint = $4)
			GROUP BY fingerprint ORDER BY users DESC, events DESC, fingerprint LIMIT $5)
		SELECT found.*, earliest.first_at FROM found
		JOIN (SELECT fingerprint, min(received_at) AS first_at FROM events WHERE environment = $1 AND kind = 'error' GROUP BY fingerprint) earliest
		  ON earliest.fingerprint = found.fingerprint
		ORDER BY users DESC, events DESC, found.fingerprint`,
		[]any{q.EnvironmentID, q.Since.UTC(), q.Component, q.Fingerprint, q.Limit}, func(rows *sql.Rows) error {
			i := issue.Issue{ByVariant: map[string]int64{}, Minutes: make([]int64, issue.Minutes)}
			var name, message string
			err := rows.Scan(&i.Fingerprint, &name, &message, &i.Component, &i.Page, &i.Source, &i.Events, &i.Users, &i.LastAt, &i.FirstAt)
			i.Title, i.FirstAt, i.LastAt = title(name, message), i.FirstAt.UTC(), i.LastAt.UTC()
			at[i.Fingerprint] = len(out)
			out = append(out, i)
			return err
		})
	if err != nil || len(out) == 0 {
		return out, err
	}
	if err := s.countVariants(ctx, q, at, out); err != nil {
		return nil, err
	}
	return out, s.countMinutes(ctx, q, at, out)
}

func title(name, message string) string {
	switch {
	case name == "":
		return message
	case message == "":
		return name
	}
	return name + ": " + message
}

// countVariants counts users by the variant they had: the error's own, or else that of the flag to split by.
func (s *Store) countVariants(ctx context.Context, q issue.Query, at map[string]int, out []issue.Issue) error {
	return s.each(ctx, `
		SELECT fingerprint, CASE WHEN variant <> '' THEN variant
		                         WHEN variants = '' THEN ''
		                         ELSE coalesce(json_extract_string(variants, $5), '') END AS v, count(DISTINCT user_key)
		FROM events
		WHERE environment = $1 AND kind = 'error' AND received_at >= $2 AND ($3 = '' OR component = $3) AND ($4 = '' OR fingerprint = $4)
		GROUP BY fingerprint, v`,
		[]any{q.EnvironmentID, q.Since.UTC(), q.Component, q.Fingerprint, pointer(q.SplitBy)}, func(rows *sql.Rows) error {
			var fingerprint, variant string
			var users int64
			if err := rows.Scan(&fingerprint, &variant, &users); err != nil {
				return err
			}
			if i, wanted := at[fingerprint]; wanted {
				out[i].ByVariant[variant] = users
			}
			return nil
		})
}

// pointer is the JSON pointer (RFC 6901) of a key at the top.
func pointer(key string) string {
	out := make([]byte, 0, len(key)+1)
	out = append(out, '/')
	for _, c := range []byte(key) {
		switch c {
		case '~':
			out = append(out, "~0"...)
		case '/':
			out = append(out, "~1"...)
		default:
			out = append(out, c)
		}
	}
	return string(out)
}

func (s *Store) countMinutes(ctx context.Context, q issue.Query, at map[string]int, out []issue.Issue) error {
	return s.each(ctx, `
		SELECT fingerprint, date_trunc('minute', received_at) AS minute, count(*) FROM events
		WHERE environment = $1 AND kind = 'error' AND received_at >= $2 AND ($3 = '' OR component = $3) AND ($4 = '' OR fingerprint = $4)
		GROUP BY fingerprint, minute`,
		[]any{q.EnvironmentID, q.Minutes, q.Component, q.Fingerprint}, func(rows *sql.Rows) error {
			var fingerprint string
			var minute time.Time
			var events int64
			if err := rows.Scan(&fingerprint, &minute, &events); err != nil {
				return err
			}
			i, wanted := at[fingerprint]
			if m := int(minute.Sub(q.Minutes) / time.Minute); wanted && m >= 0 && m < issue.Minutes {
				out[i].Minutes[m] = events
			}
			return nil
		})
}

// Detail finds an example, and where it happened.
func (s *Store) Detail(ctx context.Context, q issue.Query) (d issue.Detail, found bool, err error) {
	d.Browsers, d.Pages = map[string]int64{}, map[string]int64{}
	args := []any{q.EnvironmentID, q.Fingerprint, q.Since.UTC()}
	const of = ` FROM events WHERE environment = $1 AND kind = 'error' AND fingerprint = $2 AND received_at >= $3 `
	err = s.each(ctx, `SELECT coalesce(arg_max(message, position), ''), coalesce(arg_max(stack, position) FILTER (stack <> ''), '')`+of+`HAVING count(*) > 0`, args,
		func(rows *sql.Rows) error {
			found = true
			return rows.Scan(&d.Message, &d.Stack)
		})
	if err != nil || !found {
		return d, false, err
	}
	err = s.each(ctx, `SELECT release`+of+`AND release <> '' GROUP BY release ORDER BY max(position) DESC LIMIT $4`, append(args, mostReleases),
		func(rows *sql.Rows) error {
			var release string
			err := rows.Scan(&release)
			d.Releases = append(d.Releases, release)
			return err
		})
	if err != nil {
		return d, false, err
	}
	err = s.counts(ctx, `SELECT browser, count(DISTINCT user_key)`+of+`GROUP BY browser`, args, d.Browsers)
	if err != nil {
		return d, false, err
	}
	return d, true, s.counts(ctx, `SELECT page, count(*) AS n`+of+`GROUP BY page ORDER BY n DESC LIMIT $4`, append(args, mostPages), d.Pages)
}

func (s *Store) counts(ctx context.Context, query string, args []any, into map[string]int64) error {
	return s.each(ctx, query, args, func(rows *sql.Rows) error {
		var name string
		var n int64
		if err := rows.Scan(&name, &n); err != nil {
			return err
		}
		into[name] = n
		return nil
	})
}
