package duckdb

import (
	"context"
	"errors"
	"time"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/siteproof/belay/internal/fault"
)

// healEvery is how often a broken file is opened anew at most: reading its log takes a moment.
const healEvery = time.Second

// watch notes that DuckDB has given the database up.
func (s *Store) watch(ctx context.Context, err error) {
	var f *duckdb.Error
	if err == nil || !errors.As(err, &f) || f.Type != duckdb.ErrorTypeFatal {
		return
	}
	if !s.broken.Swap(true) {
		s.log.ErrorContext(ctx, "telemetry file has to be opened anew", "error", err)
	}
}

// heal opens the file anew when DuckDB has given it up. What was committed is there again.
func (s *Store) heal(ctx context.Context) error {
	if !s.broken.Load() {
		return nil
	}
	s.open.Lock()
	defer s.open.Unlock()
	if !s.broken.Load() {
		return nil
	}
	if time.Since(s.healedAt) < healEvery {
		return fault.New(fault.Unavailable, "the telemetry file could not be written and is about to be opened anew").Hint("the disk may be full")
	}
	s.healedAt = time.Now()
	if err := s.disconnect(); err != nil {
		s.log.DebugContext(ctx, "broken telemetry file not closed cleanly", "error", err) // it is given up anyway
	}
	if err := s.connect(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	s.broken.Store(false)
	s.log.InfoContext(ctx, "telemetry file opened anew")
	return nil
}
