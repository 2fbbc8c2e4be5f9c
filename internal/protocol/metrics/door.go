package metrics

import (
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
	rate          = 500 // documents a second with one key
	keysKept      = 1000
)

// Tenants knows keys.
type Tenants interface {
	Open(key string) (tenant.Environment, tenant.Side, error)
}

// Options are what the door needs.
type Options struct {
	Tenants   Tenants
	Telemetry *telemetry.Service
	Logger    *slog.Logger
	Now       func() time.Time
}

// Door serves /metrics/v1.
type Door struct {
	Options
	keys *httpd.Limiter
}

// New makes the door.
func New(o Options) *Door {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Door{Options: o, keys: httpd.NewLimiter(rate, 2*rate, keysKept)}
}

func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		httpd.MethodNotAllowed(w, r, "POST")
		return
	}
	accepted, duplicate, err := d.receive(r)
	if err != nil {
		httpd.WriteProblem(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusAccepted)
	_, _ = w.Write([]byte(`{"accepted":` + strconv.Itoa(accepted) + `,"duplicate":` + strconv.Itoa(duplicate) + "}\n")) // the server may be gone
}

func (d *Door) receive(r *http.Request) (accepted, duplicate int, err error) {
	key := r.Header.Get("X-Environment-Key")
	if key == "" {
		return 0, 0, fault.New(fault.Unauthenticated, "the request carries no key").Hint("put the environment's server key into X-Environment-Key")
	}
	environment, side, err := d.Tenants.Open(key)
	if err != nil {
		return 0, 0, err
	}
	if side != tenant.Server {
		return 0, 0, fault.New(fault.Forbidden, "a client key may not report what servers see: everybody knows it").Hint("use the environment's server key")
	}
	if allowed, after := d.keys.Allow(environment.ID); !allowed {
		return 0, 0, &httpd.RetryError{After: after, Err: fault.New(fault.Limited, "more documents a second than this Belay takes").Hint("put more reports into one document")}
	}
	body, err := httpd.ReadBody(r, httpd.Limits{Sent: sentLimit, Unpacked: unpackedLimit})
	if err != nil {
		return 0, 0, err
	}
	events, err := decode(body, d.Now())
	if err != nil {
		return 0, 0, err
	}
	return d.Telemetry.Ingest(r.Context(), environment.ID, events)
}
