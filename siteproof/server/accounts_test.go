package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNothingIsReadWithoutASession(t *testing.T) {
	s := startSite(t)
	for _, path := range []string{
		"/api/people", "/api/projects", "/api/dashboard?projectId=" + mill, "/api/itps?projectId=" + mill,
		"/api/itps/x", "/api/ncrs", "/api/ncrs/x", "/api/diary?projectId=" + mill, "/api/diary/export.csv", "/api/diary/export.pdf",
	} {
		t.Run(path, func(t *testing.T) { refused(t, s.get(path), http.StatusUnauthorized) })
	}
	for _, change := range []string{
		"POST /api/ncrs", "POST /api/ncrs/x/transitions", "PATCH /api/itps/x/items/y", "POST /api/itps/x/items/y/signature",
		"PUT /api/diary/" + mill + "/2026-11-24",
	} {
		t.Run(change, func(t *testing.T) {
			method, path, _ := strings.Cut(change, " ")
			refused(t, s.send(method, path, map[string]string{}), http.StatusUnauthorized)
		})
	}
}

func TestSigningInOpensASessionAndSigningOutEndsIt(t *testing.T) {
	s := startSite(t)
	got := s.send("POST", "/api/session", map[string]string{"email": "DANA@siteproof.test", "password": "siteproof"})
	require.Equal(t, http.StatusOK, got.status)
	cookie := got.header.Get("Set-Cookie")
	require.Contains(t, cookie, "HttpOnly")
	require.Contains(t, cookie, "SameSite=Lax")
	require.Equal(t, "usr_dana", read[account](t, s.get("/api/session")).ID)

	require.Equal(t, http.StatusNoContent, s.request("DELETE", "/api/session", nil, nil).status)
	value, _, _ := strings.Cut(cookie, ";")
	require.Equal(t, "null", s.request("GET", "/api/session", nil, map[string]string{"Cookie": value}).body)
	refused(t, s.request("GET", "/api/ncrs", nil, map[string]string{"Cookie": value}), http.StatusUnauthorized)
}

func TestAWrongPasswordAndAnUnknownAddressAreRefusedAlike(t *testing.T) {
	s := startSite(t)
	wrong := refused(t, s.send("POST", "/api/session", map[string]string{"email": "dana@siteproof.test", "password": "wrong"}), 401)
	unknown := refused(t, s.send("POST", "/api/session", map[string]string{"email": "who@siteproof.test", "password": "wrong"}), 401)
	require.Equal(t, wrong, unknown)
	empty := refused(t, s.send("POST", "/api/session", map[string]string{}), http.StatusUnprocessableEntity)
	require.Len(t, empty.Fields, 2)
}

func TestTooManyTriesAreStoppedForThatAddressOnly(t *testing.T) {
	s := startSite(t)
	try := func(email string) reply {
		return s.send("POST", "/api/session", map[string]string{"email": email, "password": "guess"})
	}
	for range attemptsPerMinute {
		refused(t, try("omar@siteproof.test"), http.StatusUnauthorized)
	}
	stopped := try("omar@siteproof.test")
	refused(t, stopped, http.StatusTooManyRequests)
	require.Equal(t, "60", stopped.header.Get("Retry-After"))
	refused(t, try("priya@siteproof.test"), http.StatusUnauthorized)
}

func TestAccountsOfAFileGetTheirIDs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "accounts.json")
	write := func(text string) { require.NoError(t, os.WriteFile(path, []byte(text), 0o600)) }
	write(`[{"id":"usr_7","name":"Ida Berg","email":"ida@siteproof.test","password":"siteproof","role":"foreman"}]`)
	accounts, err := readAccounts(path)
	require.NoError(t, err)
	s := startSite(t, func(o *options) { o.accounts = accounts })
	got := s.send("POST", "/api/session", map[string]string{"email": "ida@siteproof.test", "password": "siteproof"})
	require.Equal(t, account{"usr_7", "Ida Berg", "ida@siteproof.test", "foreman"}, read[account](t, got))

	for _, text := range []string{`{}`, `[]`, `[{"id":"x","name":"x","email":"x","password":"siteproof"}]`, `[{"id":"x","name":"x","email":"x@y","password":"short"}]`} {
		write(text)
		_, err := readAccounts(path)
		require.Error(t, err, text)
	}
}

func TestARestartKeepsSessionsAndData(t *testing.T) {
	folder := t.TempDir()
	first := startSite(t, func(o *options) { o.folder = folder }).signedIn()
	made := read[ncr](t, first.send("POST", "/api/ncrs", aReport()))
	first.app.close()
	second := startSite(t, func(o *options) { o.folder = folder }).signedIn()
	require.Equal(t, made, read[ncr](t, second.get("/api/ncrs/"+made.ID)))
	require.Len(t, read[[]project](t, second.get("/api/projects")), 2)
}
