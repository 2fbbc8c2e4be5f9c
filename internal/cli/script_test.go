package cli_test

import (
	"context"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/api"
	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/cli"
	"github.com/siteproof/belay/internal/client"
	"github.com/siteproof/belay/internal/flag"
)

const because = "a script needs it"

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"belay": func() {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
		code := cli.Run(ctx, cli.Process{Args: os.Args[1:], In: os.Stdin, Out: os.Stdout, Err: os.Stderr})
		stop()
		os.Exit(code) //nolint:forbidigo // here the test is the program
	}})
}

// TestScripts runs the real program as people do. The scripts have two words of their own: "ready" waits until Belay
// answers, and "production" gives it a master flag with two components, and with "running" a rollout of them.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			address, err := freeAddress()
			if err != nil {
				return err
			}
			e.Setenv("BELAY_LISTEN", address)
			e.Setenv("BELAY_URL", "http://"+address)
			e.Setenv("BELAY_DATA_DIR", filepath.Join(e.WorkDir, "data"))
			e.Setenv("BELAY_LOG_LEVEL", "warn")
			e.Setenv("BELAY_VERIFY_SETTLE", "100ms") // nobody sends telemetry that could be late
			e.Setenv("BELAY_VERIFY_WITHIN", "2s")
			e.Setenv("TOMORROW", time.Now().Add(24*time.Hour).UTC().Format("2006-01-02T15:04"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"ready": ready, "production": production, "status": status, "revision": revision, "hook": hook, "delivery": delivery},
	})
}

func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

// ready waits until Belay answers.
func ready(ts *testscript.TestScript, _ bool, _ []string) {
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		response, err := http.Get(ts.Getenv("BELAY_URL") + "/healthz")
		if err == nil {
			_ = response.Body.Close()
			return
		}
		select {
		case <-deadline:
			ts.Fatalf("belay serve does not answer: %v", err)
		case <-tick.C:
		}
	}
}

// production makes flags as a console would, and with "running" a rollout in its first phase. The rollout's id is put
// into $ROLLOUT.
func production(ts *testscript.TestScript, _ bool, args []string) {
	ready(ts, false, nil)
	token, err := os.ReadFile(filepath.Join(ts.Getenv("BELAY_DATA_DIR"), "cli.token"))
	ts.Check(err)
	c := client.New(ts.Getenv("BELAY_URL"), string(token))
	ctx := context.Background()
	for _, f := range []api.NewFlag{
		{Key: "design-system-v2"},
		{Key: "ncr-form", Parent: "design-system-v2"},
		{Key: "diary", Parent: "design-system-v2"},
		{Key: "greeting", Type: flag.String, Value: []byte(`"hello"`)},
	} {
		if f.Type == "" {
			f.Type = flag.Boolean
		}
		f.Enabled, f.Reason = true, because
		_, err := c.CreateFlag(ctx, "production", f)
		ts.Check(err)
	}
	if len(args) == 0 {
		return
	}
	made, err := c.CreateRollout(ctx, "production", api.NewRollout{Name: "The new design", Flag: "design-system-v2", Reason: because})
	ts.Check(err)
	_, err = c.Act(ctx, made.ID, "start", api.Act{Reason: because})
	ts.Check(err)
	ts.Setenv("ROLLOUT", made.ID)
}

// revision puts the newest revision that changed a flag into $REVISION: revision flag.
func revision(ts *testscript.TestScript, _ bool, args []string) {
	token, err := os.ReadFile(filepath.Join(ts.Getenv("BELAY_DATA_DIR"), "cli.token"))
	ts.Check(err)
	commits, err := client.New(ts.Getenv("BELAY_URL"), string(token)).
		Commits(context.Background(), "production", change.Filter{KindPrefix: "flag.", Subject: args[0], Limit: 1})
	ts.Check(err)
	ts.Setenv("REVISION", strconv.FormatInt(commits[0].Revision, 10))
}

// hook puts the id of production's first webhook into $HOOK.
func hook(ts *testscript.TestScript, _ bool, _ []string) {
	token, err := os.ReadFile(filepath.Join(ts.Getenv("BELAY_DATA_DIR"), "cli.token"))
	ts.Check(err)
	all, err := client.New(ts.Getenv("BELAY_URL"), string(token)).Webhooks(context.Background(), "production")
	ts.Check(err)
	ts.Setenv("HOOK", all[0].ID)
}

// delivery puts the id of the newest delivery to $HOOK into $DELIVERY.
func delivery(ts *testscript.TestScript, _ bool, _ []string) {
	token, err := os.ReadFile(filepath.Join(ts.Getenv("BELAY_DATA_DIR"), "cli.token"))
	ts.Check(err)
	all, err := client.New(ts.Getenv("BELAY_URL"), string(token)).Deliveries(context.Background(), ts.Getenv("HOOK"))
	ts.Check(err)
	ts.Setenv("DELIVERY", all[0].ID)
}

// status runs belay and checks its exit code: status 2 flag on nothing.
func status(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec("belay", args[1:]...)
	code := "0"
	if err != nil {
		code = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if code != args[0] {
		ts.Fatalf("belay %s ended with %s, not %s", strings.Join(args[1:], " "), code, args[0])
	}
}

// TestTheRunbookIsWhatTheScriptDoes keeps the page that people open at three in the morning true: the script runs
// exactly the commands that the page shows, in the same order.
func TestTheRunbookIsWhatTheScriptDoes(t *testing.T) {
	page, err := os.ReadFile("../../runbooks/during/roll-back.md")
	require.NoError(t, err)
	script, err := os.ReadFile("testdata/script/runbook-roll-back.txtar")
	require.NoError(t, err)
	var shown, done []string
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(page), -1) {
		shown = append(shown, strings.Split(strings.TrimSpace(block[1]), "\n")...)
	}
	for line := range strings.Lines(string(script)) {
		command, is := strings.CutPrefix(strings.TrimSpace(line), "exec belay ")
		if is && !strings.HasPrefix(command, "serve") {
			done = append(done, "belay "+strings.ReplaceAll(command, "'", `"`))
		}
	}
	require.NotEmpty(t, shown)
	require.Equal(t, shown, done)
}
