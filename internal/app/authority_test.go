package app_test

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/app"
	"github.com/siteproof/belay/internal/auth"
)

// The few routes for which nobody has to be signed in. One more is a decision, not an accident.
var openToAnybody = []string{"GET /api/v1/instance", "GET /api/v1/setup", "POST /api/v1/setup", "POST /api/v1/session", "POST /api/v1/welcome"}

// The routes that ask with a body and change nothing, so that whoever may read may call them.
var questions = []string{
	"POST /api/v1/environments/{env}/segments/preview", "POST /api/v1/environments/{env}/flags/{key}/explain", "POST /api/v1/files/compare",
	"POST /api/v1/environments/{env}/experiments/plan", "POST /api/v1/environments/{env}/rollouts/forecast",
}

func TestWhoMayCallEachRoute(t *testing.T) {
	b := start(t, t.TempDir())
	id := b.roll()
	b.allow(viewer, auth.Viewer)
	b.allow(operator, auth.Operator)
	before, _, err := b.app.Stored(t.Context())
	require.NoError(t, err)
	var open []string
	for _, o := range b.operations(id) {
		if o.open {
			open = append(open, o.name)
			continue
		}
		t.Run(o.name, func(t *testing.T) {
			requireProblem(t, b.ask(o.method, o.path, nil), http.StatusUnauthorized)
			requireProblem(t, b.ask(o.method, o.path, nil, bearer("bly_nobody_has_this")), http.StatusUnauthorized)
			requireProblem(t, b.ask(o.method, o.path, nil, "Cookie: belay_session=made-up", "X-Belay-Console: 1"), http.StatusUnauthorized)
			asViewer := b.ask(o.method, o.path, []byte(`{"reason":"a viewer tries","text":"a viewer tries"}`), bearer(viewer))
			switch {
			case o.method == http.MethodGet || slices.Contains(questions, o.name):
				require.NotContains(t, []int{http.StatusUnauthorized, http.StatusForbidden}, asViewer.status, asViewer.body)
				require.NotContains(t, asViewer.body, b.env.ServerKey, "the server key is an administrator's")
				require.NotContains(t, b.ask(o.method, o.path, nil, bearer(operator)).body, b.env.ServerKey)
			case o.name != "DELETE /api/v1/session":
				requireProblem(t, asViewer, http.StatusForbidden)
			}
		})
	}
	require.NotEmpty(t, b.env.ServerKey)
	slices.Sort(open)
	want := slices.Sorted(slices.Values(openToAnybody))
	require.Equal(t, want, open)
	after, _, err := b.app.Stored(t.Context())
	require.NoError(t, err)
	require.Equal(t, before, after, "nobody changed anything")

	events := "/api/v1/environments/production/events" // a stream, which the description cannot hold
	requireProblem(t, b.ask(http.MethodGet, events, nil), http.StatusUnauthorized)
	requireProblem(t, b.ask(http.MethodGet, events, nil, "Cookie: belay_session=made-up"), http.StatusUnauthorized)
}

func TestACookieAloneChangesNothing(t *testing.T) {
	b := start(t, t.TempDir())
	b.roll()
	made := b.ask(http.MethodPost, "/api/v1/setup", []byte(`{"name":"Dana","email":"dana@example.org","password":"correct horse battery"}`))
	require.Equal(t, http.StatusOK, made.status, made.body)
	response := http.Response{Header: made.header}
	require.Len(t, response.Cookies(), 1)
	cookie := response.Cookies()[0]
	require.True(t, cookie.HttpOnly)
	require.Equal(t, http.SameSiteStrictMode, cookie.SameSite)
	session := "Cookie: " + cookie.Name + "=" + cookie.Value

	const path = "/api/v1/environments/production/flags/ncr-form"
	off := []byte(`{"enabled":false,"reason":"a test needs it"}`)
	requireProblem(t, b.ask(http.MethodPatch, path, off, session), http.StatusForbidden)
	require.Contains(t, b.ask(http.MethodGet, path, nil, session).body, `"enabled":true`)
	answer := b.ask(http.MethodPatch, path, off, session, "X-Belay-Console: 1")
	require.Equal(t, http.StatusOK, answer.status, answer.body)
	require.Contains(t, answer.body, `"enabled":false`)

	requireProblem(t, b.ask(http.MethodDelete, "/api/v1/session", nil, session), http.StatusForbidden)
	require.Less(t, b.ask(http.MethodDelete, "/api/v1/session", nil, session, "X-Belay-Console: 1").status, 300)
	requireProblem(t, b.ask(http.MethodGet, path, nil, session), http.StatusUnauthorized)
	again := b.ask(http.MethodPost, "/api/v1/setup", []byte(`{"name":"Eve","email":"eve@example.org","password":"correct horse battery"}`))
	requireProblem(t, again, http.StatusConflict)
}

func TestAnEmptyTokenFileLetsNobodyIn(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, app.TokenFile), []byte("\n"), 0o600))
	b := start(t, dir)
	require.Greater(t, len(b.admin), 20, "it got a secret")
	const path = "/api/v1/environments"
	for _, nothing := range []string{"Authorization: Bearer ", "Authorization: Bearer  ", "Authorization: Bearer"} {
		requireProblem(t, b.ask(http.MethodGet, path, nil, nothing), http.StatusUnauthorized)
	}
	require.Equal(t, http.StatusOK, b.ask(http.MethodGet, path, nil, bearer(b.admin)).status)
	info, err := os.Stat(filepath.Join(dir, app.TokenFile))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}
