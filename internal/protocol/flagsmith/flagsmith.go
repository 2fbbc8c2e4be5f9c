package flagsmith

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/zeebo/xxh3"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/httpd"
	"github.com/siteproof/belay/internal/identity"
	"github.com/siteproof/belay/internal/telemetry"
	"github.com/siteproof/belay/internal/tenant"
)

const (
	stampHeader      = "X-Flagsmith-Document-Updated-At"
	defaultPerSecond = 2000
	limitedKeys      = 50_000
	maxBody          = 512 << 10
	maxBulkBody      = 4 << 20

	ssePrefix = "/sse/environments/"
	sseSuffix = "/stream"
	// epoch is the second that revision 0 is stamped with; each revision adds a millisecond.
	epoch = 1767225600
)

// Opener says which environment a key opens, and whose stream it may follow.
type Opener interface {
	Open(key string) (tenant.Environment, tenant.Side, error)
	OpenStream(key string) (tenant.Environment, error)
}

// Flags gives the flags that an environment serves now.
type Flags interface {
	Snapshot(environmentID string) *flag.Snapshot
}

// Streamer keeps a client's stream open until it ends.
type Streamer interface {
	ServeForeign(w http.ResponseWriter, r *http.Request, environmentID string, revision int64, event func(revision int64) string)
}

// Telemetry stores events.
type Telemetry interface {
	Ingest(ctx context.Context, environmentID string, events []telemetry.Event) (accepted, duplicate int, err error)
}

// Options are what the door needs. All but OnIdentity and PerSecond are required.
type Options struct {
	Tenants    Opener
	Flags      Flags
	Identities *identity.Service
	Stream     Streamer
	Telemetry  Telemetry
	// OnIdentity hears of everybody who is evaluated for, with all that is known of them. It must not wait, and not keep
	// what it is given. It may be nil.
	OnIdentity func(environmentID, identifier string, traits map[string]any)
	Logger     *slog.Logger
	// PerSecond is how often one key may ask from one address; 0 means 2,000, below 0 means no limit.
	PerSecond float64
}

type door struct {
	Options
	limiter   *httpd.Limiter
	decisions httpd.Reused[*flag.Decision]
	bytes     httpd.Reused[byte]
}

// Patterns are where the handler has to stand: paths exactly, and what is below those that end in a slash.
func Patterns() []string {
	var all []string
	for path := range calls() {
		all = append(all, path, path+"/{$}")
	}
	return append(all, ssePrefix)
}

// call is one request with what its key opens.
type call struct {
	door        *door
	w           http.ResponseWriter
	r           *http.Request
	environment tenant.Environment
	side        tenant.Side
	snapshot    *flag.Snapshot
	tag         string // of the answer, when it is known
}

type handle func(*door, *call) error

func calls() map[string]map[string]handle {
	const v1 = "/api/v1/"
	return map[string]map[string]handle{
		v1 + "flags":                  {http.MethodGet: (*door).flags},
		v1 + "identities":             {http.MethodGet: (*door).identify, http.MethodPost: (*door).identify},
		v1 + "bulk-identities":        {http.MethodPost: (*door).identifyMany},
		v1 + "environment-document":   {http.MethodGet: (*door).document},
		v1 + "traits":                 {http.MethodPost: (*door).setTrait},
		v1 + "traits/bulk":            {http.MethodPut: (*door).setTraits},
		v1 + "traits/increment-value": {http.MethodPost: (*door).incrementTrait},
		v1 + "analytics/flags":        {http.MethodPost: (*door).analytics},
		"/api/v2/analytics/flags":     {http.MethodPost: (*door).analytics2},
		"/v1/events":                  {http.MethodPost: (*door).events},
		"/events/v1/events":           {http.MethodPost: (*door).events},
	}
}

// New makes the handler of Patterns.
func New(o Options) http.Handler {
	if o.PerSecond == 0 {
		o.PerSecond = defaultPerSecond
	}
	d := &door{Options: o, limiter: httpd.NewLimiter(o.PerSecond, int(2*max(o.PerSecond, 1)), limitedKeys)}
	table := calls()
	return httpd.CORS(httpd.Options{
		Headers: []string{
			"X-Environment-Key", "Content-Type", "Flagsmith-SDK-User-Agent", "Flagsmith-Application-Name", "Flagsmith-Application-Version",
			"If-None-Match", "Cache-Control", "Last-Event-ID", "sentry-trace", "baggage", "traceparent", "tracestate",
		},
		Expose:  []string{stampHeader, "ETag", "Retry-After"},
		Methods: []string{http.MethodGet, http.MethodPost, http.MethodPut},
	})(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { d.serve(table, w, r) }))
}

// serve knows the paths itself, with and without a slash at the end: a redirect would lose the preflight.
func (d *door) serve(table map[string]map[string]handle, w http.ResponseWriter, r *http.Request) {
	if rest, is := strings.CutPrefix(r.URL.Path, ssePrefix); is {
		d.stream(w, r, strings.TrimSuffix(rest, "/"))
		return
	}
	path := strings.TrimSuffix(r.URL.Path, "/")
	methods, known := table[path]
	if !known {
		d.refuse(w, r, fault.New(fault.NotFound, "there is no %s here", r.URL.Path))
		return
	}
	do, allowed := methods[r.Method]
	if !allowed {
		w.Header().Set("Allow", "GET, POST, PUT, OPTIONS")
		send(w, http.StatusMethodNotAllowed, detail{fmt.Sprintf("Method %q not allowed.", r.Method)})
		return
	}
	environment, side, err := d.Tenants.Open(strings.TrimSpace(r.Header.Get("X-Environment-Key")))
	if err == nil {
		err = d.limit(r, &environment)
	}
	if err == nil {
		err = serves(environment)
	}
	if err == nil {
		err = do(d, &call{door: d, w: w, r: r, environment: environment, side: side, snapshot: d.Flags.Snapshot(environment.ID)})
	}
	if err != nil {
		d.refuse(w, r, err)
	}
}

func (d *door) stream(w http.ResponseWriter, r *http.Request, rest string) {
	key, is := strings.CutSuffix(rest, sseSuffix)
	environment, err := d.Tenants.OpenStream(key)
	if !is || err != nil || r.Method != http.MethodGet {
		d.refuse(w, r, fault.New(fault.NotFound, "there is no such stream").Hint("streams are at %s<client key>%s", ssePrefix, sseSuffix))
		return
	}
	if err := d.limit(r, &environment); err != nil {
		d.refuse(w, r, err)
		return
	}
	d.Stream.ServeForeign(w, r, environment.ID, d.Flags.Snapshot(environment.ID).Revision(), func(revision int64) string {
		return "event: environment_updated\ndata: {\"updated_at\":" + stamp(revision) + "}\n\n"
	})
}

func (d *door) limit(r *http.Request, environment *tenant.Environment) error {
	allowed, wait := d.limiter.AllowFrom(environment.ID, httpd.IP(r))
	if allowed {
		return nil
	}
	return &httpd.RetryError{Err: fault.New(fault.Limited, "more than %g requests a second came from this address", d.PerSecond), After: wait}
}

// stamp is a revision as seconds with three digits: what rises with every revision, on every machine alike.
func stamp(revision int64) string {
	text := strconv.AppendInt(make([]byte, 0, 16), epoch+revision/1000, 10)
	ms := revision % 1000
	return string(append(text, '.', byte('0'+ms/100), byte('0'+ms/10%10), byte('0'+ms%10)))
}

// stampTime is the same moment as the document writes it.
func stampTime(revision int64) string {
	return time.Unix(epoch+revision/1000, revision%1000*int64(time.Millisecond)).UTC().Format("2006-01-02T15:04:05.000000+00:00")
}

// unchanged answers 304 when the client has the answer already. That is known before anything is evaluated: the answer
// depends on nothing but the flags' revision, the environment, the side of the key and what is given here.
func (c *call) unchanged(on ...string) bool {
	h := xxh3.New()
	for _, part := range append(on, c.r.URL.Path, c.environment.ClientKey, c.environment.HashKey, c.environment.Name, c.environment.Project, c.environment.Organisation,
		string(c.side), fmt.Sprintf("%d %+v", c.snapshot.Revision(), c.environment.Settings)) {
		_, _ = h.WriteString(part) // a hash takes everything
		_, _ = h.WriteString("\x00")
	}
	sum := h.Sum128().Bytes()
	c.tag = `"` + hex.EncodeToString(sum[:]) + `"`
	for _, given := range c.r.Header["If-None-Match"] {
		if strings.Contains(given, c.tag) {
			c.head()
			c.w.WriteHeader(http.StatusNotModified)
			return true
		}
	}
	return false
}

// Values of headers that all answers share; net/http only reads them.
var (
	jsonType    = []string{"application/json"}
	noCache     = []string{"no-cache"}
	variesByKey = []string{"X-Environment-Key, Origin"}
)

// head sets what tells clients and browsers how long an answer holds.
func (c *call) head() {
	h := c.w.Header()
	h["Cache-Control"] = noCache
	h["Vary"] = variesByKey
	h[stampHeader] = []string{stamp(c.snapshot.Revision())}
	if c.tag != "" {
		h["Etag"] = []string{c.tag}
	}
}

// ok answers 200.
func (c *call) ok(body []byte) {
	c.head()
	write(c.w, http.StatusOK, body)
}

// give answers 200 with what is not written often.
func (c *call) give(answer any) error {
	body, err := json.Marshal(answer)
	if err == nil {
		c.ok(body)
	}
	return err
}

// read decodes a body; numbers keep their digits.
func (c *call) read(into any, most int64) error {
	body, err := httpd.ReadBody(c.r, httpd.Limits{Sent: most, Unpacked: most})
	if err != nil {
		return err
	}
	return decode(body, into)
}

func decode(body []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if err := decoder.Decode(into); err != nil {
		return fault.New(fault.Invalid, "the body cannot be read: %v", err)
	}
	return nil
}

type detail struct {
	Detail string `json:"detail"`
}

// refuse answers in Flagsmith's form. What is not the caller's fault goes to the log and not to the caller.
func (d *door) refuse(w http.ResponseWriter, r *http.Request, err error) {
	kind, text := fault.CodeOf(err), err.Error()
	if f, is := errors.AsType[*fault.Error](err); is && f.Way != "" {
		text += "; " + f.Way
	}
	if kind == fault.Internal {
		text = "something went wrong inside Belay; its log says what"
		d.Logger.ErrorContext(r.Context(), "request failed", "path", r.URL.Path, "request_id", httpd.RequestID(w), "error", err)
	}
	if kind == fault.Limited || kind == fault.Unavailable {
		after := time.Second
		if retry, is := errors.AsType[*httpd.RetryError](err); is {
			after = retry.After
		}
		w.Header().Set("Retry-After", httpd.Seconds(after))
	}
	w.Header().Set("Cache-Control", "no-store")
	send(w, httpd.Status(kind), detail{text})
}

func send(w http.ResponseWriter, status int, answer any) {
	body, err := json.Marshal(answer)
	if err != nil { // cannot happen: strings only
		status, body = http.StatusInternalServerError, []byte(`{}`)
	}
	write(w, status, body)
}

func write(w http.ResponseWriter, status int, body []byte) {
	h := w.Header()
	h["Content-Type"] = jsonType
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	w.WriteHeader(status)
	_, _ = w.Write(body) // the caller may be gone, which is its business
}
