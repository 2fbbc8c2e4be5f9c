package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBadBodiesAreRefusedAndChangeNothing(t *testing.T) {
	s := startSite(t).signedIn()
	before := read[[]ncrSummary](t, s.get("/api/ncrs"))
	for _, c := range []struct {
		name, kind, body string
		status           int
	}{
		{"not JSON by its own word", "text/plain", `{}`, http.StatusUnsupportedMediaType},
		{"broken JSON", "application/json", `{"title":`, http.StatusBadRequest},
		{"two values", "application/json", `{} {}`, http.StatusBadRequest},
		{"no object", "application/json", `[1,2,3]`, http.StatusBadRequest},
		{"a number for a text", "application/json", `{"title": 7}`, http.StatusUnprocessableEntity},
		{"too large", "application/json", `{"title":"` + strings.Repeat("x", maxBody) + `"}`, http.StatusRequestEntityTooLarge},
		{"deep", "application/json", strings.Repeat("[", 200_000), http.StatusBadRequest},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := s.request("POST", "/api/ncrs", []byte(c.body), map[string]string{"Content-Type": c.kind, "Idempotency-Key": c.name})
			refused(t, got, c.status)
		})
	}
	require.Equal(t, before, read[[]ncrSummary](t, s.get("/api/ncrs")))
}

func TestAnotherSiteCannotMakeChanges(t *testing.T) {
	s := startSite(t).signedIn()
	body, err := json.Marshal(aReport())
	require.NoError(t, err)
	headers := map[string]string{
		"Content-Type": "application/json", "Idempotency-Key": "k", "Origin": "https://elsewhere.test", "Sec-Fetch-Site": "cross-site",
	}
	require.Equal(t, http.StatusForbidden, s.request("POST", "/api/ncrs", body, headers).status)
}

func TestEveryScreenIsThePageAndAssetsAreKept(t *testing.T) {
	s := startSite(t)
	for _, path := range []string{"/", "/login", "/ncrs/new", "/projects/x/itps"} {
		got := s.get(path)
		require.Contains(t, got.body, "<title>SiteProof", path)
		require.Equal(t, "no-cache", got.header.Get("Cache-Control"))
		require.Contains(t, got.header.Get("Content-Security-Policy"), "connect-src 'self' http://127.0.0.1:1;")
	}
	asset := s.get("/assets/a-1.js")
	require.Contains(t, asset.header.Get("Cache-Control"), "immutable")
	require.Contains(t, asset.header.Get("Content-Type"), "javascript")
	refused(t, s.get("/assets/gone.js"), http.StatusNotFound)
	refused(t, s.get("/../../etc/passwd.txt"), http.StatusNotFound)
	refused(t, s.get("/api/nothing"), http.StatusNotFound)
	refused(t, s.request("POST", "/ncrs", nil, nil), http.StatusMethodNotAllowed)
}

func TestTheConfigNamesTheBuild(t *testing.T) {
	first := read[pageConfig](t, startSite(t).get("/config.json"))
	require.Equal(t, "ck_test", first.ClientKey)
	require.False(t, first.Demo)
	bare := read[pageConfig](t, startSite(t, func(o *options) { o.files = nil }).get("/config.json"))
	require.NotEqual(t, first.Release, bare.Release)
}

func TestTheDemoBreaksTheFormThroughBelay(t *testing.T) {
	var asked []string
	status := http.StatusOK
	belay := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		asked = append(asked, r.Method+" "+r.URL.Path+" "+r.Header.Get("Authorization")+" "+string(body))
		w.WriteHeader(status)
	}))
	t.Cleanup(belay.Close)
	s := startSite(t, func(o *options) { o.belayURL, o.belayToken, o.demo = belay.URL, "tok", true })
	refused(t, s.send("POST", "/demo/fault", map[string]bool{"broken": true}), http.StatusUnauthorized)
	s.signedIn()
	require.Equal(t, http.StatusOK, s.send("POST", "/demo/fault", map[string]bool{"broken": true}).status)
	require.Equal(t, []string{
		`PATCH /api/v1/environments/production/flags/siteproof-fault Bearer tok ` +
			`{"reason":"Dana Whitfield breaks the new NCR form from SiteProof's demo menu","value":"ncr-form-throws"}`,
	}, asked)
	status = http.StatusForbidden
	refused(t, s.send("POST", "/demo/fault", map[string]bool{"broken": false}), http.StatusBadGateway)

	plain := startSite(t).signedIn()
	refused(t, plain.send("POST", "/demo/fault", map[string]bool{"broken": true}), http.StatusMethodNotAllowed)
}

func TestTheDashboardCounts(t *testing.T) {
	s := startSite(t).signedIn()
	page := read[dashboardPage](t, s.get("/api/dashboard?projectId="+mill+"&today=2026-11-24"))
	open := page.OpenNCRs
	require.Equal(t, 14, open.Total)
	require.Equal(t, open.Total, open.Minor+open.Major+open.Critical)
	aged := 0
	for _, band := range page.Ageing {
		aged += band.Minor + band.Major + band.Critical
	}
	require.Equal(t, open.Total, aged)
	require.NotEmpty(t, page.HoldPoints)
	require.Len(t, page.Weeks, shownWeeks)
	require.Len(t, page.Diary.Days, shownWorkdays)
	before := page.Diary.Streak
	require.Positive(t, before)
	require.Equal(t, http.StatusOK, s.send("PUT", "/api/diary/"+mill+"/2026-11-24", aDay(0)).status)
	require.Equal(t, http.StatusCreated, s.send("POST", "/api/ncrs", aReport()).status)
	page = read[dashboardPage](t, s.get("/api/dashboard?projectId="+mill+"&today=2026-11-24"))
	require.Equal(t, before+1, page.Diary.Streak)
	require.Equal(t, open.Total+1, page.OpenNCRs.Total)
	require.Equal(t, "2026-11-24", page.Latest.Day)
	require.Contains(t, page.Activity[0].What, "NCR-026")
}
