package httpd_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/httpd"
)

func TestAConnectionTakenOverIsLoggedWhenItEnds(t *testing.T) {
	var log bytes.Buffer
	type taken struct {
		conn     net.Conn
		finished func(int64)
	}
	took := make(chan taken, 1)
	returned := make(chan struct{})
	h := httpd.Chain(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, finished, err := httpd.TakeOver(w, r, http.StatusOK)
		if err != nil {
			panic(err)
		}
		took <- taken{conn, finished}
	}), slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(returned)
		h.ServeHTTP(w, r)
	}))
	defer server.Close()
	answered := make(chan string, 1)
	go func() {
		response, err := http.Get(server.URL + "/stream?key=secret")
		if err != nil {
			answered <- err.Error()
			return
		}
		defer response.Body.Close()
		text, _ := io.ReadAll(response.Body)
		answered <- string(text)
	}()
	got := <-took
	<-returned
	require.Empty(t, log.String(), "the request goes on")
	sent, err := io.WriteString(got.conn, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello")
	require.NoError(t, err)
	require.NoError(t, got.conn.Close())
	got.finished(int64(sent))
	require.Equal(t, "hello", <-answered)
	for _, part := range []string{"msg=request", "method=GET", "path=/stream", "status=200", "bytes=43", "took=", "request_id=req_"} {
		require.Contains(t, log.String(), part)
	}
	require.NotContains(t, log.String(), "secret")
	require.Equal(t, 1, bytes.Count(log.Bytes(), []byte("\n")))
}

func TestWhereThereIsNoConnectionNothingIsTakenOver(t *testing.T) {
	h := httpd.Chain(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _, err := httpd.TakeOver(w, r, http.StatusOK)
		if errors.Is(err, http.ErrNotSupported) {
			w.WriteHeader(http.StatusTeapot)
		}
	}), quiet())
	w, _ := ask(h, httptest.NewRequest(http.MethodGet, "/", http.NoBody))
	require.Equal(t, http.StatusTeapot, w.Code, "the handler answers as usual")
}

// crowded is a listener of a process that may open no more files, and then ends.
type crowded struct {
	net.Listener
	left int
	done chan struct{}
}

func (l *crowded) Accept() (net.Conn, error) {
	if l.left--; l.left < 0 {
		close(l.done)
		return nil, net.ErrClosed
	}
	return nil, &net.OpError{Op: "accept", Err: syscall.EMFILE}
}
func (l *crowded) Addr() net.Addr { return &net.TCPAddr{} }
func (l *crowded) Close() error   { return nil }

func TestRunningOutOfFilesIsSaidOnce(t *testing.T) {
	var log bytes.Buffer
	listener := &crowded{left: 3, done: make(chan struct{})}
	s := httpd.NewServer(listener, http.NotFoundHandler(), slog.New(slog.NewTextHandler(&log, nil)))
	s.Start()
	<-listener.done
	_ = s.Stop(t.Context()) // the listener ended by itself, which is an error or not as it comes
	require.Equal(t, 1, bytes.Count(log.Bytes(), []byte("no more files may be opened")))
	require.Contains(t, log.String(), "ulimit -n")
}
