package app_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/api"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/proposal"
)

// What was not made yet is no success and no refusal: 202, with the request in the body and where programs look for it.
func TestAChangeThatWaitsIsAnsweredWith202(t *testing.T) {
	b := start(t, t.TempDir())
	_, err := b.CreateFlag(t.Context(), "production", api.NewFlag{Key: "checkout", Type: flag.Boolean, Reason: because})
	require.NoError(t, err)
	one := 1
	_, err = b.ChangeEnvironment(t.Context(), "production", api.EnvironmentChange{Settings: &api.SettingsChange{Approvals: &one}, Reason: because})
	require.NoError(t, err)

	staging, err := b.Environment(t.Context(), "staging")
	require.NoError(t, err)
	_, err = b.CreateFlag(t.Context(), "staging", api.NewFlag{Key: "search", Type: flag.Boolean, Reason: because})
	require.NoError(t, err)
	tomorrow := "Belay-At: " + time.Now().Add(24*time.Hour).Format(time.RFC3339)

	const checkout, search = "/api/v1/environments/production/flags/checkout", "/api/v1/environments/staging/flags/search"
	const on, gone = `{"enabled":true,"reason":"a test needs it"}`, `{"reason":"a test needs it"}`
	for _, c := range []struct {
		says, method, path, body string
		header                   string
		state                    proposal.State
		environment              string
	}{
		{"for approvals", http.MethodPatch, checkout, on, "", proposal.Waiting, b.env.ID},
		{"for approvals, of what answers with nothing", http.MethodDelete, checkout, gone, "", proposal.Waiting, b.env.ID},
		{"for approvals and its time", http.MethodPatch, checkout, on, tomorrow, proposal.Waiting, b.env.ID},
		{"for its time", http.MethodPatch, search, on, tomorrow, proposal.Scheduled, staging.ID},
	} {
		t.Run(c.says, func(t *testing.T) {
			headers := []string{bearer(b.admin)}
			if c.header != "" {
				headers = append(headers, c.header)
			}
			got := b.ask(c.method, c.path, []byte(c.body), headers...)
			require.Equal(t, http.StatusAccepted, got.status, got.body)
			require.Equal(t, "application/json", got.header.Get("Content-Type"))
			var answer api.Accepted
			require.NoError(t, json.Unmarshal([]byte(got.body), &answer))
			require.Equal(t, http.StatusAccepted, answer.Status)
			require.Equal(t, c.state, answer.State)
			require.Equal(t, c.environment, answer.EnvironmentID)
			require.Contains(t, answer.Detail, "not made yet")
			require.Equal(t, answer.ChangeRequest, got.header.Get("Belay-Change-Request"))
			request := b.ask(http.MethodGet, got.header.Get("Location"), nil, bearer(b.admin))
			require.Equal(t, http.StatusOK, request.status, request.body)
			require.Contains(t, request.body, answer.ChangeRequest)
		})
	}
	for _, path := range []string{checkout, search} {
		require.Contains(t, b.ask(http.MethodGet, path, nil, bearer(b.admin)).body, `"enabled":false`, "nothing was changed")
	}
}
