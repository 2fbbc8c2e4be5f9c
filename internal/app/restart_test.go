package app_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/api"
	"github.com/siteproof/belay/internal/rollout"
)

const (
	visitors = 200
	// chrome is a browser that counts as a person's.
	chrome = "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
)

// ripeFor is how long after the last visit everybody has been judged: the plan's second, and one for late events.
const ripeFor = 2500 * time.Millisecond

// ripening lets evidence ripen within a second and stays in its first phase. It has no brake, which by its nature does
// not wait for proof and may pull at the few people of a test.
func ripening() *rollout.Plan {
	plan := rollout.DefaultPlan()
	plan.Phases[0].Percent = 40
	plan.Phases[1].Percent = 45
	plan.SilentAfter, plan.Maturity = rollout.Duration(time.Second), rollout.Duration(time.Second)
	plan.Guards = slices.DeleteFunc(plan.Guards, func(g rollout.Guard) bool { return g.Kind == rollout.Brake })
	plan.Budget = 1e-6 // who gets what is drawn anew in each run; a false alarm must not happen in any
	return &plan
}

// visit is one page load: the flags are fetched, and most pages become ready; some meet an error, all alike on both sides.
func (b *belay) visit(n int, key string) (silent bool) {
	b.t.Helper()
	user, session := fmt.Sprintf("usr_%d", n), fmt.Sprintf("ses_restart_%04d", n)
	r := b.ask(http.MethodPost, "/ofrep/v1/evaluate/flags", fmt.Appendf(nil, `{"context":{"targetingKey":%q}}`, user),
		bearer(key), chrome, "Belay-Session: "+session)
	require.Equal(b.t, http.StatusOK, r.status, r.body)
	if n%10 == 9 {
		return true
	}
	now := time.Now().UnixMilli()
	events := []string{
		fmt.Sprintf(`{"seq":1,"kind":"ready","at":%d,"value":800}`, now),
		fmt.Sprintf(`{"seq":2,"kind":"exposure","at":%d,"flag":"ncr-form","variant":"on","component":"ncr-form"}`, now),
		fmt.Sprintf(`{"seq":3,"kind":"confirm","at":%d,"value":%s}`, now, r.header.Get("Belay-Revision")),
	}
	if n%7 == 0 {
		events = append(events, fmt.Sprintf(`{"seq":4,"kind":"error","at":%d,"name":"TypeError","message":"x is undefined","source":"boundary","component":"ncr-form"}`, now))
	}
	if n%11 == 0 {
		events = append(events, fmt.Sprintf(`{"seq":5,"kind":"error","at":%d,"name":"Error","message":"fault %d","source":"window"}`, now, n%3))
	}
	document := fmt.Appendf(nil, `{"v":1,"session":%q,"user":%q,"sent_at":%d,"release":"r1","variants":{},"events":[%s]}`, session, user, now, strings.Join(events, ","))
	answer := b.ask(http.MethodPost, "/beacon/v1?key="+key, document, chrome)
	require.Equal(b.t, http.StatusAccepted, answer.status, answer.body)
	return false
}

// silentPeople counts those whose page never became ready, on both sides.
func silentPeople(page rollout.Page) int64 {
	for _, r := range page.Readings {
		if r.Guard == rollout.SilentClients && r.Scope == "" {
			return r.Treatment.Affected + r.Control.Affected
		}
	}
	return -1
}

func TestARestartChangesNoEvidence(t *testing.T) {
	dir := t.TempDir()
	b := start(t, dir)
	b.roll()
	made, err := b.Rollouts(t.Context(), "production")
	require.NoError(t, err)
	_, err = b.Act(t.Context(), made[0].ID, "rollback", api.Act{Reason: "the next one has another plan"})
	require.NoError(t, err)
	on := true
	_, err = b.ChangeFlag(t.Context(), "production", "design-system-v2", api.FlagChange{Enabled: &on, Reason: because})
	require.NoError(t, err)
	planned, err := b.CreateRollout(t.Context(), "production", api.NewRollout{Name: "again", Flag: "design-system-v2", Plan: ripening(), Reason: because})
	require.NoError(t, err)
	_, err = b.Act(t.Context(), planned.ID, "start", api.Act{Reason: because})
	require.NoError(t, err)
	silent := 0
	for n := range visitors {
		if b.visit(n, b.env.ClientKey) {
			silent++
		}
	}
	require.Positive(t, silent)

	last := time.Now()

	var before rollout.Page
	require.Eventually(t, func() bool {
		before, err = b.Rollout(t.Context(), planned.ID)
		return err == nil && time.Since(last) > ripeFor
	}, 20*time.Second, 100*time.Millisecond)
	require.Len(t, before.Decisions, 1, "it started, and nothing else was decided: both sides meet the same errors")
	require.GreaterOrEqual(t, silentPeople(before), int64(silent))
	require.EqualValues(t, visitors, before.Cohorts[0].Treatment+before.Cohorts[0].Control)
	b.stop()

	again := start(t, dir)
	var after rollout.Page
	require.Eventually(t, func() bool { // the history is read while Belay answers
		after, err = again.Rollout(t.Context(), planned.ID)
		return err == nil && silentPeople(after) == silentPeople(before)
	}, 20*time.Second, 50*time.Millisecond)
	lasting := func(p rollout.Page) string {
		text, err := json.MarshalIndent(map[string]any{
			"rollout": p.Rollout, "cohorts": p.Cohorts, "readings": p.Readings, "parts": p.Parts, "decisions": p.Decisions,
		}, "", " ")
		require.NoError(t, err)
		return string(text)
	}
	require.Empty(t, cmp.Diff(lasting(before), lasting(after)))
	anyEvidence := false
	for _, r := range after.Readings {
		anyEvidence = anyEvidence || r.LogE != 0 || r.SafeLogE != 0
	}
	require.True(t, anyEvidence, "there was something to lose")

	t.Run("and a page that confirmed before counts as confirmed when it comes back", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		for _, session := range []string{"ses_restart_0001", "ses_restart_0009"} { // the second one was silent
			request, err := http.NewRequestWithContext(ctx, http.MethodGet, again.app.URL()+"/ofrep/v1/stream?key="+again.env.ClientKey+"&session="+session, nil)
			require.NoError(t, err)
			response, err := http.DefaultClient.Do(request)
			require.NoError(t, err)
			defer response.Body.Close()
			line, err := bufio.NewReader(response.Body).ReadString('\n')
			require.NoError(t, err)
			require.Contains(t, line, "retry:")
		}
		clients, err := again.Clients(t.Context(), "production")
		require.NoError(t, err)
		require.Equal(t, 2, clients.Connected)
		require.Equal(t, 1, clients.Confirmed)
	})
}
