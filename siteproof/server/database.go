package main

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/oklog/ulid/v2"
	_ "modernc.org/sqlite" // the driver named sqlite
)

//go:embed schema.sql
var schema string

// schemaVersion is written into the file, so that a newer program does not read an older one by mistake.
const schemaVersion = 1

// database is one SQLite file: one connection writes, some read. What is committed is on disk.
type database struct {
	write *sql.DB
	read  *sql.DB
}

func openDatabase(ctx context.Context, folder string) (*database, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	path := filepath.Join(folder, "siteproof.db")
	open := func(more string) (*sql.DB, error) {
		return sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+
			"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)"+more)
	}
	write, err := open("&_txlock=immediate")
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	write.SetMaxOpenConns(1)
	read, err := open("&_pragma=query_only(1)")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), write.Close())
	}
	read.SetMaxOpenConns(4)
	db := &database{write: write, read: read}
	if err := db.prepare(ctx); err != nil {
		return nil, errors.Join(err, db.close())
	}
	return db, nil
}

func (d *database) prepare(ctx context.Context) error {
	var version int
	if err := d.write.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return fmt.Errorf("read the data file: %w", err)
	}
	switch version {
	case schemaVersion:
		return nil
	case 0:
		return d.change(ctx, func(tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, schema+fmt.Sprintf("\nPRAGMA user_version = %d;", schemaVersion))
			return err
		})
	default:
		return fmt.Errorf("the data file has version %d, this program knows %d; start the program that wrote it", version, schemaVersion)
	}
}

// change runs do in a transaction that holds the write lock from its start.
func (d *database) change(ctx context.Context, do func(*sql.Tx) error) error {
	tx, err := d.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	if err := do(tx); err != nil {
		return errors.Join(err, ignoreDone(tx.Rollback()))
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}

func (d *database) close() error { return errors.Join(d.read.Close(), d.write.Close()) }

// querier is a transaction or the reading connections.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// list reads all rows with scan; the answer is never nil, so that it becomes a JSON array.
func list[T any](ctx context.Context, q querier, scan func(*sql.Rows) (T, error), query string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	found := []T{}
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		found = append(found, one)
	}
	return found, rows.Err()
}

// newID is a short name that sorts by time, such as ncr_01jd….
func newID(prefix string) string { return prefix + "_" + ulid.Make().String() }

// instant reads a time as the database keeps it: microseconds since 1970, 0 for none.
func instant(micros int64) string {
	if micros == 0 {
		return ""
	}
	return time.UnixMicro(micros).UTC().Format("2006-01-02T15:04:05.000Z")
}
