package ofrep

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash/fnv"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/httpd"
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
	bulk struct {
		Flags        []evaluated   `json:"flags"`
		EventStreams []eventStream `json:"eventStreams"`
		Metadata     environment   `json:"metadata"`
	}
	eventStream struct {
		Type          string   `json:"type"`
		Endpoint      endpoint `json:"endpoint"`
		InactivitySec int      `json:"inactivityDelaySec"`
	}
	endpoint struct {
		RequestURI string `json:"requestUri"`
	}
	environment struct {
		Environment string `json:"environment"`
	}
	refusal struct {
		Key          string    `json:"key,omitempty"`
		ErrorCode    errorCode `json:"errorCode"`
		ErrorDetails string    `json:"errorDetails"`
	}
)

func flagAnswer(r flag.Result) evaluated {
	return evaluated{
		Key: r.Key, Value: r.Value, Reason: r.Reason, Variant: r.Variant,
		Metadata: metadata{Enabled: r.Enabled, FlagID: r.ID, Parent: r.Parent, OffBy: r.OffBy},
	}
}

func bulkAnswer(results []flag.Result, e tenant.Environment, session string) bulk {
	out := bulk{Flags: make([]evaluated, 0, len(results)), Metadata: environment{e.Key}}
	for _, r := range results {
		out.Flags = append(out.Flags, flagAnswer(r))
	}
	uri := streamPath + "?key=" + url.QueryEscape(e.ClientKey)
	if session != "" {
		uri += "&session=" + url.QueryEscape(session)
	}
	out.EventStreams = []eventStream{{Type: "sse", Endpoint: endpoint{uri}, InactivitySec: inactivityDelay}}
	return out
}

// entityTag is a strong ETag over everything of the answer that depends on the flags and on who asks. It is made before
// anything is encoded, and is the same after a restart and on every machine. The session is left out: it is the asker's own.
func entityTag(results []flag.Result, clientKey string) string {
	h := fnv.New128a()
	var sizes []byte
	field := func(parts ...string) {
		for _, p := range parts {
			sizes = strconv.AppendInt(sizes[:0], int64(len(p)), 10)
			_, _ = h.Write(append(sizes, ':')) // a hash takes everything
			_, _ = h.Write([]byte(p))
		}
	}
	field(clientKey)
	for _, r := range results {
		field(r.Key, r.ID, string(r.Value), string(r.Reason), r.Variant, r.Parent, r.OffBy, strconv.FormatBool(r.Enabled))
	}
	return `"` + hex.EncodeToString(h.Sum(nil)) + `"`
}

// matches says whether If-None-Match names the tag (RFC 9110, 13.1.2, which compares weakly).
func matches(headers []string, tag string) bool {
	for _, header := range headers {
		for candidate := range strings.SplitSeq(header, ",") {
			candidate = strings.TrimPrefix(strings.TrimSpace(candidate), "W/")
			if candidate == tag || candidate == "*" {
				return true
			}
		}
	}
	return false
}

func setRevision(h http.Header, revision int64) {
	h.Set(revisionHeader, strconv.FormatInt(revision, 10))
}

func (d *door) write(w http.ResponseWriter, r *http.Request, answer any) {
	body, err := json.Marshal(answer)
	if err != nil { // a flag's value that is not JSON, which cannot be stored
		d.refuse(w, r, "", general, err)
		return
	}
	send(w, http.StatusOK, body)
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
		d.Logger.ErrorContext(r.Context(), "request failed", "path", r.URL.Path, "request_id", httpd.ID(r.Context()), "error", err)
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

func send(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // the caller may be gone, which is its business
}
