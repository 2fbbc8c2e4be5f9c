package ofrep

import (
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/httpd"
	"github.com/siteproof/belay/internal/tenant"
)

const (
	bulkPath   = "/ofrep/v1/evaluate/flags"
	streamPath = "/ofrep/v1/stream"

	// sessionHeader names the session that asks; only Belay's own SDK sends it.
	sessionHeader  = "Belay-Session"
	revisionHeader = "Belay-Revision"

	defaultPerSecond = 2000 // requests of one key from one address: an office behind one address is many people
	limitedKeys      = 50_000
)

// Opener says which environment a key opens.
type Opener interface {
	Open(key string) (tenant.Environment, tenant.Side, error)
}

// Flags gives the flags that an environment serves now.
type Flags interface {
	Snapshot(environmentID string) *flag.Snapshot
}

// Streamer keeps a browser's stream open until it ends.
type Streamer interface {
	ServeClient(w http.ResponseWriter, r *http.Request, environmentID, session string, revision int64)
}

// Options are what the door needs. All but OnFetch, OnIdentity and PerSecond are required.
type Options struct {
	Tenants Opener
	Flags   Flags
	Stream  Streamer
	// OnFetch hears of every bulk answer to a session, unchanged ones too. It must not wait.
	OnFetch func(environmentID, session, user, userAgent string)
	// OnIdentity hears of everybody who is evaluated for, with what was sent of them. It must not wait, and not keep what
	// it is given. It may be nil.
	OnIdentity func(environmentID, identifier string, traits map[string]any)
	// PerSecond is how often one key may ask from one address; 0 means 2,000, below 0 means no limit.
	PerSecond float64
	Logger    *slog.Logger
}

type door struct {
	Options
	limiter    *httpd.Limiter
	revalidate []string // Cache-Control of every answer; shared, net/http only reads it
	decisions  httpd.Reused[*flag.Decision]
	bytes      httpd.Reused[byte]
}

// New makes the handler of everything below /ofrep/.
func New(o Options) http.Handler {
	if o.PerSecond == 0 {
		o.PerSecond = defaultPerSecond
	}
	d := &door{Options: o, limiter: httpd.NewLimiter(o.PerSecond, int(2*max(o.PerSecond, 1)), limitedKeys), revalidate: []string{"private, no-cache"}}
	return httpd.CORS(httpd.Options{
		Headers: []string{
			"Authorization", "Content-Type", "If-None-Match", "X-API-Key", "X-Environment-Key", sessionHeader, "Last-Event-ID", "Cache-Control",
		},
		Expose:  []string{"ETag", "Retry-After", revisionHeader},
		Methods: []string{http.MethodGet, http.MethodPost},
	})(http.HandlerFunc(d.serve))
}

// serve knows the paths itself: a router that redirects an unclean path would lose the preflight.
func (d *door) serve(w http.ResponseWriter, r *http.Request) {
	switch path := r.URL.Path; {
	case path == bulkPath || path == bulkPath+"/":
		d.bulk(w, r)
	case strings.HasPrefix(path, bulkPath+"/"):
		d.single(w, r, strings.TrimPrefix(path, bulkPath+"/"))
	case path == streamPath:
		d.stream(w, r)
	default:
		d.refuse(w, r, "", general, fault.New(fault.NotFound, "there is no %s here", path).Hint("flags are at %s", bulkPath))
	}
}

// bulk answers every flag. Its tag has two halves: the question, with the revision it is asked at, and what came of it.
// The first is known before anything is evaluated or even read; the second lets a change that does not concern somebody
// answer 304 to them.
func (d *door) bulk(w http.ResponseWriter, r *http.Request) {
	environment, side, ok := d.admit(w, r, "")
	if !ok {
		return
	}
	body, ok := d.body(w, r, "")
	if !ok {
		return
	}
	snapshot := d.Flags.Snapshot(environment.ID)
	question := questionOf(&environment, side, snapshot.Revision(), body)
	given := r.Header["If-None-Match"]
	session := r.Header.Get(sessionHeader)
	known := asked(given, question)
	var in flag.Context
	if known == "" || session != "" {
		if in, ok = d.context(w, r, body, &environment, ""); !ok {
			return
		}
	}
	if session != "" && d.OnFetch != nil {
		d.OnFetch(environment.ID, session, in.TargetingKey, r.UserAgent())
	}
	h := w.Header()
	h["Cache-Control"] = d.revalidate
	h[revisionHeader] = []string{strconv.FormatInt(snapshot.Revision(), 10)}
	if known != "" {
		h["Etag"] = []string{known}
		w.WriteHeader(http.StatusNotModified)
		return
	}
	decisions := snapshot.DecideAll(in, side, d.decisions.Take())
	defer d.decisions.GiveBack(decisions)
	tag, same := entityTag(given, question, decisions)
	if h["Etag"] = []string{tag}; same {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	answer := appendBulk(d.bytes.Take(), decisions, &environment, session)
	send(w, http.StatusOK, answer)
	d.bytes.GiveBack(answer)
}

func (d *door) single(w http.ResponseWriter, r *http.Request, key string) {
	environment, side, ok := d.admit(w, r, key)
	if !ok {
		return
	}
	body, ok := d.body(w, r, key)
	if !ok {
		return
	}
	in, ok := d.context(w, r, body, &environment, key)
	if !ok {
		return
	}
	snapshot := d.Flags.Snapshot(environment.ID)
	decision, err := snapshot.Decide(key, in, side)
	if err != nil {
		d.refuse(w, r, key, flagNotFound, err)
		return
	}
	h := w.Header()
	h["Cache-Control"] = d.revalidate
	h[revisionHeader] = []string{strconv.FormatInt(snapshot.Revision(), 10)}
	send(w, http.StatusOK, decision.Encoded(flag.OFREP, encode))
}

func (d *door) stream(w http.ResponseWriter, r *http.Request) {
	if !allow(w, r, http.MethodGet) {
		return
	}
	query := r.URL.Query()
	environment, side, err := d.Tenants.Open(query.Get("key"))
	if err == nil && side != tenant.Client {
		err = fault.New(fault.Forbidden, "a server key is secret and must not be in an address").Hint("open the stream with the client key")
	}
	if err == nil {
		err = d.limit(r, &environment)
	}
	if err != nil {
		d.refuse(w, r, "", general, err)
		return
	}
	d.Stream.ServeClient(w, r, environment.ID, query.Get("session"), d.Flags.Snapshot(environment.ID).Revision())
}

// admit checks method, key and rate of an evaluation; when it says no, the answer is written.
func (d *door) admit(w http.ResponseWriter, r *http.Request, flagKey string) (tenant.Environment, tenant.Side, bool) {
	if !allow(w, r, http.MethodPost) {
		return tenant.Environment{}, "", false
	}
	environment, side, err := d.Tenants.Open(keyOf(r))
	if err == nil {
		err = d.limit(r, &environment)
	}
	if err != nil {
		d.refuse(w, r, flagKey, general, err)
		return tenant.Environment{}, "", false
	}
	return environment, side, true
}

func (d *door) limit(r *http.Request, environment *tenant.Environment) error {
	allowed, wait := d.limiter.AllowFrom(environment.ID, httpd.IP(r))
	if allowed {
		return nil
	}
	return &httpd.RetryError{Err: fault.New(fault.Limited, "more than %g requests a second came from this address", d.PerSecond), After: wait}
}

// keyOf finds the environment key, in the order in which the headers are most deliberate.
func keyOf(r *http.Request) string {
	scheme, key, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if key = strings.TrimSpace(key); strings.EqualFold(scheme, "Bearer") && key != "" {
		return key
	}
	if key = strings.TrimSpace(r.Header.Get("X-Api-Key")); key != "" {
		return key
	}
	return strings.TrimSpace(r.Header.Get("X-Environment-Key"))
}
