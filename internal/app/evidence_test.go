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
	b.harmedBy("ncr-form", n)
}

// harmedBy is one page load that meets an error nobody had before, if it has the new version of a component.
func (b *belay) harmedBy(component string, n int) {
	b.t.Helper()
	user, session := fmt.Sprintf("usr_%d", n), fmt.Sprintf("ses_evidence_%04d", n)
	r := b.ask(http.MethodPost, "/ofrep/v1/evaluate/flags/"+component, fmt.Appendf(nil, `{"context":{"targetingKey":%q}}`, user), bearer(b.env.ClientKey), chrome)
	require.Equal(b.t, http.StatusOK, r.status, r.body)
	if !strings.Contains(r.body, `"value":true`) {
		return
	}
	now := time.Now().UnixMilli()
	document := fmt.Appendf(nil, `{"v":1,"session":%q,"user":%q,"sent_at":%d,"release":"r2","variants":{},"events":[
		{"seq":1,"kind":"error","at":%d,"name":"TypeError","message":"the new one breaks","source":"boundary","component":%q}]}`, session, user, now, now, component)
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

// TestEveryTestOfARolloutCanBeChecked changes the policy of a rollout in flight, once so that the test goes on and once so
// that another begins, and Belay takes something back in each.
func TestEveryTestOfARolloutCanBeChecked(t *testing.T) {
	b := start(t, t.TempDir())
	id := b.roll()
	lost := func(component string, from int) {
		for n := from; ; n++ {
			require.Less(t, n, from+2000, "%s did not go back", component)
			b.harmedBy(component, n)
			found, err := b.Rollout(t.Context(), id)
			require.NoError(t, err)
			if slices.ContainsFunc(found.Lost, func(l rollout.Lost) bool { return l.Component == component }) || found.State == rollout.RolledBack {
				return
			}
		}
	}
	lost("ncr-form", 0)
	plan := rollout.DefaultPlan()
	plan.Phases[0].Windows = []rollout.Window{{Days: []string{"mon", "tue"}, From: "09:00", To: "16:00", Zone: "Europe/Berlin"}}
	_, err := b.ChangePolicy(t.Context(), id, api.PolicyChange{Plan: &plan, Reason: "only by day"})
	require.NoError(t, err)
	plan.Budget = .005
	_, err = b.ChangePolicy(t.Context(), id, api.PolicyChange{Plan: &plan, Reason: "be stricter"})
	require.NoError(t, err)
	lost("diary", 5000)

	file, err := b.Evidence(t.Context(), id)
	require.NoError(t, err)
	require.Len(t, file.Rollout.Tests, 2)
	text, err := json.Marshal(file)
	require.NoError(t, err)
	checks := evidence.Verify(file, file.Chain.Head)
	for _, c := range checks {
		require.True(t, c.Holds, "%s: %s %v", c.Name, c.Text, c.Faults)
	}
	require.Contains(t, checks[4].Text, "2 decisions of Belay's own", "one in each test")
	var page strings.Builder
	require.NoError(t, file.WriteHTML(&page, checks))
	require.True(t, strings.Contains(page.String(), "at most 1 % &#43; 0.5 %"), "the page says what the tests cost together") //nolint:testifylint // the page itself is too long to print

	t.Run("and a number of the first test that was changed is found", func(t *testing.T) {
		for name, forge := range map[string]func(*rollout.Reading){
			"statistics": func(r *rollout.Reading) { r.LogE += .01 },
			"decisions":  func(r *rollout.Reading) { r.Treatment.Users++ },
			"verdicts":   func(r *rollout.Reading) { r.Status = rollout.StatusWatching },
		} {
			forged, err := evidence.Read(text)
			require.NoError(t, err)
			first := slices.IndexFunc(forged.Decisions, func(d rollout.Decision) bool { return d.Inputs != nil })
			require.True(t, forged.Decisions[first].At.Before(forged.Rollout.Tests[1].From), "it is of the first test")
			part := evidence.File{Decisions: forged.Decisions[first : first+1]}
			readings(t, &part, forge)
			found := evidence.Verify(forged, "")
			n := slices.IndexFunc(found, func(c evidence.Check) bool { return c.Name == name && !c.Holds })
			require.GreaterOrEqual(t, n, 0, "%s are said to hold", name)
			require.Contains(t, strings.Join(found[n].Faults, " "), forged.Decisions[first].ID)
		}
	})
	t.Run("and so are tests that are said to have cost less", func(t *testing.T) {
		forged, err := evidence.Read(text)
		require.NoError(t, err)
		forged.Rollout.Tests[0].Budget = .001
		require.False(t, evidence.Holds(evidence.Verify(forged, "")))
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
