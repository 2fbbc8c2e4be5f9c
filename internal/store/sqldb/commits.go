package sqldb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"github.com/siteproof/belay/internal/change"
)

var _ change.Store = (*DB)(nil)

// Head is the newest revision, 0 when there is none.
func (d *DB) Head(ctx context.Context) (int64, error) {
	var head int64
	err := d.q(ctx).QueryRowContext(ctx, `SELECT COALESCE(MAX(revision), 0) FROM commits`).Scan(&head)
	return head, err
}

// AppendCommit writes the next revision. It must run inside Transact.
func (d *DB) AppendCommit(ctx context.Context, c change.Commit) (int64, error) {
	q := d.q(ctx)
	last, err := d.chained(ctx)
	if err != nil {
		return 0, err
	}
	c.Revision, c.At = last.Revision+1, fromMicros(micros(c.At))
	revision, digest := c.Revision, c.Digest()
	if _, err := q.ExecContext(ctx, `INSERT INTO commits (revision, at, actor_kind, actor_id, actor_name, reason, digest, chain)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		revision, micros(c.At), string(c.Actor.Kind), c.Actor.ID, c.Actor.Name, c.Reason, string(digest), string(last.Chain.Next(digest))); err != nil {
		return 0, err
	}
	for position, ch := range c.Changes {
		if _, err := q.ExecContext(ctx, `INSERT INTO changes (revision, position, kind, environment_id, subject, before_json, after_json)
			VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			revision, position, ch.Kind, ch.EnvironmentID, ch.Subject, string(ch.Before), string(ch.After)); err != nil {
			return 0, err
		}
	}
	return revision, nil
}

// Commits reads the journal, newest first. A commit is given whole when one of its changes fits the filter.
func (d *DB) Commits(ctx context.Context, f change.Filter) ([]change.Commit, error) {
	rows, err := d.q(ctx).QueryContext(ctx, `SELECT revision, at, actor_kind, actor_id, actor_name, reason FROM commits c
		WHERE ($1 = 0 OR revision < $1) AND EXISTS (SELECT 1 FROM changes h WHERE h.revision = c.revision
			AND ($2 = '' OR h.environment_id = $2) AND ($3 = '' OR substr(h.kind, 1, length($3)) = $3) AND ($4 = '' OR h.subject = $4))
		AND ($6 = '' OR actor_id = $6 OR lower(actor_name) = lower($6)) AND ($7 = 0 OR at >= $7) AND ($8 = 0 OR at < $8)
		ORDER BY revision DESC LIMIT $5`, f.Before, f.EnvironmentID, f.KindPrefix, f.Subject, f.Limit,
		f.Actor, microsOrZero(f.Since), microsOrZero(f.Until))
	commits, err := collect(rows, err, func(r *sql.Rows) (change.Commit, error) {
		var c change.Commit
		var at int64
		err := r.Scan(&c.Revision, &at, &c.Actor.Kind, &c.Actor.ID, &c.Actor.Name, &c.Reason)
		c.At = fromMicros(at)
		return c, err
	})
	if err != nil {
		return nil, err
	}
	for i := range commits {
		if commits[i].Changes, err = d.changesOf(ctx, commits[i].Revision); err != nil {
			return nil, err
		}
	}
	return commits, nil
}

func (d *DB) changesOf(ctx context.Context, revision int64) ([]change.Change, error) {
	rows, err := d.q(ctx).QueryContext(ctx, `SELECT kind, environment_id, subject, before_json, after_json FROM changes
		WHERE revision = $1 ORDER BY position`, revision)
	return collect(rows, err, func(r *sql.Rows) (change.Change, error) {
		var c change.Change
		var before, after string
		err := r.Scan(&c.Kind, &c.EnvironmentID, &c.Subject, &before, &after)
		c.Before, c.After = raw(before), raw(after)
		return c, err
	})
}

// Links reads the chain of the commits from one revision to another, both included.
func (d *DB) Links(ctx context.Context, from, to int64) ([]change.Link, error) {
	rows, err := d.q(ctx).QueryContext(ctx, `SELECT revision, digest, chain FROM commits WHERE revision >= $1 AND revision <= $2 ORDER BY revision`, from, to)
	return collect(rows, err, func(r *sql.Rows) (change.Link, error) {
		var l change.Link
		err := r.Scan(&l.Revision, &l.Digest, &l.Chain)
		return l, err
	})
}

// chained gives the last link. Commits that were written before there was a chain get theirs first.
func (d *DB) chained(ctx context.Context) (change.Link, error) {
	var last change.Link
	err := d.q(ctx).QueryRowContext(ctx, `SELECT revision, digest, chain FROM commits ORDER BY revision DESC LIMIT 1`).Scan(&last.Revision, &last.Digest, &last.Chain)
	if errors.Is(err, sql.ErrNoRows) {
		return last, nil
	}
	if err != nil || last.Chain != "" {
		return last, err
	}
	before, newest := change.Hash(""), last.Revision
	for revision := int64(1); revision <= newest; revision++ {
		commits, err := d.Commits(ctx, change.Filter{Before: revision + 1, Limit: 1})
		if err != nil {
			return last, err
		}
		if len(commits) == 0 || commits[0].Revision != revision {
			continue
		}
		last = change.Link{Revision: revision, Digest: commits[0].Digest()}
		last.Chain = before.Next(last.Digest)
		before = last.Chain
		if _, err := d.q(ctx).ExecContext(ctx, `UPDATE commits SET digest = $2, chain = $3 WHERE revision = $1`, revision, string(last.Digest), string(last.Chain)); err != nil {
			return last, err
		}
	}
	return last, nil
}

// raw is stored JSON, nil when there was none.
func raw(text string) json.RawMessage {
	if text == "" {
		return nil
	}
	return json.RawMessage(text)
}

// microsOrZero is a bound of time, 0 when there is none.
func microsOrZero(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return micros(t)
}
