// Package app puts Belay together: New, Start, Stop. routes.go says which door stands where, reactions.go what happens when.
package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/siteproof/belay/internal/api"
	"github.com/siteproof/belay/internal/auth"
	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/config"
	"github.com/siteproof/belay/internal/experiment"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/httpd"
	"github.com/siteproof/belay/internal/identity"
	"github.com/siteproof/belay/internal/incident"
	"github.com/siteproof/belay/internal/issue"
	"github.com/siteproof/belay/internal/lease"
	"github.com/siteproof/belay/internal/metric"
	"github.com/siteproof/belay/internal/preflight"
	"github.com/siteproof/belay/internal/proposal"
	"github.com/siteproof/belay/internal/rollout"
	"github.com/siteproof/belay/internal/store/duckdb"
	"github.com/siteproof/belay/internal/store/sqldb"
	"github.com/siteproof/belay/internal/stream"
	"github.com/siteproof/belay/internal/telemetry"
	"github.com/siteproof/belay/internal/tenant"
	"github.com/siteproof/belay/internal/transfer"
	"github.com/siteproof/belay/internal/webhook"
)

// Version is stamped by the build.
var Version = "dev"

// TokenFile is the file in the data folder that holds the token for the command line on the same machine.
const TokenFile = "cli.token"

// stopFor bounds how long each part may take to stop.
const stopFor = 10 * time.Second

// confirmedFor is how far back pages are remembered to have confirmed a revision: longer than most tabs stay open. An
// older page that comes back counts as not confirmed until the flags change again.
const confirmedFor = 7 * 24 * time.Hour

// Options are what differs between serve, demo and tests.
type Options struct {
	Config config.Config
	Log    *slog.Logger
	Demo   *api.Demo
}

// App is one running Belay.
type App struct {
	options   Options
	log       *slog.Logger
	journal   *change.Journal
	tenants   *tenant.Service
	auth      *auth.Service
	flags     *flag.Service
	telemetry *telemetry.Service
	events    *duckdb.Store
	issues    *issue.Service
	rollouts  *rollout.Service
	incidents *incident.Service
	preflight *preflight.Service
	score     *metric.Service
	proposals *proposal.Service
	people    *identity.Service
	recent    *identity.Recent
	directory *identity.People
	webhooks  *webhook.Service
	transfer  *transfer.Service
	stream    *stream.Hub
	server    *httpd.Server
	stops     []stop

	experiments *experiment.Service
}

// stop is one part that has to be stopped, last started first.
type stop struct {
	name string
	do   func(context.Context) error
}

// New opens the stores and puts the parts together. Nothing listens yet. On an error all that was opened is closed.
func New(ctx context.Context, o Options) (_ *App, err error) {
	a := &App{options: o, log: o.Log}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Stop(context.WithoutCancel(ctx)))
		}
	}()
	if err := os.MkdirAll(o.Config.DataDir, 0o750); err != nil {
		return nil, fault.New(fault.Unavailable, "the data folder cannot be made: %w", err).Hint("--data names another one")
	}
	db, err := sqldb.Open(ctx, sqldb.Options{Path: filepath.Join(o.Config.DataDir, "control.sqlite"), Logger: a.part("sqldb")})
	if err != nil {
		return nil, err
	}
	a.onStop("control store", func(context.Context) error { return db.Close() })
	events, err := duckdb.Open(ctx, duckdb.Options{Path: filepath.Join(o.Config.DataDir, "telemetry.duckdb"), Logger: a.part("duckdb")})
	if err != nil {
		return nil, err
	}
	a.events = events
	a.onStop("telemetry store", func(context.Context) error { return events.Close() })

	if a.journal, err = change.NewJournal(ctx, db, time.Now); err != nil {
		return nil, err
	}
	a.tenants = tenant.New(sqldb.NewTenants(db), a.journal)
	a.auth = auth.New(auth.Options{Store: sqldb.NewAuth(db), Journal: a.journal})
	a.flags = flag.New(flag.Options{Store: sqldb.NewFlags(db), Journal: a.journal, Logger: a.part("flag")})
	a.webhooks = a.newWebhooks(db)
	a.transfer = transfer.New(transfer.Options{Journal: a.journal, Flags: a.flags, Tenants: a.tenants})
	a.stream = stream.New(stream.Options{
		Logger: a.part("stream"), Revision: func(environmentID string) int64 { return a.flags.Snapshot(environmentID).Revision() },
	})
	people := sqldb.NewIdentities(db)
	a.people, a.recent = identity.New(people), identity.NewRecent()
	a.directory = identity.NewPeople(people, a.recent)
	a.telemetry = telemetry.New(telemetry.Options{Store: events, Logger: a.part("telemetry")})
	a.issues = issue.New(events)
	a.incidents = incident.New(sqldb.NewIncidents(db), a.journal)
	a.preflight = a.newPreflight(db)
	a.experiments = experiment.New(experiment.Options{
		Store: sqldb.NewExperiments(db), Journal: a.journal, Flags: a.flags, Outcomes: events,
	})
	a.score = metric.New(events, time.Now)
	leases := lease.New(sqldb.NewLeases(db))
	a.rollouts = rollout.New(rollout.Options{
		Store: sqldb.NewRollouts(db), Journal: a.journal, Flags: a.flags, Telemetry: a.telemetry, Lease: leases, Logger: a.part("rollout"),
		Checks: a.preflight,
	})
	a.proposals = proposal.New(proposal.Options{
		Store: sqldb.NewProposals(db), Journal: a.journal, Tenants: a.tenants, Flags: a.flags, Rollouts: a.rollouts, Lease: leases,
		Logger: a.part("proposal"), People: a.auth,
	})
	a.issues.SplitBy(a.masterFlag)
	return a, nil
}

// masterFlag is the flag of the newest rollout that has started, by which errors outside of components are counted.
func (a *App) masterFlag(environmentID string) string {
	all, err := a.rollouts.List(context.Background(), environmentID)
	if err != nil {
		return ""
	}
	for _, r := range all {
		if r.StartedAt != nil {
			return r.Flag
		}
	}
	return ""
}

func (a *App) part(name string) *slog.Logger { return a.log.With("component", name) }

func (a *App) onStop(name string, do func(context.Context) error) {
	a.stops = append(a.stops, stop{name, do})
}

// Start loads what is kept in memory, starts the parts and listens.
func (a *App) Start(ctx context.Context) error {
	if err := a.load(ctx); err != nil {
		return err
	}
	a.reactions()
	if err := a.openMissedIncidents(ctx); err != nil {
		return err
	}
	if err := a.telemetry.Start(ctx); err != nil {
		return err
	}
	a.onStop("telemetry", a.telemetry.Stop)
	if err := a.rollouts.StartController(ctx); err != nil {
		return err
	}
	a.onStop("rollout controller", a.rollouts.StopController)
	if err := a.proposals.Start(ctx); err != nil {
		return err
	}
	a.onStop("schedules", a.proposals.Stop)
	if err := a.webhooks.Start(ctx); err != nil {
		return err
	}
	a.onStop("webhooks", a.webhooks.Stop)
	listener, err := listen(ctx, a.options.Config.Listen)
	if err != nil {
		return fault.New(fault.Unavailable, "cannot listen at %s: %w", a.options.Config.Listen, err).
			Hint("another program may listen there; --listen names another address")
	}
	a.server = httpd.NewServer(listener, a.routes(), a.part("httpd"))
	a.server.Start()
	a.onStop("server", a.server.Stop)
	a.onStop("streams", func(context.Context) error { a.stream.Stop(); return nil })
	a.log.InfoContext(ctx, "belay listens", "url", a.URL(), "version", Version, "data", a.options.Config.DataDir)
	return nil
}

// URL is where this Belay answers on this machine.
func (a *App) URL() string { return "http://" + a.server.Addr().String() }

// load fills what is kept in memory and makes what a fresh installation needs.
func (a *App) load(ctx context.Context) error {
	if err := a.tenants.Load(ctx); err != nil {
		return err
	}
	system := change.Actor{Kind: change.System, ID: "belay", Name: "Belay"}
	first := tenant.FirstNames{
		Organisation: "SiteProof", Project: "SiteProof",
		Environments: []tenant.FirstEnvironment{{Key: "production", Name: "Production"}, {Key: "staging", Name: "Staging"}},
	}
	if err := a.tenants.EnsureFirst(ctx, system, first); err != nil {
		return err
	}
	if err := a.flags.Load(ctx); err != nil {
		return err
	}
	if err := a.people.Load(ctx); err != nil {
		return err
	}
	// Pages confirm a revision once. They come back to a Belay that restarted, and it has to know what they hold.
	if err := a.events.Confirmed(ctx, time.Now().Add(-confirmedFor), a.stream.Confirm); err != nil {
		return err
	}
	return a.ensureToken(ctx)
}

// ensureToken lets the command line on the same machine in: the token's secret lies in a file only its owner can read.
func (a *App) ensureToken(ctx context.Context) error {
	secret, err := keepSecret(filepath.Join(a.options.Config.DataDir, TokenFile))
	if err != nil {
		return fmt.Errorf("keep the command line's token: %w", err)
	}
	return a.auth.EnsureToken(ctx, "command line", secret, auth.Administrator)
}

// keepSecret reads the secret of a file, which gets one when it is not there or empty. It is written whole or not at
// all: half a secret would be one that can be guessed.
func keepSecret(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	if secret := strings.TrimSpace(string(text)); secret != "" {
		return secret, nil
	}
	secret := "bly_" + rand.Text()
	half := path + ".new"
	if err := os.WriteFile(half, []byte(secret), 0o600); err != nil {
		return "", err
	}
	return secret, os.Rename(half, path)
}

// Stop ends the parts, last started first, each within its time.
func (a *App) Stop(ctx context.Context) error {
	var failures []error
	for len(a.stops) > 0 {
		last := a.stops[len(a.stops)-1]
		a.stops = a.stops[:len(a.stops)-1]
		bounded, cancel := context.WithTimeout(ctx, stopFor)
		if err := last.do(bounded); err != nil {
			failures = append(failures, fmt.Errorf("stop %s: %w", last.name, err))
		}
		cancel()
	}
	return errors.Join(failures...)
}

// OpenAPI describes the API without opening any store.
func OpenAPI() ([]byte, error) {
	return api.New(api.Options{Version: "1", Log: slog.New(slog.DiscardHandler)}).OpenAPI()
}
