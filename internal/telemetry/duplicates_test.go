package telemetry_test

import (
	"context"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/telemetry"
)

// counting counts how often the store is asked what it has.
type counting struct {
	telemetry.Store
	asked int
}

func (c *counting) Seen(ctx context.Context, sessions []telemetry.Session, fn func(telemetry.Identity) error) error {
	c.asked++
	return c.Store.Seen(ctx, sessions, fn)
}

func beats(session string, from, to int64) (out []telemetry.Event) {
	for seq := from; seq <= to; seq++ {
		out = append(out, beat(session, seq))
	}
	return out
}

func TestASessionTooLongForMemoryIsStillStoredOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.duckdb")
	store := open(t, path)
	s := started(t, store)
	const session, whole = "ses_very_long", 30_000
	for range 2 {
		for from := int64(1); from <= whole; from += 5000 {
			_, _, err := s.Ingest(t.Context(), env, beats(session, from, from+4999))
			require.NoError(t, err)
		}
	}
	require.NoError(t, s.Stop(t.Context()))
	require.NoError(t, store.Close())
	store = open(t, path)
	defer store.Close()
	s = started(t, store)
	accepted, duplicate, err := s.Ingest(t.Context(), env, beats(session, whole-99, whole+100))
	require.NoError(t, err)
	require.Equal(t, []int{100, 100}, []int{accepted, duplicate})
	require.NoError(t, s.Stop(t.Context()))
	require.Len(t, all(t, s), whole+100)
}

func TestSessionsThatFellOutOfMemoryAreLookedUpAndNewOnesAreNot(t *testing.T) {
	store := open(t, filepath.Join(t.TempDir(), "t.duckdb"))
	defer store.Close()
	counted := &counting{Store: store}
	s := started(t, counted)
	const sessions, group = 110_000, 5000 // more than are kept
	for from := 0; from < sessions; from += group {
		events := make([]telemetry.Event, group)
		for i := range events {
			events[i] = beat("ses_many_"+strconv.Itoa(from+i), 1)
		}
		accepted, _, err := s.Ingest(t.Context(), env, events)
		require.NoError(t, err)
		require.Equal(t, group, accepted)
	}
	require.LessOrEqual(t, counted.asked, sessions/group, "new sessions are asked for only when the filter errs")
	before := counted.asked
	_, duplicate, err := s.Ingest(t.Context(), env, []telemetry.Event{beat("ses_many_"+strconv.Itoa(sessions-1), 1)})
	require.NoError(t, err)
	require.Equal(t, []int{1, before}, []int{duplicate, counted.asked}, "it is in memory")
	accepted, duplicate, err := s.Ingest(t.Context(), env, []telemetry.Event{beat("ses_many_0", 1), beat("ses_many_0", 2)})
	require.NoError(t, err)
	require.Equal(t, []int{1, 1, before + 1}, []int{accepted, duplicate, counted.asked}, "it has to be looked up")
	last := s.LastEventAt(env)
	require.NoError(t, s.Stop(t.Context()))

	again := started(t, store)
	require.Equal(t, last, again.LastEventAt(env))
	_, duplicate, err = again.Ingest(t.Context(), env, []telemetry.Event{beat("ses_many_7", 1), beat("ses_many_109999", 1)})
	require.NoError(t, err)
	require.Equal(t, 2, duplicate)
	require.NoError(t, again.Stop(t.Context()))
}
