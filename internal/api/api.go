package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"path"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/siteproof/belay/internal/auth"
	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/experiment"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/forecast"
	"github.com/siteproof/belay/internal/httpd"
	"github.com/siteproof/belay/internal/identity"
	"github.com/siteproof/belay/internal/incident"
	"github.com/siteproof/belay/internal/issue"
	"github.com/siteproof/belay/internal/metric"
	"github.com/siteproof/belay/internal/preflight"
	"github.com/siteproof/belay/internal/proposal"
	"github.com/siteproof/belay/internal/rollout"
	"github.com/siteproof/belay/internal/stream"
	"github.com/siteproof/belay/internal/telemetry"
	"github.com/siteproof/belay/internal/tenant"
	"github.com/siteproof/belay/internal/transfer"
	"github.com/siteproof/belay/internal/webhook"
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
	// Identities keep traits, and People lists them; both are of the same store.
	Identities *identity.Service
	People     *identity.People
	Proposals  *proposal.Service
	Webhooks   *webhook.Service
	Transfer   *transfer.Service
	// Document writes an environment for Flagsmith's clients, and says what that form does not hold.
	Document  func(tenant.Environment, *flag.Snapshot) (text []byte, notes []string, err error)
	Preflight *preflight.Service
	Score     *metric.Service
	Stream    *stream.Hub
	Log       *slog.Logger

	Experiments *experiment.Service
	Forecast    *forecast.Service
}

// API serves /api/v1.
type API struct {
	Options
	huma huma.API
	mux  *http.ServeMux
	// examining holds one token for each preview of a segment under way.
	examining chan struct{}
}

// New wires every route. The handler it returns serves /api/v1/….
func New(o Options) *API {
	mux := http.NewServeMux()
	config := huma.DefaultConfig("Belay", o.Version)
	config.Info.Description = "What the console and the command line call. Errors are problem details (RFC 9457)."
	config.OpenAPIPath, config.DocsPath, config.SchemasPath = "", "", ""
	config.Formats = map[string]huma.Format{"application/json": strictJSON, "json": strictJSON}
	config.CreateHooks = nil // no $schema links: answers hold what they are about and nothing else
	config.Transformers = append(config.Transformers, asProblem)
	config.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaNames())
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"session": {Type: "apiKey", In: "cookie", Name: sessionCookie},
		"token":   {Type: "http", Scheme: "bearer"},
	}
	a := &API{Options: o, mux: mux, huma: humago.New(mux, config), examining: make(chan struct{}, mostExamining)}
	a.huma.UseMiddleware(a.authorise)
	a.sessions()
	a.environments()
	a.environmentSettings()
	a.flags()
	a.flagPage()
	a.compare()
	a.stale()
	a.segments()
	a.identities()
	a.rollouts()
	a.preflight()
	a.score()
	a.evidence()
	a.experiments()
	a.forecasts()
	a.traces()
	a.issues()
	a.incidents()
	a.commits()
	a.files()
	a.webhooks()
	a.telemetry()
	a.changes()
	a.undo()
	a.audit()
	a.people()
	for _, unused := range []string{"ErrorModel", "ErrorDetail"} { // huma describes its own form, which asProblem replaces
		delete(a.huma.OpenAPI().Components.Schemas.Map(), unused)
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
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

// route registers one operation together with who may call it.
func route[I, O any](a *API, method, path string, may auth.Action, summary string, handle func(context.Context, *I) (*O, error), with ...func(*huma.Operation)) {
	op := huma.Operation{
		OperationID: operationID(method, path), Method: method, Path: "/api/v1" + path, Summary: summary,
		MaxBodyBytes: maxBody, Metadata: map[string]any{"may": may}, Responses: a.refusals(),
	}
	if may == auth.Operate && method != http.MethodGet {
		a.deferrable(&op)
	}
	if may != anyone {
		op.Security = []map[string][]string{{"session": {}}, {"token": {}}}
	}
	for _, change := range with {
		change(&op)
	}
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := handle(ctx, in)
		if held, is := errors.AsType[*proposal.HeldError](err); is {
			return nil, accepted(held)
		}
		if err != nil {
			return nil, a.problemOf(ctx, err)
		}
		return out, nil
	})
}

// schemaNames names each type once: after itself, and after its package too where another package has the name already.
func schemaNames() func(reflect.Type, string) string {
	taken := map[string]reflect.Type{}
	return func(t reflect.Type, hint string) string {
		for t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		name := huma.DefaultSchemaNamer(t, hint)
		if other, is := taken[name]; is && other != t && t.PkgPath() != "" {
			name = strings.ToUpper(path.Base(t.PkgPath())[:1]) + path.Base(t.PkgPath())[1:] + name
		}
		taken[name] = t
		return name
	}
}

// operationID makes post-rollouts-id-advance of POST /rollouts/{id}/advance.
func operationID(method, path string) string {
	words := strings.FieldsFunc(path, func(r rune) bool { return strings.ContainsRune("/{}", r) })
	return strings.ToLower(method) + "-" + strings.Join(words, "-")
}

// body is an answer that is one JSON value.
type body[T any] struct{ Body T }

// answer wraps v for huma.
func answer[T any](v T) *body[T] { return &body[T]{Body: v} }

// list makes an answer of a list that is [] and never null.
func list[T any](items []T) *body[[]T] { return answer(orEmpty(items)) }

// environment finds the environment that a path names by key or id.
func (a *API) environment(key string) (tenant.Environment, error) { return a.Tenants.Find(key) }

// EnvironmentPath is the part of a path that names an environment.
type EnvironmentPath struct {
	Environment string `path:"env" maxLength:"100" doc:"key or id of the environment"`
}
