package ofrep

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/httpd"
	"github.com/siteproof/belay/internal/plainjson"
	"github.com/siteproof/belay/internal/tenant"
)

// errorCode is OpenFeature's word for what went wrong.
type errorCode string

const (
	parseError     errorCode = "PARSE_ERROR"
	invalidContext errorCode = "INVALID_CONTEXT"
	flagNotFound   errorCode = "FLAG_NOT_FOUND"
	general        errorCode = "GENERAL"
)

// inactivityDelay is how long a hidden page keeps its stream, in seconds.
const inactivityDelay = 120

type (
	evaluated struct {
		Key      string          `json:"key"`
		Value    json.RawMessage `json:"value,omitempty"`
		Reason   flag.Reason     `json:"reason"`
		Variant  string          `json:"variant,omitempty"`
		Metadata metadata        `json:"metadata"`
	}
	metadata struct {
		Enabled bool   `json:"enabled"`
		FlagID  string `json:"flagId"`
		Parent  string `json:"parent,omitempty"`
		OffBy   string `json:"offBy,omitempty"`
	}
	refusal struct {
		Key          string    `json:"key,omitempty"`
		ErrorCode    errorCode `json:"errorCode"`
		ErrorDetails string    `json:"errorDetails"`
	}
)

// encode writes one flag. It is done once for all who get the same.
func encode(d *flag.Decision) []byte {
	body, err := json.Marshal(evaluated{
		Key: d.Key, Value: d.Value, Reason: d.Reason, Variant: d.Variant,
		Metadata: metadata{Enabled: d.Enabled, FlagID: d.ID, Parent: d.Parent, OffBy: d.OffBy},
	})
	if err != nil { // a flag's value that is not JSON, which cannot be stored
		return []byte("{}")
	}
	return body
}

// appendBulk writes the answer for all flags, and where the stream of changes is.
func appendBulk(to []byte, decisions []*flag.Decision, e *tenant.Environment, session string) []byte {
	to = append(to, `{"flags":[`...)
	for i, d := range decisions {
		if i > 0 {
			to = append(to, ',')
		}
		to = append(to, d.Encoded(flag.OFREP, encode)...)
	}
	to = append(to, `],"eventStreams":[{"type":"sse","endpoint":{"requestUri":`...)
	uri := streamPath + "?key=" + url.QueryEscape(e.ClientKey)
	if session != "" {
		uri += "&session=" + url.QueryEscape(session)
	}
	to = plainjson.AppendText(to, uri)
	to = append(to, `},"inactivityDelaySec":`...)
	to = strconv.AppendInt(to, inactivityDelay, 10)
	to = append(to, `}],"metadata":{"environment":`...)
	return append(plainjson.AppendText(to, e.Key), "}}"...)
}

// refuse answers in OFREP's form. What is not a fault, or an internal one, goes to the log and not to the caller.
func (d *door) refuse(w http.ResponseWriter, r *http.Request, key string, code errorCode, err error) {
	out := refusal{Key: key, ErrorCode: code, ErrorDetails: err.Error()}
	kind := fault.CodeOf(err)
	if f, is := errors.AsType[*fault.Error](err); is && f.Way != "" {
		out.ErrorDetails += "; " + f.Way
	}
	if kind == fault.Internal {
		out.ErrorCode, out.ErrorDetails = general, "something went wrong inside Belay; its log says what"
		d.Logger.ErrorContext(r.Context(), "request failed", "path", r.URL.Path, "request_id", httpd.RequestID(w), "error", err)
	}
	if kind == fault.Limited || kind == fault.Unavailable {
		after := time.Second
		if retry, is := errors.AsType[*httpd.RetryError](err); is {
			after = retry.After
		}
		w.Header().Set("Retry-After", httpd.Seconds(after))
	}
	sendRefusal(w, httpd.Status(kind), out)
}

// allow refuses other methods than the one there is.
func allow(w http.ResponseWriter, r *http.Request, method string) bool {
	if r.Method == method {
		return true
	}
	w.Header().Set("Allow", method+", OPTIONS")
	sendRefusal(w, http.StatusMethodNotAllowed, refusal{ErrorCode: general, ErrorDetails: r.URL.Path + " takes " + method + ", not " + r.Method})
	return false
}

func sendRefusal(w http.ResponseWriter, status int, out refusal) {
	w.Header().Del("ETag")
	w.Header().Set("Cache-Control", "no-store")
	body, err := json.Marshal(out)
	if err != nil { // cannot happen: strings only
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	send(w, status, body)
}

// jsonType is shared by all answers; net/http only reads it.
var jsonType = []string{"application/json"}

func send(w http.ResponseWriter, status int, body []byte) {
	h := w.Header()
	h["Content-Type"] = jsonType
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	w.WriteHeader(status)
	_, _ = w.Write(body) // the caller may be gone, which is its business
}
