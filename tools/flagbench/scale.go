package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/siteproof/belay/internal/client"
	belay "github.com/siteproof/belay/internal/flag"

	"github.com/siteproof/belay/internal/api"
)

// A large installation: each flag has overrides for a hundred people of its own.
const (
	largeFlags    = 1000
	largeSegments = 500
	perFlag       = 100
	changes       = 20
)

// measureScale starts a large installation and changes flags of it.
func measureScale(ctx context.Context, out io.Writer, binary, dir string) error {
	if err := seedLarge(ctx, dir); err != nil {
		return err
	}
	began := time.Now()
	p, err := start(ctx, binary, "serve", "--listen", "127.0.0.1:0", "--data", dir)
	if err != nil {
		return err
	}
	defer p.kill()
	if err := untilHealthy(p.address); err != nil {
		return err
	}
	ready := time.Since(began)
	token, err := os.ReadFile(filepath.Join(dir, "cli.token"))
	if err != nil {
		return err
	}
	c := client.New("http://"+p.address, strings.TrimSpace(string(token)))
	env, err := c.Environment(ctx, "production")
	if err != nil {
		return err
	}
	var took []time.Duration
	for n := range changes {
		key, on := fmt.Sprintf("flag-%04d", n*37), n%2 == 0
		began := time.Now()
		if _, err := c.ChangeFlag(ctx, "production", key, api.FlagChange{Reason: reason, Enabled: &on}); err != nil {
			return err
		}
		answer, err := once(p.address, post("/ofrep/v1/evaluate/flags/"+key, "Authorization: Bearer "+env.ClientKey, ofrepBody(n)))
		if err != nil {
			return err
		}
		took = append(took, time.Since(began))
		if _, body, _ := strings.Cut(string(answer), "\r\n\r\n"); !json.Valid([]byte(body)) || !strings.Contains(body, fmt.Sprintf(`"value":%t`, on)) {
			return fmt.Errorf("the change of %s is not served: %s", key, body)
		}
	}
	slices.Sort(took)
	_, _ = fmt.Fprintf(out, "%d flags, %d segments, %d identities with overrides:\n", largeFlags, largeSegments, largeFlags*perFlag)
	_, _ = fmt.Fprintf(out, "  start                                    %6.2f s    goal 5 s\n", ready.Seconds())
	_, _ = fmt.Fprintf(out, "  a change until a fresh request shows it  %6.0f ms   median; most %d ms, goal 100 ms\n", float64(took[changes/2].Microseconds())/1000, took[changes-1].Milliseconds())
	_, _ = fmt.Fprintf(out, "  memory                                   %6.0f MB\n", memory(p))
	return nil
}

func untilHealthy(address string) error {
	const patience, pause = time.Minute, 5 * time.Millisecond
	for began := time.Now(); time.Since(began) < patience; time.Sleep(pause) { //nolint:forbidigo // between two looks
		response, err := http.Get("http://" + address + "/healthz") //nolint:noctx,gosec // it is on loopback
		if err == nil {
			return response.Body.Close()
		}
	}
	return fmt.Errorf("nothing answers at %s", address)
}

// memory is what the process holds, in megabytes.
func memory(p *process) float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.command.Process.Pid))
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(text), "VmRSS:")
	var kB float64
	_, _ = fmt.Sscan(after, &kB)
	return kB / 1024
}

func seedLarge(ctx context.Context, dir string) error {
	p, err := openPlane(ctx, dir)
	if err != nil {
		return err
	}
	defer func() { _ = p.db.Close() }()
	var operations []belay.Operation
	for i := range largeSegments {
		operations = append(operations, belay.PutSegment(belay.Segment{Key: fmt.Sprintf("segment-%03d", i), Rules: []belay.Rule{{Type: "ALL", Conditions: []belay.Condition{
			{Property: "country", Operator: "IN", Value: "DE,FR,IT"}, {Property: "age", Operator: "GREATER_THAN", Value: fmt.Sprint(i % 80)},
		}}}}))
	}
	for i := range largeFlags {
		f := belay.Flag{Key: fmt.Sprintf("flag-%04d", i), Type: belay.Boolean, Enabled: i%2 != 0}
		f.Segments = []belay.Override{{For: fmt.Sprintf("segment-%03d", i%largeSegments), Priority: 1, Enabled: i%3 == 0}}
		if i%37 == 0 { // those that are changed are the same for everybody
			f.Segments = nil
		}
		for n := range perFlag {
			f.Identities = append(f.Identities, belay.Override{For: fmt.Sprintf("person-%06d", i*perFlag+n), Enabled: n%2 == 0})
		}
		operations = append(operations, belay.PutFlag(f))
	}
	_, err = p.flags.Apply(ctx, nobody, reason, p.env.ID, belay.AnyRevision, operations)
	return err
}
