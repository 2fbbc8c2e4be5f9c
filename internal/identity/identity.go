// Package identity remembers the traits that clients asked to keep about people. Somebody without such traits has no
// row, and an evaluation that changes nothing writes nothing.
package identity

import (
	"context"
	"maps"
	"sync"

	"github.com/siteproof/belay/internal/fault"
)

// MaxTraits is how many traits are kept of one identity.
const MaxTraits = 500

// locks spread the identities, so that two requests for one identity do not lose each other's traits.
const locks = 64

// Traits are what is known of one identity: strings, bools and json.Number. Those that Service gives are not to be
// changed.
type Traits map[string]any

// Store keeps traits.
type Store interface {
	// Traits gives an identity's traits, none when it is not known.
	Traits(ctx context.Context, environmentID, identifier string) (Traits, error)
	// SaveTraits replaces an identity's traits; without any the identity is forgotten.
	SaveTraits(ctx context.Context, environmentID, identifier string, traits Traits) error
	// Identities visits everybody of whom traits are kept.
	Identities(ctx context.Context, visit func(environmentID, identifier string)) error
}

// Service reads and merges traits.
type Service struct {
	store *cache
	mu    [locks]sync.Mutex
}

// New makes the service. It answers from memory what it can; nobody else must write to the store.
func New(store Store) *Service { return &Service{store: newCache(store)} }

// Load learns who is known, so that nothing is read for all the others. Without it the service answers the same, slower.
func (s *Service) Load(ctx context.Context) error { return s.store.load(ctx) }

// Find gives an identity's traits.
func (s *Service) Find(ctx context.Context, environmentID, identifier string) (Traits, error) {
	mu := &s.mu[slot(environmentID, identifier)]
	mu.Lock()
	defer mu.Unlock()
	return s.store.Traits(ctx, environmentID, identifier)
}

// Merge sets traits of an identity, takes away those that are nil, and gives the whole set. Nothing is written when
// nothing changes. It answers fault.Invalid when the identity would have more than MaxTraits.
func (s *Service) Merge(ctx context.Context, environmentID, identifier string, changes Traits) (Traits, error) {
	return s.Update(ctx, environmentID, identifier, func(Traits) (Traits, error) { return changes, nil })
}

// Update is Merge with changes that depend on what is known. They are made while nobody else changes that identity.
func (s *Service) Update(ctx context.Context, environmentID, identifier string, change func(Traits) (Traits, error)) (Traits, error) {
	mu := &s.mu[slot(environmentID, identifier)]
	mu.Lock()
	defer mu.Unlock()
	before, err := s.store.Traits(ctx, environmentID, identifier)
	if err != nil {
		return nil, err
	}
	changes, err := change(before)
	if err != nil {
		return nil, err
	}
	if !differ(before, changes) {
		return before, nil
	}
	after := Traits{}
	maps.Copy(after, before)
	for key, value := range changes {
		if value == nil {
			delete(after, key)
		} else {
			after[key] = value
		}
	}
	if len(after) > MaxTraits && len(after) > len(before) {
		return nil, fault.New(fault.Invalid, "an identity has at most %d traits", MaxTraits).Hint("send traits that need not be kept as transient")
	}
	return after, s.store.SaveTraits(ctx, environmentID, identifier, after)
}

// differ says whether changes would change anything.
func differ(before, changes Traits) bool {
	for key, value := range changes {
		if old, known := before[key]; known != (value != nil) || old != value {
			return true
		}
	}
	return false
}

func slot(environmentID, identifier string) uint32 {
	h := uint32(2166136261) // FNV-1a
	for _, text := range []string{environmentID, identifier} {
		for _, c := range []byte(text) {
			h = (h ^ uint32(c)) * 16777619
		}
	}
	return h % locks
}
