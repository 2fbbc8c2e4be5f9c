package flagsmith_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/identity"
	"github.com/siteproof/belay/internal/protocol/flagsmith"
	"github.com/siteproof/belay/internal/store/sqldb"
	"github.com/siteproof/belay/internal/store/sqldb/sqldbtest"
	"github.com/siteproof/belay/internal/stream"
	"github.com/siteproof/belay/internal/telemetry"
	"github.com/siteproof/belay/internal/tenant"
)

var dana = change.Actor{Kind: change.Person, ID: "per_1", Name: "Dana"}

// world is the door on a real listener, with real flags and traits on real SQLite.
type world struct {
	t       testing.TB
	tenants *tenant.Service
	flags   *flag.Service
	people  *sqldb.Identities
	env     tenant.Environment
	server  *httptest.Server

	mu      sync.Mutex
	events  []telemetry.Event
	forgets bool     // whatever is ingested
	seen    []string // who was evaluated for, as OnIdentity hears it
}

// Ingest keeps what the door brings.
func (w *world) Ingest(_ context.Context, _ string, events []telemetry.Event) (accepted, duplicate int, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.forgets {
		w.events = append(w.events, events...)
	}
	return len(events), 0, nil
}

func newWorld(t testing.TB, perSecond float64) *world {
	t.Helper()
	db := sqldbtest.Open(t)
	journal, err := change.NewJournal(t.Context(), db, time.Now)
	require.NoError(t, err)
	tenants := tenant.New(sqldb.NewTenants(db), journal)
	require.NoError(t, tenants.EnsureFirst(t.Context(), dana, tenant.FirstNames{
		Organisation: "o", Project: "p", Environments: []tenant.FirstEnvironment{{Key: "production", Name: "Production"}},
	}))
	log := slog.New(slog.DiscardHandler)
	w := &world{t: t, tenants: tenants, flags: flag.New(flag.Options{Store: sqldb.NewFlags(db), Journal: journal, Logger: log}), people: sqldb.NewIdentities(db)}
	w.env, err = tenants.Find("production")
	require.NoError(t, err)
	require.NoError(t, w.flags.Load(t.Context()))
	journal.Subscribe("flags", w.flags.Refresh)
	hub := stream.New(stream.Options{Logger: log})
	w.server = httptest.NewServer(flagsmith.New(flagsmith.Options{
		Tenants: tenants, Flags: w.flags, Identities: identity.New(w.people), Stream: hub, Telemetry: w, Logger: log, PerSecond: perSecond,
		OnIdentity: func(_, identifier string, _ map[string]any) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.seen = append(w.seen, identifier)
		},
	}))
	t.Cleanup(func() { hub.Stop(); w.server.Close() })
	for _, f := range []flag.Flag{
		{Key: "master", Type: flag.Boolean, Enabled: true},
		{Key: "child", Type: flag.Boolean, Enabled: true, Parent: "master"},
		{Key: "text", Type: flag.String, Enabled: true, Value: []byte(`"none"`)},
		{Key: "ratio", Type: flag.Number, Enabled: true, Value: []byte(`0.5`)},
		{Key: "secret", Type: flag.Boolean, Enabled: true, ServerOnly: true},
	} {
		f.EnvironmentID = w.env.ID
		_, err := w.flags.Create(t.Context(), dana, "a test needs it", f)
		require.NoError(t, err)
	}
	return w
}

type answer struct {
	status int
	header http.Header
	body   string
}

func (w *world) ask(method, path, body string, headers ...string) answer {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.server.URL+path, strings.NewReader(body))
	require.NoError(w.t, err)
	r.Header.Set("X-Environment-Key", w.env.ClientKey)
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	response, err := http.DefaultTransport.RoundTrip(r) // follows no redirect
	require.NoError(w.t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(w.t, err)
	return answer{response.StatusCode, response.Header, string(text)}
}

func TestFlagsInFlagsmithsForm(t *testing.T) {
	w := newWorld(t, 0)
	for _, path := range []string{"/api/v1/flags/", "/api/v1/flags"} {
		a := w.ask("GET", path, "")
		require.Equal(t, 200, a.status)
		var all []map[string]any
		require.NoError(t, json.Unmarshal([]byte(a.body), &all))
		require.Len(t, all, 4, "not the one for servers")
		got := map[string]any{}
		for _, f := range all {
			require.NotZero(t, f["feature"].(map[string]any)["id"])
			got[f["feature"].(map[string]any)["name"].(string)] = f["feature_state_value"]
		}
		require.Equal(t, map[string]any{"master": nil, "child": nil, "text": "none", "ratio": "0.5"}, got)
		require.Equal(t, "no-cache", a.header.Get("Cache-Control"))
		require.Contains(t, a.header.Get("Vary"), "X-Environment-Key")
		require.Equal(t, 304, w.ask("GET", path, "", "If-None-Match: "+a.header.Get("ETag")).status)
	}
	require.Contains(t, w.ask("GET", "/api/v1/flags/?feature=text", "").body, `"feature_state_value":"none"`)
	a := w.ask("GET", "/api/v1/flags/?feature=nothing", "")
	require.Equal(t, 404, a.status)
	require.Contains(t, a.body, "Given feature not found")
}

func TestStampsRiseWithEveryChange(t *testing.T) {
	w := newWorld(t, 0)
	last := ""
	for n := range 5 {
		a := w.ask("GET", "/api/v1/flags/", "")
		stamp := a.header.Get("X-Flagsmith-Document-Updated-At")
		require.Greater(t, stamp, last)
		require.Contains(t, a.header.Get("Access-Control-Expose-Headers"), "X-Flagsmith-Document-Updated-At")
		last = stamp
		on := n%2 == 1
		_, err := w.flags.Change(t.Context(), dana, "a test needs it", w.env.ID, "child", flag.Patch{Enabled: &on})
		require.NoError(t, err)
	}
}

func TestPagesOfAnyOriginMayCall(t *testing.T) {
	w := newWorld(t, 0)
	for _, path := range []string{"/api/v1/flags/", "/api/v1/identities", "/v1/events", "/sse/environments/x/stream"} {
		a := w.ask("OPTIONS", path, "", "Origin: https://site.example", "Access-Control-Request-Headers: flagsmith-sdk-user-agent,x-environment-key,x-own")
		require.Equal(t, 204, a.status)
		require.Equal(t, "*", a.header.Get("Access-Control-Allow-Origin"))
		for _, name := range []string{"flagsmith-sdk-user-agent", "x-environment-key", "x-own", "content-type"} {
			require.Contains(t, strings.ToLower(a.header.Get("Access-Control-Allow-Headers")), name)
		}
	}
}

func TestOnlyServersGetTheDocumentAndKeysAreChecked(t *testing.T) {
	w := newWorld(t, 0)
	require.Equal(t, 403, w.ask("GET", "/api/v1/environment-document/", "").status)
	require.Equal(t, 200, w.ask("GET", "/api/v1/environment-document", "", "X-Environment-Key: "+w.env.ServerKey).status)
	require.Equal(t, 401, w.ask("GET", "/api/v1/flags/", "", "X-Environment-Key: wrong").status)
	require.Equal(t, 404, w.ask("GET", "/sse/environments/wrong/stream", "").status)
	require.Equal(t, 404, w.ask("GET", "/sse/environments/"+w.env.ServerKey+"/stream", "").status, "a server key is not for addresses")
	require.Equal(t, 405, w.ask("DELETE", "/api/v1/flags/", "").status)
}

func TestManyOverridesComeInPages(t *testing.T) {
	w := newWorld(t, 0)
	for _, key := range []string{"text", "ratio"} {
		var all []flag.Override
		for n := range 800 {
			all = append(all, flag.Override{For: fmt.Sprintf("%s %d", key, n), Enabled: true})
		}
		_, err := w.flags.Change(t.Context(), dana, "a test needs it", w.env.ID, key, flag.Patch{Identities: &all})
		require.NoError(t, err)
	}
	seen := map[string]bool{}
	for path, pages := "/api/v1/environment-document/", 0; path != ""; pages++ {
		require.Less(t, pages, 2)
		a := w.ask("GET", path, "", "X-Environment-Key: "+w.env.ServerKey)
		require.Equal(t, 200, a.status, a.body)
		var document struct {
			IdentityOverrides []struct{ Identifier string } `json:"identity_overrides"`
		}
		require.NoError(t, json.Unmarshal([]byte(a.body), &document))
		for _, o := range document.IdentityOverrides {
			seen[o.Identifier] = true
		}
		path, _, _ = strings.Cut(strings.TrimPrefix(a.header.Get("Link"), "<"), ">")
	}
	require.Len(t, seen, 1600)
}

func TestOnlyTraitsToKeepAreWritten(t *testing.T) {
	w := newWorld(t, 0)
	kept := func(who string) identity.Traits {
		traits, err := w.people.Traits(t.Context(), w.env.ID, who)
		require.NoError(t, err)
		return traits
	}
	require.Equal(t, 200, w.ask("GET", "/api/v1/identities/?identifier=ann", "").status)
	a := w.ask("POST", "/api/v1/identities/", `{"identifier":"ann","traits":[{"trait_key":"a","trait_value":{}},{"trait_key":"n","trait_value":1},{"trait_key":"t","trait_value":"x","transient":true}]}`)
	require.Equal(t, 200, a.status)
	require.Contains(t, a.body, `"traits":[{"trait_key":"a","trait_value":"{}"},{"trait_key":"n","trait_value":1},{"trait_key":"t","trait_value":"x","transient":true}]`)
	require.Equal(t, identity.Traits{"a": "{}", "n": json.Number("1")}, kept("ann"))
	w.ask("POST", "/api/v1/identities/", `{"identifier":"ben","transient":true,"traits":[{"trait_key":"a","trait_value":1}]}`)
	require.Empty(t, kept("ben"))
	require.Equal(t, 200, w.ask("POST", "/api/v1/traits/increment-value/", `{"identifier":"ann","trait_key":"n","increment_by":41}`).status)
	require.Equal(t, 200, w.ask("POST", "/api/v1/traits/", `{"identity":{"identifier":"ann"},"trait_key":"a","trait_value":null}`).status)
	require.Equal(t, 200, w.ask("PUT", "/api/v1/traits/bulk/", `[{"identity":{"identifier":"ann"},"trait_key":"b","trait_value":true}]`).status)
	require.Equal(t, identity.Traits{"n": json.Number("42"), "b": true}, kept("ann"))
	a = w.ask("POST", "/api/v1/bulk-identities/", `{"data":[{"identifier":"ann"},{"identifier":"ben"}]}`)
	require.Equal(t, 200, a.status)
	require.Equal(t, 2, strings.Count(a.body, `"identifier"`))
}

func TestAnalyticsAndExposuresArrive(t *testing.T) {
	w := newWorld(t, 0)
	require.Equal(t, 200, w.ask("POST", "/api/v1/analytics/flags/", `{"text":3,"nothing":2,"child":"x"}`).status)
	require.Equal(t, 204, w.ask("POST", "/api/v2/analytics/flags/", `{"evaluations":[{"feature_name":"text","count":2}]}`).status)
	a := w.ask("POST", "/v1/events", `{"events":[{"event":"$flag_exposure","feature_name":"child","identifier":"ann","value":"on","timestamp":1},
		{"event":"purchase","identifier":"ann","value":"12.5","metadata":{"cart":3},"timestamp":1}]}`)
	require.Equal(t, 202, a.status, a.body)
	require.Len(t, w.events, 4)
	require.JSONEq(t, `{"text":3}`, string(w.events[0].Properties))
	require.Equal(t, []any{telemetry.Exposure, "child", "on", "ann"}, []any{w.events[2].Kind, w.events[2].Flag, w.events[2].Variant, w.events[2].User})
	require.Equal(t, "purchase", w.events[3].Name)
	require.Equal(t, w.events[2].Session, w.events[3].Session)
}

func TestBadRequestsAreRefusedInFlagsmithsForm(t *testing.T) {
	w := newWorld(t, 0)
	for name, a := range map[string]answer{
		"broken":          w.ask("POST", "/api/v1/identities/", `{`),
		"array":           w.ask("POST", "/api/v1/identities/", `[]`),
		"long identifier": w.ask("POST", "/api/v1/identities/", `{"identifier":"`+strings.Repeat("x", 2001)+`"}`),
		"long trait":      w.ask("POST", "/api/v1/identities/", `{"identifier":"a","traits":[{"trait_key":"k","trait_value":"`+strings.Repeat("x", 2001)+`"}]}`),
		"no identifier":   w.ask("GET", "/api/v1/identities/", ""),
		"no number":       w.ask("POST", "/api/v1/traits/increment-value/", `{"identifier":"a","trait_key":"k","increment_by":0.5}`),
		"101 identities":  w.ask("POST", "/api/v1/bulk-identities/", `{"data":[`+strings.TrimSuffix(strings.Repeat(`{"identifier":"a"},`, 101), ",")+`]}`),
		"unknown page":    w.ask("GET", "/api/v1/environment-document/?page_id=x", "", "X-Environment-Key: "+w.env.ServerKey),
	} {
		var body struct{ Detail string }
		require.NoError(t, json.Unmarshal([]byte(a.body), &body), name)
		require.NotEmpty(t, body.Detail, name)
		require.True(t, a.status >= 400 && a.status < 500, "%s: %d", name, a.status)
	}
}

func TestTooManyRequestsAreToldWhenToComeAgain(t *testing.T) {
	w := newWorld(t, 0.001)
	var last answer
	for range 3 {
		last = w.ask("GET", "/api/v1/flags/", "")
	}
	require.Equal(t, 429, last.status)
	require.NotEmpty(t, last.header.Get("Retry-After"))
	require.Equal(t, 204, w.ask("OPTIONS", "/api/v1/flags/", "").status)
}
