package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/api"
	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/store/sqldb"
	"github.com/siteproof/belay/internal/tenant"
)

const (
	largeFlags    = 1000
	largeSegments = 500
	perFlag       = 100 // people with an override, who have one of no other flag: 100,000 in all
)

// TestALargeInstallationStartsAndFollowsChanges says what it took; flagbench --scale measures the same on a quiet machine.
func TestALargeInstallationStartsAndFollowsChanges(t *testing.T) {
	dir := t.TempDir()
	seedLarge(t, dir)
	began := time.Now()
	b := start(t, dir)
	ready := time.Since(began)

	tree, err := b.Flags(t.Context(), "production")
	require.NoError(t, err)
	require.Len(t, tree, largeFlags)
	var segments []json.RawMessage
	listed := b.ask(http.MethodGet, "/api/v1/environments/production/segments", nil, bearer(b.admin))
	require.NoError(t, json.Unmarshal([]byte(listed.body), &segments), listed.body)
	require.Len(t, segments, largeSegments)
	value := func(key, who, traits string) string {
		t.Helper()
		got := b.ask(http.MethodPost, "/ofrep/v1/evaluate/flags/"+key, fmt.Appendf(nil, `{"context":{"targetingKey":%q%s}}`, who, traits),
			"Authorization: Bearer "+b.env.ClientKey)
		require.Equal(t, http.StatusOK, got.status, got.body)
		return got.body
	}
	// The last override of the last flag, and a segment, are found among all of them.
	require.Contains(t, value("flag-0999", "person-099999", ""), `"value":false`)
	require.Contains(t, value("flag-0999", "person-099998", ""), `"value":true`)
	require.Contains(t, value("flag-0997", "nobody", `,"country":"DE","age":99`), `"value":false`)
	require.Contains(t, value("flag-0997", "nobody", `,"country":"US","age":99`), `"value":true`)

	var took []time.Duration
	for n := range 10 {
		key, on := fmt.Sprintf("flag-%04d", n*37), n%2 == 0
		began := time.Now()
		_, err := b.ChangeFlag(t.Context(), "production", key, api.FlagChange{Enabled: &on, Reason: because})
		require.NoError(t, err)
		// A fresh request after the answer sees the change: none is answered from before.
		require.Contains(t, value(key, "nobody", ""), fmt.Sprintf(`"value":%t`, on))
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	runtime.GC()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	t.Logf("%d flags, %d segments, %d identities with overrides: started in %s, a change is visible after %s (median) and %s (most), %d MB on the heap",
		largeFlags, largeSegments, largeFlags*perFlag, ready.Round(time.Millisecond), took[len(took)/2].Round(time.Millisecond),
		took[len(took)-1].Round(time.Millisecond), memory.HeapAlloc>>20)
}

// seedLarge fills a data folder in one commit. Every 37th flag is the same for everybody but its hundred people.
func seedLarge(t *testing.T, dir string) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	log := slog.New(slog.DiscardHandler)
	db, err := sqldb.Open(ctx, sqldb.Options{Path: filepath.Join(dir, "control.sqlite"), Logger: log})
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	journal, err := change.NewJournal(ctx, db, time.Now)
	require.NoError(t, err)
	belay := change.Actor{Kind: change.System, ID: "belay", Name: "Belay"}
	tenants := tenant.New(sqldb.NewTenants(db), journal)
	require.NoError(t, tenants.EnsureFirst(ctx, belay, tenant.FirstNames{
		Organisation: "o", Project: "p", Environments: []tenant.FirstEnvironment{{Key: "production", Name: "Production"}},
	}))
	env, err := tenants.Find("production")
	require.NoError(t, err)
	flags := flag.New(flag.Options{Store: sqldb.NewFlags(db), Journal: journal, Logger: log})
	require.NoError(t, flags.Load(ctx))

	var operations []flag.Operation
	for i := range largeSegments {
		operations = append(operations, flag.PutSegment(flag.Segment{Key: fmt.Sprintf("segment-%03d", i), Rules: []flag.Rule{{Type: "ALL", Conditions: []flag.Condition{
			{Property: "country", Operator: "IN", Value: "DE,FR,IT"}, {Property: "age", Operator: "GREATER_THAN", Value: fmt.Sprint(i % 80)},
		}}}}))
	}
	for i := range largeFlags {
		f := flag.Flag{Key: fmt.Sprintf("flag-%04d", i), Type: flag.Boolean, Enabled: i%2 != 0}
		if i%37 != 0 {
			f.Segments = []flag.Override{{For: fmt.Sprintf("segment-%03d", i%largeSegments), Priority: 1, Enabled: i%2 == 0}}
		}
		for n := range perFlag {
			f.Identities = append(f.Identities, flag.Override{For: fmt.Sprintf("person-%06d", i*perFlag+n), Enabled: n%2 == 0})
		}
		operations = append(operations, flag.PutFlag(f))
	}
	_, err = flags.Apply(ctx, belay, because, env.ID, flag.AnyRevision, operations)
	require.NoError(t, err)
}
