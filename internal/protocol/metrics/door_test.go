package metrics_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/protocol/metrics"
	"github.com/siteproof/belay/internal/store/duckdb"
	"github.com/siteproof/belay/internal/store/sqldb"
	"github.com/siteproof/belay/internal/store/sqldb/sqldbtest"
	"github.com/siteproof/belay/internal/telemetry"
	"github.com/siteproof/belay/internal/tenant"
)

// belay is a real door: HTTP, DuckDB and SQLite.
type belay struct {
	t     testing.TB
	url   string
	env   tenant.Environment
	store *duckdb.Store
}

func start(t *testing.T) *belay {
	t.Helper()
	db := sqldbtest.Open(t)
	journal, err := change.NewJournal(t.Context(), db, time.Now)
	require.NoError(t, err)
	tenants := tenant.New(sqldb.NewTenants(db), journal)
	require.NoError(t, tenants.Load(t.Context()))
	require.NoError(t, tenants.EnsureFirst(t.Context(), change.Actor{Kind: change.System, ID: "test", Name: "test"}, tenant.FirstNames{
		Organisation: "Test", Project: "Test", Environments: []tenant.FirstEnvironment{{Key: "production", Name: "Production"}},
	}))
	store, err := duckdb.Open(t.Context(), duckdb.Options{Path: filepath.Join(t.TempDir(), "t.duckdb")})
	require.NoError(t, err)
	events := telemetry.New(telemetry.Options{Store: store})
	require.NoError(t, events.Start(t.Context()))
	server := httptest.NewServer(metrics.New(metrics.Options{Tenants: tenants, Telemetry: events}))
	t.Cleanup(func() {
		server.Close()
		require.NoError(t, events.Stop(context.Background()))
		require.NoError(t, store.Close())
	})
	return &belay{t: t, url: server.URL, env: tenants.Environments()[0], store: store}
}

func (b *belay) post(key, body string) (status int, answer string) {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.url+"/metrics/v1", strings.NewReader(body))
	require.NoError(b.t, err)
	request.Header.Set("X-Environment-Key", key)
	response, err := http.DefaultClient.Do(request)
	require.NoError(b.t, err)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	require.NoError(b.t, err)
	return response.StatusCode, string(text)
}

const document = `{"v":1,"source":"api-7f9c4d","reports":[
	{"seq":1,"name":"checkout","user":"usr_42","units":3,"bad":1},
	{"seq":2,"name":"api.latency","user":"usr_42","value":184.2},
	{"seq":3,"name":"checkout","flag":"design","arm":"treatment","units":512,"bad":3}]}`

func TestReportsAreStoredOnceAsEvents(t *testing.T) {
	b := start(t)
	status, answer := b.post(b.env.ServerKey, document)
	require.Equal(t, http.StatusAccepted, status, answer)
	require.JSONEq(t, `{"accepted":3,"duplicate":0}`, answer)
	_, answer = b.post(b.env.ServerKey, document)
	require.JSONEq(t, `{"accepted":0,"duplicate":3}`, answer)
	var events []telemetry.Event
	require.NoError(t, b.store.Scan(t.Context(), b.env.ID, time.Time{}, time.Time{}, func(e telemetry.Event) error {
		events = append(events, e)
		return nil
	}))
	require.Len(t, events, 3)
	require.Equal(t, telemetry.Metric, events[0].Kind)
	require.Equal(t, "usr_42", events[0].User)
	require.JSONEq(t, `{"units":3,"bad":1}`, string(events[0].Properties))
	require.InDelta(t, 184.2, events[1].Value, 0)
	require.Equal(t, telemetry.Treatment, events[2].Variant)
	require.Equal(t, "design", events[2].Flag)
}

func TestADocumentIsRefusedWholeAndSaysWhere(t *testing.T) {
	b := start(t)
	one := func(report string) string { return `{"v":1,"source":"api-7f9c4d","reports":[` + report + `]}` }
	for where, body := range map[string]string{
		"v":                `{"v":2,"source":"api-7f9c4d","reports":[{"seq":1,"name":"a","user":"u","value":1}]}`,
		"source":           `{"v":1,"source":"api","reports":[{"seq":1,"name":"a","user":"u","value":1}]}`,
		"reports":          `{"v":1,"source":"api-7f9c4d","reports":[]}`,
		"reports[0].seq":   one(`{"name":"a","user":"u","value":1}`),
		"reports[0].name":  one(`{"seq":1,"user":"u","value":1}`),
		"reports[0].arm":   one(`{"seq":1,"name":"a","units":1}`),
		"reports[0].flag":  one(`{"seq":1,"name":"a","arm":"control","units":1}`),
		"reports[0].value": one(`{"seq":1,"name":"a","arm":"control","flag":"f","value":1}`),
		"reports[0].units": one(`{"seq":1,"name":"a","user":"u"}`),
		"reports[0].bad":   one(`{"seq":1,"name":"a","user":"u","units":2,"bad":3}`),
		"tail":             one(`{"seq":1,"name":"a","user":"u","value":1}`) + "{}",
		"unknown field":    one(`{"seq":1,"name":"a","user":"u","value":1,"colour":"red"}`),
		"not JSON":         "units",
		"too large value":  one(`{"seq":1,"name":"a","user":"u","value":1e999}`),
	} {
		status, answer := b.post(b.env.ServerKey, body)
		require.Equal(t, http.StatusBadRequest, status, where)
		if strings.Contains(where, "reports") {
			require.Contains(t, answer, `"`+where, where)
		}
	}
	last, _, err := b.store.Tail(t.Context())
	require.NoError(t, err)
	require.Zero(t, last, "nothing was stored")
}

func TestOnlyServersMayReport(t *testing.T) {
	b := start(t)
	for key, want := range map[string]int{"": http.StatusUnauthorized, "ser.nobody": http.StatusUnauthorized, b.env.ClientKey: http.StatusForbidden} {
		status, answer := b.post(key, document)
		require.Equal(t, want, status, answer)
	}
	response, err := http.Get(b.url + "/metrics/v1") //nolint:noctx // a test
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusMethodNotAllowed, response.StatusCode)
}
