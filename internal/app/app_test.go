package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/siteproof/belay/internal/api"
	"github.com/siteproof/belay/internal/app"
	"github.com/siteproof/belay/internal/auth"
	"github.com/siteproof/belay/internal/client"
	"github.com/siteproof/belay/internal/config"
	"github.com/siteproof/belay/internal/flag"
)

const (
	because  = "a test needs it"
	viewer   = "bly_a_token_that_may_only_look"
	operator = "bly_a_token_that_may_operate"
)

// belay is a whole Belay on real stores, behind a real listener.
type belay struct {
	t     *testing.T
	dir   string
	app   *app.App
	admin string // token
	*client.Client
	env api.Environment
}

func start(t *testing.T, dir string) *belay {
	t.Helper()
	b := &belay{t: t, dir: dir}
	var err error
	b.app, err = app.New(t.Context(), app.Options{Config: config.Config{Listen: "127.0.0.1:0", DataDir: dir}, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	require.NoError(t, b.app.Start(t.Context()))
	t.Cleanup(b.stop)
	token, err := os.ReadFile(filepath.Join(dir, app.TokenFile))
	require.NoError(t, err)
	b.admin = string(token)
	b.Client = client.New(b.app.URL(), b.admin)
	b.env, err = b.Environment(t.Context(), "production")
	require.NoError(t, err)
	return b
}

// stop may be called twice: the second time there is nothing left to stop.
func (b *belay) stop() {
	require.NoError(b.t, b.app.Stop(context.WithoutCancel(b.t.Context())))
}

// roll makes a master flag with two components, and a rollout of them that runs.
func (b *belay) roll() string {
	b.t.Helper()
	for _, f := range []api.NewFlag{
		{Key: "design-system-v2"}, {Key: "ncr-form", Parent: "design-system-v2"}, {Key: "diary", Parent: "design-system-v2"},
	} {
		f.Type, f.Enabled, f.Reason = flag.Boolean, true, because
		_, err := b.CreateFlag(b.t.Context(), "production", f)
		require.NoError(b.t, err)
	}
	made, err := b.CreateRollout(b.t.Context(), "production", api.NewRollout{Name: "the new design", Flag: "design-system-v2", Reason: because})
	require.NoError(b.t, err)
	_, err = b.Act(b.t.Context(), made.ID, "start", api.Act{Reason: because})
	require.NoError(b.t, err)
	return made.ID
}

// reply is what a door answered.
type reply struct {
	status int
	header http.Header
	body   string
}

// ask sends one request; headers are "Name: value".
func (b *belay) ask(method, path string, body []byte, headers ...string) reply {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), method, b.app.URL()+path, bytes.NewReader(body))
	require.NoError(b.t, err)
	if len(body) > 0 {
		request.Header.Set("Content-Type", "application/json")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		request.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil { // a server that refuses a body in the middle may close before all is sent
		return reply{body: err.Error()}
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(b.t, err)
	return reply{response.StatusCode, response.Header, string(text)}
}

func bearer(token string) string { return "Authorization: Bearer " + token }

// requireProblem checks that an answer is a refusal with problem details.
func requireProblem(t *testing.T, r reply, statuses ...int) {
	t.Helper()
	if len(statuses) == 0 {
		require.GreaterOrEqual(t, r.status, 400, r.body)
		require.Less(t, r.status, 500, r.body)
	} else {
		require.Contains(t, statuses, r.status, r.body)
	}
	require.Equal(t, "application/problem+json", r.header.Get("Content-Type"), r.body)
	var p struct {
		Type, Title, Detail string
		Status              int
	}
	require.NoError(t, json.Unmarshal([]byte(r.body), &p), r.body)
	require.Equal(t, r.status, p.Status)
	require.NotEmpty(t, p.Detail, r.body)
	require.NotEmpty(t, p.Title)
	require.Equal(t, "about:blank", p.Type)
}

// operation is one route of the API's own description.
type operation struct {
	method, path string // path with its parameters filled in
	name         string
	open         bool           // to anybody
	body         map[string]any // schema, nil when it takes none
}

// operations reads the API's description, which is made from the code.
func (b *belay) operations(rolloutID string) []operation {
	b.t.Helper()
	text, err := app.OpenAPI()
	require.NoError(b.t, err)
	var doc struct {
		Paths map[string]map[string]struct {
			Security    []any
			RequestBody struct {
				Content map[string]struct{ Schema map[string]any }
			} `yaml:"requestBody"`
		}
		Components struct{ Schemas map[string]map[string]any }
	}
	require.NoError(b.t, yaml.Unmarshal(text, &doc))
	fill := strings.NewReplacer("{env}", "production", "{key}", "ncr-form", "{id}", rolloutID, "{fingerprint}", "none", "{revision}", "1", "{delivery}", "none")
	var all []operation
	for path, methods := range doc.Paths {
		for method, described := range methods {
			o := operation{method: strings.ToUpper(method), path: fill.Replace(path), open: len(described.Security) == 0}
			o.name = o.method + " " + path
			if schema := described.RequestBody.Content["application/json"].Schema; schema != nil {
				ref, _ := schema["$ref"].(string)
				o.body = doc.Components.Schemas[strings.TrimPrefix(ref, "#/components/schemas/")]
				require.NotNil(b.t, o.body, o.name)
			}
			require.NotContains(b.t, o.path, "{", "a parameter that this test does not know")
			all = append(all, o)
		}
	}
	require.Greater(b.t, len(all), 20)
	return all
}

func (b *belay) allow(secret string, role auth.Role) {
	b.t.Helper()
	require.NoError(b.t, b.app.Allow(b.t.Context(), secret, role))
}
