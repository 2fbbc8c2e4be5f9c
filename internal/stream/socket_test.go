package stream_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/httpd"
	"github.com/siteproof/belay/internal/stream"
)

// logged is a log that tests may read while it is written.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// listening is a hub behind a real listener and all that stands before a door.
func listening(t *testing.T, h *stream.Hub, serve http.HandlerFunc) (address string, log *logged) {
	t.Helper()
	log = &logged{}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := httpd.NewServer(listener, httpd.Chain(serve, slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))),
		slog.New(slog.DiscardHandler))
	s.Start()
	t.Cleanup(func() {
		h.Stop()
		require.NoError(t, s.Stop(context.WithoutCancel(t.Context())))
	})
	return s.Addr().String(), log
}

// tab is a browser's end of a stream on a real socket.
type tab struct {
	t     *testing.T
	conn  net.Conn
	lines *bufio.Scanner
}

func openTab(t *testing.T, address string, headers ...string) *tab {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(20*time.Second)))
	_, err = fmt.Fprintf(conn, "GET /stream HTTP/1.1\r\nHost: belay\r\n%s\r\n", strings.Join(append(headers, ""), "\r\n"))
	require.NoError(t, err)
	lines := bufio.NewScanner(conn)
	lines.Buffer(nil, 1<<20)
	return &tab{t, conn, lines}
}

// until reads lines up to one that contains the text, and gives them.
func (b *tab) until(text string) string {
	b.t.Helper()
	var read []string
	for b.lines.Scan() {
		read = append(read, b.lines.Text())
		if strings.Contains(b.lines.Text(), text) {
			return strings.Join(read, "\n")
		}
	}
	b.t.Fatalf("no %q came, but %q: %v", text, read, b.lines.Err())
	return ""
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	require.Eventually(t, holds, 10*time.Second, 5*time.Millisecond, what)
}

func TestAStreamNeedsNeitherItsHandlerNorAGoroutine(t *testing.T) {
	h := newHub(nil)
	returned := make(chan struct{}, 100)
	address, log := listening(t, h, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		h.ServeClient(w, r, env, r.Header.Get("Session"), 1)
		returned <- struct{}{}
	})
	before := runtime.NumGoroutine()
	var tabs []*tab
	for n := range 100 {
		b := openTab(t, address, fmt.Sprintf("Session: ses_%d", n))
		head := b.until(`{"type":"hello"}`)
		for _, part := range []string{
			"HTTP/1.1 200 OK", "Content-Type: text/event-stream", "Cache-Control: no-cache, no-transform", "X-Accel-Buffering: no",
			"Access-Control-Allow-Origin: *", "X-Request-Id: req_", "Connection: close", "retry: ", "id: 1",
		} {
			require.Contains(t, head, part)
		}
		<-returned
		tabs = append(tabs, b)
	}
	eventually(t, "goroutines of handlers end", func() bool { return runtime.NumGoroutine() < before+20 })
	require.Equal(t, 100, h.Clients(env).Connected)
	require.NotContains(t, log.String(), "msg=request", "they go on")
	h.Announce(env, 2)
	for _, b := range tabs {
		require.Contains(t, b.until("refetchEvaluation"), "id: 2")
	}
	for _, b := range tabs[:40] {
		require.NoError(t, b.conn.Close())
	}
	eventually(t, "tabs that were closed are not counted", func() bool { return h.Clients(env).Connected == 60 })
	eventually(t, "each of them has its line in the log", func() bool { return strings.Count(log.String(), "msg=request") == 40 })
	require.Contains(t, log.String(), "path=/stream status=200")
	h.Stop()
	require.Equal(t, 0, h.Clients(env).Connected)
	for _, b := range tabs[40:] {
		for b.lines.Scan() {
		}
		require.NoError(t, b.lines.Err(), "the stream has ended")
	}
	require.Equal(t, 100, strings.Count(log.String(), "msg=request"))
}

func TestWhatABrowserSendsOnItsStreamIsNothingToAnybody(t *testing.T) {
	h := newHub(nil)
	address, _ := listening(t, h, client(h, "ses_1", 1))
	b := openTab(t, address, "Content-Length: 7")
	b.until("hello")
	_, err := b.conn.Write([]byte("GET /x HTTP/1.1\r\nHost: belay\r\n\r\n" + strings.Repeat("x", 2000)))
	require.NoError(t, err)
	h.Announce(env, 2)
	b.until("id: 2")
	b.until("") // the empty line ends the event
	h.Announce(env, 3)
	require.NotContains(t, b.until("id: 3"), "HTTP/1.1", "no second answer")
	require.NoError(t, b.conn.Close())
	eventually(t, "that it has gone is seen behind all that it sent", func() bool { return h.Clients(env).Connected == 0 })
}

func TestABrowserThatReadsNothingDelaysNobodyAndThenHearsTheNewest(t *testing.T) {
	h := newHub(nil)
	address, _ := listening(t, h, func(w http.ResponseWriter, r *http.Request) { h.ServeClient(w, r, env, r.Header.Get("Session"), 1) })
	slow, quick := openTab(t, address, "Session: ses_slow"), openTab(t, address, "Session: ses_quick")
	slow.until("hello")
	quick.until("hello")
	h.Announce(env, 2)
	slow.until("id: 2") // both are under the loop now
	quick.until("id: 2")
	const changes, size = 200, 60_000 // more than the kernel keeps for anybody
	large := &stream.Values{From: 2, Flags: []byte(`["` + strings.Repeat("x", size) + `"]`)}
	for revision := range int64(changes) {
		h.AnnounceValues(env, 3+revision, large)
		quick.until(fmt.Sprintf("id: %d", 3+revision))
		require.Contains(t, quick.until("data: "), `xx"]}`)
	}
	heard := strings.Split(slow.until(fmt.Sprintf("id: %d", 2+changes)), "\n")
	require.Less(t, len(heard), 3*changes, "it did not hear of all")
	for _, line := range heard {
		require.True(t, !strings.HasPrefix(line, "data: ") || strings.HasSuffix(line, "}"), "what it heard is whole")
	}
	require.Equal(t, `data: {"type":"refetchEvaluation"}`, slow.until("data: "), "it has to ask, since it missed some")
}

func TestValuesGoToBelaysOwnPagesOnly(t *testing.T) {
	h := newHub(nil)
	address, _ := listening(t, h, func(w http.ResponseWriter, r *http.Request) { h.ServeClient(w, r, env, r.Header.Get("Session"), 1) })
	own, other := openTab(t, address, "Session: ses_1"), openTab(t, address)
	own.until("hello")
	other.until("hello")
	h.Announce(env, 2)
	own.until("refetchEvaluation") // both are under the loop now
	other.until("refetchEvaluation")
	h.AnnounceValues(env, 3, &stream.Values{From: 2, Flags: []byte(`[{"key":"a"}]`)})
	require.Contains(t, own.until("data: "), "id: 3\n"+`data: {"type":"refetchEvaluation","from":2,"flags":[{"key":"a"}]}`)
	require.Contains(t, other.until("data: "), "id: 3\n"+`data: {"type":"refetchEvaluation"}`)
}

func TestEncryptedStreamsKeepTheirHandlers(t *testing.T) {
	for _, two := range []bool{false, true} {
		h := newHub(nil)
		server := httptest.NewUnstartedServer(http.HandlerFunc(client(h, "ses_1", 1)))
		server.EnableHTTP2 = two
		server.StartTLS()
		response, err := server.Client().Get(server.URL)
		require.NoError(t, err)
		require.Equal(t, two, response.ProtoMajor == 2)
		lines := bufio.NewScanner(response.Body)
		b := &tab{t: t, lines: lines}
		b.until("hello")
		h.Announce(env, 2)
		b.until("refetchEvaluation")
		response.Body.Close()
		eventually(t, "it is seen that it has gone", func() bool { return h.Clients(env).Connected == 0 })
		h.Stop()
		server.Close()
	}
}
