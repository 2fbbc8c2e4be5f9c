package verify_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/api"
	"github.com/siteproof/belay/internal/app"
	"github.com/siteproof/belay/internal/client"
	"github.com/siteproof/belay/internal/config"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/verify"
)

const because = "a test needs it"

// TestWhatDoesNotHoldIsNotProven rolls a component back on a whole Belay, and looks what verify says while a page has
// not confirmed and people still meet the error, and once both are over.
func TestWhatDoesNotHoldIsNotProven(t *testing.T) {
	dir := t.TempDir()
	belay, err := app.New(t.Context(), app.Options{Config: config.Config{Listen: "127.0.0.1:0", DataDir: dir}, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	require.NoError(t, belay.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, belay.Stop(context.Background())) })
	token, err := os.ReadFile(filepath.Join(dir, app.TokenFile))
	require.NoError(t, err)
	c := client.New(belay.URL(), string(token))
	env, err := c.Environment(t.Context(), "production")
	require.NoError(t, err)
	for _, f := range []api.NewFlag{{Key: "design-system-v2"}, {Key: "ncr-form", Parent: "design-system-v2"}, {Key: "diary", Parent: "design-system-v2"}} {
		f.Type, f.Enabled, f.Reason = flag.Boolean, true, because
		_, err := c.CreateFlag(t.Context(), "production", f)
		require.NoError(t, err)
	}
	made, err := c.CreateRollout(t.Context(), "production", api.NewRollout{Name: "the new design", Flag: "design-system-v2", Reason: because})
	require.NoError(t, err)
	options := verify.Options{Client: c, Environment: "production", Sample: 20, Within: 300 * time.Millisecond, Settle: 200 * time.Millisecond}
	_, err = verify.Run(t.Context(), options)
	require.ErrorContains(t, err, "nothing to verify")
	_, err = c.Act(t.Context(), made.ID, "start", api.Act{Reason: because})
	require.NoError(t, err)
	_, err = c.Act(t.Context(), made.ID, "rollback", api.Act{Reason: because, Components: []string{"ncr-form"}})
	require.NoError(t, err)

	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, belay.URL()+"/ofrep/v1/stream?key="+env.ClientKey+"&session=ses_a_page", nil)
	require.NoError(t, err)
	stream, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer stream.Body.Close()
	_, err = stream.Body.Read(make([]byte, 1)) // it is connected
	require.NoError(t, err)
	seq := 0
	report := func(event string) {
		seq++
		now := time.Now().UnixMilli()
		document := fmt.Sprintf(`{"v":1,"session":"ses_a_page","user":"usr_1","sent_at":%d,"release":"r1","variants":{},"events":[{"seq":%d,"at":%d,%s}]}`, now, seq, now, event)
		response, err := http.Post(belay.URL()+"/beacon/v1?key="+env.ClientKey, "text/plain", strings.NewReader(document))
		require.NoError(t, err)
		defer response.Body.Close()
		require.Equal(t, http.StatusAccepted, response.StatusCode)
	}
	look := func() map[string]verify.Status {
		found, err := verify.Run(t.Context(), options)
		require.NoError(t, err)
		statuses := map[string]verify.Status{}
		passed := true
		for _, check := range found.Checks {
			statuses[check.Name] = check.Status
			passed = passed && check.Status == verify.Passed
			require.NotEmpty(t, check.Text)
		}
		require.Equal(t, passed, found.Passed)
		return statuses
	}

	ctx, cancel := context.WithCancel(t.Context())
	harmed := make(chan struct{})
	go func() { // somebody keeps meeting the error
		defer close(harmed)
		for tick := time.NewTicker(20 * time.Millisecond); ; {
			select {
			case <-ctx.Done():
				tick.Stop()
				return
			case <-tick.C:
				report(`"kind":"error","name":"TypeError","message":"x is undefined","source":"boundary","component":"ncr-form"`)
			}
		}
	}()
	require.Equal(t, map[string]verify.Status{
		"control plane": verify.Passed, "flags as browsers get them": verify.Passed, "connected pages": verify.Failed, "errors": verify.Failed,
	}, look())
	cancel()
	<-harmed

	clients, err := c.Clients(t.Context(), "production")
	require.NoError(t, err)
	report(fmt.Sprintf(`"kind":"confirm","value":%d`, clients.Revision))
	options.Within = 10 * time.Second
	require.Equal(t, map[string]verify.Status{
		"control plane": verify.Passed, "flags as browsers get them": verify.Passed, "connected pages": verify.Passed, "errors": verify.Passed,
	}, look())

	options.Pages = []string{belay.URL() + "/healthz", belay.URL() + "/ofrep/none"}
	statuses := look()
	require.Equal(t, verify.Passed, statuses["page "+options.Pages[0]])
	require.Equal(t, verify.Failed, statuses["page "+options.Pages[1]])
}
