package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// mostStatements bounds what statements keeps; texts beyond it are made anew each time.
const mostStatements = 500

// statements keeps what SQLite made of the texts of statements: making it costs more than running most of them.
type statements struct {
	mu     sync.Mutex
	made   map[string]*sql.Stmt
	wanted map[string]struct{} // seen inside a transaction, to be made when it is over
}

func newStatements() *statements {
	return &statements{made: map[string]*sql.Stmt{}, wanted: map[string]struct{}{}}
}

// find gives a statement, nil when there is none; want has it made after the transaction.
func (s *statements) find(text string, want bool) *sql.Stmt {
	s.mu.Lock()
	defer s.mu.Unlock()
	made := s.made[text]
	if made == nil && want && len(s.made)+len(s.wanted) < mostStatements {
		s.wanted[text] = struct{}{}
	}
	return made
}

// prepare makes a statement on whatever connection is free. What cannot be made is nil, and the caller hears why when it
// runs the text.
func (s *statements) prepare(ctx context.Context, db *sql.DB, text string) *sql.Stmt {
	s.mu.Lock()
	full := len(s.made) >= mostStatements
	s.mu.Unlock()
	if full {
		return nil
	}
	made, err := db.PrepareContext(ctx, text)
	if err != nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if other := s.made[text]; other != nil { // two came at once
		_ = made.Close() //nolint:sqlclosecheck // the other one is kept
		return other
	}
	s.made[text] = made
	return made
}

// prepareWanted makes what transactions have asked for. Inside one that could wait for a connection that another holds while
// it waits for this transaction.
func (s *statements) prepareWanted(ctx context.Context, db *sql.DB) {
	s.mu.Lock()
	wanted := s.wanted
	s.wanted = map[string]struct{}{}
	s.mu.Unlock()
	for text := range wanted {
		s.prepare(ctx, db, text)
	}
}

func (s *statements) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var err error
	for _, made := range s.made {
		err = errors.Join(err, made.Close())
	}
	s.made = map[string]*sql.Stmt{}
	return err
}

// runner runs statements: in a transaction, or each by itself where tx is nil.
type runner struct {
	db *DB
	tx *sql.Tx
}

func (r runner) statement(ctx context.Context, text string) *sql.Stmt {
	made := r.db.statements.find(text, r.tx != nil)
	switch {
	case r.tx == nil && made == nil:
		return r.db.statements.prepare(ctx, r.db.db, text)
	case r.tx != nil && made != nil:
		return r.tx.StmtContext(ctx, made)
	}
	return made
}

func (r runner) plain() querier {
	if r.tx != nil {
		return r.tx
	}
	return r.db.db
}

func (r runner) ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error) {
	if s := r.statement(ctx, text); s != nil { //nolint:sqlclosecheck // it is kept, and closed with the store
		return s.ExecContext(ctx, args...)
	}
	return r.plain().ExecContext(ctx, text, args...)
}

func (r runner) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	if s := r.statement(ctx, text); s != nil { //nolint:sqlclosecheck // it is kept, and closed with the store
		return s.QueryContext(ctx, args...)
	}
	return r.plain().QueryContext(ctx, text, args...)
}

func (r runner) QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row {
	if s := r.statement(ctx, text); s != nil { //nolint:sqlclosecheck // it is kept, and closed with the store
		return s.QueryRowContext(ctx, args...)
	}
	return r.plain().QueryRowContext(ctx, text, args...)
}
