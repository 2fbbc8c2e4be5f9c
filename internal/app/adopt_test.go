package app_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/api"
	"github.com/siteproof/belay/internal/auth"
	"github.com/siteproof/belay/internal/change"
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

	// What has to wait for approvals leaves no key behind, also not in memory.
	_, err := b.ApplyFile(t.Context(), api.FileToApply{FileText: api.FileText{Text: "belay: 1\nflags: {a: {type: boolean}}\n", Otherwise: "production"}, Reason: because})
	require.NoError(t, err)
	one := 1
	_, err = b.ChangeEnvironment(t.Context(), "production", api.EnvironmentChange{Settings: &api.SettingsChange{Approvals: &one}, Reason: because})
	require.NoError(t, err)
	_, err = b.ApplyFile(t.Context(), api.FileToApply{FileText: document(), Reason: because})
	require.ErrorContains(t, err, "cannot wait together")
	refused := b.ask(http.MethodGet, "/api/v1/flags/", nil, "X-Environment-Key: "+flagsmithKey)
	require.Equal(t, http.StatusUnauthorized, refused.status)
	// One after the other works.
	made := b.ask(http.MethodPost, "/api/v1/environments/production/keys", []byte(`{"side":"client","secret":"`+flagsmithKey+`","reason":"a test needs it"}`), bearer(b.admin))
	require.Equal(t, http.StatusOK, made.status, made.body)
	require.Equal(t, http.StatusOK, b.ask(http.MethodGet, "/api/v1/flags/", nil, "X-Environment-Key: "+flagsmithKey).status)
}
