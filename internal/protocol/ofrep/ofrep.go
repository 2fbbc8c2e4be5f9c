package ofrep

import (
	"log/slog"
	"net/http"
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

// Options are what the door needs. All but OnFetch and PerSecond are required.
type Options struct {
	Tenants Opener
	Flags   Flags
	Stream  Streamer
	// OnFetch hears of every bulk answer to a session, unchanged ones too. It must not wait.
	OnFetch func(environmentID, session, user, userAgent string)
	// PerSecond is how often one key may ask from one address; 0 means 2,000, below 0 means no limit.
	PerSecond float64
	Logger    *slog.Logger
}

type door struct {
	Options
	limiter *httpd.Limiter
}

// New makes the handler of everything below /ofrep/.
func New(o Options) http.Handler {
	if o.PerSecond == 0 {
		o.PerSecond = defaultPerSecond
	}
	d := &door{Options: o, limiter: httpd.NewLimiter(o.PerSecond, int(2*max(o.PerSecond, 1)), limitedKeys)}
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

func (d *door) bulk(w http.ResponseWriter, r *http.Request) {
	environment, side, ok := d.admit(w, r, "")
	if !ok {
		return
	}
	in, ok := d.context(w, r, environment, "")
	if !ok {
		return
	}
	snapshot := d.Flags.Snapshot(environment.ID)
	results := snapshot.EvaluateAll(in, side)
	tag := entityTag(results, environment.ClientKey)
	h := w.Header()
	h.Set("ETag", tag)
	h.Set("Cache-Control", "private, no-cache")
	setRevision(h, snapshot.Revision())
	session := r.Header.Get(sessionHeader)
	if session != "" && d.OnFetch != nil {
		d.OnFetch(environment.ID, session, in.TargetingKey, r.UserAgent())
	}
	if matches(r.Header.Values("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	d.write(w, r, bulkAnswer(results, environment, session))
}

func (d *door) single(w http.ResponseWriter, r *http.Request, key string) {
	environment, side, ok := d.admit(w, r, key)
	if !ok {
		return
	}
	in, ok := d.context(w, r, environment, key)
	if !ok {
		return
	}
	snapshot := d.Flags.Snapshot(environment.ID)
	result, err := snapshot.Evaluate(key, in, side)
	if err != nil {
		d.refuse(w, r, key, flagNotFound, err)
		return
	}
	w.Header().Set("Cache-Control", "private, no-cache")
	setRevision(w.Header(), snapshot.Revision())
	d.write(w, r, flagAnswer(result))
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
		err = d.limit(r, environment)
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
		err = d.limit(r, environment)
	}
	if err != nil {
		d.refuse(w, r, flagKey, general, err)
		return tenant.Environment{}, "", false
	}
	return environment, side, true
}

func (d *door) limit(r *http.Request, environment tenant.Environment) error {
	allowed, wait := d.limiter.Allow(environment.ID + " " + httpd.IP(r))
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
