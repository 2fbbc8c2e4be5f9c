package app_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	mega = 1 << 20
	// flat is how much more live memory there may be after all the bad input than before it.
	flat = 24 * mega
)

// broken are bodies that no route takes, whatever it expects.
func broken(t *testing.T) map[string][]byte {
	t.Helper()
	var fields strings.Builder
	for n := range 10_000 {
		fmt.Fprintf(&fields, `,"field%d":%d`, n, n)
	}
	return map[string][]byte{
		"10 MB":          []byte(`{"reason":"` + strings.Repeat("a", 10*mega) + `"}`),
		"10 MB of space": append(bytes.Repeat([]byte(" "), 10*mega), '{', '}'),
		"gzip bomb":      bomb(t),
		"nothing":        {},
		"broken JSON":    []byte(`{"reason":`),
		"two values":     []byte(`{"reason":"a test needs it"}{"reason":"a test needs it"}`),
		"not JSON":       []byte("reason=a+test+needs+it"),
		"a list":         []byte(`[{"reason":"a test needs it"}]`),
		"a text":         []byte(`"a test needs it"`),
		"a number":       []byte(`1e400`),
		"null":           []byte(`null`),
		"10,000 fields":  []byte(`{"reason":"a test needs it"` + fields.String() + `}`),
		"deep lists":     []byte(strings.Repeat("[", 100_000)),
		"deep objects":   []byte(`{"reason":` + strings.Repeat(`{"reason":`, 9_000) + `1` + strings.Repeat("}", 9_001)),
		"not UTF-8":      []byte("{\"context\":{\"targetingKey\":\"usr_\xff\xfe\"}}"),
		"NUL bytes":      make([]byte, 1000),
	}
}

// bomb is 200 MB of spaces in a body of 200 kB.
func bomb(t *testing.T) []byte {
	t.Helper()
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	space := bytes.Repeat([]byte(" "), mega)
	for range 200 {
		_, err := z.Write(space)
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	return packed.Bytes()
}

// live is how many bytes are in use once the garbage is gone.
func live() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse
}

// unharmed checks after a test that bad input has stored nothing, and that memory is where it was.
func unharmed(b *belay) func() {
	b.t.Helper()
	revision, events, err := b.app.Stored(b.t.Context())
	require.NoError(b.t, err)
	before := live()
	return func() {
		b.t.Helper()
		after := live()
		require.Less(b.t, after, before+flat, "memory in use grew from %d to %d MB", before/mega, after/mega)
		revisionNow, eventsNow, err := b.app.Stored(b.t.Context())
		require.NoError(b.t, err)
		require.Equal(b.t, revision, revisionNow, "the journal")
		require.Equal(b.t, events, eventsNow, "telemetry")
		require.Equal(b.t, http.StatusOK, b.ask(http.MethodGet, "/healthz", nil).status)
	}
}

func TestBadBodiesAreRefusedByEveryRouteOfTheAPI(t *testing.T) {
	b := start(t, t.TempDir())
	id := b.roll()
	bodies := broken(t)
	defer unharmed(b)()
	tried := 0
	for _, o := range b.operations(id) {
		if o.body == nil {
			continue
		}
		for name, body := range bodies {
			t.Run(o.name+"/"+name, func(t *testing.T) {
				headers := []string{bearer(b.admin)}
				if name == "gzip bomb" {
					headers = append(headers, "Content-Encoding: gzip")
				}
				r := b.ask(o.method, o.path, body, headers...)
				if r.status == 0 && len(body) > mega {
					return // the connection was closed in the middle of the body, which is a refusal too
				}
				requireProblem(t, r)
			})
			tried++
		}
	}
	require.Greater(t, tried, 100)
}

// good are bodies that the routes would take, by the last word of the path; the wrong ones differ in one place.
func good(o operation) map[string]any {
	switch {
	case strings.HasSuffix(o.path, "/setup"):
		return map[string]any{"name": "Dana", "email": "dana@example.org", "password": "correct horse battery"}
	case strings.HasSuffix(o.path, "/session"):
		return map[string]any{"email": "dana@example.org", "password": "correct horse battery"}
	case strings.HasSuffix(o.path, "/flags"):
		return map[string]any{"key": "new", "description": "", "type": "boolean", "enabled": true, "reason": because}
	case strings.HasSuffix(o.path, "/rollouts"):
		return map[string]any{"name": "another", "flag": "diary", "reason": because}
	case strings.Contains(o.path, "/incidents/"):
		return map[string]any{"text": because}
	}
	return map[string]any{"reason": because}
}

func TestWrongTypesAreRefusedByEveryRouteOfTheAPI(t *testing.T) {
	b := start(t, t.TempDir())
	id := b.roll()
	defer unharmed(b)()
	wrong := map[string]any{"boolean": true, "number": 12.5, "string": "neither", "array": []any{"x"}, "object": map[string]any{"x": 1}}
	tried := 0
	for _, o := range b.operations(id) {
		properties, _ := o.body["properties"].(map[string]any)
		for property, described := range properties {
			schema, _ := described.(map[string]any)
			kinds := fmt.Sprint(schema["type"])
			if schema["type"] == nil && schema["$ref"] == nil {
				continue // any JSON is right
			}
			if schema["$ref"] != nil {
				kinds = "object"
			}
			for kind, value := range wrong {
				if strings.Contains(kinds, kind) {
					continue
				}
				body := maps.Clone(good(o))
				body[property] = value
				text, err := json.Marshal(body)
				require.NoError(t, err)
				r := b.ask(o.method, o.path, text, bearer(b.admin))
				requireProblem(t, r)
				tried++
			}
		}
	}
	require.Greater(t, tried, 60)
}

func TestTextThatIsNotUTF8IsRefusedByEveryRouteOfTheAPI(t *testing.T) {
	b := start(t, t.TempDir())
	id := b.roll()
	defer unharmed(b)()
	for _, o := range b.operations(id) {
		for property, value := range good(o) {
			text, is := value.(string)
			if o.body == nil || !is {
				continue
			}
			body := maps.Clone(good(o))
			body[property] = "BROKEN" + text
			encoded, err := json.Marshal(body)
			require.NoError(t, err)
			r := b.ask(o.method, o.path, bytes.Replace(encoded, []byte("BROKEN"), []byte("\xff\xfe"), 1), bearer(b.admin))
			requireProblem(t, r, http.StatusBadRequest, http.StatusUnprocessableEntity)
			require.Contains(t, r.body, "UTF-8", o.name)
		}
	}
}

func TestWrongQuestionsAreRefused(t *testing.T) {
	b := start(t, t.TempDir())
	id := b.roll()
	defer unharmed(b)()
	env := "/api/v1/environments/production"
	long := strings.Repeat("a", 5000)
	for _, path := range []string{
		env + "/commits?limit=many", env + "/commits?limit=-1", env + "/commits?limit=100000", env + "/commits?before=-5",
		env + "/commits?before=99999999999999999999", env + "/commits?kind=" + long, env + "/issues?since=yesterday", env + "/issues?since=-1h",
		env + "/issues?since=100000h", env + "/issues?limit=0", env + "/issues?component=" + long, env + "/issues/" + long, env + "/issues/none",
		env + "/flags/none", env + "/flags/" + long, env + "/flags/%00", env + "/flags/%ff%fe", "/api/v1/environments/none/flags",
		"/api/v1/environments/%ff/overview", "/api/v1/rollouts/none", "/api/v1/rollouts/" + long, "/api/v1/rollouts/none/series",
		"/api/v1/incidents/none", "/api/v1/incidents/%00", "/api/v1", "/api/v1/", "/api/v1/none", "/api/v2/flags", env + "/events/none",
	} {
		requireProblem(t, b.ask(http.MethodGet, path, nil, bearer(b.admin)))
	}
	requireProblem(t, b.ask(http.MethodPut, env+"/flags/ncr-form", []byte(`{}`), bearer(b.admin)))
	requireProblem(t, b.ask(http.MethodPost, "/api/v1/rollouts/"+id+"/explode", []byte(`{"reason":"a test needs it"}`), bearer(b.admin)))
}

func TestWrongPlansAreRefusedAtTheirPlace(t *testing.T) {
	b := start(t, t.TempDir())
	b.roll()
	defer unharmed(b)()
	const (
		phases = `"phases":[{"name":"all","percent":100,"min_dwell":"10m","max_dwell":"0s","min_users":0,"approval":false}]`
		guards = `"guards":[{"kind":"errors","share":1,"ratio":1,"margins":[]}]`
		rest   = `"budget":0.01,"promotion_error":0.05,"silent_after":"70s","maturity":"10m"`
	)
	plan := func(parts ...string) []byte {
		return []byte(`{"name":"another","flag":"diary","reason":"a test needs it","plan":{` + strings.Join(parts, ",") + `}}`)
	}
	path := "/api/v1/environments/production/rollouts"
	for name, c := range map[string]struct {
		body  []byte
		place string
	}{
		"a bare number is no duration":  {plan(strings.Replace(phases, `"10m"`, `600`, 1), guards, rest), "min_dwell"},
		"neither is half a word":        {plan(strings.Replace(phases, `"10m"`, `"soon"`, 1), guards, rest), "duration"},
		"a negative duration":           {plan(strings.Replace(phases, `"10m"`, `"-10m"`, 1), guards, rest), "duration"},
		"a number of silence":           {plan(phases, guards, strings.Replace(rest, `"70s"`, `70`, 1)), "silent_after"},
		"no phases":                     {plan(`"phases":[]`, guards, rest), "phases"},
		"over 100 %":                    {plan(strings.Replace(phases, `:100`, `:101`, 1), guards, rest), "percent"},
		"nobody watches":                {plan(phases, `"guards":[]`, rest), "guards"},
		"a guard that does not exist":   {plan(phases, strings.Replace(guards, "errors", "omens", 1), rest), "guards"},
		"a budget of more than all":     {plan(phases, guards, strings.Replace(rest, "0.01", "1e308", 1)), "budget"},
		"a number that is not a number": {plan(phases, guards, strings.Replace(rest, "0.01", "NaN", 1)), ""},
		"a field that does not exist":   {plan(phases, guards, rest, `"hope":1`), "hope"},
	} {
		t.Run(name, func(t *testing.T) {
			r := b.ask(http.MethodPost, path, c.body, bearer(b.admin))
			requireProblem(t, r, http.StatusBadRequest, http.StatusUnprocessableEntity)
			require.Contains(t, r.body, c.place)
		})
	}
}

func TestBadInputIsRefusedByOFREPInItsOwnForm(t *testing.T) {
	b := start(t, t.TempDir())
	b.roll()
	const bulk, single = "/ofrep/v1/evaluate/flags", "/ofrep/v1/evaluate/flags/ncr-form"
	key := bearer(b.env.ClientKey)
	defer unharmed(b)()
	requireRefusal := func(t *testing.T, r reply, statuses ...int) {
		t.Helper()
		require.GreaterOrEqual(t, r.status, 400, r.body)
		require.Less(t, r.status, 500, r.body)
		if len(statuses) > 0 {
			require.Contains(t, statuses, r.status, r.body)
		}
		require.Equal(t, "application/json", r.header.Get("Content-Type"))
		var refusal struct{ ErrorCode, ErrorDetails string }
		require.NoError(t, json.Unmarshal([]byte(r.body), &refusal), r.body)
		require.NotEmpty(t, refusal.ErrorDetails)
		require.Contains(t, []string{"PARSE_ERROR", "INVALID_CONTEXT", "TARGETING_KEY_MISSING", "FLAG_NOT_FOUND", "GENERAL"}, refusal.ErrorCode)
	}
	bodies := broken(t)
	bodies["a context of 10,000 fields"] = bytes.Replace(bodies["10,000 fields"], []byte(`{"reason":`), []byte(`{"context":{"reason":`), 1)
	bodies["a context of 10,000 fields"] = append(bodies["a context of 10,000 fields"], '}')
	bodies["a context that is a list"] = []byte(`{"context":[]}`)
	bodies["a targeting key that is a number"] = []byte(`{"context":{"targetingKey":5}}`)
	bodies["a targeting key of 5 kB"] = []byte(`{"context":{"targetingKey":"` + strings.Repeat("k", 5000) + `"}}`)
	for _, path := range []string{bulk, single} {
		for name, body := range bodies {
			t.Run(path+"/"+name, func(t *testing.T) {
				r := b.ask(http.MethodPost, path, body, key)
				if r.status == 0 && len(body) > mega {
					return
				}
				requireRefusal(t, r)
			})
		}
		right := []byte(`{"context":{"targetingKey":"usr_1"}}`)
		require.Equal(t, http.StatusOK, b.ask(http.MethodPost, path, right, key).status)
		requireRefusal(t, b.ask(http.MethodPost, path, right), http.StatusUnauthorized)
		requireRefusal(t, b.ask(http.MethodPost, path, right, bearer("env_nobody")), http.StatusUnauthorized)
		requireRefusal(t, b.ask(http.MethodPost, path, right, bearer(strings.Repeat("k", 20_000))), http.StatusUnauthorized)
		requireRefusal(t, b.ask(http.MethodGet, path, nil, key), http.StatusMethodNotAllowed)
		requireRefusal(t, b.ask(http.MethodPost, path, right, key, "Content-Encoding: br"), http.StatusBadRequest)
		requireRefusal(t, b.ask(http.MethodPost, path, right, key, "Content-Encoding: gzip"), http.StatusBadRequest)
	}
	requireRefusal(t, b.ask(http.MethodPost, bulk+"/none", []byte(`{"context":{}}`), key), http.StatusNotFound)
	requireRefusal(t, b.ask(http.MethodGet, "/ofrep/v2/none", nil, key), http.StatusNotFound)
	const stream = "/ofrep/v1/stream"
	requireRefusal(t, b.ask(http.MethodGet, stream, nil), http.StatusUnauthorized)
	requireRefusal(t, b.ask(http.MethodGet, stream+"?key=nobody", nil), http.StatusUnauthorized)
	requireRefusal(t, b.ask(http.MethodGet, stream+"?key="+b.env.ServerKey, nil), http.StatusForbidden)
	requireRefusal(t, b.ask(http.MethodPost, stream+"?key="+b.env.ClientKey, []byte(`{}`)), http.StatusMethodNotAllowed)
}

// The beacon's own tests say why each document is wrong; this one says that the whole Belay stores none of them.
func TestBadInputIsRefusedByTheBeacon(t *testing.T) {
	b := start(t, t.TempDir())
	defer unharmed(b)()
	bodies := broken(t)
	for _, name := range slices.Sorted(maps.Keys(bodies)) {
		t.Run(name, func(t *testing.T) {
			r := b.ask(http.MethodPost, "/beacon/v1?key="+b.env.ClientKey, bodies[name])
			if r.status == 0 && len(bodies[name]) > mega {
				return
			}
			requireProblem(t, r)
		})
	}
	requireProblem(t, b.ask(http.MethodPost, "/beacon/v1?key=nobody", []byte(`{}`)), http.StatusUnauthorized)
	requireProblem(t, b.ask(http.MethodPost, "/beacon/v1", []byte(`{}`)), http.StatusUnauthorized)
}
