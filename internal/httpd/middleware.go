package httpd

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/id"
)

type contextKey int

const requestID contextKey = iota

// longestID bounds a request id that a proxy in front has given.
const longestID = 64

const idHeader = "X-Request-Id"

// Chain is what stands before every door: it sees how each request ends, writes the access log, names requests whose
// answers or log lines need a name, and answers 500 when a door panics, so that the rest of Belay goes on.
func Chain(next http.Handler, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		x := &exchange{ResponseWriter: w, request: r, log: log, began: time.Now()}
		if r.Header[idHeader] != nil || log.Enabled(r.Context(), slog.LevelDebug) {
			x.name()
		}
		defer x.end()
		next.ServeHTTP(x, r)
	})
}

// Named puts the request's id into its context, for doors that hand on nothing else. It stands inside of Chain.
func Named(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestID, RequestID(w))))
	})
}

// ID is the request id of a context that Named has made, "" of others.
func ID(ctx context.Context) string {
	s, _ := ctx.Value(requestID).(string)
	return s
}

// RequestID is the id of the request that w answers, "" outside of Chain. The answer carries it from then on, if it has
// not begun: what a caller saw can so be found in the log. A well-formed one that a proxy in front has sent is kept.
func RequestID(w http.ResponseWriter) string {
	if x := exchangeOf(w); x != nil {
		return x.name()
	}
	return ""
}

// exchange is one request with what is seen of its answer. Flush, deadlines and the rest reach the real writer through
// Unwrap.
type exchange struct {
	http.ResponseWriter
	request *http.Request
	log     *slog.Logger
	began   time.Time
	id      string
	status  int
	bytes   int64
	taken   bool // the connection was taken over: the request goes on when the handler has returned
}

// exchangeOf finds the exchange that a writer belongs to, nil outside of Chain.
func exchangeOf(w http.ResponseWriter) *exchange {
	for {
		if x, is := w.(*exchange); is {
			return x
		}
		wrapper, is := w.(interface{ Unwrap() http.ResponseWriter })
		if !is {
			return nil
		}
		w = wrapper.Unwrap()
	}
}

// logger is where what happens to a request is written.
func logger(w http.ResponseWriter) *slog.Logger {
	if x := exchangeOf(w); x != nil {
		return x.log
	}
	return slog.New(slog.DiscardHandler)
}

func (x *exchange) name() string {
	if x.id == "" {
		if x.id = x.request.Header.Get(idHeader); len(x.id) > longestID || !headerName(x.id) {
			x.id = id.New("req")
		}
		x.Header().Set(idHeader, x.id)
	}
	return x.id
}

// end writes the access log when the handler has returned or panicked: debug when all is well, warn when Belay could
// not answer.
func (x *exchange) end() {
	p := recover()
	if p != nil && p != http.ErrAbortHandler { //nolint:errorlint // a panic value, compared as net/http itself does
		p = x.failed(fault.New(fault.Internal, "a door panicked: %v\n%s", p, debug.Stack()))
	}
	failed := x.status >= http.StatusInternalServerError && x.request.Context().Err() == nil // nobody reads the answer of a request that was given up
	if !x.taken && (failed || x.log.Enabled(x.request.Context(), slog.LevelDebug)) {
		logRequest(x.request.Context(), x.log, x.request.Method, x.request.URL.Path, x.status, x.bytes, time.Since(x.began), x.name())
	}
	if p != nil {
		panic(p)
	}
}

// failed answers a panic, or breaks the answer off when it has begun: then it gives what net/http does that by.
func (x *exchange) failed(err error) any {
	if x.status == 0 {
		WriteProblem(x, x.request, err)
		return nil
	}
	x.log.ErrorContext(x.request.Context(), "request failed",
		"request_id", x.name(), "path", x.request.URL.Path, "error", fmt.Errorf("answer broken off: %w", err))
	return http.ErrAbortHandler
}

func logRequest(ctx context.Context, log *slog.Logger, method, path string, status int, sent int64, took time.Duration, request string) {
	level := slog.LevelDebug
	if status >= http.StatusInternalServerError {
		level = slog.LevelWarn
	}
	log.Log(ctx, level, "request", "method", method, "path", path, "status", status, "bytes", sent, "took", took, "request_id", request)
}

// Unwrap is for http.ResponseController.
func (x *exchange) Unwrap() http.ResponseWriter { return x.ResponseWriter }

// WriteHeader remembers the final status.
func (x *exchange) WriteHeader(status int) {
	if x.status == 0 && status >= http.StatusOK {
		x.status = status
	}
	x.ResponseWriter.WriteHeader(status)
}

// Write counts what is sent.
func (x *exchange) Write(b []byte) (int, error) {
	if x.status == 0 {
		x.status = http.StatusOK
	}
	n, err := x.ResponseWriter.Write(b)
	x.bytes += int64(n)
	return n, err
}

// Flush sends what is buffered; for the many handlers that still ask for http.Flusher.
func (x *exchange) Flush() {
	if x.status == 0 {
		x.status = http.StatusOK
	}
	_ = http.NewResponseController(x.ResponseWriter).Flush() // a writer that cannot flush has nothing buffered
}
