package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// version is SiteProof's own; what belongs to a build is added to it in release.
const version = "2.4.1"

type options struct {
	folder     string
	log        *slog.Logger
	files      fs.FS // nil: no front end
	accounts   []newAccount
	belayURL   string
	clientKey  string
	belayToken string
	demo       bool
	now        func() time.Time // nil: time.Now
}

// app is SiteProof at work.
type app struct {
	options
	db       *database
	release  string
	policy   string // Content-Security-Policy
	hashing  chan struct{}
	nobody   string // a password nobody has
	attempts *attempts
	outgoing *http.Client

	busyLock sync.Mutex
	busy     map[string]bool // Idempotency-Keys at work
}

// handler answers a request or says why it cannot.
type handler func(http.ResponseWriter, *http.Request) error

func newApp(ctx context.Context, o options) (*app, error) {
	if o.now == nil {
		o.now = time.Now
	}
	db, err := openDatabase(ctx, o.folder)
	if err != nil {
		return nil, err
	}
	a := &app{
		options: o, db: db, hashing: make(chan struct{}, hashesAtOnce), busy: map[string]bool{},
		attempts: &attempts{now: o.now}, outgoing: &http.Client{Timeout: 10 * time.Second},
	}
	if err := a.prepare(ctx); err != nil {
		return nil, errors.Join(err, db.close())
	}
	return a, nil
}

func (a *app) prepare(ctx context.Context) error {
	connect := "'self'"
	if a.belayURL != "" {
		belay, err := url.Parse(a.belayURL)
		if err != nil || belay.Host == "" || (belay.Scheme != "http" && belay.Scheme != "https") {
			return fmt.Errorf("--belay-url %q is not an http address", a.belayURL)
		}
		connect += " " + belay.Scheme + "://" + belay.Host
	}
	a.policy = "default-src 'self'; connect-src " + connect + "; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; " +
		"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
	a.release = version + "-bare"
	if a.files != nil {
		page, err := fs.ReadFile(a.files, "index.html")
		if err != nil {
			return fmt.Errorf("read the front end: %w", err)
		}
		// index.html names every file by its contents, so its own hash names the build.
		sum := sha256.Sum256(page)
		a.release = version + "-" + hex.EncodeToString(sum[:4])
	}
	var err error
	if a.nobody, err = a.hash(ctx, newID("nobody")); err != nil {
		return err
	}
	if err := a.saveAccounts(ctx, a.accounts); err != nil {
		return err
	}
	return a.seed(ctx)
}

func (a *app) close() {
	if err := a.db.close(); err != nil {
		a.log.Error("data file not closed", "error", err)
	}
}

// listen serves until ctx ends; requests under way get five seconds more.
func (a *app) listen(ctx context.Context, address string) error {
	server := &http.Server{
		Handler: a.routes(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 20 * time.Second, WriteTimeout: 30 * time.Second,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10, ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelDebug),
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("listen at %s: %w", address, err)
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	a.log.Info("SiteProof is ready", "url", "http://"+listener.Addr().String(), "release", a.release)
	select {
	case err := <-ended:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		return errors.Join(fmt.Errorf("end: %w", err), server.Close())
	}
	return nil
}

// routes lists every address. Everything below /api except signing in needs a session.
func (a *app) routes() http.Handler {
	mux := http.NewServeMux()
	open := func(pattern string, h handler) { mux.Handle(pattern, a.serve(h)) }
	open("GET /healthz", a.health)
	open("GET /config.json", a.config)
	open("POST /api/session", a.signIn)
	open("DELETE /api/session", a.signOut)

	open("GET /api/session", a.findSession)
	open("GET /api/people", a.query(a.listPeople))
	open("GET /api/projects", a.query(a.listProjects))
	open("GET /api/dashboard", a.query(a.dashboard))
	open("GET /api/itps", a.query(a.listITPs))
	open("GET /api/itps/{id}", a.query(a.findITP))
	open("PATCH /api/itps/{id}/items/{item}", a.once(a.recordItem))
	open("POST /api/itps/{id}/items/{item}/signature", a.once(a.signItem))
	open("GET /api/ncrs", a.query(a.listNCRs))
	open("POST /api/ncrs", a.once(a.raiseNCR))
	open("GET /api/ncrs/{id}", a.query(a.findNCR))
	open("POST /api/ncrs/{id}/transitions", a.once(a.moveNCR))
	open("GET /api/diary", a.query(a.listDiary))
	open("PUT /api/diary/{project}/{day}", a.once(a.saveDiary))
	open("GET /api/diary/export.csv", a.exportCSV)
	open("GET /api/diary/export.pdf", a.exportPDF)
	if a.demo {
		open("POST /demo/fault", a.setFault)
	}
	open("/api/", func(http.ResponseWriter, *http.Request) error { return notFound("address in SiteProof's API") })
	open("/", a.page)
	return a.around(http.NewCrossOriginProtection().Handler(mux))
}

// around sets what every answer carries.
func (a *app) around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", a.policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// serve recovers, so that a bug in one request does not look like a broken network.
func (a *app) serve(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if bug := recover(); bug != nil {
				a.writeError(w, r, fmt.Errorf("panic: %v", bug))
			}
		}()
		if err := h(w, r); err != nil {
			a.writeError(w, r, err)
		}
	})
}

// query makes a handler of something that only reads.
func (a *app) query(read func(*http.Request, account) (any, error)) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		who, err := a.who(r)
		if err != nil {
			return err
		}
		found, err := read(r, who)
		if err != nil {
			return err
		}
		return a.answer(w, found)
	}
}

func (a *app) answer(w http.ResponseWriter, value any) error {
	body, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("encode the answer: %w", err)
	}
	writeJSON(w, http.StatusOK, body)
	return nil
}

func (a *app) health(w http.ResponseWriter, r *http.Request) error {
	if err := a.db.read.PingContext(r.Context()); err != nil {
		return fmt.Errorf("reach the data file: %w", err)
	}
	return a.answer(w, map[string]string{"status": "ok", "release": a.release})
}

// pageConfig is what the page must know before it starts.
type pageConfig struct {
	BelayURL  string `json:"belayUrl"`
	ClientKey string `json:"clientKey"`
	Release   string `json:"release"`
	Demo      bool   `json:"demo"`
}

func (a *app) config(w http.ResponseWriter, _ *http.Request) error {
	return a.answer(w, pageConfig{a.belayURL, a.clientKey, a.release, a.demo})
}
