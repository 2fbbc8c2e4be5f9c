package beacon_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/httpd"
	"github.com/siteproof/belay/internal/protocol/beacon"
	"github.com/siteproof/belay/internal/store/duckdb"
	"github.com/siteproof/belay/internal/store/sqldb"
	"github.com/siteproof/belay/internal/store/sqldb/sqldbtest"
	"github.com/siteproof/belay/internal/telemetry"
	"github.com/siteproof/belay/internal/tenant"
)

// belay is a real beacon: HTTP, DuckDB and SQLite.
type belay struct {
	t         testing.TB
	url       string
	tenants   *tenant.Service
	env       tenant.Environment
	telemetry *telemetry.Service
}

func start(t testing.TB, adjust func(*beacon.Options)) *belay {
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
	b := &belay{t: t, tenants: tenants, env: tenants.Environments()[0], telemetry: telemetry.New(telemetry.Options{Store: store})}
	require.NoError(t, b.telemetry.Start(t.Context()))
	options := beacon.Options{Tenants: tenants, Telemetry: b.telemetry}
	if adjust != nil {
		adjust(&options)
	}
	server := httptest.NewServer(beacon.New(options))
	b.url = server.URL
	t.Cleanup(func() {
		server.Close()
		require.NoError(t, b.telemetry.Stop(context.Background()))
		require.NoError(t, store.Close())
	})
	return b
}

func (b *belay) post(body io.Reader, headers ...string) (status int, header http.Header, answer []byte) {
	b.t.Helper()
	return b.postTo("/beacon/v1?key="+b.env.ClientKey, body, headers...)
}

func (b *belay) postTo(path string, body io.Reader, headers ...string) (status int, header http.Header, answer []byte) {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.url+path, body)
	require.NoError(b.t, err)
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(b.t, err)
	defer response.Body.Close()
	answer, err = io.ReadAll(response.Body)
	require.NoError(b.t, err)
	return response.StatusCode, response.Header, answer
}

func (b *belay) events() (out []telemetry.Event) {
	b.t.Helper()
	require.NoError(b.t, b.telemetry.Scan(b.t.Context(), b.env.ID, time.Time{}, time.Time{}, func(e telemetry.Event) error {
		out = append(out, e)
		return nil
	}))
	return out
}

func (b *belay) accepts(document string) (accepted, duplicate int) {
	b.t.Helper()
	status, _, answer := b.post(strings.NewReader(document))
	require.Equal(b.t, http.StatusAccepted, status, "%s", answer)
	var got struct{ Accepted, Duplicate int }
	require.NoError(b.t, json.Unmarshal(answer, &got))
	return got.Accepted, got.Duplicate
}

// doc is a document sent now by a client whose clock is off by skew.
func doc(session string, skew time.Duration, events string) string {
	now := time.Now().Add(skew).UnixMilli()
	events = strings.ReplaceAll(events, "NOW", strconv.FormatInt(now, 10))
	return fmt.Sprintf(`{"v":1,"session":%q,"user":"usr_42","sent_at":%d,"release":"app@2.4.1","variants":{"design-system-v2":"on","ncr-form":"on"},"events":[%s]}`, session, now, events)
}

const everyKind = `
	{"seq": 1, "kind": "exposure", "at": NOW, "page": "/ncrs/new", "flag": "ncr-form", "variant": "on", "component": "ncr-form"},
	{"seq": 2, "kind": "ready", "at": NOW, "value": 812},
	{"seq": 3, "kind": "error", "at": NOW, "page": "/ncrs/new", "name": "TypeError", "message": "x is undefined, said ann@example.com \u0000",
	 "stack": "TypeError: …\n at save (https://x/assets/index-abc.js:1:2)", "source": "boundary", "handled": true, "component": "ncr-form"},
	{"seq": 4, "kind": "vital", "at": NOW, "name": "LCP", "value": 1840.2},
	{"seq": 5, "kind": "render", "at": NOW, "component": "ncr-form", "variant": "on", "value": 7.5},
	{"seq": 6, "kind": "event", "at": NOW, "name": "ncr.saved", "properties": {"photos": 2, "done": true, "who": null, "ü": "\ud83d\ude00"}},
	{"seq": 7, "kind": "confirm", "at": NOW, "value": 118},
	{"seq": 8, "kind": "data", "at": NOW, "name": "draft_restored", "value": 1},
	{"seq": 9, "kind": "heartbeat", "at": NOW}`

func TestEveryKindIsStoredOnceAndConfirmIsTold(t *testing.T) {
	type confirmation struct {
		environment, session string
		revision             int64
	}
	told := make(chan confirmation, 10)
	b := start(t, func(o *beacon.Options) {
		o.OnConfirm = func(environment, session string, revision int64) {
			told <- confirmation{environment, session, revision}
		}
	})
	document := doc("ses_every_kind", 0, everyKind)
	accepted, duplicate := b.accepts(document)
	require.Equal(t, []int{9, 0}, []int{accepted, duplicate})
	require.Equal(t, confirmation{b.env.ID, "ses_every_kind", 118}, <-told)

	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write([]byte(document))
	require.NoError(t, z.Close())
	for _, encoding := range []string{"", "gzip"} { // sendBeacon cannot say gzip
		status, _, answer := b.post(bytes.NewReader(packed.Bytes()), "Content-Type", "text/plain", "Content-Encoding", encoding)
		require.Equal(t, http.StatusAccepted, status)
		require.JSONEq(t, `{"accepted":0,"duplicate":9}`, string(answer))
	}
	stored := b.events()
	require.Len(t, stored, 9)
	broken := stored[2]
	require.Equal(t, "x is undefined, said [email] \uFFFD", broken.Message)
	require.Equal(t, "on", broken.Variant)
	require.Len(t, broken.Fingerprint, 16)
	require.True(t, broken.Handled)
	require.Equal(t, map[string]string{"design-system-v2": "on", "ncr-form": "on"}, broken.Variants)
	require.JSONEq(t, `{"photos":2,"done":true,"who":null,"ü":"😀"}`, string(stored[5].Properties))
}

func TestAClientClockThatIsWrongDoesNoHarm(t *testing.T) {
	b := start(t, nil)
	for i, skew := range []time.Duration{-360 * 24 * time.Hour, -time.Hour, time.Hour, 360 * 24 * time.Hour} {
		b.accepts(doc("ses_skewed_"+strconv.Itoa(i), skew, `{"seq":1,"kind":"heartbeat","at":NOW}`))
	}
	for _, e := range b.events() {
		require.WithinDuration(t, e.ReceivedAt, e.At, time.Millisecond)
		require.WithinDuration(t, time.Now(), e.At, time.Minute)
	}
}

func TestBadDocumentsAreRefusedWholeAndSayWhere(t *testing.T) {
	b := start(t, nil)
	beat := `{"seq":1,"kind":"heartbeat","at":NOW}`
	good := doc("ses_bad_input", 0, beat)
	with := func(old, replacement string) string {
		require.Contains(t, good, old)
		return strings.Replace(good, old, replacement, 1)
	}
	event := func(e string) string { return doc("ses_bad_input", 0, beat+","+e) }
	fields := func(n int) string {
		var s strings.Builder
		for i := range n {
			fmt.Fprintf(&s, `"f%d":%d,`, i, i)
		}
		return s.String()
	}
	variants := string(variantsOf(good, 201))
	cases := map[string]struct {
		body  string
		names string // what the answer must mention
	}{
		"empty":                    {``, "an object"},
		"white space":              {" \n ", "an object"},
		"not json":                 {`hello`, "an object"},
		"a list":                   {`[]`, "an object"},
		"null":                     {`null`, "an object"},
		"cut off":                  {good[:len(good)/2], "JSON ends"},
		"something behind":         {good + `{}`, "the end"},
		"trailing comma":           {with(`}]}`, `},]}`), "events[1]"},
		"no session":               {strings.Replace(good, `"session":"ses_bad_input",`, ``, 1), "session: is missing"},
		"short session":            {with(`ses_bad_input`, `ses`), "session"},
		"session with spaces":      {with(`ses_bad_input`, `ses bad input`), "session"},
		"no version":               {with(`"v":1,`, ``), "v: is missing"},
		"another version":          {with(`"v":1`, `"v":2`), "version 2"},
		"version as text":          {with(`"v":1`, `"v":"1"`), "v: "},
		"empty user":               {with(`usr_42`, ``), "user"},
		"long user":                {with(`usr_42`, strings.Repeat("u", 201)), "user"},
		"user as number":           {with(`"usr_42"`, `42`), "user"},
		"NUL in user":              {with(`usr_42`, `usr\u0000`), "user: holds a control character"},
		"raw NUL":                  {with(`usr_42`, "usr\x00"), "user"},
		"invalid UTF-8":            {with(`usr_42`, "usr\xff\xfe"), "UTF-8"},
		"unknown escape":           {with(`usr_42`, `usr\x41`), "escape"},
		"duplicate field":          {with(`"v":1`, `"v":1,"v":1`), "v: stands there twice"},
		"duplicate event field":    {event(`{"seq":2,"seq":3,"kind":"heartbeat","at":NOW}`), "events[1].seq: stands there twice"},
		"duplicate variant":        {with(`"ncr-form":"on"`, `"design-system-v2":"off"`), "variants.design-system-v2"},
		"unknown field":            {with(`"v":1`, `"v":1,"extra":1`), "extra"},
		"10,000 fields":            {with(`"v":1`, `"v":1,`+strings.TrimSuffix(fields(10_000), ",")), "f0"},
		"201 variants":             {variants, "variants: has more than 200"},
		"variants as list":         {with(`{"design-system-v2":"on","ncr-form":"on"}`, `[]`), "variants"},
		"variant as boolean":       {with(`"ncr-form":"on"`, `"ncr-form":true`), "variants.ncr-form"},
		"no events":                {doc("ses_bad_input", 0, ``), "events: is empty"},
		"501 events":               {doc("ses_bad_input", 0, strings.Repeat(beat+",", 500)+beat), "more than 500"},
		"events as object":         {with(`[`+strings.ReplaceAll(beat, "NOW", sentAt(good))+`]`, `{}`), "events"},
		"an event as number":       {event(`7`), "events[1]"},
		"no seq":                   {event(`{"kind":"heartbeat","at":NOW}`), "events[1].seq: is missing"},
		"seq 0":                    {event(`{"seq":0,"kind":"heartbeat","at":NOW}`), "events[1].seq"},
		"seq 1.5":                  {event(`{"seq":1.5,"kind":"heartbeat","at":NOW}`), "events[1].seq"},
		"seq too large":            {event(`{"seq":9007199254740992,"kind":"heartbeat","at":NOW}`), "events[1].seq"},
		"seq without end":          {event(`{"seq":` + strings.Repeat("9", 100_000) + `,"kind":"heartbeat","at":NOW}`), "events[1].seq"},
		"seq as text":              {event(`{"seq":"2","kind":"heartbeat","at":NOW}`), "events[1].seq"},
		"unknown kind":             {event(`{"seq":2,"kind":"magic","at":NOW}`), "events[1].kind"},
		"the server's kind":        {event(`{"seq":2,"kind":"fetch","at":NOW}`), "events[1].kind"},
		"no time":                  {event(`{"seq":2,"kind":"heartbeat"}`), "events[1].at: is missing"},
		"time from the future":     {event(`{"seq":2,"kind":"heartbeat","at":4000000000000}`), "events[1].at"},
		"time long ago":            {event(`{"seq":2,"kind":"heartbeat","at":1000}`), "events[1].at"},
		"time without measure":     {event(`{"seq":2,"kind":"heartbeat","at":1e300}`), "events[1].at"},
		"clock 10 years fast":      {doc("ses_bad_input", 87_600*time.Hour, beat), "sent_at"},
		"clock 10 years slow":      {doc("ses_bad_input", -87_600*time.Hour, beat), "sent_at"},
		"value overflows":          {event(`{"seq":2,"kind":"ready","at":NOW,"value":1e999}`), "events[1].value"},
		"value NaN":                {event(`{"seq":2,"kind":"ready","at":NOW,"value":NaN}`), "events[1].value"},
		"value with leading zero":  {event(`{"seq":2,"kind":"ready","at":NOW,"value":01}`), "events[1].value"},
		"value is null":            {event(`{"seq":2,"kind":"ready","at":NOW,"value":null}`), "events[1].value"},
		"ready without value":      {event(`{"seq":2,"kind":"ready","at":NOW}`), "events[1].value: is missing"},
		"ready before its start":   {event(`{"seq":2,"kind":"ready","at":NOW,"value":-1}`), "events[1].value"},
		"exposure without flag":    {event(`{"seq":2,"kind":"exposure","at":NOW,"variant":"on"}`), "events[1].flag"},
		"error without words":      {event(`{"seq":2,"kind":"error","at":NOW}`), "events[1].message"},
		"error from nowhere":       {event(`{"seq":2,"kind":"error","at":NOW,"message":"x","source":"moon"}`), "events[1].source"},
		"handled as text":          {event(`{"seq":2,"kind":"error","at":NOW,"message":"x","handled":"yes"}`), "events[1].handled"},
		"unknown vital":            {event(`{"seq":2,"kind":"vital","at":NOW,"name":"XYZ","value":1}`), "events[1].name"},
		"unknown data":             {event(`{"seq":2,"kind":"data","at":NOW,"name":"lost_all"}`), "events[1].name"},
		"revision in parts":        {event(`{"seq":2,"kind":"confirm","at":NOW,"value":1.5}`), "events[1].value"},
		"negative revision":        {event(`{"seq":2,"kind":"confirm","at":NOW,"value":-1}`), "events[1].value"},
		"page with query":          {event(`{"seq":2,"kind":"heartbeat","at":NOW,"page":"/a?token=1"}`), "events[1].page"},
		"long page":                {event(`{"seq":2,"kind":"heartbeat","at":NOW,"page":"/` + strings.Repeat("p", 500) + `"}`), "events[1].page"},
		"long name":                {event(`{"seq":2,"kind":"event","at":NOW,"name":"` + strings.Repeat("n", 201) + `"}`), "events[1].name"},
		"nested property":          {event(`{"seq":2,"kind":"event","at":NOW,"name":"n","properties":{"a":{"b":1}}}`), "events[1].properties.a"},
		"51 properties":            {event(`{"seq":2,"kind":"event","at":NOW,"name":"n","properties":{` + strings.TrimSuffix(fields(51), ",") + `}}`), "events[1].properties"},
		"large properties":         {event(`{"seq":2,"kind":"event","at":NOW,"name":"n","properties":{"a":"` + strings.Repeat("x", 5000) + `"}}`), "4096 bytes"},
		"deep nesting":             {strings.Repeat("[", 400_000), "an object"},
		"deep nesting in an event": {event(`{"seq":2,"kind":"event","at":NOW,"name":` + strings.Repeat("[", 100_000)), "events[1].name"},
		"half an escape":           {`{"v":1,"user":"\u12`, "escape"},
		"gzip that is none":        {"\x1f\x8bnot gzip", "unpack"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			status, header, answer := b.post(strings.NewReader(c.body))
			require.Equal(t, http.StatusBadRequest, status, "%.300s", answer)
			p := problem(t, header, answer)
			require.Contains(t, p.Detail, c.names)
			require.Less(t, len(answer), 2000, "a refusal repeats little of what was sent")
		})
	}
	require.Empty(t, b.events(), "a refused document leaves nothing")
}

func problem(t *testing.T, header http.Header, answer []byte) (p httpd.Problem) {
	t.Helper()
	require.Equal(t, "application/problem+json", header.Get("Content-Type"))
	require.NoError(t, json.Unmarshal(answer, &p))
	require.NotEmpty(t, p.Title)
	return p
}

func sentAt(document string) string {
	var d struct {
		SentAt json.Number `json:"sent_at"`
	}
	_ = json.Unmarshal([]byte(document), &d)
	return d.SentAt.String()
}

func variantsOf(document string, n int) []byte {
	var d map[string]any
	decoder := json.NewDecoder(strings.NewReader(document))
	decoder.UseNumber()
	_ = decoder.Decode(&d)
	variants := map[string]string{}
	for i := range n {
		variants["f"+strconv.Itoa(i)] = "on"
	}
	d["variants"] = variants
	out, _ := json.Marshal(d)
	return out
}

func TestKeysMethodsAndPlacesAreChecked(t *testing.T) {
	b := start(t, nil)
	good := doc("ses_with_key", 0, `{"seq":1,"kind":"heartbeat","at":NOW}`)
	for _, path := range []string{"/beacon/v1", "/beacon/v1?key=", "/beacon/v1?key=cli_wrong", "/beacon/v1?key=" + strings.Repeat("k", 5000)} {
		status, header, answer := b.postTo(path, strings.NewReader(good))
		require.Equal(t, http.StatusUnauthorized, status, path)
		require.NotEmpty(t, problem(t, header, answer).Hint)
	}
	status, header, answer := b.postTo("/beacon/v2?key="+b.env.ClientKey, strings.NewReader(good))
	require.Equal(t, http.StatusNotFound, status)
	problem(t, header, answer)
	status, _, _ = b.postTo("/beacon/v1", strings.NewReader(good), "X-Environment-Key", b.env.ClientKey)
	require.Equal(t, http.StatusAccepted, status)

	for method, want := range map[string]int{http.MethodGet: http.StatusMethodNotAllowed, http.MethodOptions: http.StatusNoContent} {
		request, err := http.NewRequestWithContext(t.Context(), method, b.url+"/beacon/v1", http.NoBody)
		require.NoError(t, err)
		request.Header.Set("Origin", "https://app.example")
		request.Header.Set("Access-Control-Request-Method", http.MethodPost)
		request.Header.Set("Access-Control-Request-Headers", "content-encoding,x-environment-key")
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		response.Body.Close()
		require.Equal(t, want, response.StatusCode)
		require.Equal(t, "*", response.Header.Get("Access-Control-Allow-Origin"))
	}
	require.Len(t, b.events(), 1)
}

// endless is a body of so many bytes that takes no memory.
func endless(n int64) io.Reader { return io.LimitReader(spaces{}, n) }

type spaces struct{}

func (spaces) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func TestLargeBodiesAndBombsAreRefusedWithoutMemory(t *testing.T) {
	b := start(t, nil)
	var bomb bytes.Buffer
	z, _ := gzip.NewWriterLevel(&bomb, gzip.BestCompression)
	_, err := io.Copy(z, endless(256<<20)) // 256 MB in about 256 kB
	require.NoError(t, err)
	require.NoError(t, z.Close())
	require.Less(t, bomb.Len(), 512<<10)

	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	const rounds = 20
	for range rounds {
		status, header, answer := b.post(bytes.NewReader(bomb.Bytes()))
		require.Equal(t, http.StatusRequestEntityTooLarge, status)
		problem(t, header, answer)
		status, header, answer = b.post(bytes.NewReader(make([]byte, 600<<10)))
		require.Equal(t, http.StatusRequestEntityTooLarge, status)
		problem(t, header, answer)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	require.Less(t, (after.TotalAlloc-before.TotalAlloc)/rounds, uint64(24<<20), "bytes allocated for one round of 256 MB and 600 kB")
	require.Less(t, int64(after.HeapAlloc)-int64(before.HeapAlloc), int64(16<<20), "bytes kept")
	require.Empty(t, b.events())

	// Ten megabytes: the answer may overtake the body, so that some clients only see the connection close.
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.url+"/beacon/v1?key="+b.env.ClientKey, endless(10<<20))
	require.NoError(t, err)
	if response, err := http.DefaultClient.Do(request); err == nil {
		response.Body.Close()
		require.Equal(t, http.StatusRequestEntityTooLarge, response.StatusCode)
	}
	require.Empty(t, b.events())
}

func TestTooManyDocumentsAreToldWhenToComeAgain(t *testing.T) {
	b := start(t, func(o *beacon.Options) { o.AddressRate = 5 })
	limited := 0
	for i := range 30 {
		status, header, answer := b.post(strings.NewReader(doc("ses_many_"+strconv.Itoa(i), 0, `{"seq":1,"kind":"heartbeat","at":NOW}`)))
		if status == http.StatusTooManyRequests {
			limited++
			require.Equal(t, "1", header.Get("Retry-After"))
			problem(t, header, answer)
		}
	}
	require.Positive(t, limited)
	require.Len(t, b.events(), 30-limited)
}

func TestAStoreThatDoesNotWorkAsksToComeAgain(t *testing.T) {
	b := start(t, nil)
	require.NoError(t, b.telemetry.Stop(t.Context()))
	status, header, answer := b.post(strings.NewReader(doc("ses_stopped", 0, `{"seq":1,"kind":"heartbeat","at":NOW}`)))
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.NotEmpty(t, header.Get("Retry-After"))
	problem(t, header, answer)
}
