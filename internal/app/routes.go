package app

import (
	"io/fs"
	"net/http"
	"strings"
	"time"

	"github.com/siteproof/belay/console"
	"github.com/siteproof/belay/internal/api"
	"github.com/siteproof/belay/internal/forecast"
	"github.com/siteproof/belay/internal/httpd"
	"github.com/siteproof/belay/internal/protocol/beacon"
	"github.com/siteproof/belay/internal/protocol/flagsmith"
	"github.com/siteproof/belay/internal/protocol/metrics"
	"github.com/siteproof/belay/internal/protocol/ofrep"
)

// routes says which door stands where.
func (a *App) routes() http.Handler {
	mux := http.NewServeMux()
	ofrepDoor := ofrep.New(ofrep.Options{
		Tenants: a.tenants, Flags: a.flags, Stream: a.stream, OnFetch: a.telemetry.RecordFetch, OnIdentity: a.recent.Saw,
		Logger: a.part("ofrep"),
	})
	mux.Handle("/beacon/", beacon.New(beacon.Options{
		Tenants: a.tenants, Telemetry: a.telemetry, OnConfirm: a.stream.Confirm, Logger: a.part("beacon"),
	}))
	mux.Handle("/metrics/v1", metrics.New(metrics.Options{Tenants: a.tenants, Telemetry: a.telemetry, Logger: a.part("metrics")}))
	flagsmithDoor := flagsmith.New(flagsmith.Options{
		Tenants: a.tenants, Flags: a.flags, Identities: a.people, Stream: a.stream, Telemetry: a.telemetry,
		OnIdentity: a.recent.Saw, Logger: a.part("flagsmith"),
	})
	for _, pattern := range flagsmith.Patterns() {
		mux.Handle(pattern, flagsmithDoor)
	}
	// What every visitor asks for goes straight to its door.
	straight := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch path := r.URL.Path; {
		case strings.HasPrefix(path, "/ofrep/"):
			ofrepDoor.ServeHTTP(w, r)
		case path == "/api/v1/identities/" || path == "/api/v1/flags/":
			flagsmithDoor.ServeHTTP(w, r)
		default:
			mux.ServeHTTP(w, r)
		}
	})
	mux.Handle("/api/", httpd.Named(api.New(api.Options{
		Version: Version, Demo: a.options.Demo, Auth: a.auth, Tenants: a.tenants, Journal: a.journal, Flags: a.flags,
		Rollouts: a.rollouts, Telemetry: a.telemetry, Issues: a.issues, Incidents: a.incidents, Stream: a.stream, Log: a.part("api"),
		Identities: a.people, People: a.directory, Proposals: a.proposals,
		Transfer: a.transfer, Document: flagsmith.Document, Webhooks: a.webhooks, Preflight: a.preflight, Experiments: a.experiments, Score: a.score,
		Forecast: forecast.New(a.telemetry, time.Now),
		Secure:   strings.HasPrefix(a.options.Config.PublicURL, "https://"),
	})))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"status":"ok"}` + "\n"))
	})
	mux.Handle("/", consolePages())
	return httpd.Chain(straight, a.part("httpd"))
}

// consolePages serves the console: files as they are, every other path as the page that reads the path itself.
func consolePages() http.Handler {
	files, built := console.Files()
	if !built {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "This Belay was built without its console: make build builds both. The API and all other doors work.", http.StatusNotFound)
		})
	}
	server := http.FileServerFS(files)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("X-Frame-Options", "DENY")
		header.Set("Referrer-Policy", "same-origin")
		header.Set("Content-Security-Policy", "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'self'")
		path := strings.TrimPrefix(r.URL.Path, "/")
		if info, err := fs.Stat(files, path); path != "" && err == nil && !info.IsDir() {
			if strings.HasPrefix(path, "assets/") { // their names carry a hash of their content
				header.Set("Cache-Control", "public, max-age=31536000, immutable")
			}
			server.ServeHTTP(w, r)
			return
		}
		if strings.HasPrefix(path, "assets/") { // of a version that is no longer here: a page in its place would only confuse
			http.NotFound(w, r)
			return
		}
		header.Set("Cache-Control", "no-cache")
		http.ServeFileFS(w, r, files, "index.html")
	})
}
