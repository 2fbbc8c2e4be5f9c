package stream_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/httpd"
	"github.com/siteproof/belay/internal/protocol/ofrep"
	"github.com/siteproof/belay/internal/store/sqldb"
	"github.com/siteproof/belay/internal/store/sqldb/sqldbtest"
	"github.com/siteproof/belay/internal/stream"
	"github.com/siteproof/belay/internal/tenant"
)

// crowd is a number of clients with open streams that hold flags over OFREP, and the Belay they talk to.
type crowd struct {
	url         string
	key         string
	environment string
	hub         *stream.Hub
	streams     http.Client
	fetches     http.Client
	applied     chan held
	failed      chan error
}

// held says that a client holds the master flag's state since at.
type held struct {
	client int
	on     bool
	at     time.Time
}

// BenchmarkRollbackReachesStreamClients measures from the call that switches a master flag off, through SQLite (with
// fsync), the snapshot, the stream and the fetch of each client over real sockets, until each holds the new state. One
// operation is one rollback reaching all clients; p50, p99 and max are over clients and rollbacks.
func BenchmarkRollbackReachesStreamClients(b *testing.B) {
	for _, clients := range []int{1000} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) { benchmarkRollback(b, clients) })
	}
}

func benchmarkRollback(b *testing.B, clients int) {
	c, change := newCrowd(b, clients)
	ctx, cancel := context.WithCancel(b.Context())
	var running sync.WaitGroup
	defer running.Wait()
	defer c.hub.Stop()
	defer cancel()
	for i := range clients {
		running.Go(func() {
			if err := c.live(ctx, i); err != nil && ctx.Err() == nil {
				c.failed <- err
			}
		})
	}
	c.wait(b, clients, true, time.Now())
	for c.hub.Clients(c.environment).Connected < clients { // the hello of the last ones is on its way
		select {
		case err := <-c.failed:
			b.Fatal(err)
		case <-time.After(10 * time.Millisecond):
		}
	}
	var took []time.Duration
	for b.Loop() {
		from := time.Now()
		change(false)
		took = append(took, c.wait(b, clients, false, from)...)
		b.StopTimer()
		from = time.Now()
		change(true)
		c.wait(b, clients, true, from)
		b.StartTimer()
	}
	slices.Sort(took)
	at := func(share float64) float64 {
		return float64(took[min(len(took)-1, int(share*float64(len(took))))].Microseconds()) / 1000
	}
	b.ReportMetric(at(0.5), "p50-ms")
	b.ReportMetric(at(0.99), "p99-ms")
	b.ReportMetric(at(1), "max-ms")
}

const benchMaster = "design-system-v2"

// newCrowd starts a Belay of flags, OFREP and streams on a real listener.
func newCrowd(b *testing.B, clients int) (*crowd, func(enabled bool)) {
	b.Helper()
	actor := change.Actor{Kind: change.Person, ID: "per_1", Name: "Dana"}
	db := sqldbtest.Open(b)
	journal, err := change.NewJournal(b.Context(), db, time.Now)
	require.NoError(b, err)
	tenants := tenant.New(sqldb.NewTenants(db), journal)
	require.NoError(b, tenants.EnsureFirst(b.Context(), actor, tenant.FirstNames{
		Organisation: "o", Project: "p", Environments: []tenant.FirstEnvironment{{Key: "production", Name: "Production"}},
	}))
	environment, err := tenants.Find("production")
	require.NoError(b, err)
	log := slog.New(slog.DiscardHandler)
	flags := flag.New(flag.Options{Store: sqldb.NewFlags(db), Journal: journal, Logger: log})
	require.NoError(b, flags.Load(b.Context()))
	hub := stream.New(stream.Options{Logger: log, Revision: func(id string) int64 { return flags.Snapshot(id).Revision() }})
	journal.Subscribe("flags", flags.Refresh)
	journal.Subscribe("browsers", func(commit change.Commit) { hub.Announce(environment.ID, commit.Revision) })
	for _, f := range []flag.Flag{
		{Key: benchMaster, Enabled: true},
		{Key: "auth", Parent: benchMaster, Enabled: true},
		{Key: "dashboard", Parent: benchMaster, Enabled: true},
		{Key: "itp-form", Parent: benchMaster, Enabled: true},
		{Key: "ncr-form", Parent: benchMaster, Enabled: true},
		{Key: "diary", Parent: benchMaster, Enabled: true},
	} {
		f.Type, f.EnvironmentID = flag.Boolean, environment.ID
		_, err := flags.Create(b.Context(), actor, "a benchmark needs it", f)
		require.NoError(b, err)
	}
	_, err = flags.SetSplit(b.Context(), actor, "a benchmark needs it", environment.ID, benchMaster, &flag.Split{Rollout: "rol_1", Salt: "salt", Percent: 100})
	require.NoError(b, err)

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	door := ofrep.New(ofrep.Options{Tenants: tenants, Flags: flags, Stream: hub, Logger: log, PerSecond: -1})
	server := httpd.NewServer(listener, httpd.Chain(door, log), log)
	server.Start()
	c := &crowd{
		url: "http://" + listener.Addr().String(), key: environment.ClientKey, environment: environment.ID, hub: hub,
		applied: make(chan held, 4*clients), failed: make(chan error, clients),
		streams: http.Client{Transport: &http.Transport{}},
		fetches: http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}},
	}
	b.Cleanup(func() {
		c.streams.CloseIdleConnections()
		c.fetches.CloseIdleConnections()
		if err := server.Stop(context.WithoutCancel(b.Context())); err != nil {
			b.Error(err)
		}
	})
	return c, func(enabled bool) {
		if _, err := flags.Change(b.Context(), actor, "back and forth", environment.ID, benchMaster, flag.Patch{Enabled: &enabled}); err != nil {
			b.Fatal(err)
		}
	}
}

// live is one client: it fetches, listens, and fetches again whenever it is told to.
func (c *crowd) live(ctx context.Context, i int) error {
	if err := c.fetch(ctx, i); err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("%s/ofrep/v1/stream?key=%s&session=ses_%08d", c.url, c.key, i), nil)
	if err != nil {
		return err
	}
	response, err := c.streams.Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the stream answered %s", response.Status)
	}
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		if strings.Contains(lines.Text(), "refetchEvaluation") {
			if err := c.fetch(ctx, i); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *crowd) fetch(ctx context.Context, i int) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+"/ofrep/v1/evaluate/flags",
		strings.NewReader(fmt.Sprintf(`{"context":{"targetingKey":"usr_%d","plan":"pro"}}`, i)))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+c.key)
	response, err := c.fetches.Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	var answer struct {
		Flags []struct {
			Key   string
			Value any
		}
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return fmt.Errorf("%s: %w", response.Status, err)
	}
	for _, f := range answer.Flags {
		if f.Key == benchMaster {
			c.applied <- held{i, f.Value == true, time.Now()}
			return nil
		}
	}
	return fmt.Errorf("the answer has no %s: %s", benchMaster, body)
}

// wait ends when every client holds the state, and gives how long each took since from.
func (c *crowd) wait(b *testing.B, clients int, on bool, from time.Time) []time.Duration {
	b.Helper()
	deadline := time.After(60 * time.Second)
	seen := make(map[int]time.Duration, clients)
	for len(seen) < clients {
		select {
		case h := <-c.applied:
			if _, known := seen[h.client]; h.on == on && !known {
				seen[h.client] = h.at.Sub(from)
			}
		case err := <-c.failed:
			b.Fatal(err)
		case <-deadline:
			b.Fatalf("%d of %d clients do not hold the new state after a minute", clients-len(seen), clients)
		}
	}
	var took []time.Duration
	for _, t := range seen {
		took = append(took, t)
	}
	return took
}
