package duckdb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/issue"
	"github.com/siteproof/belay/internal/telemetry"
)

const (
	version      = 2 // of the tables
	readers      = 4 // connections that read at once
	memoryLimit  = "768MB"
	threads      = 2
	checkpointAt = "16MB" // the log grows to this before it is folded in: a long one takes seconds to reopen
)

// Options say where the file is.
type Options struct {
	Path   string // of the file; its folder must exist
	Logger *slog.Logger
}

// Store is one open file. No other process can have it open.
//
// DuckDB gives up a database for good after some faults, such as a disk that is full while it folds in its log. The
// store then opens the file anew, as often as it takes, so that all goes on once there is room again.
type Store struct {
	path string
	log  *slog.Logger

	open     sync.RWMutex // held for reading while db is used, for writing while it is replaced
	db       *sql.DB
	broken   atomic.Bool
	healedAt time.Time // when it was last tried; under open

	writing  sync.Mutex // one writer
	writer   *sql.Conn
	appender *duckdb.Appender // nil after an error, made anew when needed
}

var (
	_ telemetry.Store = (*Store)(nil)
	_ issue.Store     = (*Store)(nil)
)

// The order of the columns is that of row and of columns in read.go.
const schema = `
CREATE TABLE IF NOT EXISTS belay_schema (version INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS events (
	position    BIGINT NOT NULL,
	environment VARCHAR NOT NULL,
	session     VARCHAR NOT NULL,
	user_key    VARCHAR NOT NULL,
	kind        VARCHAR NOT NULL,
	seq         BIGINT NOT NULL,
	happened_at TIMESTAMP NOT NULL,
	received_at TIMESTAMP NOT NULL,
	release     VARCHAR NOT NULL,
	page        VARCHAR NOT NULL,
	browser     VARCHAR NOT NULL,
	os          VARCHAR NOT NULL,
	variants    VARCHAR NOT NULL,
	flag        VARCHAR NOT NULL,
	variant     VARCHAR NOT NULL,
	component   VARCHAR NOT NULL,
	name        VARCHAR NOT NULL,
	value       DOUBLE NOT NULL,
	message     VARCHAR NOT NULL,
	stack       VARCHAR NOT NULL,
	source      VARCHAR NOT NULL,
	handled     BOOLEAN NOT NULL,
	fingerprint VARCHAR NOT NULL,
	properties  VARCHAR NOT NULL
);
ALTER TABLE events ADD COLUMN IF NOT EXISTS tier VARCHAR DEFAULT '';` // version 2

// Open opens the file, or makes it. It answers fault.Unavailable when that cannot be done.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Store{path: o.Path, log: o.Logger}
	if err := s.connect(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Store) connect(ctx context.Context) error {
	connector, err := duckdb.NewConnector(s.path, func(e driver.ExecerContext) error {
		_, err := e.ExecContext(context.WithoutCancel(ctx), `SET TimeZone = 'UTC'`, nil)
		return err
	})
	if err != nil {
		return unavailable(s.path, err)
	}
	s.db = sql.OpenDB(connector)
	s.db.SetMaxOpenConns(readers + 1)
	s.db.SetMaxIdleConns(readers + 1)
	if err := s.prepare(ctx); err != nil {
		return errors.Join(unavailable(s.path, err), s.db.Close())
	}
	return nil
}

func unavailable(path string, err error) error {
	f := fault.New(fault.Unavailable, "the telemetry file %s cannot be opened: %w", path, err)
	if strings.Contains(err.Error(), "lock") {
		return f.Hint("another Belay has it open; stop that one, or give this one another data folder")
	}
	return f
}

func (s *Store) prepare(ctx context.Context) error {
	settings := fmt.Sprintf(`SET memory_limit = '%s'; SET threads = %d; SET checkpoint_threshold = '%s'; SET preserve_insertion_order = true`,
		memoryLimit, threads, checkpointAt)
	if _, err := s.db.ExecContext(ctx, settings); err != nil {
		return fmt.Errorf("set limits: %w", err)
	}
	if _, err := s.db.ExecContext(ctx, schema); err != nil {
		return fmt.Errorf("make tables: %w", err)
	}
	var have sql.NullInt64
	if err := s.db.QueryRowContext(ctx, `SELECT max(version) FROM belay_schema`).Scan(&have); err != nil {
		return fmt.Errorf("read the version of the tables: %w", err)
	}
	switch {
	case have.Int64 > version:
		return fmt.Errorf("a newer Belay made it: its tables have version %d, this Belay knows %d", have.Int64, version)
	case have.Int64 < version:
		if _, err := s.db.ExecContext(ctx, `INSERT INTO belay_schema VALUES ($1)`, version); err != nil {
			return fmt.Errorf("write the version of the tables: %w", err)
		}
	}
	var err error
	s.writer, err = s.db.Conn(ctx)
	return err
}

// Close folds the log into the file and closes it.
func (s *Store) Close() error {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.open.Lock()
	defer s.open.Unlock()
	return s.disconnect()
}

func (s *Store) disconnect() error {
	var writer error
	if s.writer != nil {
		writer = s.writer.Close()
		s.writer = nil
	}
	return errors.Join(s.closeAppender(), writer, s.db.Close())
}

// Append keeps all events or none and returns once they are on disk. After an error it is not known which.
func (s *Store) Append(ctx context.Context, events []telemetry.Event) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if err := s.heal(ctx); err != nil {
		return err
	}
	s.open.RLock()
	defer s.open.RUnlock()
	err := s.append(ctx, events)
	s.watch(ctx, err)
	return err
}

func (s *Store) append(ctx context.Context, events []telemetry.Event) (err error) {
	if s.writer == nil {
		return fault.New(fault.Unavailable, "the telemetry file is closed")
	}
	if err := s.openAppender(); err != nil {
		return err
	}
	if _, err := s.writer.ExecContext(ctx, `BEGIN`); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() {
		if err == nil {
			return
		}
		_ = s.closeAppender() // whatever it says, it is given up; the rows it held go with the transaction
		if _, rollbackErr := s.writer.ExecContext(context.WithoutCancel(ctx), `ROLLBACK`); rollbackErr != nil {
			s.log.DebugContext(ctx, "append not rolled back", "error", rollbackErr) // a failed COMMIT has ended it already
		}
	}()
	row := make([]driver.Value, columnCount)
	var variants variantsTexts
	for i := range events {
		text, err := variants.encode(events[i].Variants)
		if err != nil {
			return err
		}
		fill(row, &events[i], text)
		if err := s.appender.AppendRow(row...); err != nil {
			return fmt.Errorf("append an event: %w", err)
		}
	}
	if err := s.appender.Flush(); err != nil {
		return fmt.Errorf("append %d events: %w", len(events), err)
	}
	if _, err := s.writer.ExecContext(ctx, `COMMIT`); err != nil {
		return fmt.Errorf("commit %d events: %w", len(events), err)
	}
	return nil
}

func (s *Store) openAppender() error {
	if s.appender != nil {
		return nil
	}
	return s.writer.Raw(func(conn any) (err error) {
		s.appender, err = duckdb.NewAppenderFromConn(conn.(driver.Conn), "", "events")
		if err != nil {
			return fmt.Errorf("open the table for writing: %w", err)
		}
		return nil
	})
}

func (s *Store) closeAppender() error {
	if s.appender == nil {
		return nil
	}
	appender := s.appender
	s.appender = nil
	return appender.Close()
}
