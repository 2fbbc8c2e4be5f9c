package identity

import (
	"encoding/json"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// recentPlaces is how many people of one environment are remembered for having asked lately.
	recentPlaces = 4096
	// recentEnvironments bounds for how many environments that is done.
	recentEnvironments = 64
	// recentTraits is how many traits of one of them are remembered; whoever sends more is not.
	recentTraits = 50
	// recentText is how many bytes a text among them may have.
	recentText = 256
	// everyNth is how many requests there are to one that is remembered, once as many have come as there are places.
	everyNth = 16
)

// Recent remembers some of those who asked for flags lately, with the traits they sent, in memory only. It takes a place
// for each by their identifier, so it never grows beyond its places and nobody waits for anybody. It is safe for
// concurrent use.
type Recent struct {
	mu           sync.RWMutex
	environments map[string]*lately
}

type lately struct {
	requests atomic.Uint64
	places   [recentPlaces]atomic.Pointer[Person]
}

// NewRecent makes an empty one.
func NewRecent() *Recent { return &Recent{environments: map[string]*lately{}} }

// Saw takes note of one request. The traits are copied when they are kept.
func (r *Recent) Saw(environmentID, identifier string, traits map[string]any) {
	if identifier == "" || len(identifier) > recentText || len(traits) > recentTraits {
		return
	}
	l := r.of(environmentID)
	if l == nil {
		return
	}
	if n := l.requests.Add(1); n > recentPlaces && n%everyNth != 0 {
		return
	}
	for key, value := range traits {
		if text, is := value.(string); len(key) > recentText || (is && len(text) > recentText) || !scalar(value) {
			return
		}
	}
	l.places[slotOf(identifier)].Store(&Person{Identifier: strings.Clone(identifier), Traits: own(traits), UpdatedAt: time.Now()})
}

// own is a copy that holds on to nothing of the request: texts may be parts of a long one.
func own(traits map[string]any) Traits {
	out := make(Traits, len(traits))
	for key, value := range traits {
		switch v := value.(type) {
		case string:
			value = strings.Clone(v)
		case json.Number:
			value = json.Number(strings.Clone(string(v)))
		}
		out[strings.Clone(key)] = value
	}
	return out
}

func scalar(value any) bool {
	switch value.(type) {
	case map[string]any, []any:
		return false
	}
	return true
}

func slotOf(identifier string) uint32 {
	h := uint32(2166136261) // FNV-1a
	for i := range len(identifier) {
		h = (h ^ uint32(identifier[i])) * 16777619
	}
	return h % recentPlaces
}

// of gives the places of an environment; nil when there are too many environments.
func (r *Recent) of(environmentID string) *lately {
	r.mu.RLock()
	l := r.environments[environmentID]
	r.mu.RUnlock()
	if l != nil {
		return l
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if l = r.environments[environmentID]; l == nil && len(r.environments) < recentEnvironments {
		l = &lately{}
		r.environments[environmentID] = l
	}
	return l
}

// people are those remembered now, by identifier.
func (r *Recent) people(environmentID string) map[string]Person {
	r.mu.RLock()
	l := r.environments[environmentID]
	r.mu.RUnlock()
	out := map[string]Person{}
	if l == nil {
		return out
	}
	for i := range l.places {
		if p := l.places[i].Load(); p != nil {
			out[p.Identifier] = *p
		}
	}
	return out
}

// Find gives the traits that somebody sent lately, none when they are not remembered.
func (r *Recent) Find(environmentID, identifier string) Traits {
	r.mu.RLock()
	l := r.environments[environmentID]
	r.mu.RUnlock()
	if l == nil {
		return nil
	}
	if p := l.places[slotOf(identifier)].Load(); p != nil && p.Identifier == identifier {
		return p.Traits
	}
	return nil
}
