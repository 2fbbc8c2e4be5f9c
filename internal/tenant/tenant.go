package tenant

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/id"
)

// serverPrefix marks server keys, as Flagsmith's clients expect.
const serverPrefix = "ser."

// Side says which kind of key opened an environment.
type Side string

// The sides.
const (
	Client Side = "client" // public: it ships in web pages
	Server Side = "server" // secret: it may see everything of its environment
)

// Environment is one environment of a project with the keys that open it.
type Environment struct {
	ID           string   `json:"id"`
	Key          string   `json:"key"` // production; unique within the installation
	Name         string   `json:"name"`
	ProjectID    string   `json:"project_id"`
	Project      string   `json:"project"` // the project's name
	Organisation string   `json:"organisation"`
	ClientKey    string   `json:"client_key"`
	ServerKey    string   `json:"-"` // never in the journal
	Settings     Settings `json:"settings"`
}

// Store keeps tenants.
type Store interface {
	Environments(ctx context.Context) ([]Environment, error)
	AddOrganisation(ctx context.Context, organisationID, name string) error
	AddProject(ctx context.Context, projectID, organisationID, name string) error
	AddEnvironment(ctx context.Context, e Environment) error
	// SaveEnvironment writes the name and the settings of one that exists.
	SaveEnvironment(ctx context.Context, e Environment) error
}

// Service answers from memory which environment a key opens.
type Service struct {
	store   Store
	journal *change.Journal
	view    atomic.Pointer[view]
}

// view is everything, found by key.
type view struct {
	all    []Environment
	opened map[string]opened
}

type opened struct {
	environment Environment
	side        Side
}

// New makes the service; Load fills it.
func New(store Store, journal *change.Journal) *Service {
	s := &Service{store: store, journal: journal}
	s.view.Store(&view{})
	return s
}

// Load reads every environment.
func (s *Service) Load(ctx context.Context) error {
	all, err := s.store.Environments(ctx)
	if err != nil {
		return err
	}
	v := &view{all: all, opened: make(map[string]opened, 2*len(all))}
	for _, e := range all {
		v.opened[e.ClientKey] = opened{e, Client}
		v.opened[e.ServerKey] = opened{e, Server}
	}
	s.view.Store(v)
	return nil
}

// Open gives the environment that a key opens, and which kind of key it is.
func (s *Service) Open(key string) (Environment, Side, error) {
	if key == "" {
		return Environment{}, "", fault.New(fault.Unauthenticated, "no environment key was sent").
			Hint("send the client key of the environment; the console shows it under Environments")
	}
	found, known := s.view.Load().opened[key]
	if !known {
		return Environment{}, "", fault.New(fault.Unauthenticated, "this environment key opens nothing here").
			Hint("compare it with the one in the console; it may belong to another Belay")
	}
	return found.environment, found.side, nil
}

// Environments lists every environment.
func (s *Service) Environments() []Environment { return slices.Clone(s.view.Load().all) }

// Find gives one environment by its id or its key.
func (s *Service) Find(idOrKey string) (Environment, error) {
	var keys []string
	for _, e := range s.view.Load().all {
		if e.ID == idOrKey || e.Key == idOrKey {
			return e, nil
		}
		keys = append(keys, e.Key)
	}
	return Environment{}, fault.New(fault.NotFound, "there is no environment %q", idOrKey).Hint("there are: %s", strings.Join(keys, ", "))
}

// FirstNames are what a fresh installation begins with.
type FirstNames struct {
	Organisation string
	Project      string
	Environments []FirstEnvironment
}

// FirstEnvironment is one environment of a fresh installation.
type FirstEnvironment struct{ Key, Name string }

// EnsureFirst makes the first organisation, project and environments when nothing exists yet.
func (s *Service) EnsureFirst(ctx context.Context, actor change.Actor, names FirstNames) error {
	if len(s.view.Load().all) > 0 {
		return nil
	}
	_, err := s.journal.Commit(ctx, actor, "a fresh installation begins", func(ctx context.Context) error {
		organisation, project := id.New("org"), id.New("prj")
		if err := s.store.AddOrganisation(ctx, organisation, names.Organisation); err != nil {
			return err
		}
		if err := s.store.AddProject(ctx, project, organisation, names.Project); err != nil {
			return err
		}
		for _, first := range names.Environments {
			e := Environment{
				ID: id.New("env"), Key: first.Key, Name: first.Name, ProjectID: project, Project: names.Project,
				Organisation: names.Organisation, ClientKey: "cli_" + rand.Text(), ServerKey: serverPrefix + rand.Text(),
			}
			if err := s.store.AddEnvironment(ctx, e); err != nil {
				return err
			}
			after, err := json.Marshal(e)
			if err != nil {
				return err
			}
			if err := change.Record(ctx, change.Change{Kind: "environment.created", EnvironmentID: e.ID, Subject: e.Key, After: after}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.Load(ctx)
}
