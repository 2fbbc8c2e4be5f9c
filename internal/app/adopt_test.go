package app_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/api"
	"github.com/siteproof/belay/internal/auth"
	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/proposal"
)

const (
	// flagsmithKey is a client key as Flagsmith makes them.
	flagsmithKey = "ueSB7zfKCHUfLtQMGTHVDT"

	flagsmithDocument = `{"api_key":"` + flagsmithKey + `","name":"Production","project":{"segments":[]},"feature_states":[
		{"feature":{"id":1,"name":"checkout"},"enabled":true,"feature_state_value":null},
		{"feature":{"id":2,"name":"colour"},"enabled":true,"feature_state_value":"blue","django_id":7,"multivariate_feature_state_values":[
			{"id":1,"percentage_allocation":50,"multivariate_feature_option":{"value":"red"}}]}]}`
)

func document() api.FileText {
	return api.FileText{Name: "document.json", Text: flagsmithDocument, Otherwise: "production", AdoptKey: true}
}

// An app of a team that comes from Flagsmith is built with the key it has there; it goes on with it, unchanged.
func TestAnImportAdoptsTheKeyThatAppsHave(t *testing.T) {
	b := start(t, t.TempDir())
	ctx := t.Context()
	b.allow(operator, auth.Operator)
	flags := func() reply {
		return b.ask(http.MethodGet, "/api/v1/flags/", nil, "X-Environment-Key: "+flagsmithKey)
	}
	require.Equal(t, http.StatusUnauthorized, flags().status)

	found, err := b.CompareFile(ctx, document())
	require.NoError(t, err)
	require.True(t, found.Differences[0].AdoptsKey)
	for _, note := range found.Differences[0].Notes {
		require.NotContains(t, note, "anew", "the environment spreads nobody yet, so nobody moves")
	}
	body, err := json.Marshal(api.FileToApply{FileText: document(), Reason: because})
	require.NoError(t, err)
	requireProblem(t, b.ask(http.MethodPost, "/api/v1/files/apply", body, bearer(operator)), http.StatusForbidden)
	_, err = b.ApplyFile(ctx, api.FileToApply{FileText: document(), Reason: because})
	require.NoError(t, err)

	got := flags()
	require.Equal(t, http.StatusOK, got.status, got.body)
	require.Contains(t, got.body, `"checkout"`)
	identities := b.ask(http.MethodPost, "/api/v1/identities/", []byte(`{"identifier":"usr_1"}`), "X-Environment-Key: "+flagsmithKey)
	require.Equal(t, http.StatusOK, identities.status, identities.body)
	old := b.ask(http.MethodGet, "/api/v1/flags/", nil, "X-Environment-Key: "+b.env.ClientKey)
	require.Equal(t, http.StatusOK, old.status, "the key from before goes on")
	served := b.ask(http.MethodGet, "/api/v1/environment-document/", nil, "X-Environment-Key: "+b.env.ServerKey)
	require.Contains(t, served.body, `"api_key":"`+flagsmithKey+`"`, "servers spread people as Flagsmith did")

	commits, err := b.Commits(ctx, "production", change.Filter{KindPrefix: "environment.key_added", Limit: 1})
	require.NoError(t, err)
	require.Equal(t, because, commits[0].Reason)
	require.Contains(t, string(commits[0].Changes[0].After), `"adopted":true`)
	require.NotContains(t, string(commits[0].Changes[0].After), flagsmithKey, "no key is in the journal")

	again, err := b.CompareFile(ctx, document())
	require.NoError(t, err)
	require.False(t, again.Differs, "a second import changes nothing")
	elsewhere := document()
	elsewhere.Environment = "staging"
	_, err = b.CompareFile(ctx, elsewhere)
	require.ErrorContains(t, err, "opens something else here already")
	own := api.FileText{Name: "flags.yaml", Text: "belay: 1\nenvironment: production\nflags: {}\n", AdoptKey: true}
	_, err = b.CompareFile(ctx, own)
	require.ErrorContains(t, err, "no client key to adopt")
	own.AdoptKey = false
	body, err = json.Marshal(own)
	require.NoError(t, err)
	quiet := b.ask(http.MethodPost, "/api/v1/files/compare", body, bearer(operator))
	require.Contains(t, quiet.body, `"notes":[]`, "a list that is empty is one all the same")
}

func TestAKeyThatCannotBeAdoptedOpensNothing(t *testing.T) {
	b := start(t, t.TempDir())
	for _, c := range []struct {
		says, body string
		status     int
	}{
		{"too short", `{"side":"client","secret":"short","reason":"a test needs it"}`, http.StatusBadRequest},
		{"a server key's form", `{"side":"client","secret":"ser.ueSB7zfKCHUfLtQMGTHVDT","reason":"a test needs it"}`, http.StatusBadRequest},
		{"a line break", `{"side":"client","secret":"ueSB7zfKCHUf\nLtQMGTHVDT","reason":"a test needs it"}`, http.StatusBadRequest},
		{"for the server", `{"side":"server","secret":"ueSB7zfKCHUfLtQMGTHVDT","reason":"a test needs it"}`, http.StatusBadRequest},
		{"another environment's", `{"side":"client","secret":"` + b.env.ClientKey + `","reason":"a test needs it"}`, http.StatusConflict},
	} {
		t.Run(c.says, func(t *testing.T) {
			requireProblem(t, b.ask(http.MethodPost, "/api/v1/environments/staging/keys", []byte(c.body), bearer(b.admin)), c.status)
		})
	}
}

// A file that makes flags and adopts a key waits as one request, and both are there with the last approval.
func TestAKeyWaitsWithTheFlagsOfItsFile(t *testing.T) {
	b := start(t, t.TempDir())
	ctx := t.Context()
	ines := b.signed(b.ask(http.MethodPost, "/api/v1/setup", []byte(`{"name":"ines","email":"ines@example.org","password":"`+secret+`"}`)))
	mara := ines.lets("mara", auth.Operator)
	one := 1
	_, err := b.ChangeEnvironment(ctx, "production", api.EnvironmentChange{Settings: &api.SettingsChange{Approvals: &one}, Reason: because})
	require.NoError(t, err)
	opens := func() int {
		return b.ask(http.MethodGet, "/api/v1/flags/", nil, "X-Environment-Key: "+flagsmithKey).status
	}
	asks := func() string {
		body, err := json.Marshal(api.FileToApply{FileText: document(), Reason: because})
		require.NoError(t, err)
		got := ines.call(http.MethodPost, "/files/apply", string(body), nil)
		require.Equal(t, http.StatusAccepted, got.status, got.body)
		return got.header.Get("Belay-Change-Request")
	}

	first, second := asks(), asks()
	require.Equal(t, http.StatusUnauthorized, opens(), "what waits leaves no key behind, also not in memory")
	waits, err := b.Change(ctx, first)
	require.NoError(t, err)
	require.Equal(t, "adopt a client key, make the flag checkout, 1 more", waits.Title)
	require.Contains(t, string(waits.Steps[0].Changes[0].Needs), flagsmithKey, "who approves it sees which key")

	require.Equal(t, proposal.Applied, mara.approves(first).State)
	require.Equal(t, http.StatusOK, opens())
	served := b.ask(http.MethodGet, "/api/v1/environment-document/", nil, "X-Environment-Key: "+b.env.ServerKey)
	require.Contains(t, served.body, `"api_key":"`+flagsmithKey+`"`, "people are spread by it, as they were")
	commits, err := b.Commits(ctx, "production", change.Filter{KindPrefix: "environment.key_added", Limit: 1})
	require.NoError(t, err)
	require.Len(t, commits[0].Changes, 4, "the key, two flags and the request are one commit")
	everything, err := json.Marshal(commits)
	require.NoError(t, err)
	require.NotContains(t, string(everything), flagsmithKey, "no key is in the journal")

	late := mara.approves(second)
	require.NotEqual(t, proposal.Applied, late.State)
	require.Contains(t, late.Why, "production has flags by now")
	require.Equal(t, http.StatusOK, opens())
}

// What is downloaded for Flagsmith's clients is what they fetch, with what it cannot hold beside it.
func TestFlagsmithsDocumentSaysWhatItLeavesOut(t *testing.T) {
	b := start(t, t.TempDir())
	b.allow(viewer, auth.Viewer)
	b.roll()
	_, err := b.CreateFlag(t.Context(), "production", api.NewFlag{Key: "greeting", Type: flag.String, Value: json.RawMessage(`"hello"`), Owner: "shop", Reason: because})
	require.NoError(t, err)
	got := b.ask(http.MethodGet, "/api/v1/files?format=flagsmith&environments=production", nil, bearer(viewer))
	require.Equal(t, http.StatusOK, got.status, got.body)
	var file api.WrittenFile
	require.NoError(t, json.Unmarshal([]byte(got.body), &file))
	require.Equal(t, "production.flagsmith.json", file.Name)
	served := b.ask(http.MethodGet, "/api/v1/environment-document/", nil, "X-Environment-Key: "+b.env.ServerKey)
	require.JSONEq(t, served.body, file.Text)
	require.Equal(t, []string{
		"Descriptions, owners and tags are not in it: greeting.",
		"The values of flags that are off are not in it: greeting.",
		"Components are in it as segments that are off where their parent is: diary, ncr-form.",
		"Rollouts are in it as segments with the share that they have now, which does not move any more: design-system-v2.",
	}, file.Notes)
	requireProblem(t, b.ask(http.MethodGet, "/api/v1/files?format=flagsmith&environments=production,staging", nil, bearer(viewer)), http.StatusBadRequest)
}
