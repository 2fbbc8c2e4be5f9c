package identity

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"unicode/utf8"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/fault"
)

// TraitsChanged is the kind of an Edit in the journal. It names traits and never their values, which are about people.
const TraitsChanged = "identity.traits_changed"

// maxTrait is how long a trait's text may be, in characters, and its name, in bytes, as clients may send them.
const maxTrait = 2000

// Edit changes the traits of an identity by a person's hand: it sets those given and takes away those that are nil. It
// is recorded in the journal. It answers fault.Invalid as Merge does.
func (s *Service) Edit(ctx context.Context, journal *change.Journal, actor change.Actor, reason, environmentID, identifier string, changes Traits) (Traits, error) {
	if identifier == "" {
		return nil, fault.New(fault.Invalid, "no identity was named").At("identifier", "name one")
	}
	if err := checkTraits(changes); err != nil {
		return nil, err
	}
	mu := &s.mu[slot(environmentID, identifier)]
	mu.Lock() // before the transaction, as everybody who merges traits does
	defer mu.Unlock()
	before, err := s.store.Traits(ctx, environmentID, identifier)
	if err != nil {
		return nil, err
	}
	after := Traits{}
	maps.Copy(after, before)
	var set, removed []string
	for _, key := range slices.Sorted(maps.Keys(changes)) {
		value := changes[key]
		old, known := before[key]
		switch {
		case value == nil && known:
			delete(after, key)
			removed = append(removed, key)
		case value != nil && (!known || old != value):
			after[key] = value
			set = append(set, key)
		}
	}
	if len(after) > MaxTraits && len(after) > len(before) {
		return nil, fault.New(fault.Invalid, "an identity has at most %d traits", MaxTraits)
	}
	_, err = journal.Commit(ctx, actor, reason, func(ctx context.Context) error {
		if len(set)+len(removed) == 0 {
			return nil
		}
		if err := s.store.SaveTraits(ctx, environmentID, identifier, after); err != nil {
			return err
		}
		what, err := json.Marshal(map[string][]string{"set": orEmpty(set), "removed": orEmpty(removed)})
		if err != nil {
			return err
		}
		return change.Record(ctx, change.Change{Kind: TraitsChanged, EnvironmentID: environmentID, Subject: identifier, After: what})
	})
	return after, err
}

// checkTraits refuses what no client can send as a trait.
func checkTraits(changes Traits) error {
	for key, value := range changes {
		if key == "" || len(key) > maxTrait {
			return fault.New(fault.Invalid, "a trait's name has 1 to %d bytes", maxTrait).At("traits", "%q", key)
		}
		switch v := value.(type) {
		case nil, bool, json.Number:
			continue
		case string:
			if utf8.RuneCountInString(v) <= maxTrait {
				continue
			}
		}
		return fault.New(fault.Invalid, "the trait %q cannot be kept like this", key).
			At("traits."+key, "text of at most %d characters, a number, true, false, or null to take it away", maxTrait)
	}
	return nil
}

func orEmpty(names []string) []string {
	if names == nil {
		return []string{}
	}
	return names
}
