package httpd

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/siteproof/belay/internal/fault"
)

// Problem is the body of every refusal outside OFREP (RFC 9457).
type Problem struct {
	Type      string        `json:"type"`
	Title     string        `json:"title"`
	Status    int           `json:"status"`
	Detail    string        `json:"detail"`
	Hint      string        `json:"hint,omitempty"`
	Fields    []fault.Field `json:"fields,omitempty"`
	RequestID string        `json:"request_id,omitempty"`
}

// RetryError is an error that knows when it is worth trying again; WriteProblem turns it into Retry-After.
type RetryError struct {
	Err   error
	After time.Duration
}

func (e *RetryError) Error() string { return e.Err.Error() }

// Unwrap gives the fault itself.
func (e *RetryError) Unwrap() error { return e.Err }

// defaultRetry is what a client is told to wait when nobody knows better.
const defaultRetry = time.Second

// Status maps a fault to its HTTP status.
func Status(code fault.Code) int {
	switch code {
	case fault.Invalid:
		return http.StatusBadRequest
	case fault.Unauthenticated:
		return http.StatusUnauthorized
	case fault.Forbidden:
		return http.StatusForbidden
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Conflict:
		return http.StatusConflict
	case fault.TooLarge:
		return http.StatusRequestEntityTooLarge
	case fault.Limited:
		return http.StatusTooManyRequests
	case fault.Unavailable:
		return http.StatusServiceUnavailable
	case fault.Internal:
		return http.StatusInternalServerError
	}
	return http.StatusInternalServerError
}

// WriteProblem answers with the problem details of err. The text of an internal fault goes to the log, once and with
// the request id, and not to the caller.
func WriteProblem(w http.ResponseWriter, r *http.Request, err error) {
	code := fault.CodeOf(err)
	status := Status(code)
	p := Problem{
		Type: "about:blank", Title: http.StatusText(status), Status: status, RequestID: RequestID(w),
	}
	if code == fault.Internal {
		p.Detail = "Something went wrong inside Belay; its log says what, under this request id."
		logger(w).ErrorContext(r.Context(), "request failed",
			"request_id", p.RequestID, "method", r.Method, "path", r.URL.Path, "error", err)
	} else {
		p.Detail = err.Error()
		if f, ok := errors.AsType[*fault.Error](err); ok {
			p.Hint, p.Fields = f.Way, f.Fields
		}
	}
	retryAfter(w.Header(), err, code)
	writeProblem(w, p)
}

func writeProblem(w http.ResponseWriter, p Problem) {
	h := w.Header()
	h.Del("Content-Length")
	h.Del("Etag")
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	body, encodeErr := json.Marshal(p)
	if encodeErr != nil { // cannot happen: strings and numbers only
		return
	}
	_, _ = w.Write(append(body, '\n')) // the caller may be gone, which is its business
}

// retryAfter says in whole seconds, at least one, when to come again.
func retryAfter(h http.Header, err error, code fault.Code) {
	if code != fault.Limited && code != fault.Unavailable {
		return
	}
	after := defaultRetry
	if retry, ok := errors.AsType[*RetryError](err); ok {
		after = retry.After
	}
	if h.Get("Retry-After") == "" {
		h.Set("Retry-After", Seconds(after))
	}
}

// MethodNotAllowed answers a request whose path exists but not for its method; allow lists those that do.
func MethodNotAllowed(w http.ResponseWriter, r *http.Request, allow string) {
	status := http.StatusMethodNotAllowed
	w.Header().Set("Allow", allow)
	writeProblem(w, Problem{
		Type: "about:blank", Title: http.StatusText(status), Status: status, RequestID: RequestID(w),
		Detail: r.URL.Path + " does not take " + r.Method, Hint: "use " + allow,
	})
}

// Seconds writes a wait for Retry-After: whole seconds, rounded up, at least one.
func Seconds(d time.Duration) string {
	return strconv.FormatInt(max(1, int64((d+time.Second-1)/time.Second)), 10)
}
