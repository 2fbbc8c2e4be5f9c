package duckdb_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/experiment"
	"github.com/siteproof/belay/internal/metric"
	"github.com/siteproof/belay/internal/store/duckdb"
)

// The large site: a week of five million events of half a million people, a third in each arm of an experiment.
const (
	largeEvents = 5_000_000
	largePeople = 500_000
)

// large makes the file that holds it.
func large(b *testing.B) *duckdb.Store {
	path := filepath.Join(b.TempDir(), "large.duckdb")
	s, err := duckdb.Open(b.Context(), duckdb.Options{Path: path})
	require.NoError(b, err)
	require.NoError(b, s.Close())
	db, err := sql.Open("duckdb", path)
	require.NoError(b, err)
	_, err = db.ExecContext(b.Context(), `SET TimeZone = 'UTC'; INSERT INTO events
		SELECT i + 1, 'env_a', 's' || person || '-' || round // 4, 'user-' || person,
			CASE round WHEN 0 THEN 'exposure' WHEN 1 THEN 'ready' WHEN 2 THEN 'vital' WHEN 3 THEN 'event' WHEN 4 THEN 'exposure' WHEN 5 THEN 'ready'
				WHEN 6 THEN 'vital' WHEN 7 THEN CASE WHEN person % 20 = 0 THEN 'error' ELSE 'ready' END WHEN 8 THEN 'vital' ELSE 'event' END,
			round, moment, moment, '2.4.1', '/ncrs', CASE person % 3 WHEN 0 THEN 'Chrome' WHEN 1 THEN 'Safari' ELSE 'Firefox' END, 'Windows',
			CASE WHEN round = 0 THEN '' WHEN person % 2 = 0 THEN '{"design":"on"}' ELSE '{"design":"off"}' END,
			CASE WHEN round IN (0, 4) THEN 'checkout' ELSE '' END,
			CASE WHEN round IN (0, 4) THEN ['control', 'short', 'long'][1 + person % 3] ELSE '' END, '',
			CASE WHEN round IN (2, 6) THEN 'LCP' WHEN round = 8 THEN 'INP' WHEN round = 3 AND person % 4 = 0 THEN 'paid' WHEN round IN (3, 9) THEN 'viewed' ELSE '' END,
			(person * 7919 % 5000)::DOUBLE, '', '', '', false, '', CASE WHEN round = 3 THEN '{"value":' || person % 100 || '}' ELSE '' END, ''
		FROM (SELECT i, i // $1 AS round, (i * 7919) % $1 AS person, TIMESTAMP '2026-11-01' + to_microseconds(i * 120960) AS moment
			FROM range($2) r(i))`, int64(largePeople), int64(largeEvents))
	require.NoError(b, err)
	require.NoError(b, db.Close())
	s, err = duckdb.Open(b.Context(), duckdb.Options{Path: path})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, s.Close()) })
	return s
}

// costs reports the CPU time of one run, and the most memory that the process ever held.
func costs(b *testing.B, page func()) {
	cpu := func() time.Duration {
		var u syscall.Rusage
		require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	require.NoError(b, os.WriteFile("/proc/self/clear_refs", []byte("5"), 0)) // forgets the peak so far
	began := cpu()
	for b.Loop() {
		page()
	}
	b.ReportMetric((cpu()-began).Seconds()*1000/float64(b.N), "cpu-ms/op")
	status, err := os.ReadFile("/proc/self/status")
	require.NoError(b, err)
	peak, err := strconv.Atoi(string(regexp.MustCompile(`VmHWM:\s+(\d+)`).FindSubmatch(status)[1]))
	require.NoError(b, err)
	b.ReportMetric(float64(peak)/1024, "peak-MB")
}

func BenchmarkAPageOfALargeSite(b *testing.B) {
	s := large(b)
	began := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	w := experiment.Window{
		EnvironmentID: "env_a", Flag: "checkout", Arms: []string{"control", "short", "long"},
		Since: began, From: began, To: began.Add(7 * 24 * time.Hour), Every: 2 * time.Hour,
	}
	b.Run("experiment", func(b *testing.B) {
		costs(b, func() {
			counted, err := s.Exposures(b.Context(), w)
			require.NoError(b, err)
			require.Equal(b, map[string]int64{"control": 166_667, "short": 166_667, "long": 166_666}, counted.Arms)
			for _, m := range []experiment.Metric{
				{Kind: experiment.Conversion, Event: "paid"},
				{Kind: experiment.Sum, Event: "viewed", Property: "value"},
				{Kind: experiment.Errors},
				{Kind: experiment.Slow, Event: "LCP", Limit: 2500},
			} {
				measured, err := s.Measure(b.Context(), w, m)
				require.NoError(b, err)
				require.NotEmpty(b, measured.Steps)
			}
		})
	})
	now := began.Add(7 * 24 * time.Hour)
	board := metric.New(s, func() time.Time { return now })
	b.Run("score board", func(b *testing.B) {
		costs(b, func() {
			now = now.Add(time.Minute) // nothing is used again
			made, err := board.Board(b.Context(), "env_a", "production", &metric.Rollout{ID: "rol_a", Name: "Design", Flag: "design", StartedAt: began})
			require.NoError(b, err)
			require.Greater(b, made.Criteria[0].Judged.N, int64(100_000))
		})
	})
}
