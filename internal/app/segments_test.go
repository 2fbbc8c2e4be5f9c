package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/api"
	"github.com/siteproof/belay/internal/auth"
	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag"
)

const production = "/api/v1/environments/production"

// identify sends traits as Flagsmith's clients do.
func (b *belay) identify(identifier, traits string) {
	b.t.Helper()
	r := b.ask(http.MethodPost, "/api/v1/identities/", fmt.Appendf(nil, `{"identifier":%q,"traits":%s}`, identifier, traits), "X-Environment-Key: "+b.env.ClientKey)
	require.Equal(b.t, http.StatusOK, r.status, r.body)
}

func read[T any](t *testing.T, r reply) T {
	t.Helper()
	require.Less(t, r.status, 300, r.body)
	var out T
	require.NoError(t, json.Unmarshal([]byte(r.body), &out), r.body)
	return out
}

func paying() []flag.Rule {
	return []flag.Rule{{Type: "ALL", Rules: []flag.Rule{{Type: "ANY", Conditions: []flag.Condition{{Property: "plan", Operator: "EQUAL", Value: "pro"}}}}}}
}

func TestAPreviewCountsWhoIsKnownAndKeepsNothing(t *testing.T) {
	b := start(t, t.TempDir())
	for n := range 12 {
		plan := "free"
		if n%4 == 0 {
			plan = "pro"
		}
		b.identify(fmt.Sprintf("usr_%d", n), fmt.Sprintf(`[{"trait_key":"plan","trait_value":%q},{"trait_key":"age","trait_value":"%d"}]`, plan, n))
	}
	p, err := b.PreviewSegment(t.Context(), "production", api.SegmentDraft{Rules: paying()})
	require.NoError(t, err)
	require.Equal(t, []int{3, 12, 12}, []int{p.Matching, p.Examined, p.Known})
	require.ElementsMatch(t, []string{"usr_0", "usr_4", "usr_8"}, p.In)
	require.Len(t, p.Out, 9)
	require.Equal(t, "plan is pro", p.Sentence)
	require.Empty(t, p.Findings)

	older := []flag.Rule{{Type: "ALL", Conditions: []flag.Condition{{Property: "age", Operator: "GREATER_THAN", Value: "5"}}}}
	p, err = b.PreviewSegment(t.Context(), "production", api.SegmentDraft{Rules: older})
	require.NoError(t, err)
	require.Equal(t, 6, p.Matching)
	require.Contains(t, p.Findings[0].Problem, "12 of 12 known people is text that looks like a number")

	_, err = b.PreviewSegment(t.Context(), "production", api.SegmentDraft{Rules: []flag.Rule{{Type: "SOME"}}})
	require.True(t, fault.Is(err, fault.Invalid), err)
	all, err := b.Segments(t.Context(), "production")
	require.NoError(t, err)
	require.Empty(t, all)
	known := read[[]api.Property](t, b.ask(http.MethodGet, production+"/traits", nil, bearer(b.admin)))
	require.Equal(t, []string{"age", "plan"}, []string{known[0].Name, known[1].Name})
	require.Equal(t, 12, known[0].Kind.NumericText)
}

func TestASegmentIsNotOverwrittenUnseen(t *testing.T) {
	b := start(t, t.TempDir())
	put := func(change api.SegmentChange) (api.SegmentEntry, error) {
		change.Rules, change.Reason = paying(), because
		return b.PutSegment(t.Context(), "production", "pro", change)
	}
	first, err := put(api.SegmentChange{Create: true})
	require.NoError(t, err)
	_, err = put(api.SegmentChange{Create: true})
	require.True(t, fault.Is(err, fault.Conflict), err)
	second, err := put(api.SegmentChange{Description: "who pays", SeenAt: &first.UpdatedAt})
	require.NoError(t, err)
	require.Equal(t, first.Number, second.Number, "splits stay where they are")
	_, err = put(api.SegmentChange{Description: "an older page", SeenAt: &first.UpdatedAt})
	require.True(t, fault.Is(err, fault.Conflict), err)
	require.NoError(t, b.DeleteSegment(t.Context(), "production", "pro", because))
	_, err = put(api.SegmentChange{SeenAt: &second.UpdatedAt})
	require.True(t, fault.Is(err, fault.Conflict), "what was deleted does not come back")
}

func TestSupportSeesAndChangesWhatIsKeptOfSomebody(t *testing.T) {
	b := start(t, t.TempDir())
	b.roll()
	b.allow(operator, auth.Operator)
	who := "ann/örg?&#"
	b.identify(who, `[{"trait_key":"plan","trait_value":"pro"},{"trait_key":"age","trait_value":41},{"trait_key":"secret","trait_value":"p4ssw0rd"}]`)
	_, err := b.PutSegment(t.Context(), "production", "pro", api.SegmentChange{Rules: paying(), Reason: because})
	require.NoError(t, err)

	one := production + "/identity?identifier=" + url.QueryEscape(who)
	page := read[api.IdentityPage](t, b.ask(http.MethodGet, one, nil, bearer(operator)))
	require.True(t, page.Known)
	require.Equal(t, []string{"pro"}, page.Segments)
	require.Len(t, page.Flags, 3)
	listed := read[api.IdentityList](t, b.ask(http.MethodGet, production+"/identities?find=ann", nil, bearer(operator)))
	require.Equal(t, 1, listed.Known)
	require.Equal(t, who, listed.Identities[0].Identifier)
	require.Empty(t, read[api.IdentityList](t, b.ask(http.MethodGet, production+"/identities?find=bob", nil, bearer(operator))).Identities)

	const age = 4_204_204_204 // which stands in no time and no id
	wanted, err := json.Marshal(map[string]any{"identifier": who, "traits": map[string]any{"plan": "free", "secret": nil, "age": age}, "reason": because})
	require.NoError(t, err)
	page = read[api.IdentityPage](t, b.ask(http.MethodPatch, production+"/identity", wanted, bearer(operator)))
	require.Equal(t, api.Traits{"plan": "free", "age": json.Number(strconv.Itoa(age))}, page.Traits)
	require.Empty(t, page.Segments)
	requireProblem(t, b.ask(http.MethodPatch, production+"/identity", []byte(`{"identifier":"ann","traits":{"list":[1]},"reason":"a test needs it"}`), bearer(operator)), http.StatusBadRequest)

	forget, err := json.Marshal(map[string]any{"identifier": who, "reason": because})
	require.NoError(t, err)
	require.Equal(t, http.StatusNoContent, b.ask(http.MethodDelete, production+"/identity", forget, bearer(operator)).status)
	requireProblem(t, b.ask(http.MethodDelete, production+"/identity", forget, bearer(operator)), http.StatusNotFound)
	require.False(t, read[api.IdentityPage](t, b.ask(http.MethodGet, one, nil, bearer(operator))).Known)

	commits, err := b.Commits(t.Context(), "production", change.Filter{Subject: who})
	require.NoError(t, err)
	require.Len(t, commits, 2, "each change by hand is in the journal")
	text, err := json.Marshal(commits)
	require.NoError(t, err)
	for _, value := range []string{"p4ssw0rd", `"free"`, strconv.Itoa(age)} {
		require.NotContains(t, strings.ReplaceAll(string(text), who, ""), value, "and nothing that is known about people")
	}
	require.JSONEq(t, `{"set":["age","plan"],"removed":["secret"]}`, string(commits[1].Changes[0].After))
}

func TestAnExplanationKnowsWhatIsKept(t *testing.T) {
	b := start(t, t.TempDir())
	b.roll()
	b.identify("ann", `[{"trait_key":"plan","trait_value":"pro"}]`)
	ask := func(in api.ExplainRequest) api.Explanation {
		out, err := b.Explain(t.Context(), "production", "diary", in)
		require.NoError(t, err)
		return out
	}
	require.Equal(t, api.Traits{"plan": "pro"}, ask(api.ExplainRequest{Identifier: "ann", UseStoredTraits: true}).Traits)
	alone := ask(api.ExplainRequest{Identifier: "ann", Traits: api.Traits{"age": 3}})
	require.Equal(t, api.Traits{"age": json.Number("3")}, alone.Traits)
	require.Equal(t, api.Traits{"plan": "pro"}, alone.Stored)
	require.Empty(t, ask(api.ExplainRequest{Identifier: "ann", Traits: api.Traits{"plan": nil}, UseStoredTraits: true}).Traits)
	require.Equal(t, flag.ParentStep, ask(api.ExplainRequest{}).Trace.Steps[0].Kind)
}
