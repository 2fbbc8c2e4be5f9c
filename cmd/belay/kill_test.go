package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/api"
	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/client"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/rollout"
)

// kills is how often the process is killed.
const kills = 50

// senders is how many pages report at once.
const senders = 8

// TestKillingBelayLosesNothingItAcknowledged kills the real binary at random moments under load. Whatever it had
// acknowledged must be there afterwards, no flag change may be half done, and the rollout must go on where it was.
func TestKillingBelayLosesNothingItAcknowledged(t *testing.T) {
	if testing.Short() {
		t.Skip("starts the binary fifty times")
	}
	v := &victim{t: t, dir: t.TempDir(), binary: build(t), address: freeAddress(t)}
	v.start()
	env, err := v.client.Environment(t.Context(), "production")
	require.NoError(t, err)
	rolloutID := v.prepare()

	load := &load{url: "http://" + v.address, key: env.ClientKey}
	ctx, stopLoad := context.WithCancel(t.Context())
	var work sync.WaitGroup
	for n := range senders {
		work.Go(func() { load.send(ctx, n) })
	}
	var changes []flag.Flag // acknowledged changes, in order
	var starts []time.Duration
	for range kills {
		changes = append(changes, v.changeFlagsFor(time.Duration(20+rand.IntN(200))*time.Millisecond, len(changes))...)
		seen := v.people(rolloutID)
		v.kill()
		starts = append(starts, v.start())
		again := v.people(rolloutID)
		require.GreaterOrEqual(t, again.Treatment, seen.Treatment, "whoever was counted before is counted again")
		require.GreaterOrEqual(t, again.Control, seen.Control)
		v.flagIsWhole(changes)
	}
	stopLoad()
	work.Wait()
	acknowledged := load.acknowledged
	require.Greater(t, len(acknowledged), kills, "the load got through between the kills")
	require.Zero(t, load.missing(t.Context(), acknowledged), "of %d acknowledged documents", len(acknowledged))
	people := v.people(rolloutID)
	require.Positive(t, people.Treatment, "the rollout counted people on both sides")
	require.Positive(t, people.Control)
	slices.Sort(starts)
	t.Logf("%d kills, %d acknowledged documents and %d acknowledged flag changes, none lost", kills, len(acknowledged), len(changes))
	t.Logf("ready again after %s (median), %s (longest)", starts[kills/2].Round(time.Millisecond), starts[kills-1].Round(time.Millisecond))
	v.kill()
}

func build(t testing.TB) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "belay")
	output, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".").CombinedOutput()
	require.NoError(t, err, string(output))
	return binary
}

func freeAddress(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

// victim is the Belay that is killed.
type victim struct {
	t                    testing.TB
	dir, binary, address string
	before               []string // what the binary is started with, such as taskset
	process              *exec.Cmd
	printed              *bytes.Buffer
	client               *client.Client
}

// start runs the binary, waits until it is ready, and says how long that took.
func (v *victim) start() time.Duration {
	v.t.Helper()
	began := time.Now()
	command := slices.Concat(v.before, []string{v.binary, "serve", "--listen", v.address, "--data", v.dir})
	v.process = exec.CommandContext(v.t.Context(), command[0], command[1:]...)
	v.printed = &bytes.Buffer{}
	v.process.Stderr = v.printed
	require.NoError(v.t, v.process.Start())
	deadline := time.Now().Add(30 * time.Second)
	for {
		response, err := http.Get("http://" + v.address + "/healthz")
		if err == nil {
			_ = response.Body.Close()
			break
		}
		if time.Now().After(deadline) {
			require.FailNow(v.t, "belay did not start", v.printed.String())
		}
		<-time.After(10 * time.Millisecond)
	}
	took := time.Since(began)
	v.client = client.New("http://"+v.address, v.token())
	return took
}

// token is the one of the command line.
func (v *victim) token() string {
	v.t.Helper()
	token, err := os.ReadFile(filepath.Join(v.dir, "cli.token"))
	require.NoError(v.t, err)
	return strings.TrimSpace(string(token))
}

// people checks that the rollout is where it was, and gives how many people it has seen.
func (v *victim) people(rolloutID string) rollout.Cohort {
	v.t.Helper()
	page, err := v.client.Rollout(v.t.Context(), rolloutID)
	require.NoError(v.t, err)
	require.Equal(v.t, rollout.Running, page.State, "the rollout goes on where it was")
	require.Equal(v.t, 0, page.Phase)
	require.Len(v.t, page.Cohorts, 1)
	return page.Cohorts[0]
}

// kill ends the process as a power cut would, as far as the process is concerned.
func (v *victim) kill() {
	v.t.Helper()
	require.NoError(v.t, v.process.Process.Kill())
	_ = v.process.Wait() // says that it was killed
}

// prepare makes the flags and a rollout that stays in its first phase.
func (v *victim) prepare() string {
	v.t.Helper()
	const reason = "set up for the kill test"
	ctx := v.t.Context()
	for _, f := range []api.NewFlag{
		{Key: "design-system-v2", Type: flag.Boolean, Enabled: true},
		{Key: "ncr-form", Type: flag.Boolean, Enabled: true, Parent: "design-system-v2"},
		{Key: "counter", Type: flag.Number, Enabled: true, Value: []byte("0")},
	} {
		f.Reason = reason
		_, err := v.client.CreateFlag(ctx, "production", f)
		require.NoError(v.t, err)
	}
	made, err := v.client.CreateRollout(ctx, "production", api.NewRollout{Name: "kill test", Flag: "design-system-v2", Reason: reason})
	require.NoError(v.t, err)
	_, err = v.client.Act(ctx, made.ID, "start", api.Act{Reason: reason})
	require.NoError(v.t, err)
	return made.ID
}

// changeFlagsFor counts a flag up until the time is over and gives the changes that were acknowledged.
func (v *victim) changeFlagsFor(span time.Duration, from int) []flag.Flag {
	v.t.Helper()
	var done []flag.Flag
	for end := time.Now().Add(span); time.Now().Before(end); {
		changed, err := v.client.ChangeFlag(v.t.Context(), "production", "counter", api.FlagChange{
			Value: fmt.Appendf(nil, "%d", from+len(done)+1), Reason: "count up under load",
		})
		require.NoError(v.t, err)
		done = append(done, changed)
	}
	return done
}

// flagIsWhole checks that the flag and the journal tell the same story, and that it holds every acknowledged change.
func (v *victim) flagIsWhole(changes []flag.Flag) {
	v.t.Helper()
	tree, err := v.client.Flags(v.t.Context(), "production")
	require.NoError(v.t, err)
	var now flag.Flag
	for _, n := range tree {
		if n.Key == "counter" {
			now = n.Flag
		}
	}
	if len(changes) > 0 {
		last := changes[len(changes)-1]
		require.Equal(v.t, string(last.Value), string(now.Value), "the last acknowledged change is there")
		require.Equal(v.t, last.Version, now.Version)
	}
	commits, err := v.client.Commits(v.t.Context(), "production", change.Filter{Subject: "counter", Limit: 1})
	require.NoError(v.t, err)
	require.Len(v.t, commits, 1)
	require.Equal(v.t, now.Version, commits[0].Revision, "the journal's last word on the flag is the flag's own")
	var after flag.Flag
	require.NoError(v.t, json.Unmarshal(commits[0].Changes[0].After, &after))
	require.Equal(v.t, string(now.Value), string(after.Value))
}

// load sends beacons and remembers what was acknowledged.
type load struct {
	url, key     string
	mu           sync.Mutex
	acknowledged [][]byte
}

// browser is who the pages say they are; programs are not counted as people.
const browser = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"

type receipt struct {
	Accepted  int `json:"accepted"`
	Duplicate int `json:"duplicate"`
}

// send reports as one page after another, until ctx ends.
func (l *load) send(ctx context.Context, sender int) {
	for n := 0; ctx.Err() == nil; n++ {
		session := fmt.Sprintf("ses_kill_%d_%06d", sender, n)
		now := time.Now().UnixMilli()
		document := fmt.Appendf(nil, `{"v":1,"session":%q,"user":"usr_%d","sent_at":%d,"release":"r1","variants":{},"events":[`+
			`{"seq":1,"kind":"ready","at":%d,"value":800},{"seq":2,"kind":"heartbeat","at":%d},{"seq":3,"kind":"vital","at":%d,"name":"LCP","value":1900}]}`,
			session, rand.IntN(1000), now, now, now, now)
		if answer, status := l.post(ctx, document); status == http.StatusAccepted && answer.Accepted == 3 {
			l.mu.Lock()
			l.acknowledged = append(l.acknowledged, document)
			l.mu.Unlock()
		}
	}
}

// missing sends documents again and counts their events that were not there any more: one that is there is a duplicate.
func (l *load) missing(ctx context.Context, documents [][]byte) int {
	var lost atomic.Int64
	var work sync.WaitGroup
	next := make(chan []byte)
	for range 4 * senders {
		work.Go(func() {
			for document := range next {
				answer, status := l.post(ctx, document)
				if status != http.StatusAccepted {
					answer.Accepted = 1 // not proven to be there
				}
				lost.Add(int64(answer.Accepted))
			}
		})
	}
	for _, document := range documents {
		next <- document
	}
	close(next)
	work.Wait()
	return int(lost.Load())
}

// post sends one document; status 0 means that no answer came.
func (l *load) post(ctx context.Context, document []byte) (receipt, int) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, l.url+"/beacon/v1?key="+l.key, bytes.NewReader(document))
	if err != nil {
		return receipt{}, 0
	}
	request.Header.Set("User-Agent", browser)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return receipt{}, 0
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return receipt{}, 0
	}
	var r receipt
	if err := json.Unmarshal(body, &r); err != nil && response.StatusCode == http.StatusAccepted {
		return receipt{}, 0
	}
	return r, response.StatusCode
}
