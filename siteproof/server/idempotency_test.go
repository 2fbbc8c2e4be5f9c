package main

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func (s *site) countReports(title string) int {
	count := 0
	for _, n := range read[[]ncrSummary](s.t, s.get("/api/ncrs")) {
		if n.Title == title {
			count++
		}
	}
	return count
}

func TestTwentyRequestsWithOneKeyRaiseOneReport(t *testing.T) {
	s := startSite(t).signedIn()
	const callers = 20
	answers := make([]reply, callers)
	var busy atomic.Int32
	var wait sync.WaitGroup
	for n := range callers {
		wait.Go(func() {
			for {
				answers[n] = s.sendKey("POST", "/api/ncrs", aReport(), "one-key")
				if answers[n].status != http.StatusConflict {
					return
				}
				busy.Add(1)
				if answers[n].header.Get("Retry-After") == "" {
					t.Error("409 without Retry-After")
					return
				}
			}
		})
	}
	wait.Wait()
	replayed := 0
	for _, a := range answers {
		require.Equal(t, http.StatusCreated, a.status, a.body)
		require.Equal(t, answers[0].body, a.body)
		if a.header.Get("Idempotency-Replayed") == "true" {
			replayed++
		}
	}
	require.Equal(t, callers-1, replayed)
	require.Equal(t, 1, s.countReports("Honeycombing in column C4"))
	t.Logf("%d answers 409 on the way", busy.Load())
}

func TestAKeyBelongsToOneRequestOfOnePerson(t *testing.T) {
	s := startSite(t).signedIn()
	require.Equal(t, http.StatusCreated, s.sendKey("POST", "/api/ncrs", aReport(), "k").status)
	other := aReport()
	other["title"] = "Something else"
	require.Equal(t, "/problems/key-reused", refused(t, s.sendKey("POST", "/api/ncrs", other, "k"), 422).Type)
	require.Zero(t, s.countReports("Something else"))

	s.client = s.browser()
	s.send("POST", "/api/session", map[string]string{"email": "omar@siteproof.test", "password": "siteproof"})
	require.Equal(t, http.StatusCreated, s.sendKey("POST", "/api/ncrs", other, "k").status)
}

func TestABareKeyIsTheSameKey(t *testing.T) {
	s := startSite(t).signedIn()
	require.Equal(t, http.StatusCreated, s.sendKey("POST", "/api/ncrs", aReport(), "k").status)
	body := []byte(`{"to":"investigating"}`)
	id := read[[]ncrSummary](t, s.get("/api/ncrs"))[0].ID
	headers := map[string]string{"Content-Type": "application/json", "Idempotency-Key": "bare"}
	require.Equal(t, http.StatusOK, s.request("POST", "/api/ncrs/"+id+"/transitions", body, headers).status)
	headers["Idempotency-Key"] = `"bare"`
	again := s.request("POST", "/api/ncrs/"+id+"/transitions", body, headers)
	require.Equal(t, http.StatusOK, again.status)
	require.Equal(t, "true", again.header.Get("Idempotency-Replayed"))
}

func TestARefusedChangeMayBeTriedAgainWithItsKey(t *testing.T) {
	s := startSite(t).signedIn()
	made := read[ncr](t, s.send("POST", "/api/ncrs", aReport()))
	path := "/api/ncrs/" + made.ID + "/transitions"
	toDisposition := ncrMove{To: disposition, RootCause: "Vibrator too short"}
	refused(t, s.sendKey("POST", path, toDisposition, "again"), 422)
	require.Equal(t, http.StatusOK, s.send("POST", path, ncrMove{To: investigating}).status)
	require.Equal(t, http.StatusOK, s.sendKey("POST", path, toDisposition, "again").status)
}

func TestAChangeWithoutAKeyIsRefused(t *testing.T) {
	s := startSite(t).signedIn()
	for _, key := range []string{"", `""`, strings.Repeat("k", maxKeyLength+1)} {
		headers := map[string]string{"Content-Type": "application/json", "Idempotency-Key": key}
		p := refused(t, s.request("POST", "/api/ncrs", []byte(`{}`), headers), http.StatusBadRequest)
		require.NotEmpty(t, p.Hint)
	}
}

func TestKeysAreForgottenAfterAWhile(t *testing.T) {
	now := noon
	s := startSite(t, func(o *options) { o.now = func() time.Time { return now } }).signedIn()
	require.Equal(t, http.StatusCreated, s.sendKey("POST", "/api/ncrs", aReport(), "old").status)
	now = now.Add(rememberFor + time.Hour)
	s.signedIn()
	require.Equal(t, http.StatusCreated, s.send("POST", "/api/ncrs", aReport()).status)
	var kept int
	require.NoError(t, s.app.db.read.QueryRow("SELECT count(*) FROM idempotency").Scan(&kept))
	require.Equal(t, 1, kept)
}
