package beacon_test

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/protocol/beacon"
)

func BenchmarkDocuments(b *testing.B) {
	s := start(b, func(o *beacon.Options) { o.KeyRate, o.AddressRate = -1, -1 })
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	var session atomic.Int64
	events := `{"seq":1,"kind":"vital","at":NOW,"page":"/ncrs/new","name":"LCP","value":1840.2}`
	for _, seq := range []string{"2", "3", "4", "5", "6", "7", "8"} {
		events += "," + strings.Replace(`{"seq":1,"kind":"vital","at":NOW,"page":"/ncrs/new","name":"LCP","value":1840.2}`, "1", seq, 1)
	}
	b.SetParallelism(32)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			body := doc("ses_bench_"+time.Unix(session.Add(1), 0).UTC().Format("20060102150405"), 0, events)
			request, err := http.NewRequestWithContext(context.Background(), http.MethodPost, s.url+"/beacon/v1?key="+s.env.ClientKey, strings.NewReader(body))
			if err != nil {
				b.Error(err)
				return
			}
			response, err := client.Do(request)
			if err != nil {
				b.Error(err)
				return
			}
			response.Body.Close()
			if response.StatusCode != http.StatusAccepted {
				b.Errorf("status %d", response.StatusCode)
			}
		}
	})
	b.ReportMetric(float64(8*b.N)/b.Elapsed().Seconds(), "rows/s")
}

func TestABodyThatNeverEndsHoldsNothingUp(t *testing.T) {
	b := start(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	started := make(chan struct{})
	go func() {
		request, _ := http.NewRequestWithContext(ctx, http.MethodPost, b.url+"/beacon/v1?key="+b.env.ClientKey, &stuck{ctx, started})
		if response, err := http.DefaultClient.Do(request); err == nil {
			response.Body.Close()
		}
	}()
	<-started
	for range 100 { // more than are read at once
		b.accepts(doc("ses_meanwhile", 0, `{"seq":1,"kind":"heartbeat","at":NOW}`))
	}
	cancel()
	require.Len(t, b.events(), 1)
}

// stuck is a body that never ends.
type stuck struct {
	ctx     context.Context
	started chan struct{}
}

func (s *stuck) Read([]byte) (int, error) {
	close(s.started)
	<-s.ctx.Done()
	return 0, s.ctx.Err()
}
