package beacon

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/httpd"
	"github.com/siteproof/belay/internal/telemetry"
	"github.com/siteproof/belay/internal/tenant"
)

const (
	sentLimit     = 512 << 10
	unpackedLimit = 2 << 20
	longestKey    = 200
	atOnce        = 32 // documents unpacked and read at the same time: bounds memory, and two cores do no more anyway

	defaultKeyRate     = 5000 // documents a second with one key
	defaultAddressRate = 2000 // with one key from one address
	addressesKept      = 50_000
	keysKept           = 1000
)

// Tenants knows keys.
type Tenants interface {
	Open(key string) (tenant.Environment, tenant.Side, error)
}

// Options are what the door needs. Rates of 0 mean the default, negative ones no limit.
type Options struct {
	Tenants     Tenants
	Telemetry   *telemetry.Service
	OnConfirm   func(environmentID, session string, revision int64) // a page has applied this flag revision; may be nil
	Logger      *slog.Logger
	Now         func() time.Time
	KeyRate     float64 // documents a second with one key
	AddressRate float64 // documents a second with one key from one address
}

// Door serves /beacon/.
type Door struct {
	Options
	handler   http.Handler
	keys      *httpd.Limiter
	addresses *httpd.Limiter
	reading   chan struct{}
}

// New makes the door.
func New(o Options) *Door {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	o.KeyRate, o.AddressRate = orDefault(o.KeyRate, defaultKeyRate), orDefault(o.AddressRate, defaultAddressRate)
	d := &Door{
		Options: o, reading: make(chan struct{}, atOnce),
		keys:      httpd.NewLimiter(o.KeyRate, int(2*o.KeyRate), keysKept),
		addresses: httpd.NewLimiter(o.AddressRate, int(2*o.AddressRate), addressesKept),
	}
	cors := httpd.CORS(httpd.Options{
		Headers: []string{"Content-Type", "Content-Encoding", "X-Environment-Key"},
		Expose:  []string{"Retry-After", "X-Request-Id"},
		Methods: []string{http.MethodPost},
	})
	d.handler = cors(http.HandlerFunc(d.serve))
	return d
}

func orDefault(rate, otherwise float64) float64 {
	if rate == 0 {
		return otherwise
	}
	return rate
}

func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) { d.handler.ServeHTTP(w, r) }

func (d *Door) serve(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path != "/beacon/v1":
		httpd.WriteProblem(w, r, fault.New(fault.NotFound, "there is no %s", r.URL.Path).Hint("documents go to POST /beacon/v1?key=…"))
	case r.Method != http.MethodPost:
		httpd.MethodNotAllowed(w, r, "OPTIONS, POST")
	default:
		accepted, duplicate, err := d.receive(r)
		if err != nil {
			httpd.WriteProblem(w, r, err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(http.StatusAccepted)
		_, _ = w.Write([]byte(`{"accepted":` + strconv.Itoa(accepted) + `,"duplicate":` + strconv.Itoa(duplicate) + "}\n")) // the page may be gone
	}
}

// receive takes one document: who, how often, what, and only then into the store.
func (d *Door) receive(r *http.Request) (accepted, duplicate int, err error) {
	key := r.Header.Get("X-Environment-Key")
	if key == "" {
		key = r.URL.Query().Get("key")
	}
	if key == "" || len(key) > longestKey {
		return 0, 0, fault.New(fault.Unauthenticated, "the request carries no key").Hint("put the environment's client key into ?key= or X-Environment-Key")
	}
	environment, _, err := d.Tenants.Open(key)
	if err != nil {
		return 0, 0, err
	}
	if err := d.limit(environment.ID, httpd.IP(r)); err != nil {
		return 0, 0, err
	}
	events, err := d.read(r)
	if err != nil {
		return 0, 0, err
	}
	accepted, duplicate, err = d.Telemetry.Ingest(r.Context(), environment.ID, events)
	if err != nil || d.OnConfirm == nil {
		return accepted, duplicate, err
	}
	for _, e := range events {
		if e.Kind == telemetry.Confirm {
			d.OnConfirm(environment.ID, e.Session, int64(e.Value))
		}
	}
	return accepted, duplicate, nil
}

func (d *Door) limit(environmentID, address string) error {
	allowed, after := d.addresses.AllowFrom(environmentID, address)
	if allowed {
		allowed, after = d.keys.Allow(environmentID)
	}
	if allowed {
		return nil
	}
	return &httpd.RetryError{After: after, Err: fault.New(fault.Limited, "more documents a second than this Belay takes").Hint("send the same document again after Retry-After")}
}

func (d *Door) read(r *http.Request) ([]telemetry.Event, error) {
	limits := httpd.Limits{Sent: sentLimit, Unpacked: unpackedLimit}
	sent, err := httpd.ReadSent(r, limits)
	if err != nil {
		return nil, err
	}
	d.reading <- struct{}{}
	defer func() { <-d.reading }()
	body, err := httpd.Unpack(r, sent, limits)
	if err != nil {
		return nil, err
	}
	events, err := decode(body, d.Now())
	if err != nil {
		return nil, err
	}
	browser, os := telemetry.Browser(r.UserAgent())
	for i := range events {
		events[i].Browser, events[i].OS = browser, os
	}
	return events, nil
}

// quote writes a text as JSON.
func quote(s string) []byte {
	b, err := json.Marshal(s)
	if err != nil { // cannot happen: strings always encode
		return []byte(`""`)
	}
	return b
}
