package api

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/siteproof/belay/internal/auth"
	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/httpd"
	"github.com/siteproof/belay/internal/incident"
	"github.com/siteproof/belay/internal/issue"
	"github.com/siteproof/belay/internal/rollout"
	"github.com/siteproof/belay/internal/stream"
	"github.com/siteproof/belay/internal/telemetry"
	"github.com/siteproof/belay/internal/tenant"
)

// maxBody is the largest request body in bytes; the largest thing a person sends is a plan.
const maxBody = 256 << 10

// Options are the capabilities that the API speaks for. All are required but Demo.
type Options struct {
	Version   string
	Demo      *Demo
	Secure    bool // cookies only over TLS
	Auth      *auth.Service
	Tenants   *tenant.Service
	Journal   *change.Journal
	Flags     *flag.Service
	Rollouts  *rollout.Service
	Telemetry *telemetry.Service
	Issues    *issue.Service
	Incidents *incident.Service
	Stream    *stream.Hub
	Log       *slog.Logger
}

// API serves /api/v1.
type API struct {
	Options
	huma huma.API
	mux  *http.ServeMux
}

// New wires every route. The handler it returns serves /api/v1/….
func New(o Options) *API {
	mux := http.NewServeMux()
	config := huma.DefaultConfig("Belay", o.Version)
	config.Info.Description = "What the console and the command line call. Errors are problem details (RFC 9457)."
	config.OpenAPIPath, config.DocsPath, config.SchemasPath = "", "", ""
	config.CreateHooks = nil // no $schema links: answers hold what they are about and nothing else
	config.Transformers = append(config.Transformers, asProblem)
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"session": {Type: "apiKey", In: "cookie", Name: sessionCookie},
		"token":   {Type: "http", Scheme: "bearer"},
	}
	a := &API{Options: o, mux: mux, huma: humago.New(mux, config)}
	a.huma.UseMiddleware(a.authorise)
	a.sessions()
	a.environments()
	a.flags()
	a.rollouts()
	a.issues()
	a.incidents()
	a.commits()
	mux.HandleFunc("/api/v1/", func(w http.ResponseWriter, r *http.Request) {
		httpd.WriteProblem(w, r, fault.New(fault.NotFound, "there is no %s %s", r.Method, r.URL.Path).Hint("api/openapi.yaml lists every call"))
	})
	return a
}

func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	a.mux.ServeHTTP(w, r)
}

// OpenAPI gives the description of the API as YAML.
func (a *API) OpenAPI() ([]byte, error) { return a.huma.OpenAPI().YAML() }

// problem is how this API says that something went wrong.
type problem struct {
	Type   string        `json:"type"`
	Title  string        `json:"title"`
	Status int           `json:"status"`
	Detail string        `json:"detail"`
	Hint   string        `json:"hint,omitempty"`
	Fields []fault.Field `json:"fields,omitempty"`
}

func (p *problem) Error() string               { return p.Detail }
func (p *problem) GetStatus() int              { return p.Status }
func (p *problem) ContentType(_ string) string { return "application/problem+json" }

// problemOf maps a fault to its answer; what is not a fault is logged and hidden.
func (a *API) problemOf(ctx context.Context, err error) *problem {
	status := httpd.Status(fault.CodeOf(err))
	p := &problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: err.Error()}
	if f := asFault(err); f != nil {
		p.Hint, p.Fields = f.Way, f.Fields
	}
	if status >= http.StatusInternalServerError {
		a.Log.ErrorContext(ctx, "request failed", "error", err)
		if fault.CodeOf(err) == fault.Internal {
			p.Detail = "Belay met an error of its own. Its log says more."
		}
	}
	return p
}

// asProblem turns huma's own refusals into the form that all others have.
func asProblem(_ huma.Context, _ string, v any) (any, error) {
	e, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	p := &problem{Type: "about:blank", Title: http.StatusText(e.Status), Status: e.Status, Detail: e.Detail}
	for _, d := range e.Errors {
		p.Fields = append(p.Fields, fault.Field{Path: d.Location, Message: d.Message})
	}
	return p, nil
}

// route registers one operation together with who may call it.
func route[I, O any](a *API, method, path string, may auth.Action, summary string, handle func(context.Context, *I) (*O, error)) {
	op := huma.Operation{
		OperationID: operationID(method, path), Method: method, Path: "/api/v1" + path, Summary: summary,
		MaxBodyBytes: maxBody, Metadata: map[string]any{"may": may},
	}
	if may != anyone {
		op.Security = []map[string][]string{{"session": {}}, {"token": {}}}
	}
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := handle(ctx, in)
		if err != nil {
			return nil, a.problemOf(ctx, err)
		}
		return out, nil
	})
}

// operationID makes post-rollouts-id-advance of POST /rollouts/{id}/advance.
func operationID(method, path string) string {
	words := strings.FieldsFunc(path, func(r rune) bool { return strings.ContainsRune("/{}", r) })
	return strings.ToLower(method) + "-" + strings.Join(words, "-")
}

// body is an answer that is one JSON value.
type body[T any] struct{ Body T }

// answer wraps v for huma.
func answer[T any](v T) (*body[T], error) { return &body[T]{Body: v}, nil }

// list makes an answer of a list that is [] and never null.
func list[T any](items []T) (*body[[]T], error) {
	if items == nil {
		items = []T{}
	}
	return answer(items)
}

// environment finds the environment that a path names by key or id.
func (a *API) environment(key string) (tenant.Environment, error) { return a.Tenants.Find(key) }

// EnvironmentPath is the part of a path that names an environment.
type EnvironmentPath struct {
	Environment string `path:"env" maxLength:"100" doc:"key or id of the environment"`
}

// marshal is for values that Belay made itself and that can always be written as JSON.
func marshal(v any) json.RawMessage {
	text, err := json.Marshal(v)
	if err != nil {
		return json.RawMessage("null")
	}
	return text
}
