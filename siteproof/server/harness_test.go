package main

import (
	"bytes"
	"encoding/json"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"
)

// site is one running SiteProof and a signed-in person's browser.
type site struct {
	t      *testing.T
	app    *app
	url    string
	client *http.Client
	keys   int
}

// noon of a Tuesday: nothing in these tests depends on the day on which they run.
var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

var frontEnd fs.FS = fstest.MapFS{
	"index.html":     {Data: []byte("<title>SiteProof</title>")},
	"assets/a-1.js":  {Data: []byte("export {}")},
	"assets/a-1.css": {Data: []byte("a{}")},
}

func startSite(t *testing.T, change ...func(*options)) *site {
	t.Helper()
	o := options{
		folder: t.TempDir(), log: slog.New(slog.DiscardHandler), files: frontEnd, accounts: builtInAccounts(),
		belayURL: "http://127.0.0.1:1", clientKey: "ck_test", now: func() time.Time { return noon },
	}
	for _, c := range change {
		c(&o)
	}
	a, err := newApp(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(a.close)
	server := httptest.NewServer(a.routes())
	t.Cleanup(server.Close)
	s := &site{t: t, app: a, url: server.URL}
	s.client = s.browser()
	return s
}

func (s *site) browser() *http.Client {
	jar, err := cookiejar.New(nil)
	require.NoError(s.t, err)
	return &http.Client{Jar: jar}
}

func (s *site) signedIn() *site {
	s.t.Helper()
	got := s.send("POST", "/api/session", map[string]string{"email": "dana@siteproof.test", "password": "siteproof"})
	require.Equal(s.t, http.StatusOK, got.status, got.body)
	return s
}

// reply is an answer that has been read.
type reply struct {
	status int
	header http.Header
	body   string
}

func read[T any](t *testing.T, r reply) T {
	t.Helper()
	var value T
	require.NoError(t, json.Unmarshal([]byte(r.body), &value), r.body)
	return value
}

func (s *site) request(method, path string, body []byte, headers map[string]string) reply {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, bytes.NewReader(body))
	require.NoError(s.t, err)
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	response, err := s.client.Do(request)
	require.NoError(s.t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(s.t, err)
	return reply{response.StatusCode, response.Header, string(text)}
}

// send makes a change with a key of its own.
func (s *site) send(method, path string, body any) reply {
	s.t.Helper()
	s.keys++
	return s.sendKey(method, path, body, "key-"+time.Duration(s.keys).String())
}

func (s *site) sendKey(method, path string, body any, key string) reply {
	s.t.Helper()
	text, err := json.Marshal(body)
	require.NoError(s.t, err)
	return s.request(method, path, text, map[string]string{"Content-Type": "application/json", "Idempotency-Key": `"` + key + `"`})
}

func (s *site) get(path string) reply {
	s.t.Helper()
	return s.request("GET", path, nil, nil)
}

// refused wants a problem document with this status and gives it back.
func refused(t *testing.T, r reply, status int) problem {
	t.Helper()
	require.Equal(t, status, r.status, r.body)
	require.Equal(t, "application/problem+json", r.header.Get("Content-Type"))
	p := read[problem](t, r)
	require.Equal(t, status, p.Status)
	require.NotEmpty(t, p.Title)
	require.NotEmpty(t, p.Detail)
	return p
}

const mill = "prj_harbour-mill"

func aReport() map[string]any {
	return map[string]any{
		"projectId": mill, "title": "Honeycombing in column C4", "location": "Level 3, grid C4", "severity": "major",
		"category": "workmanship", "description": "Voids up to 40 mm deep", "immediateAction": "", "rootCause": "",
		"assignee": "Kofi Mensah", "dueOn": "2026-12-01",
	}
}
