package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/api"
	"github.com/siteproof/belay/internal/evidence"
	"github.com/siteproof/belay/internal/rollout"
)

// harmed is one page load that meets an error nobody had before, if it has the new form.
func (b *belay) harmed(n int) {
	b.t.Helper()
	user, session := fmt.Sprintf("usr_%d", n), fmt.Sprintf("ses_evidence_%04d", n)
	r := b.ask(http.MethodPost, "/ofrep/v1/evaluate/flags/ncr-form", fmt.Appendf(nil, `{"context":{"targetingKey":%q}}`, user), bearer(b.env.ClientKey), chrome)
	require.Equal(b.t, http.StatusOK, r.status, r.body)
	if !strings.Contains(r.body, `"value":true`) {
		return
	}
	now := time.Now().UnixMilli()
	document := fmt.Appendf(nil, `{"v":1,"session":%q,"user":%q,"sent_at":%d,"release":"r2","variants":{},"events":[
		{"seq":1,"kind":"error","at":%d,"name":"TypeError","message":"the new form breaks","source":"boundary","component":"ncr-form"}]}`, session, user, now, now)
	answer := b.ask(http.MethodPost, "/beacon/v1?key="+b.env.ClientKey, document, chrome)
	require.Equal(b.t, http.StatusAccepted, answer.status, answer.body)
}

// TestTheEvidenceOfARollbackCanBeChecked lets Belay take a component back by its own decision, and an auditor check why.
func TestTheEvidenceOfARollbackCanBeChecked(t *testing.T) {
	b := start(t, t.TempDir())
	b.roll()
	made, err := b.Rollouts(t.Context(), "production")
	require.NoError(t, err)
	id := made[0].ID
	for n := 0; ; n++ {
		require.Less(t, n, 2000, "nothing went back")
		b.harmed(n)
		found, err := b.Rollout(t.Context(), id)
		require.NoError(t, err)
		if len(found.Lost) > 0 {
			break
		}
	}
	_, err = b.Act(t.Context(), id, "hold", api.Act{Reason: "somebody has to look"})
	require.NoError(t, err)
	file, err := b.Evidence(t.Context(), id)
	require.NoError(t, err)
	text, err := json.Marshal(file)
	require.NoError(t, err)

	checks := evidence.Verify(file, file.Chain.Head)
	for _, c := range checks {
		require.True(t, c.Holds, "%s: %s %v", c.Name, c.Text, c.Faults)
	}
	require.True(t, slices.ContainsFunc(file.Decisions, func(d rollout.Decision) bool { return d.Inputs != nil && d.Action == rollout.RollBackPart }))
	require.Contains(t, checks[4].Text, "1 decisions of Belay's own")

	t.Run("and shows whatever was changed afterwards", func(t *testing.T) {
		for name, forge := range map[string]func(*evidence.File){
			"commits":    func(f *evidence.File) { f.Commits[0].Reason = "another reason" },
			"chain":      func(f *evidence.File) { f.Chain.Digests = f.Chain.Digests[:len(f.Chain.Digests)-1] },
			"decisions":  func(f *evidence.File) { f.Decisions = f.Decisions[1:] },
			"verdicts":   func(f *evidence.File) { calm(t, f) },
			"statistics": func(f *evidence.File) { exaggerate(t, f) },
		} {
			forged, err := evidence.Read(text)
			require.NoError(t, err)
			forge(&forged)
			n := slices.IndexFunc(evidence.Verify(forged, ""), func(c evidence.Check) bool { return c.Name == name && !c.Holds })
			require.GreaterOrEqual(t, n, 0, "%s is said to hold", name)
		}
		require.False(t, evidence.Holds(evidence.Verify(file, "0000")), "the head that was kept is another one")
	})
	t.Run("and is a page for people too", func(t *testing.T) {
		var page strings.Builder
		require.NoError(t, file.WriteHTML(&page, checks))
		require.Contains(t, page.String(), "Everything in this report follows from what it carries.")
		require.Contains(t, page.String(), "the new ncr-form brings an error that nobody had before")
	})
}

// readings lets a test change what Belay's own decision rested on.
func readings(t *testing.T, f *evidence.File, change func(*rollout.Reading)) {
	t.Helper()
	for n, d := range f.Decisions {
		if d.Inputs == nil {
			continue
		}
		var all []rollout.Reading
		require.NoError(t, json.Unmarshal(d.Evidence, &all))
		for k := range all {
			change(&all[k])
		}
		text, err := json.Marshal(all)
		require.NoError(t, err)
		f.Decisions[n].Evidence = text
	}
}

func calm(t *testing.T, f *evidence.File) {
	t.Helper()
	readings(t, f, func(r *rollout.Reading) { r.Status = rollout.StatusWatching })
}

func exaggerate(t *testing.T, f *evidence.File) {
	t.Helper()
	readings(t, f, func(r *rollout.Reading) { r.LogE += 3 })
}
