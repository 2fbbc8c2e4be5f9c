package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/api"
	"github.com/siteproof/belay/internal/flag"
)

// pages is how many pages are connected when the rollback comes.
const pages = 1000

// BenchmarkRollbackReachesEveryPage measures, through the real binary, the time from calling `belay rollback` until
// each of a thousand connected pages holds the old flags: command start, decision, commit, event, refetch, answer.
func BenchmarkRollbackReachesEveryPage(b *testing.B) {
	var all []time.Duration
	for b.Loop() {
		all = append(all, rollBackThousandPages(b)...)
	}
	slices.Sort(all)
	at := func(q float64) float64 { return float64(all[int(q*float64(len(all)-1))].Microseconds()) / 1000 }
	b.ReportMetric(at(0.5), "p50-ms")
	b.ReportMetric(at(0.99), "p99-ms")
	b.ReportMetric(at(1), "max-ms")
	b.ReportMetric(0, "ns/op") // the time of a round is mostly connecting, which is not what is measured
}

func rollBackThousandPages(b *testing.B) []time.Duration {
	b.Helper()
	v := &victim{t: b, dir: b.TempDir(), binary: build(b), address: freeAddress(b)}
	v.start()
	defer v.kill()
	ctx, stop := context.WithCancel(b.Context())
	defer stop()
	const reason = "set up for the benchmark"
	for _, f := range []api.NewFlag{
		{Key: "design-system-v2", Type: flag.Boolean, Enabled: true},
		{Key: "ncr-form", Type: flag.Boolean, Enabled: true, Parent: "design-system-v2"},
	} {
		f.Reason = reason
		_, err := v.client.CreateFlag(ctx, "production", f)
		require.NoError(b, err)
	}
	env, err := v.client.Environment(ctx, "production")
	require.NoError(b, err)
	transport := &http.Transport{MaxIdleConnsPerHost: pages, MaxIdleConns: 2 * pages}
	var connected, done sync.WaitGroup
	old := make([]time.Time, pages)
	for n := range pages {
		p := &page{url: "http://" + v.address, key: env.ClientKey, number: n, http: &http.Client{Transport: transport}}
		connected.Add(1)
		done.Go(func() { old[n] = p.live(ctx, &connected) })
	}
	connected.Wait()
	started := time.Now()
	output, err := exec.CommandContext(ctx, v.binary, "rollback", "ncr-form", "the benchmark rolls back", "--no-verify",
		"--url", "http://"+v.address, "--data", v.dir).CombinedOutput()
	require.NoError(b, err, string(output))
	done.Wait()
	took := make([]time.Duration, pages)
	for n, at := range old {
		require.False(b, at.IsZero(), "page %d never got the old flags", n)
		took[n] = at.Sub(started)
	}
	return took
}

// page does what a page with Belay's SDK does: fetch, listen, fetch again.
type page struct {
	url, key string
	number   int
	http     *http.Client
}

// live connects, waits for events and gives the moment at which the component was off; zero when that never came.
func (p *page) live(ctx context.Context, connected *sync.WaitGroup) time.Time {
	once := sync.OnceFunc(connected.Done)
	defer once()
	_, stream, err := p.fetch(ctx)
	if err != nil {
		return time.Time{}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url+stream, nil)
	if err != nil {
		return time.Time{}
	}
	response, err := p.http.Do(request)
	if err != nil {
		return time.Time{}
	}
	defer func() { _ = response.Body.Close() }()
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		switch line := lines.Text(); {
		case strings.Contains(line, `"hello"`):
			once()
		case strings.Contains(line, "refetchEvaluation"):
			if on, _, err := p.fetch(ctx); err == nil && !on {
				return time.Now()
			}
		}
	}
	return time.Time{}
}

// fetch asks for the flags; it says whether the component is on, and where the stream is.
func (p *page) fetch(ctx context.Context) (on bool, stream string, err error) {
	question := fmt.Appendf(nil, `{"context":{"targetingKey":"usr_%d"}}`, p.number)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url+"/ofrep/v1/evaluate/flags", bytes.NewReader(question))
	if err != nil {
		return false, "", err
	}
	request.Header.Set("Authorization", "Bearer "+p.key)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Belay-Session", fmt.Sprintf("ses_bench_%06d", p.number))
	response, err := p.http.Do(request)
	if err != nil {
		return false, "", err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return false, "", err
	}
	var answer struct {
		Flags []struct {
			Key   string `json:"key"`
			Value any    `json:"value"`
		} `json:"flags"`
		EventStreams []struct {
			Endpoint struct {
				RequestURI string `json:"requestUri"`
			} `json:"endpoint"`
		} `json:"eventStreams"`
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return false, "", fmt.Errorf("%w: %s", err, text)
	}
	for _, f := range answer.Flags {
		if f.Key == "ncr-form" {
			on, _ = f.Value.(bool)
		}
	}
	if len(answer.EventStreams) > 0 {
		stream = answer.EventStreams[0].Endpoint.RequestURI
	}
	return on, stream, nil
}
