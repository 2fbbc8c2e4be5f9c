package verify

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/siteproof/belay/internal/api"
	"github.com/siteproof/belay/internal/flag"
)

const (
	// shortestWindow is the least time in which errors have to stay away.
	shortestWindow = 100 * time.Millisecond
	// maxAnswer bounds how many bytes of an answer are read.
	maxAnswer = 16 << 20
)

// controlPlane looks whether the flags are written off.
func (r *run) controlPlane(ctx context.Context) outcome {
	started := time.Now()
	tree, err := r.Client.Flags(ctx, r.Environment)
	if err != nil {
		return unknown(started, err)
	}
	state := map[string]flag.Flag{}
	flatten(tree, state)
	var stillOn []string
	// A child of a master that is off is off whatever is written at the child.
	for _, key := range r.off() {
		f, known := state[key]
		if known && f.Enabled && (key == r.page.Flag || !r.report.Whole) {
			stillOn = append(stillOn, key)
		}
	}
	return verdict(len(stillOn) == 0, started, map[string]any{"off": r.off(), "still_on": stillOn},
		"%d of %d flags are written off%s", len(r.off())-len(stillOn), len(r.off()), listed("; still on: ", stillOn))
}

func flatten(nodes []api.FlagNode, into map[string]flag.Flag) {
	for _, n := range nodes {
		into[n.Key] = n.Flag
		flatten(n.Children, into)
	}
}

// evaluation fetches flags over OFREP with the public key, as a page does, for many identities.
func (r *run) evaluation(ctx context.Context) outcome {
	started := time.Now()
	bad := map[string]int{}
	for i := range r.Sample {
		flags, err := r.bulk(ctx, fmt.Sprintf("belay-verify-%d", i))
		if err != nil {
			return unknown(started, fmt.Errorf("flags could not be fetched for identity %d of %d: %w", i+1, r.Sample, err))
		}
		for _, key := range r.off() {
			if on, ok := flags[key].(bool); ok && on {
				bad[key]++
			}
		}
	}
	var wrong []string
	for key, n := range bad {
		wrong = append(wrong, fmt.Sprintf("%s for %d", key, n))
	}
	return verdict(len(bad) == 0, started, map[string]any{"identities": r.Sample, "still_on": bad},
		"%d identities asked for their flags as browsers do; the old version is what they get%s", r.Sample, listed(", except ", wrong))
}

func (r *run) bulk(ctx context.Context, identity string) (map[string]any, error) {
	question, err := json.Marshal(map[string]any{"context": map[string]any{"targetingKey": identity}})
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.Client.Base()+"/ofrep/v1/evaluate/flags", bytes.NewReader(question))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+r.env.ClientKey)
	request.Header.Set("Content-Type", "application/json")
	response, err := r.http.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("OFREP answered %s", response.Status)
	}
	var answer struct {
		Flags []struct {
			Key   string `json:"key"`
			Value any    `json:"value"`
		} `json:"flags"`
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, maxAnswer)).Decode(&answer); err != nil {
		return nil, fmt.Errorf("the answer is not OFREP: %w", err)
	}
	flags := make(map[string]any, len(answer.Flags))
	for _, f := range answer.Flags {
		flags[f.Key] = f.Value
	}
	return flags, nil
}

// confirmations waits until every connected page of Belay's SDK has said that it applied the current state.
func (r *run) confirmations(ctx context.Context) outcome {
	started := time.Now()
	var c api.Clients
	settled, err := r.until(ctx, func() (bool, error) {
		var err error
		c, err = r.Client.Clients(ctx, r.Environment)
		return c.Confirmed+c.Unknown >= c.Connected, err
	})
	if err != nil {
		return unknown(started, err)
	}
	measured := map[string]any{"connected": c.Connected, "confirmed": c.Confirmed, "unknown": c.Unknown, "revision": c.Revision}
	text := fmt.Sprintf("%d of %d connected pages have confirmed revision %d", c.Confirmed, c.Connected, c.Revision)
	if c.Unknown > 0 {
		text += fmt.Sprintf("; %d use a client that cannot confirm", c.Unknown)
	}
	return verdict(settled, started, measured, "%s", text)
}

// errors looks whether what was harmed has fallen silent: nobody may meet an error that came with the new version
// during a whole window that began once pages had had time to hear of the rollback.
func (r *run) errors(ctx context.Context) outcome {
	started := time.Now()
	window := max(r.Settle, shortestWindow)
	if wait := time.Until(r.takenBackAt().Add(r.Settle + window)); wait > 0 {
		select {
		case <-ctx.Done():
			return unknown(started, ctx.Err())
		case <-time.After(wait):
		}
	}
	var seen []string
	var still int
	quiet, err := r.until(ctx, func() (bool, error) {
		seen, still = nil, 0
		for _, component := range r.harmed() {
			found, err := r.Client.Issues(ctx, r.Environment, component, window)
			if err != nil {
				return false, err
			}
			for _, i := range found {
				if i.New {
					still += int(i.Users)
					seen = append(seen, fmt.Sprintf("%s (%d)", i.Title, i.Users))
				}
			}
		}
		return still == 0, nil
	})
	if err != nil {
		return unknown(started, err)
	}
	return verdict(quiet, started, map[string]any{"window": window.String(), "users_still_hit": still, "issues": seen},
		"in the last %s %d people met an error that came with the new version%s", window, still, listed(": ", seen))
}

// harmed lists the components whose errors must have fallen silent.
func (r *run) harmed() []string {
	if r.report.Whole {
		return r.page.Components
	}
	return r.off()
}

// pageUp fetches one page.
func (r *run) pageUp(ctx context.Context, address string) outcome {
	started := time.Now()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return unknown(started, err)
	}
	response, err := r.http.Do(request)
	if err != nil {
		return verdict(false, started, nil, "%s does not answer: %v", address, err)
	}
	defer func() { _ = response.Body.Close() }()
	size, err := io.Copy(io.Discard, io.LimitReader(response.Body, maxAnswer))
	took := time.Since(started)
	good := err == nil && response.StatusCode == http.StatusOK && size > 0
	return verdict(good, started, map[string]any{"status": response.StatusCode, "bytes": size, "ms": took.Milliseconds()},
		"answered %s with %d bytes in %s", response.Status, size, took.Round(time.Millisecond))
}

// until asks again and again until it holds or Within has passed.
func (r *run) until(ctx context.Context, holds func() (bool, error)) (bool, error) {
	deadline := time.NewTimer(r.Within)
	defer deadline.Stop()
	for {
		good, err := holds()
		if good || err != nil {
			return good, err
		}
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-deadline.C:
			return false, nil
		case <-time.After(pollEvery):
		}
	}
}

func listed(before string, items []string) string {
	if len(items) == 0 {
		return ""
	}
	return before + strings.Join(items, ", ")
}
