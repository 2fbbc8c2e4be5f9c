package duckdb_test

import (
	"crypto/rand"
	"errors"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/telemetry"
)

// limitFiles lets this process write no file beyond so many bytes, which to a database looks like a full disk.
func limitFiles(t *testing.T, bytes uint64) (lift func()) {
	t.Helper()
	signal.Ignore(syscall.SIGXFSZ)
	var before syscall.Rlimit
	require.NoError(t, syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before))
	require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: bytes, Max: before.Max}))
	lift = func() {
		_ = syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before)
		signal.Reset(syscall.SIGXFSZ)
	}
	t.Cleanup(lift)
	return lift
}

func noise() string {
	var b strings.Builder
	for b.Len() < 3000 {
		b.WriteString(rand.Text())
	}
	return b.String()
}

// A log that cannot grow fails one commit; a file that cannot grow while the log is folded in breaks the database.
func TestAFullDiskLosesNothingAndHealsByItself(t *testing.T) {
	for name, limit := range map[string]uint64{"the log is full": 3 << 20, "the file is full": 18 << 20} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "t.duckdb")
			s := open(t, path)
			position := int64(0)
			add := func() error {
				batch := make([]telemetry.Event, 200)
				for i := range batch {
					batch[i] = telemetry.Event{
						Position: position + int64(i) + 1, EnvironmentID: "env_a", Session: "ses_full", Kind: telemetry.Error, Seq: position + int64(i),
						At: at(1), ReceivedAt: at(1), Stack: noise(),
					}
				}
				err := s.Append(t.Context(), batch)
				if err == nil {
					position += 200
				}
				return err
			}
			lift := limitFiles(t, limit)
			var err error
			for err == nil {
				err = add()
			}
			require.ErrorContains(t, err, "File too large")
			lift()
			// Once there is room it works again: at once, or when it may be opened anew.
			deadline := time.Now().Add(10 * time.Second)
			var last int64
			for {
				if last, _, err = s.Tail(t.Context()); err == nil {
					break
				}
				require.True(t, time.Now().Before(deadline), "%v", err)
				require.True(t, fault.Is(err, fault.Unavailable) || errors.Is(err, t.Context().Err()), "%v", err)
				<-time.After(50 * time.Millisecond)
			}
			require.Contains(t, []int64{position, position + 200}, last, "all of a batch or nothing")
			position = last
			require.NoError(t, add())
			require.EqualValues(t, position, len(scan(t, s, "env_a", time.Time{}, time.Time{}))) //nolint:testifylint // Len would print them all
		})
	}
}
