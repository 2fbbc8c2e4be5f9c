package tenant

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/fault"
)

// Side says which kind of key opened an environment.
type Side string

// The sides.
const (
	Client Side = "client" // public: it ships in web pages
	Server Side = "server" // secret: it may see everything of its environment
)

// Environment is one environment of a project with the keys that open it. No key is ever in the journal.
type Environment struct {
	ID           string `json:"id"`
	Key          string `json:"key"` // production; unique within the installation
	Name         string `json:"name"`
	ProjectID    string `json:"project_id"`
	Project      string `json:"project"` // the project's name
	Organisation string `json:"organisation"`
	ClientKey    string `json:"-"` // the newest
	ServerKey    string `json:"-"` // the newest
	// HashKey is what people are spread by: the client key that the environment was made with, or the one that it adopted
	// before it had flags. It never changes after that, so that nobody moves to another variant when a key is replaced.
	HashKey  string   `json:"-"`
	Settings Settings `json:"settings"`
}

// Store keeps tenants.
type Store interface {
	// Environments gives every environment without its keys but with its HashKey, oldest first.
	Environments(ctx context.Context) ([]Environment, error)
	AddOrganisation(ctx context.Context, organisationID, name string) error
	AddProject(ctx context.Context, projectID, organisationID, name string) error
	AddEnvironment(ctx context.Context, e Environment) error
	// SaveEnvironment writes the name and the settings of one that exists.
	SaveEnvironment(ctx context.Context, e Environment) error
	SaveHashKey(ctx context.Context, environmentID, key string) error
	// Keys gives every key, oldest first.
	Keys(ctx context.Context) ([]Key, error)
	AddKey(ctx context.Context, k Key) error
	RemoveKey(ctx context.Context, keyID string) error
}

// Service answers from memory which environment a key opens.
type Service struct {
	store   Store
	journal *change.Journal
	loading sync.Mutex
	view    atomic.Pointer[view]
}

// view is everything, found by key.
type view struct {
	all    []Environment
	keys   []Key
	opened map[string]opened
	hashes map[string]Environment // by HashKey
}

type opened struct {
	environment Environment
	side        Side
	used        *atomic.Int64 // of a key that was replaced: when it was last used, in seconds since 1970; otherwise nil
}

// New makes the service; Load fills it.
func New(store Store, journal *change.Journal) *Service {
	s := &Service{store: store, journal: journal}
	s.view.Store(&view{})
	return s
}

// Load reads every environment and key.
func (s *Service) Load(ctx context.Context) error {
	s.loading.Lock()
	defer s.loading.Unlock()
	all, err := s.store.Environments(ctx)
	if err != nil {
		return err
	}
	keys, err := s.store.Keys(ctx)
	if err != nil {
		return err
	}
	before := s.view.Load()
	v := &view{all: all, keys: keys, opened: make(map[string]opened, len(keys)), hashes: make(map[string]Environment, len(all))}
	for i := range all {
		e := &all[i]
		e.ClientKey, e.ServerKey = newest(keys, e.ID, Client), newest(keys, e.ID, Server)
		v.hashes[e.HashKey] = *e
		for _, k := range keys {
			if k.EnvironmentID == e.ID {
				v.opened[k.Secret] = opened{*e, k.Side, k.watch(*e, before)}
			}
		}
	}
	s.view.Store(v)
	return nil
}

// newest is the secret of the youngest key of a side.
func newest(keys []Key, environmentID string, side Side) string {
	for _, k := range slices.Backward(keys) {
		if k.EnvironmentID == environmentID && k.Side == side {
			return k.Secret
		}
	}
	return ""
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
			Hint("compare it with the one in the console; it may belong to another Belay, or have been revoked")
	}
	if found.used != nil {
		if now := time.Now().Unix(); found.used.Load() != now {
			found.used.Store(now)
		}
	}
	return found.environment, found.side, nil
}

// OpenStream gives the environment whose stream a client key may follow. Servers that evaluate themselves name the
// HashKey here, which they have from the document, whichever key opened that; it tells them that something changed and
// nothing else, so it goes on when the key is revoked.
func (s *Service) OpenStream(key string) (Environment, error) {
	v := s.view.Load()
	if e, known := v.hashes[key]; known {
		return e, nil
	}
	if found, known := v.opened[key]; known && found.side == Client {
		return found.environment, nil
	}
	return Environment{}, fault.New(fault.NotFound, "no environment has this client key")
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
