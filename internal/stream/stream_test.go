package stream_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/siteproof/belay/internal/stream"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const env = "env_1"

func newHub(revision func(string) int64) *stream.Hub {
	return stream.New(stream.Options{Logger: slog.New(slog.DiscardHandler), Revision: revision})
}

// page is a browser's side of a stream in memory: what it was sent, in whole writes.
type page struct {
	header http.Header
	sent   chan string
	block  chan struct{} // when not nil, writes wait for it to close
	cancel context.CancelFunc
	done   chan struct{}
}

func (p *page) Header() http.Header { return p.header }
func (p *page) WriteHeader(int)     {}
func (p *page) Flush()              {}

func (p *page) Write(b []byte) (int, error) {
	if p.block != nil {
		<-p.block
	}
	p.sent <- string(b)
	return len(b), nil
}

// open starts a stream; serve is one of the hub's two.
func open(t testing.TB, serve func(http.ResponseWriter, *http.Request), headers ...string) *page {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	p := &page{header: http.Header{}, sent: make(chan string, 1000), cancel: cancel, done: make(chan struct{})}
	r := httptest.NewRequestWithContext(ctx, "GET", "/", nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	go func() {
		defer close(p.done)
		serve(p, r)
	}()
	t.Cleanup(func() { cancel(); <-p.done })
	return p
}

func client(h *stream.Hub, session string, revision int64) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) { h.ServeClient(w, r, env, session, revision) }
}

// settle lets everything happen that is about to, in a bubble: hubs take a breath now and then.
func settle() {
	time.Sleep(150 * time.Millisecond) //nolint:forbidigo // of the bubble
	synctest.Wait()
}

// drain gives all that was sent so far.
func (p *page) drain() string {
	settle()
	var b strings.Builder
	for {
		select {
		case s := <-p.sent:
			b.WriteString(s)
		default:
			return b.String()
		}
	}
}

func TestClientsHearOfChangesAndOfTheirLineBeingAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub(nil)
		p := open(t, client(h, "ses_1", 7))
		require.Regexp(t, `^retry: [12][0-9]{3}\nid: 7\ndata: \{"type":"hello"\}\n\n$`, p.drain())
		h.Announce(env, 8)
		require.Equal(t, "id: 8\ndata: {\"type\":\"refetchEvaluation\"}\n\n", p.drain())
		h.Announce("env_2", 9)
		h.Announce(env, 8)
		require.Empty(t, p.drain(), "neither another environment's change nor one it knows")
		time.Sleep(16 * time.Second) //nolint:forbidigo // of the bubble
		require.Equal(t, ": ping\n\n", p.drain())
		h.Stop()
		<-p.done
		refused := open(t, client(h, "ses_1", 8))
		require.Contains(t, refused.drain(), "Belay is stopping")
	})
}

func TestStopWaitsUntilEveryStreamHasEnded(t *testing.T) {
	h := newHub(nil)
	for i := range 500 {
		<-open(t, client(h, fmt.Sprint("ses_", i), 1)).sent
	}
	require.Equal(t, 500, h.Clients(env).Connected)
	h.Stop()
	require.Equal(t, 0, h.Clients(env).Connected)
}

func TestASlowClientHearsTheNewestOnlyAndDelaysNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub(nil)
		defer h.Stop()
		slow, quick := open(t, client(h, "ses_slow", 1)), open(t, client(h, "ses_quick", 1))
		slow.drain()
		quick.drain()
		slow.block = make(chan struct{})
		for revision := range int64(1000) {
			h.Announce(env, 2+revision)
		}
		require.Contains(t, quick.drain(), "id: 1001\n")
		close(slow.block)
		got := slow.drain()
		require.LessOrEqual(t, strings.Count(got, "id: "), 3, "what it was writing, what it was handed, and the newest")
		require.Contains(t, got, "id: 1001\n")
	})
}

func TestAClientThatIsStuckIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub(nil)
		defer h.Stop()
		stuck, other := open(t, client(h, "ses_stuck", 1)), open(t, client(h, "ses_other", 1))
		stuck.drain()
		stuck.block = make(chan struct{})
		defer close(stuck.block)
		for revision := range int64(3) {
			h.Announce(env, 2+revision)
			other.drain()
		}
		require.Equal(t, 2, h.Clients(env).Connected)
		time.Sleep(11 * time.Second) //nolint:forbidigo // of the bubble
		require.Equal(t, 1, h.Clients(env).Connected)
	})
}

func TestClientsAreCountedBySessionAndWhatTheyConfirm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		revision := int64(5)
		h := newHub(func(string) int64 { return revision })
		defer h.Stop()
		one, again := open(t, client(h, "ses_1", 5)), open(t, client(h, "ses_1", 5))
		open(t, client(h, "ses_2", 5))
		foreign := open(t, client(h, "", 5))
		h.Confirm(env, "ses_3", 5) // before its stream
		open(t, client(h, "ses_3", 5))
		settle()
		require.Equal(t, stream.Clients{Connected: 4, Confirmed: 1, Unknown: 1, Revision: 5}, h.Clients(env))
		h.Confirm(env, "ses_1", 5)
		h.Confirm(env, "ses_2", 4)
		h.Confirm(env, "ses_2", 99_999) // cannot be: counts for what there is
		require.Equal(t, 3, h.Clients(env).Confirmed)
		revision = 6
		h.Announce(env, 6)
		require.Equal(t, stream.Clients{Connected: 4, Unknown: 1, Revision: 6}, h.Clients(env))
		h.Confirm(env, "ses_1", 6)
		one.cancel()
		foreign.cancel()
		settle()
		require.Equal(t, stream.Clients{Connected: 3, Confirmed: 1, Revision: 6}, h.Clients(env))
		again.cancel()
		settle()
		require.Equal(t, stream.Clients{Connected: 2, Revision: 6}, h.Clients(env))
	})
}

func TestOldConfirmationsDoNotPileUp(t *testing.T) {
	h := newHub(nil)
	for i := range 60_000 {
		h.Confirm(env, fmt.Sprint("ses_", i), 1)
	}
	h.Confirm(env, strings.Repeat("x", 1000), 1)
	require.Less(t, h.Known(env), 41_000)
}

func TestWhoIsHereIsNotForgottenHoweverManyCome(t *testing.T) {
	h := newHub(nil)
	defer h.Stop()
	p := open(t, client(h, "ses_1", 1))
	<-p.sent
	h.Announce(env, 1)
	h.Confirm(env, "ses_1", 1)
	for i := range 60_000 {
		h.Confirm(env, fmt.Sprint("ses_other_", i), 1)
	}
	require.Equal(t, stream.Clients{Connected: 1, Confirmed: 1, Revision: 1}, h.Clients(env))
}

func TestConsolesHearEachTopicOnceInAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub(nil)
		defer h.Stop()
		p := open(t, func(w http.ResponseWriter, r *http.Request) { h.ServeConsole(w, r, env) })
		require.Contains(t, p.drain(), "event: hello\n")
		h.Publish(env, "rollouts")
		require.Equal(t, "event: changed\ndata: {\"topic\":\"rollouts\"}\n\n", p.drain(), "the first news at once")
		for range 100 {
			h.Publish(env, "issues")
			h.Publish(env, "flags")
			h.Publish("env_2", "incidents")
		}
		require.Empty(t, p.drain())
		time.Sleep(time.Second) //nolint:forbidigo // of the bubble
		require.Equal(t, "event: changed\ndata: {\"topic\":\"flags\"}\n\nevent: changed\ndata: {\"topic\":\"issues\"}\n\n", p.drain())
		time.Sleep(20 * time.Minute) //nolint:forbidigo // of the bubble
		<-p.done                     // it has to show again who it is
	})
}

// pipes is a listener whose connections have no buffer: what is not read is not written.
type pipes struct{ waiting chan net.Conn }

func (l pipes) Accept() (net.Conn, error) {
	c, open := <-l.waiting
	if !open {
		return nil, net.ErrClosed
	}
	return c, nil
}
func (l pipes) Close() error   { close(l.waiting); return nil }
func (l pipes) Addr() net.Addr { return &net.TCPAddr{} }

func TestAClientThatTakesNothingIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub(nil)
		defer h.Stop()
		listener := pipes{make(chan net.Conn)}
		server := &http.Server{Handler: http.HandlerFunc(client(h, "ses_1", 1)), ReadHeaderTimeout: time.Second}
		defer server.Close()
		go func() { _ = server.Serve(listener) }()
		near, far := net.Pipe()
		defer near.Close()
		listener.waiting <- far
		_, err := fmt.Fprintf(near, "GET / HTTP/1.1\r\nHost: belay\r\n\r\n")
		require.NoError(t, err)
		_, err = bufio.NewReaderSize(near, 16).ReadString('\n') // it answers; after this nobody reads
		require.NoError(t, err)
		settle()
		require.Equal(t, 1, h.Clients(env).Connected)
		time.Sleep(11 * time.Second) //nolint:forbidigo // of the bubble
		settle()
		require.Equal(t, 0, h.Clients(env).Connected)
	})
}

func TestStreamsComeAndGoWhileNewsIsTold(t *testing.T) {
	h := newHub(nil)
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			for i := range 20 {
				p := open(t, client(h, fmt.Sprint("ses_", i), 1))
				<-p.sent
				p.cancel()
				<-p.done
			}
		})
	}
	all.Go(func() {
		for i := range int64(1000) {
			h.Announce(env, i)
			h.Confirm(env, "ses_1", i)
			h.Clients(env)
		}
	})
	all.Wait()
	require.Equal(t, 0, h.Clients(env).Connected)
	h.Stop()
}
