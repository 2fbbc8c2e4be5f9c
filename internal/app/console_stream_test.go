package app_test

import (
	"bufio"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/api"
	"github.com/siteproof/belay/internal/auth"
	"github.com/siteproof/belay/internal/tenant"
)

// What every console shows, whichever environment it looks at, is followed by all of them.
func TestEveryConsoleFollowsEnvironmentsAndPeople(t *testing.T) {
	b := start(t, t.TempDir())
	ctx := t.Context()
	made := b.ask(http.MethodPost, "/api/v1/setup", []byte(`{"name":"Dana","email":"dana@example.org","password":"correct horse battery"}`))
	require.Equal(t, http.StatusOK, made.status, made.body)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, b.app.URL()+"/api/v1/environments/production/events", nil)
	require.NoError(t, err)
	signedIn := http.Response{Header: made.header}
	request.AddCookie(signedIn.Cookies()[0])
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	require.Equal(t, http.StatusOK, response.StatusCode)
	lines := bufio.NewScanner(response.Body)
	// told reads on until the topic is announced; the test's own deadline ends a wait for what never comes.
	told := func(topic string) {
		t.Helper()
		for lines.Scan() {
			if strings.Contains(lines.Text(), `"`+topic+`"`) {
				return
			}
		}
		t.Fatalf("%s was not announced: %v", topic, lines.Err())
	}

	hide := true
	_, err = b.ChangeEnvironment(ctx, "staging", api.EnvironmentChange{Settings: &api.SettingsChange{HideSensitiveData: &hide}, Reason: because})
	require.NoError(t, err)
	told("environments")
	_, err = b.CreateKey(ctx, "staging", api.NewKey{Side: tenant.Client, Reason: because})
	require.NoError(t, err)
	told("environments")
	let := b.ask(http.MethodPost, "/api/v1/people", []byte(`{"name":"Mara","email":"mara@example.org","role":"`+string(auth.Viewer)+`","reason":"a test needs it"}`), bearer(b.admin))
	require.Equal(t, http.StatusOK, let.status, let.body)
	told("people")
	_, err = b.AddWebhook(ctx, "production", api.NewWebhook{URL: "https://hooks.example/belay", Kinds: []string{"flag."}, Reason: because})
	require.NoError(t, err)
	told("webhooks")
}
