package sqldb

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"slices"
	"time"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/siteproof/belay/internal/fault"
)

//go:embed migrations/sqlite/*.sql
var migrations embed.FS

// Options say where the control plane lies.
type Options struct {
	Path   string // of the SQLite file; it is made when it is not there
	Logger *slog.Logger
}

// DB is an open control plane.
type DB struct {
	db         *sql.DB
	statements *statements
}

// pragmas make SQLite keep what it acknowledged through a crash (synchronous FULL), let readers go on while a write is
// under way (WAL), wait for a lock instead of failing, and take the write lock when a transaction begins.
var pragmas = url.Values{
	"_pragma": {"journal_mode(WAL)", "synchronous(FULL)", "busy_timeout(10000)", "foreign_keys(ON)"},
	"_txlock": {"immediate"},
}

// mostConnections bounds memory and open files. Each connection has its own page cache; those that wait for the write
// lock count too, so it is well above what reads at once.
const mostConnections = 32

// Open opens the control plane and brings its tables up to date. It refuses a store that a newer Belay has changed.
func Open(ctx context.Context, o Options) (*DB, error) {
	// Password hashes and keys lie in it: only its owner may read it. SQLite gives the files beside it the same rights.
	file, err := os.OpenFile(o.Path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "the control store %s cannot be opened: %w", o.Path, err).
			Hint("the folder must exist and be writable for the user that runs Belay")
	}
	if err := file.Close(); err != nil {
		return nil, fmt.Errorf("open the control store %s: %w", o.Path, err)
	}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: o.Path}).EscapedPath()+"?"+pragmas.Encode())
	if err != nil {
		return nil, fmt.Errorf("open the control store %s: %w", o.Path, err)
	}
	db.SetMaxOpenConns(mostConnections)
	db.SetMaxIdleConns(mostConnections)
	if err := migrate(ctx, db); err != nil {
		return nil, errors.Join(
			fault.New(fault.Unavailable, "the control store %s cannot be used: %w", o.Path, err).
				Hint("another Belay may have it open, a newer one may have made it, or the file is damaged"), db.Close())
	}
	return &DB{db: db, statements: newStatements()}, nil
}

func migrate(ctx context.Context, db *sql.DB) error {
	folder, err := fs.Sub(migrations, "migrations/sqlite")
	if err != nil {
		return err
	}
	// Versions of different capabilities are numbered in ranges, so a later one may have the lower number.
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, folder, goose.WithAllowOutofOrder(true))
	if err != nil {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		return err
	}
	return refuseNewer(ctx, db, provider.ListSources())
}

// refuseNewer finds a version of the tables that this Belay does not know: writing to them could destroy what a newer
// one relies on.
func refuseNewer(ctx context.Context, db *sql.DB, known []*goose.Source) error {
	rows, err := db.QueryContext(ctx, `SELECT DISTINCT version_id FROM goose_db_version WHERE version_id > 0`)
	versions, err := collect(rows, err, func(r *sql.Rows) (int64, error) {
		var version int64
		return version, r.Scan(&version)
	})
	if err != nil {
		return err
	}
	for _, version := range versions {
		if !slices.ContainsFunc(known, func(s *goose.Source) bool { return s.Version == version }) {
			return fmt.Errorf("a newer Belay has changed its tables (version %d)", version)
		}
	}
	return nil
}

// Close closes the store.
func (d *DB) Close() error { return errors.Join(d.statements.close(), d.db.Close()) }

// querier is what a transaction and the database have in common.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

type txKey struct{}

// q is where a statement runs: in the transaction of ctx when there is one.
func (d *DB) q(ctx context.Context) querier {
	tx, _ := ctx.Value(txKey{}).(*sql.Tx)
	return runner{d, tx}
}

// Transact runs write in one transaction, which its statements find in ctx. Inside a transaction it joins that one.
func (d *DB) Transact(ctx context.Context, write func(ctx context.Context) error) error {
	if _, joined := ctx.Value(txKey{}).(*sql.Tx); joined {
		return write(ctx)
	}
	tx, err := d.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin a transaction: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	if err := write(context.WithValue(ctx, txKey{}, tx)); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	d.statements.prepareWanted(ctx, d.db)
	return nil
}

// micros is a time as it is stored.
func micros(t time.Time) int64 { return t.UnixMicro() }

// fromMicros is the time that was stored.
func fromMicros(us int64) time.Time { return time.UnixMicro(us).UTC() }

// optionalMicros stores a time that may be absent as NULL.
func optionalMicros(t *time.Time) sql.NullInt64 {
	if t == nil {
		return sql.NullInt64{}
	}
	return sql.NullInt64{Int64: micros(*t), Valid: true}
}

// fromOptionalMicros is the reverse of optionalMicros.
func fromOptionalMicros(us sql.NullInt64) *time.Time {
	if !us.Valid {
		return nil
	}
	t := fromMicros(us.Int64)
	return &t
}

// collect reads every row.
func collect[T any](rows *sql.Rows, err error, scan func(*sql.Rows) (T, error)) ([]T, error) {
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var all []T
	for rows.Next() {
		item, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, item)
	}
	return all, rows.Err()
}
