package telemetry_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/store/duckdb"
	"github.com/siteproof/belay/internal/telemetry"
)

const env = "env_test"

func open(t testing.TB, path string) *duckdb.Store {
	t.Helper()
	store, err := duckdb.Open(t.Context(), duckdb.Options{Path: path})
	require.NoError(t, err)
	return store
}

func started(t testing.TB, store telemetry.Store, listen ...func([]telemetry.Event)) *telemetry.Service {
	t.Helper()
	s := telemetry.New(telemetry.Options{Store: store})
	for _, fn := range listen {
		s.OnStored(fn)
	}
	require.NoError(t, s.Start(t.Context()))
	return s
}

func beat(session string, seq int64) telemetry.Event {
	return telemetry.Event{Session: session, User: "usr_" + session, Kind: telemetry.Heartbeat, Seq: seq}
}

func all(t require.TestingT, s *telemetry.Service) (out []telemetry.Event) {
	require.NoError(t, s.Scan(context.Background(), env, time.Time{}, time.Time{}, func(e telemetry.Event) error {
		out = append(out, e)
		return nil
	}))
	return out
}

func TestAnEventIsStoredOnceHoweverOftenItComes(t *testing.T) {
	store := open(t, filepath.Join(t.TempDir(), "t.duckdb"))
	defer store.Close()
	var shown []telemetry.Event
	s := started(t, store, func(fresh []telemetry.Event) { shown = append(shown, fresh...) }) // read after Stop
	var accepted, duplicate atomic.Int64
	var senders sync.WaitGroup
	for range 16 { // all send the same sixty documents, in any order, at the same time
		senders.Go(func() {
			for _, d := range rand.Perm(60) {
				session := fmt.Sprintf("ses_same_%d", d/3)
				events := []telemetry.Event{beat(session, int64(d%3)+1), beat(session, int64(d%3)+2), beat(session, int64(d%3)+2)}
				a, d, err := s.Ingest(t.Context(), env, events)
				if err != nil {
					t.Error(err)
				}
				accepted.Add(int64(a))
				duplicate.Add(int64(d))
			}
		})
	}
	senders.Wait()
	require.NoError(t, s.Stop(t.Context()))
	require.EqualValues(t, 20*4, accepted.Load())
	require.EqualValues(t, 16*60*3-20*4, duplicate.Load())
	stored := all(t, s)
	require.Len(t, stored, 20*4)
	require.Equal(t, stored, shown, "listeners saw what a replay sees, in the same order")
}

func TestDuplicatesAreKnownAfterARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.duckdb")
	known := map[string]bool{} // the model is a set; what comes between is restarts
	random := rand.New(rand.NewPCG(7, 7))
	for range 15 {
		store := open(t, path)
		s := started(t, store)
		for range 1 + random.IntN(8) {
			var events []telemetry.Event
			want := 0
			for range 1 + random.IntN(12) {
				e := beat("ses_restarted_"+strconv.Itoa(random.IntN(8)), 1+random.Int64N(12))
				e.Kind = []telemetry.Kind{telemetry.Heartbeat, telemetry.Ready}[random.IntN(2)]
				if name := fmt.Sprint(e.Session, e.Kind, e.Seq); !known[name] {
					known[name] = true
					want++
				}
				events = append(events, e)
			}
			accepted, duplicate, err := s.Ingest(t.Context(), env, events)
			require.NoError(t, err)
			require.Equal(t, []int{want, len(events) - want}, []int{accepted, duplicate})
		}
		require.NoError(t, s.Stop(t.Context()))
		require.NoError(t, store.Close())
	}
}

func TestTwoEnvironmentsMayUseTheSameSessionName(t *testing.T) {
	store := open(t, filepath.Join(t.TempDir(), "t.duckdb"))
	defer store.Close()
	s := started(t, store)
	defer func() { require.NoError(t, s.Stop(context.Background())) }()
	for _, environment := range []string{env, "env_other"} {
		accepted, _, err := s.Ingest(t.Context(), environment, []telemetry.Event{beat("ses_same_name", 1)})
		require.NoError(t, err)
		require.Equal(t, 1, accepted)
	}
	require.Len(t, all(t, s), 1)
	require.False(t, s.LastEventAt(env).IsZero())
	require.True(t, s.LastEventAt("env_none").IsZero())
}

// moody fails for events of one session, and for all while down. It counts on the real store for the rest.
type moody struct {
	telemetry.Store
	poison string
	down   atomic.Bool
	hold   chan struct{} // when not nil, Append waits for it
}

func (m *moody) Append(ctx context.Context, events []telemetry.Event) error {
	if m.hold != nil {
		<-m.hold
	}
	for _, e := range events {
		if e.Session == m.poison || m.down.Load() {
			return errors.New("the disk is full")
		}
	}
	return m.Store.Append(ctx, events)
}

func TestOneBatchThatCannotBeStoredTakesNoOthersWithIt(t *testing.T) {
	store := open(t, filepath.Join(t.TempDir(), "t.duckdb"))
	defer store.Close()
	s := started(t, &moody{Store: store, poison: "ses_poison"})
	var senders sync.WaitGroup
	for i := range 40 {
		senders.Go(func() {
			session := "ses_fine_" + strconv.Itoa(i)
			if i == 17 {
				session = "ses_poison"
			}
			_, _, err := s.Ingest(t.Context(), env, []telemetry.Event{beat(session, 1)})
			if (err != nil) != (i == 17) {
				t.Errorf("sender %d: %v", i, err)
			}
		})
	}
	senders.Wait()
	require.NoError(t, s.Stop(t.Context()))
	stored := all(t, s)
	require.Len(t, stored, 39)
	for i, e := range stored {
		require.EqualValues(t, i+1, e.Position)
	}
}

func TestEventsRefusedByTheStoreAreTakenTheNextTime(t *testing.T) {
	store := open(t, filepath.Join(t.TempDir(), "t.duckdb"))
	defer store.Close()
	shown := 0
	failing := &moody{Store: store}
	s := started(t, failing, func(fresh []telemetry.Event) { shown += len(fresh) })
	events := []telemetry.Event{beat("ses_retried", 1), beat("ses_retried", 2)}
	failing.down.Store(true)
	_, _, err := s.Ingest(t.Context(), env, events)
	require.True(t, fault.Is(err, fault.Unavailable), "%v", err)
	s.RecordFetch(env, "ses_retried", "ann", "")
	failing.down.Store(false)
	accepted, duplicate, err := s.Ingest(t.Context(), env, events)
	require.NoError(t, err)
	require.Equal(t, []int{2, 0}, []int{accepted, duplicate})
	require.NoError(t, s.Stop(t.Context()))
	require.Equal(t, len(all(t, s)), shown)
}

// doubtful stores and yet says that it failed, once.
type doubtful struct {
	telemetry.Store
	failed bool
}

func (d *doubtful) Append(ctx context.Context, events []telemetry.Event) error {
	if err := d.Store.Append(ctx, events); err != nil || d.failed {
		return err
	}
	d.failed = true
	return errors.New("stored, but the log could not be folded in")
}

func TestWhatWasStoredInDoubtIsShownOnceAndNotStoredAgain(t *testing.T) {
	store := open(t, filepath.Join(t.TempDir(), "t.duckdb"))
	defer store.Close()
	var shown []telemetry.Event
	s := started(t, &doubtful{Store: store}, func(fresh []telemetry.Event) { shown = append(shown, fresh...) })
	_, _, err := s.Ingest(t.Context(), env, beats("ses_in_doubt", 1, 3))
	require.True(t, fault.Is(err, fault.Unavailable), "%v", err)
	accepted, duplicate, err := s.Ingest(t.Context(), env, beats("ses_in_doubt", 1, 5))
	require.NoError(t, err)
	require.Equal(t, []int{2, 3}, []int{accepted, duplicate})
	require.NoError(t, s.Stop(t.Context()))
	require.Equal(t, all(t, s), shown)
	require.Len(t, shown, 5)
}

func TestAQueueThatIsFullRefusesInsteadOfGrowing(t *testing.T) {
	store := open(t, filepath.Join(t.TempDir(), "t.duckdb"))
	defer store.Close()
	slow := &moody{Store: store, hold: make(chan struct{})}
	s := started(t, slow)
	large := telemetry.Event{User: "ann", Kind: telemetry.Error, Name: "E", Stack: strings.Repeat("s", telemetry.MaxStack)}
	var refused, taken atomic.Int64
	var senders sync.WaitGroup
	first := make(chan struct{})
	var once sync.Once
	for i := range 30 { // 30 × 500 × 16 kB = 240 MB
		senders.Go(func() {
			events := make([]telemetry.Event, 500)
			for j := range events {
				events[j] = large
				events[j].Session, events[j].Seq, events[j].Fingerprint = "ses_large_"+strconv.Itoa(i), int64(j+1), "f"
			}
			_, _, err := s.Ingest(t.Context(), env, events)
			switch {
			case err == nil:
				taken.Add(1)
			case fault.Is(err, fault.Unavailable):
				refused.Add(1)
				once.Do(func() { close(first) })
			default:
				t.Error(err)
			}
		})
	}
	<-first // the store holds still, and yet some have their answer
	close(slow.hold)
	senders.Wait()
	require.NoError(t, s.Stop(t.Context()))
	require.GreaterOrEqual(t, refused.Load(), int64(15))
	require.Len(t, all(t, s), 500*int(taken.Load()))
}

func TestStopStoresWhatWaits(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	store := open(t, filepath.Join(t.TempDir(), "t.duckdb"))
	defer store.Close()
	s := started(t, store)
	for i := range 500 {
		s.RecordFetch(env, "ses_stopping_"+strconv.Itoa(i), "ann", "")
	}
	require.NoError(t, s.Stop(t.Context()))
	require.Len(t, all(t, s), 500)
	require.Zero(t, s.DroppedFetches())
	_, _, err := s.Ingest(t.Context(), env, []telemetry.Event{beat("ses_too_late", 1)})
	require.True(t, fault.Is(err, fault.Unavailable))
	s.RecordFetch(env, "ses_too_late", "ann", "")
	require.EqualValues(t, 1, s.DroppedFetches(), "a fetch that is lost is counted")
	require.NoError(t, s.Stop(t.Context()), "stopping twice is harmless")
}

func TestAFetchIsRecordedOncePerSession(t *testing.T) {
	store := open(t, filepath.Join(t.TempDir(), "t.duckdb"))
	defer store.Close()
	s := started(t, store)
	const chrome = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
	for range 10 {
		s.RecordFetch(env, "ses_fetching", "ann", chrome)
	}
	s.RecordFetch(env, "ses_without_user", "", chrome)
	s.RecordFetch(env, "not a session", "ann", chrome)
	require.NoError(t, s.Stop(t.Context()))
	stored := all(t, s)
	require.Len(t, stored, 1)
	require.Equal(t, telemetry.Fetch, stored[0].Kind)
	require.Zero(t, stored[0].Seq)
	require.Equal(t, "Chrome macOS", stored[0].Browser+" "+stored[0].OS)
}

func TestAPageThatIsLoadedAgainBeforeItIsReadyFetchesOnceMore(t *testing.T) {
	store := open(t, filepath.Join(t.TempDir(), "t.duckdb"))
	defer store.Close()
	now := time.Now()
	s := telemetry.New(telemetry.Options{Store: store, Now: func() time.Time { return now }})
	require.NoError(t, s.Start(t.Context()))
	fetch := func(session string) { s.RecordFetch(env, session, "ann", "") }
	fetch("ses_reloaded")
	fetch("ses_at_work_")
	fetch("ses_long_ago")
	_, _, err := s.Ingest(t.Context(), env, []telemetry.Event{{Session: "ses_at_work_", User: "ann", Kind: telemetry.Ready, Seq: 1}})
	require.NoError(t, err)
	now = now.Add(8 * time.Second)
	for range 3 {
		fetch("ses_reloaded")
		fetch("ses_at_work_") // a change was fetched
	}
	now = now.Add(time.Hour)
	fetch("ses_long_ago")
	require.NoError(t, s.Stop(t.Context()))
	var fetches []string
	for _, e := range all(t, s) {
		if e.Kind == telemetry.Fetch {
			fetches = append(fetches, fmt.Sprint(e.Session, " ", e.Seq))
		}
	}
	require.Equal(t, []string{"ses_reloaded 0", "ses_at_work_ 0", "ses_long_ago 0", "ses_reloaded 1"}, fetches)
}

func TestEventsThatCannotBeAreRefused(t *testing.T) {
	store := open(t, filepath.Join(t.TempDir(), "t.duckdb"))
	defer store.Close()
	s := started(t, store)
	defer func() { require.NoError(t, s.Stop(context.Background())) }()
	var zero float64
	for name, e := range map[string]telemetry.Event{
		"kind":    {Session: "ses_invalid", Kind: "magic", Seq: 1},
		"seq":     {Session: "ses_invalid", Kind: telemetry.Ready},
		"session": {Session: "short", Kind: telemetry.Ready, Seq: 1},
		"value":   {Session: "ses_invalid", Kind: telemetry.Ready, Seq: 1, Value: 1 / zero},
	} {
		_, _, err := s.Ingest(t.Context(), env, []telemetry.Event{beat("ses_invalid", 1), e})
		require.True(t, fault.Is(err, fault.Invalid), "%s: %v", name, err)
	}
	require.Empty(t, all(t, s))
}

func TestTrafficHasOneEntryForEachMinute(t *testing.T) {
	store := open(t, filepath.Join(t.TempDir(), "t.duckdb"))
	defer store.Close()
	s := started(t, store)
	defer func() { require.NoError(t, s.Stop(context.Background())) }()
	now := time.Now()
	broken := telemetry.Event{Session: "ses_traffic_b", Kind: telemetry.Error, Name: "E", Seq: 1, ReceivedAt: now.Add(-5 * time.Minute)}
	_, _, err := s.Ingest(t.Context(), env, []telemetry.Event{beat("ses_traffic_a", 1), beat("ses_traffic_a", 2), broken})
	require.NoError(t, err)
	minutes, err := s.Traffic(t.Context(), env, 30)
	require.NoError(t, err)
	require.Len(t, minutes, 30)
	var sessions, errs int64
	for i, m := range minutes {
		sessions, errs = sessions+m.Sessions, errs+m.Errors
		require.Equal(t, minutes[0].At.Add(time.Duration(i)*time.Minute), m.At)
	}
	require.Equal(t, []int64{2, 1}, []int64{sessions, errs})
}

func BenchmarkIngest(b *testing.B) {
	store := open(b, filepath.Join(b.TempDir(), "t.duckdb"))
	defer store.Close()
	s := started(b, store)
	const rows, senders = 8, 64
	var session atomic.Int64
	b.SetParallelism(senders / runtime.GOMAXPROCS(0))
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			name := fmt.Sprintf("ses_bench_%d", session.Add(1))
			events := make([]telemetry.Event, rows)
			for i := range events {
				events[i] = telemetry.Event{
					Session: name, User: "usr_" + name, Kind: telemetry.Vital, Seq: int64(i + 1), Name: "LCP", Value: 1234.5, Page: "/ncrs/new",
					Release: "app@1", Browser: "Chrome", OS: "macOS", Variants: map[string]string{"design-system-v2": "on", "ncr-form": "on"},
				}
			}
			if _, _, err := s.Ingest(context.Background(), env, events); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(b.N*rows)/b.Elapsed().Seconds(), "rows/s")
	require.NoError(b, s.Stop(context.Background()))
}
