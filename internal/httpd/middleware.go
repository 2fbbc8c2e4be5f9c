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

const (
	requestID contextKey = iota
	requestLogger
)

// longestID bounds a request id that a proxy in front has given.
const longestID = 64

// Chain is what stands before every door, outermost first: request id, access log, recovery.
func Chain(next http.Handler, log *slog.Logger) http.Handler {
	return RequestID(log)(AccessLog(log)(Recover(next)))
}

// ID is the request id of a request's context, "" outside of RequestID.
func ID(ctx context.Context) string {
	s, _ := ctx.Value(requestID).(string)
	return s
}

func logger(ctx context.Context) *slog.Logger {
	if l, ok := ctx.Value(requestLogger).(*slog.Logger); ok {
		return l
	}
	return slog.New(slog.DiscardHandler)
}

// RequestID names each request, so that what a caller saw can be found in the log. A well-formed X-Request-Id from a
// proxy in front is kept. WriteProblem logs internal faults to log.
func RequestID(log *slog.Logger) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			name := r.Header.Get("X-Request-Id")
			if len(name) > longestID || !headerName(name) {
				name = id.New("req")
			}
			w.Header().Set("X-Request-Id", name)
			ctx := context.WithValue(r.Context(), requestID, name)
			next.ServeHTTP(w, r.WithContext(context.WithValue(ctx, requestLogger, log)))
		})
	}
}

// AccessLog writes one line for each finished request: debug when all is well, warn when Belay could not answer.
func AccessLog(log *slog.Logger) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			began := time.Now()
			seen := &recorder{ResponseWriter: w}
			defer func() {
				if !seen.taken {
					logRequest(r.Context(), log, r.Method, r.URL.Path, seen.status, seen.bytes, time.Since(began), ID(r.Context()))
				}
			}()
			next.ServeHTTP(seen, r)
		})
	}
}

func logRequest(ctx context.Context, log *slog.Logger, method, path string, status int, sent int64, took time.Duration, request string) {
	level := slog.LevelDebug
	if status >= http.StatusInternalServerError {
		level = slog.LevelWarn
	}
	log.Log(ctx, level, "request", "method", method, "path", path, "status", status, "bytes", sent, "took", took, "request_id", request)
}

// Recover answers 500 when a door panics, and logs the stack. The rest of Belay goes on.
func Recover(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen := &recorder{ResponseWriter: w}
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if p == http.ErrAbortHandler { //nolint:errorlint // a panic value, compared as net/http itself does
				panic(p)
			}
			err := fault.New(fault.Internal, "a door panicked: %v\n%s", p, debug.Stack())
			if seen.status != 0 { // the answer has begun: all that is left is to break it off
				logger(r.Context()).ErrorContext(r.Context(), "request failed",
					"request_id", ID(r.Context()), "path", r.URL.Path, "error", fmt.Errorf("answer broken off: %w", err))
				panic(http.ErrAbortHandler)
			}
			WriteProblem(seen, r, err)
		}()
		next.ServeHTTP(seen, r)
	})
}

// recorder sees what is answered. Flush, deadlines and the rest reach the real writer through Unwrap.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
	taken  bool // the connection was taken over: the request goes on when the handler has returned
}

// Unwrap is for http.ResponseController.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader remembers the final status.
func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write counts what is sent.
func (w *recorder) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.bytes += int64(n)
	return n, err
}

// Flush sends what is buffered; for the many handlers that still ask for http.Flusher.
func (w *recorder) Flush() {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	_ = http.NewResponseController(w.ResponseWriter).Flush() // a writer that cannot flush has nothing buffered
}
