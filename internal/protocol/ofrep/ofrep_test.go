package ofrep_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
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
	"go.uber.org/goleak"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/protocol/ofrep"
	"github.com/siteproof/belay/internal/store/sqldb"
	"github.com/siteproof/belay/internal/store/sqldb/sqldbtest"
	"github.com/siteproof/belay/internal/stream"
	"github.com/siteproof/belay/internal/tenant"
)

const bulk = "/ofrep/v1/evaluate/flags"

var dana = change.Actor{Kind: change.Person, ID: "per_1", Name: "Dana"}

// world is the door on a real listener, with real flags on real SQLite.
type world struct {
	t      testing.TB
	flags  *flag.Service
	hub    *stream.Hub
	env    tenant.Environment
	server *httptest.Server

	mu      sync.Mutex
	fetches []string
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
	w := &world{t: t, flags: flag.New(flag.Options{Store: sqldb.NewFlags(db), Journal: journal, Logger: log})}
	w.hub = stream.New(stream.Options{Logger: log, Revision: func(env string) int64 { return w.flags.Snapshot(env).Revision() }})
	w.env, err = tenants.Find("production")
	require.NoError(t, err)
	require.NoError(t, w.flags.Load(t.Context()))
	journal.Subscribe("flags", func(c change.Commit) {
		before := w.flags.Snapshot(w.env.ID)
		w.flags.Refresh(c)
		w.hub.AnnounceValues(w.env.ID, c.Revision, ofrep.Values(before, w.flags.Snapshot(w.env.ID)))
	})
	w.server = httptest.NewServer(ofrep.New(ofrep.Options{
		Tenants: tenants, Flags: w.flags, Stream: w.hub, Logger: log, PerSecond: perSecond,
		OnFetch: func(env, session, user, agent string) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.fetches = append(w.fetches, strings.Join([]string{env, session, user, agent}, " "))
		},
	}))
	t.Cleanup(func() { w.hub.Stop(); w.server.Close() })
	for _, f := range []flag.Flag{
		{Key: "design-system-v2", Type: flag.Boolean, Enabled: true},
		{Key: "ncr-form", Type: flag.Boolean, Enabled: true, Parent: "design-system-v2"},
		{Key: "fault", Type: flag.String, Enabled: true, Value: []byte(`"none"`)},
		{Key: "limits", Type: flag.JSON, Value: []byte(`{"photos":3}`)},
		{Key: "secret", Type: flag.Boolean, Enabled: true, ServerOnly: true},
	} {
		f.EnvironmentID = w.env.ID
		_, err := w.flags.Create(t.Context(), dana, "a test needs it", f)
		require.NoError(t, err)
	}
	return w
}

func (w *world) revision() string { return fmt.Sprint(w.flags.Snapshot(w.env.ID).Revision()) }

func (w *world) enable(key string, enabled bool) {
	w.t.Helper()
	_, err := w.flags.Change(w.t.Context(), dana, "a test needs it", w.env.ID, key, flag.Patch{Enabled: &enabled})
	require.NoError(w.t, err)
}

func (w *world) split(percent float64) {
	w.t.Helper()
	_, err := w.flags.SetSplit(w.t.Context(), dana, "a test needs it", w.env.ID, "design-system-v2", &flag.Split{Rollout: "r", Salt: "s", Percent: percent})
	require.NoError(w.t, err)
}

type answer struct {
	status int
	header http.Header
	body   string
}

// ask sends one request; headers are "Name: value". The client key is sent unless a header of Authorization says otherwise.
func (w *world) ask(method, path, body string, headers ...string) answer {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.server.URL+path, strings.NewReader(body))
	require.NoError(w.t, err)
	r.Header.Set("Authorization", "Bearer "+w.env.ClientKey)
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if r.Header.Set(name, value); value == "" {
			r.Header.Del(name)
		}
	}
	response, err := http.DefaultClient.Do(r)
	require.NoError(w.t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(w.t, err)
	return answer{response.StatusCode, response.Header, string(text)}
}

const alice = `{"context":{"targetingKey":"alice","plan":"pro"}}`

func TestBulkAnswersInOFREPsForm(t *testing.T) {
	w := newWorld(t, 0)
	a := w.ask("POST", bulk, alice)
	require.Equal(t, 200, a.status)
	require.Equal(t, "application/json", a.header.Get("Content-Type"))
	require.Equal(t, w.revision(), a.header.Get("Belay-Revision"))
	require.NotEmpty(t, a.header.Get("ETag"))
	id := func(key string) string {
		f, err := w.flags.Snapshot(w.env.ID).Find(key)
		require.NoError(t, err)
		return f.ID
	}
	require.JSONEq(t, fmt.Sprintf(`{"flags":[
		{"key":"design-system-v2","value":true,"reason":"STATIC","variant":"on","metadata":{"enabled":true,"flagId":%q}},
		{"key":"fault","value":"none","reason":"STATIC","variant":"on","metadata":{"enabled":true,"flagId":%q}},
		{"key":"limits","reason":"DISABLED","variant":"off","metadata":{"enabled":false,"flagId":%q}},
		{"key":"ncr-form","value":true,"reason":"STATIC","variant":"on","metadata":{"enabled":true,"flagId":%q,"parent":"design-system-v2"}}],
		"eventStreams":[{"type":"sse","endpoint":{"requestUri":"/ofrep/v1/stream?key=%s"},"inactivityDelaySec":120}],
		"metadata":{"environment":"production"}}`, id("design-system-v2"), id("fault"), id("limits"), id("ncr-form"), w.env.ClientKey), a.body)
	require.Empty(t, w.fetches, "only Belay's own SDK names a session")
}

func TestServerKeysSeeServerOnlyFlagsByAnyHeader(t *testing.T) {
	w := newWorld(t, 0)
	require.Contains(t, w.ask("POST", bulk, alice, "Authorization: Bearer "+w.env.ServerKey).body, `"secret"`)
	require.Contains(t, w.ask("POST", bulk, alice, "Authorization: ", "X-API-Key: "+w.env.ServerKey).body, `"secret"`)
	require.Contains(t, w.ask("POST", bulk, alice, "Authorization: ", "X-Environment-Key: "+w.env.ServerKey).body, `"secret"`)
	require.NotContains(t, w.ask("POST", bulk, alice).body, `"secret"`)
	require.NotContains(t, w.ask("POST", bulk, alice, "Authorization: Bearer "+w.env.ServerKey).body, w.env.ServerKey, "the stream is advertised with the client key")
	require.Equal(t, 404, w.ask("POST", bulk+"/secret", alice).status)
	require.Equal(t, 200, w.ask("POST", bulk+"/secret", alice, "Authorization: Bearer "+w.env.ServerKey).status)
}

func TestOneFlag(t *testing.T) {
	w := newWorld(t, 0)
	a := w.ask("POST", bulk+"/fault", alice)
	require.Equal(t, 200, a.status)
	var one struct {
		Key, Value, Reason, Variant string
		Metadata                    map[string]any
	}
	require.NoError(t, json.Unmarshal([]byte(a.body), &one))
	require.Equal(t, "fault none STATIC on", strings.Join([]string{one.Key, one.Value, one.Reason, one.Variant}, " "))
	require.NotNil(t, one.Metadata)

	a = w.ask("POST", bulk+"/nothing", alice)
	require.Equal(t, 404, a.status)
	require.Contains(t, a.body, `"key":"nothing","errorCode":"FLAG_NOT_FOUND"`)
	require.Equal(t, 404, w.ask("POST", bulk+"/a%2F..%2Fb%00", alice).status)
}

func TestUnchangedFlagsAnswer304WithoutBody(t *testing.T) {
	w := newWorld(t, 0)
	w.split(100)
	first := w.ask("POST", bulk, alice, "Belay-Session: ses_12345678")
	tag := first.header.Get("ETag")
	require.Contains(t, first.body, `\u0026session=ses_12345678"`)
	for _, given := range []string{tag, "W/" + tag, `"x", ` + tag, "*"} {
		a := w.ask("POST", bulk+"?flagConfigEtag=x", alice, "If-None-Match: "+given, "Belay-Session: ses_12345678")
		require.Equal(t, 304, a.status, given)
		require.Empty(t, a.body)
		require.Equal(t, tag, a.header.Get("ETag"))
		require.Equal(t, w.revision(), a.header.Get("Belay-Revision"))
	}
	require.Len(t, w.fetches, 5, "a fetch is a fetch, changed or not")
	require.True(t, strings.HasPrefix(w.fetches[0], w.env.ID+" ses_12345678 alice Go-http-client"), w.fetches[0])

	w.split(99.99) // does not concern alice
	a := w.ask("POST", bulk, alice, "If-None-Match: "+tag)
	require.Equal(t, 304, a.status)
	require.Equal(t, w.revision(), a.header.Get("Belay-Revision"), "the page still learns which revision it has applied")
	w.enable("ncr-form", false) // does
	a = w.ask("POST", bulk, alice, "If-None-Match: "+tag)
	require.Equal(t, 200, a.status)
	require.NotEqual(t, tag, a.header.Get("ETag"))
	w.enable("ncr-form", true)
	require.Equal(t, 304, w.ask("POST", bulk, alice, "If-None-Match: "+tag).status, "the same flags have the same tag")
	_, err := w.flags.Change(t.Context(), dana, "a test needs it", w.env.ID, "fault", flag.Patch{Value: []byte(`"other"`)})
	require.NoError(t, err)
	require.Equal(t, 200, w.ask("POST", bulk, alice, "If-None-Match: "+tag).status, "another value is another answer")
	require.Equal(t, 200, w.ask("POST", bulk, `{"context":{"targetingKey":"alice"}}`, "Authorization: Bearer "+w.env.ServerKey, "If-None-Match: "+tag).status)
}

func TestPagesOfAnyOriginMayCall(t *testing.T) {
	w := newWorld(t, 0)
	for _, path := range []string{bulk, bulk + "/x", "/ofrep/v1/stream", "/ofrep/nothing"} {
		a := w.ask("OPTIONS", path, "", "Authorization: ", "Origin: https://site.example", "Access-Control-Request-Method: POST",
			"Access-Control-Request-Headers: authorization,content-type,if-none-match,belay-session")
		require.Equal(t, 204, a.status, path)
		require.Equal(t, "*", a.header.Get("Access-Control-Allow-Origin"))
		allowed := strings.ToLower(a.header.Get("Access-Control-Allow-Headers"))
		for _, name := range []string{"authorization", "content-type", "if-none-match", "x-api-key", "x-environment-key", "belay-session"} {
			require.Contains(t, allowed, name)
		}
		require.Contains(t, a.header.Get("Access-Control-Allow-Methods"), "POST")
		require.Equal(t, "7200", a.header.Get("Access-Control-Max-Age"))
	}
	for _, a := range []answer{w.ask("POST", bulk, alice), w.ask("POST", bulk, "{"), w.ask("POST", bulk, alice, "Authorization: Bearer no")} {
		require.Equal(t, "*", a.header.Get("Access-Control-Allow-Origin"))
		for _, name := range []string{"ETag", "Retry-After", "Belay-Revision"} {
			require.Contains(t, a.header.Get("Access-Control-Expose-Headers"), name)
		}
	}
}

func TestBadRequestsAreRefusedInOFREPsForm(t *testing.T) {
	w := newWorld(t, 0)
	properties := func(n int) string {
		var all []string
		for i := range n {
			all = append(all, fmt.Sprintf(`"p%d":1`, i))
		}
		return `{"context":{` + strings.Join(all, ",") + `}}`
	}
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	_, err := z.Write(bytes.Repeat([]byte(" "), 10<<20))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	for name, c := range map[string]struct {
		answer answer
		status int
		code   string
	}{
		"no key":              {w.ask("POST", bulk, alice, "Authorization: "), 401, "GENERAL"},
		"wrong key":           {w.ask("POST", bulk, alice, "Authorization: Bearer cli_x"), 401, "GENERAL"},
		"other scheme":        {w.ask("POST", bulk, alice, "Authorization: Basic "+w.env.ClientKey), 401, "GENERAL"},
		"GET":                 {w.ask("GET", bulk, ""), 405, "GENERAL"},
		"PUT one":             {w.ask("PUT", bulk+"/fault", alice), 405, "GENERAL"},
		"POST stream":         {w.ask("POST", "/ofrep/v1/stream?key="+w.env.ClientKey, ""), 405, "GENERAL"},
		"elsewhere":           {w.ask("POST", "/ofrep/v2/flags", alice), 404, "GENERAL"},
		"empty":               {w.ask("POST", bulk, ""), 400, "PARSE_ERROR"},
		"broken":              {w.ask("POST", bulk, `{"context":`), 400, "PARSE_ERROR"},
		"array":               {w.ask("POST", bulk, `[]`), 400, "PARSE_ERROR"},
		"not UTF-8":           {w.ask("POST", bulk, "{\"context\":{\"a\":\"\xff\"}}"), 400, "PARSE_ERROR"},
		"no context":          {w.ask("POST", bulk, `{}`), 400, "INVALID_CONTEXT"},
		"null context":        {w.ask("POST", bulk, `{"context":null}`), 400, "INVALID_CONTEXT"},
		"text context":        {w.ask("POST", bulk, `{"context":"alice"}`), 400, "INVALID_CONTEXT"},
		"number for key":      {w.ask("POST", bulk, `{"context":{"targetingKey":1}}`), 400, "INVALID_CONTEXT"},
		"long key":            {w.ask("POST", bulk, `{"context":{"targetingKey":"`+strings.Repeat("x", 2001)+`"}}`), 400, "INVALID_CONTEXT"},
		"1,001 properties":    {w.ask("POST", bulk, properties(1001)), 400, "INVALID_CONTEXT"},
		"deep":                {w.ask("POST", bulk, `{"context":{"a":`+strings.Repeat("[", 20_000)+strings.Repeat("]", 20_000)+`}}`), 400, "PARSE_ERROR"},
		"11 deep":             {w.ask("POST", bulk, `{"context":{"a":`+strings.Repeat("[", 10)+strings.Repeat("]", 10)+`}}`), 400, "INVALID_CONTEXT"},
		"65 kB":               {w.ask("POST", bulk, `{"context":{"a":"`+strings.Repeat("x", 64<<10)+`"}}`), 413, "PARSE_ERROR"},
		"gzip bomb":           {w.ask("POST", bulk, bomb.String(), "Content-Encoding: gzip"), 413, "PARSE_ERROR"},
		"stream without key":  {w.ask("GET", "/ofrep/v1/stream", ""), 401, "GENERAL"},
		"stream, server key":  {w.ask("GET", "/ofrep/v1/stream?key="+w.env.ServerKey, ""), 403, "GENERAL"},
		"one flag, no key":    {w.ask("POST", bulk+"/fault", alice, "Authorization: "), 401, "GENERAL"},
		"one flag, no object": {w.ask("POST", bulk+"/fault", `7`), 400, "PARSE_ERROR"},
	} {
		require.Equal(t, c.status, c.answer.status, "%s: %s", name, c.answer.body)
		require.Equal(t, "application/json", c.answer.header.Get("Content-Type"), name)
		var body struct{ Key, ErrorCode, ErrorDetails string }
		require.NoError(t, json.Unmarshal([]byte(c.answer.body), &body), name)
		require.Equal(t, c.code, body.ErrorCode, name)
		require.NotEmpty(t, body.ErrorDetails, name)
		require.Equal(t, strings.HasPrefix(name, "one flag"), body.Key == "fault", name)
		require.Equal(t, c.status == 405, c.answer.header.Get("Allow") != "", name)
	}
	require.Equal(t, 200, w.ask("POST", bulk, properties(1000)).status)
	require.Equal(t, 200, w.ask("POST", bulk, `{"context":{}}`).status)
	require.Empty(t, w.fetches)
}

func TestTooManyRequestsAreToldWhenToComeAgain(t *testing.T) {
	w := newWorld(t, 0.001)
	statuses := map[int]int{}
	for range 4 {
		a := w.ask("POST", bulk, alice)
		statuses[a.status]++
		if a.status == 429 {
			require.NotEmpty(t, a.header.Get("Retry-After"))
			require.Contains(t, a.body, `"errorCode":"GENERAL"`)
		}
	}
	require.Equal(t, map[int]int{200: 2, 429: 2}, statuses)
}

// listen opens a stream and gives its events as they come, without comments.
func (w *world) listen(path string, headers ...string) (events func() string) {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), "GET", w.server.URL+path, nil)
	require.NoError(w.t, err)
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(r)
	require.NoError(w.t, err)
	w.t.Cleanup(func() { response.Body.Close() })
	require.Equal(w.t, 200, response.StatusCode)
	require.Equal(w.t, "text/event-stream", response.Header.Get("Content-Type"))
	require.Equal(w.t, "no", response.Header.Get("X-Accel-Buffering"))
	require.Equal(w.t, "*", response.Header.Get("Access-Control-Allow-Origin"))
	lines := bufio.NewScanner(response.Body)
	return func() string {
		var event []string
		for lines.Scan() {
			switch line := lines.Text(); {
			case line == "" && len(event) > 0:
				return strings.Join(event, " ")
			case strings.HasPrefix(line, "id: ") || strings.HasPrefix(line, "data: ") || strings.HasPrefix(line, "event: "):
				event = append(event, line)
			}
		}
		return "end"
	}
}

func TestStreamSaysHelloThenTellsOfEachChangeOnceItIsServed(t *testing.T) {
	w := newWorld(t, 0)
	next := w.listen("/ofrep/v1/stream?key=" + w.env.ClientKey + "&session=ses_12345678")
	require.Equal(t, "id: "+w.revision()+` data: {"type":"hello"}`, next())
	w.split(50) // from here on who has the form is not the same for everybody
	require.Equal(t, "id: "+w.revision()+` data: {"type":"refetchEvaluation"}`, next())
	for _, enabled := range []bool{false, true} {
		w.enable("ncr-form", enabled)
		require.Contains(t, next(), "id: "+w.revision()+` data: {"type":"refetchEvaluation"`)
		require.Contains(t, w.ask("POST", bulk+"/ncr-form", alice).body, fmt.Sprintf(`"value":%v`, enabled))
	}
	c := w.hub.Clients(w.env.ID)
	require.Equal(t, stream.Clients{Connected: 1, Revision: w.flags.Snapshot(w.env.ID).Revision()}, c)
	w.hub.Confirm(w.env.ID, "ses_12345678", c.Revision)
	require.Equal(t, 1, w.hub.Clients(w.env.ID).Confirmed)
}

func TestAnEventToBelaysOwnPagesCarriesWhatIsTheSameForEverybody(t *testing.T) {
	w := newWorld(t, 0)
	w.split(50)
	path := "/ofrep/v1/stream?key=" + w.env.ClientKey
	own, other := w.listen(path+"&session=ses_12345678"), w.listen(path)
	own()
	other()
	answers := func() map[string]any {
		var answer struct{ Flags []map[string]any }
		require.NoError(t, json.Unmarshal([]byte(w.ask("POST", bulk, alice).body), &answer))
		flags := map[string]any{}
		for _, f := range answer.Flags {
			flags[f["key"].(string)] = f
		}
		return flags
	}
	held, from := answers(), w.revision()
	w.enable("design-system-v2", false)
	_, data, _ := strings.Cut(own(), "data: ")
	var event struct {
		Type  string
		From  json.Number
		Flags []map[string]any
	}
	require.NoError(t, json.Unmarshal([]byte(data), &event))
	require.Equal(t, "refetchEvaluation", event.Type, "for those who do not understand the rest")
	require.Equal(t, from, event.From.String())
	require.Len(t, event.Flags, 2)
	for _, f := range event.Flags {
		held[f["key"].(string)] = f
	}
	require.Equal(t, answers(), held)
	require.Equal(t, "id: "+w.revision()+` data: {"type":"refetchEvaluation"}`, other(), "the others get what the protocol knows")
}

func TestWhoComesBackWithAnOldIdIsToldToAskAgain(t *testing.T) {
	w := newWorld(t, 0)
	path := "/ofrep/v1/stream?session=ses_12345678&key=" + w.env.ClientKey
	require.Contains(t, w.listen(path, "Last-Event-ID: "+w.revision())(), "hello")
	for _, id := range []string{"1", "999999", "2c08a3ba"} {
		require.Contains(t, w.listen(path, "Last-Event-ID: "+id)(), "refetchEvaluation", id)
	}
	require.Contains(t, w.listen(path+"&lastEventId=1")(), "refetchEvaluation")
}

func TestAForeignClientThatConnectsRightAfterAChangeIsToldToAskAgain(t *testing.T) {
	w := newWorld(t, 0)
	require.Contains(t, w.listen("/ofrep/v1/stream?key="+w.env.ClientKey)(), "refetchEvaluation")
	require.Contains(t, w.listen("/ofrep/v1/stream?session=ses_12345678&key="+w.env.ClientKey)(), "hello")
}

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreTopFunction("net/http.(*persistConn).writeLoop"),
		goleak.IgnoreTopFunction("internal/poll.runtime_pollWait"))
}
