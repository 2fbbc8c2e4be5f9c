// Package clients runs other vendors' Go clients, unmodified, against the real binary.
package clients

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const root = "../../.."

// belay is the real binary on a folder filled by seed/, with a rollout at 30 %.
type belay struct {
	t                    *testing.T
	folder, address, url string
	clientKey, serverKey string
	program              *exec.Cmd
}

func startBelay(t *testing.T) *belay {
	t.Helper()
	b := &belay{t: t, folder: t.TempDir()}
	seed := exec.CommandContext(t.Context(), "go", "run", "./e2e/clients/seed", b.folder)
	seed.Dir = root
	if out, err := seed.CombinedOutput(); err != nil {
		t.Fatalf("seed: %v\n%s", err, out)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b.address = listener.Addr().String()
	b.url = "http://" + b.address
	_ = listener.Close()
	b.start()
	t.Cleanup(b.crash)

	var environments []struct {
		Key       string `json:"key"`
		ClientKey string `json:"client_key"`
		ServerKey string `json:"server_key"`
	}
	b.call(http.MethodGet, "/environments", nil, &environments)
	for _, e := range environments {
		if e.Key == "production" {
			b.clientKey, b.serverKey = e.ClientKey, e.ServerKey
		}
	}
	return b
}

// roll puts 30 % into the rollout.
func (b *belay) roll() {
	b.t.Helper()
	phase := func(name string, percent int) map[string]any {
		return map[string]any{"name": name, "percent": percent, "min_dwell": "1h", "max_dwell": "0s", "min_users": 0, "approval": false}
	}
	var made struct{ ID string }
	b.call(http.MethodPost, "/environments/production/rollouts", map[string]any{
		"name": "New design", "flag": "design-system-v2", "reason": "the test needs it",
		"plan": map[string]any{
			"phases": []any{phase("some", 30), phase("everyone", 100)},
			"guards": []any{
				map[string]any{"kind": "new_issue", "share": 0.3, "ratio": 1, "margins": []any{}},
				map[string]any{"kind": "brake", "share": 0, "ratio": 2, "margins": []any{}},
			},
			"budget": 0.01, "promotion_error": 0.05, "silent_after": "20s", "maturity": "10s",
		},
	}, &made)
	b.call(http.MethodPost, "/rollouts/"+made.ID+"/start", map[string]any{"reason": "the test needs it"}, nil)
}

func (b *belay) start() {
	b.t.Helper()
	folder := os.Getenv("BELAY_BIN_DIR")
	if folder == "" {
		folder = filepath.Join(root, "bin")
	}
	b.program = exec.Command(filepath.Join(folder, "belay"), "serve", "--listen", b.address, "--data", b.folder)
	if err := b.program.Start(); err != nil {
		b.t.Fatal(err)
	}
	b.until("Belay answers", func() bool {
		response, err := http.Get(b.url + "/healthz")
		if err != nil {
			return false
		}
		_ = response.Body.Close()
		return response.StatusCode == http.StatusOK
	})
}

// crash kills Belay without warning.
func (b *belay) crash() {
	_ = b.program.Process.Kill() // it may be dead already
	_ = b.program.Wait()         // killed, so this is an error
}

// until waits for a condition and fails the test when it never holds.
func (b *belay) until(what string, holds func() bool) {
	b.t.Helper()
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	deadline := time.After(30 * time.Second)
	for !holds() {
		select {
		case <-ticker.C:
		case <-deadline:
			b.t.Fatalf("not within 30 s: %s", what)
		}
	}
}

// call uses the API as an administrator.
func (b *belay) call(method, path string, in, out any) {
	b.t.Helper()
	token, err := os.ReadFile(filepath.Join(b.folder, "cli.token"))
	if err != nil {
		b.t.Fatal(err)
	}
	b.send(method, b.url+"/api/v1"+path, strings.TrimSpace(string(token)), in, out)
}

func (b *belay) send(method, address, bearer string, in, out any) {
	b.t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		b.t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(b.t.Context(), method, address, bytes.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+bearer)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode >= http.StatusBadRequest {
		b.t.Fatalf("%s %s: %s %s %v", method, address, response.Status, text, err)
	}
	if out == nil {
		return
	}
	if err := json.Unmarshal(text, out); err != nil {
		b.t.Fatalf("%s %s: %v", method, address, err)
	}
}

func (b *belay) change(flag string, value any) {
	b.t.Helper()
	b.call(http.MethodPatch, "/environments/production/flags/"+flag, map[string]any{"value": value, "reason": "the test changes it"}, nil)
}

// state is a flag as every client has it: numbers are float64, a boolean has no value.
type state struct {
	Enabled bool
	Value   any
}

// reference is what OFREP says of somebody in one request for all: what every client has to agree with.
func (b *belay) reference(who string, traits map[string]any) map[string]state {
	b.t.Helper()
	in := map[string]any{"targetingKey": who}
	for key, value := range traits {
		in[key] = value
	}
	var answer struct {
		Flags []struct {
			Key      string
			Value    any
			Metadata struct{ Enabled bool }
		}
	}
	b.send(http.MethodPost, b.url+"/ofrep/v1/evaluate/flags", b.serverKey, map[string]any{"context": in}, &answer)
	out := map[string]state{}
	for _, f := range answer.Flags {
		if _, is := f.Value.(bool); is {
			f.Value = nil
		}
		out[f.Key] = state{f.Metadata.Enabled, f.Value}
	}
	return out
}

// evaluations sums what a flag was counted as evaluated in the analytics that arrived.
func (b *belay) evaluations(flag string) (sum int) {
	b.t.Helper()
	var events []struct{ Properties map[string]int }
	b.call(http.MethodGet, "/environments/production/telemetry?"+url.Values{"kind": {"event"}, "name": {"flag_evaluations"}, "limit": {"500"}}.Encode(), nil, &events)
	for _, e := range events {
		sum += e.Properties[flag]
	}
	return sum
}

// traitSets are what each person is asked with: nothing, and two ways into the segment.
func traitSets() []map[string]any {
	return []map[string]any{{}, {"plan": "pro"}, {"age": 61}}
}

// people are so many that both sides of the split and every variant occur.
func people(count int) []string {
	out := []string{"alice", "tester", "refuser"}
	for n := range count {
		out = append(out, fmt.Sprintf("usr_%d", n))
	}
	return out
}

// everything checks that a run of comparisons was worth something.
func (b *belay) everything(seen map[string]map[any]bool) {
	b.t.Helper()
	for flag, want := range map[string]int{"ncr-form": 2, "photos": 2, "cta": 3} {
		if len(seen[flag]) != want {
			b.t.Errorf("%s had the values %v, not %d different ones", flag, seen[flag], want)
		}
	}
}

func note(seen map[string]map[any]bool, told map[string]state) {
	for flag, s := range told {
		if seen[flag] == nil {
			seen[flag] = map[any]bool{}
		}
		seen[flag][fmt.Sprint(s.Enabled, s.Value)] = true
	}
}

// until the test ends.
func background(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	return ctx
}
