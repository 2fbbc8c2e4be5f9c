package tenant

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"regexp"
	"slices"
	"sync/atomic"
	"time"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/id"
)

const (
	clientPrefix = "cli_"
	// serverPrefix marks server keys, as Flagsmith's clients expect.
	serverPrefix = "ser."
	// maxKeys is how many keys of one side an environment may have at once: the one in use and those on their way out.
	maxKeys = 5
)

// adoptedForm is what a client key from elsewhere may look like. Flagsmith's have 22 letters and digits.
var adoptedForm = regexp.MustCompile(`^[A-Za-z0-9_-]{16,100}$`)

// Key opens one side of an environment. An older one goes on beside the newest until it is revoked.
type Key struct {
	ID            string    `json:"id"`
	EnvironmentID string    `json:"environment_id"`
	Side          Side      `json:"side"`
	Secret        string    `json:"-"`
	MadeAt        time.Time `json:"made_at"` // 1970 when it is as old as the installation
	// Adopted says in the journal that it comes from elsewhere.
	Adopted bool `json:"adopted,omitempty"`
	// UsedAt is when a key that was replaced was last used, since this Belay started; nil for the newest one and for one
	// that was not used.
	UsedAt *time.Time `json:"-"`
}

func newKey(environmentID string, side Side) Key {
	prefix := clientPrefix
	if side == Server {
		prefix = serverPrefix
	}
	return Key{
		ID: id.New("key"), EnvironmentID: environmentID, Side: side, Secret: prefix + rand.Text(),
		MadeAt: time.Now().UTC().Truncate(time.Microsecond),
	}
}

// watch gives the place where the use of a replaced key is noted: the newest ones are used all the time.
func (k Key) watch(e Environment, before *view) *atomic.Int64 {
	if k.Secret == e.ClientKey || k.Secret == e.ServerKey {
		return nil
	}
	if was, known := before.opened[k.Secret]; known && was.used != nil {
		return was.used
	}
	return new(atomic.Int64)
}

// Keys lists the keys of an environment, newest first.
func (s *Service) Keys(environmentID string) []Key {
	v := s.view.Load()
	var out []Key
	for _, k := range slices.Backward(v.keys) {
		if k.EnvironmentID != environmentID {
			continue
		}
		if used := v.opened[k.Secret].used; used != nil {
			if seconds := used.Load(); seconds > 0 {
				at := time.Unix(seconds, 0).UTC()
				k.UsedAt = &at
			}
		}
		out = append(out, k)
	}
	return out
}

// AddKey makes a new key of one side. Those before it go on until they are revoked.
func (s *Service) AddKey(ctx context.Context, actor change.Actor, reason, environment string, side Side) (Key, error) {
	if side != Client && side != Server {
		return Key{}, fault.New(fault.Invalid, "a key is for the client or the server, not for %q", side).At("side", "client or server")
	}
	var made Key
	err := s.commit(ctx, actor, reason, func(ctx context.Context) error {
		e, err := s.Find(environment)
		if err != nil {
			return err
		}
		made = newKey(e.ID, side)
		return s.addKey(ctx, e, made, nil)
	})
	return made, err
}

// KeyAdded is the kind of change that a new key is.
const KeyAdded = "environment.key_added"

// Adoption is what it takes to adopt a key: what a change of kind KeyAdded needs when it is made later.
type Adoption struct {
	Secret string `json:"secret"`
	Spread bool   `json:"spread"`
}

// AdoptKey lets a client key that apps have from elsewhere open an environment, as its newest. What it opens already stays
// as it is. With spread people are spread by it from now on, as they were where it comes from: only right for an
// environment that spreads nobody yet.
func (s *Service) AdoptKey(ctx context.Context, actor change.Actor, reason, environment, secret string, spread bool) (Key, error) {
	var adopted Key
	err := s.commit(ctx, actor, reason, func(ctx context.Context) error {
		e, err := s.Find(environment)
		if err != nil {
			return err
		}
		opens, err := s.CheckAdoption(e.ID, secret)
		if err != nil {
			return err
		}
		if opens {
			keys := s.keysOf(e.ID, Client)
			adopted = keys[slices.IndexFunc(keys, func(k Key) bool { return k.Secret == secret })]
			return nil
		}
		adopted = newKey(e.ID, Client)
		adopted.Secret, adopted.Adopted = secret, true
		if spread {
			if err := s.store.SaveHashKey(ctx, e.ID, secret); err != nil {
				return err
			}
		}
		needs, err := json.Marshal(Adoption{Secret: secret, Spread: spread})
		if err != nil {
			return err
		}
		return s.addKey(ctx, e, adopted, needs)
	})
	return adopted, err
}

// CheckAdoption says whether a client key from elsewhere opens an environment already, and what is in the way otherwise.
func (s *Service) CheckAdoption(environmentID, secret string) (opens bool, err error) {
	v := s.view.Load()
	if found, known := v.opened[secret]; known && found.environment.ID == environmentID && found.side == Client {
		return true, nil
	} else if known {
		return false, fault.New(fault.Conflict, "the key %s opens something else here already", secret).At("secret", "in use").
			Hint("a key opens one environment")
	}
	if other, known := v.hashes[secret]; known && other.ID != environmentID {
		return false, fault.New(fault.Conflict, "people of %s are spread by the key %s", other.Name, secret).At("secret", "in use").
			Hint("a key opens one environment")
	}
	if !adoptedForm.MatchString(secret) {
		return false, fault.New(fault.Invalid, "this cannot be a client key").At("secret", "16 to 100 letters, digits, _ and -")
	}
	return false, nil
}

// addKey writes a key inside the commit under way.
func (s *Service) addKey(ctx context.Context, e Environment, k Key, needs json.RawMessage) error {
	if len(s.keysOf(e.ID, k.Side)) >= maxKeys {
		return fault.New(fault.Conflict, "%s has %d %s keys already", e.Name, maxKeys, k.Side).Hint("revoke those that nobody uses any more")
	}
	if err := s.store.AddKey(ctx, k); err != nil {
		return err
	}
	return change.RecordValues(ctx, change.Change{Kind: KeyAdded, EnvironmentID: e.ID, Subject: e.Key, Needs: needs}, nil, &k)
}

// RevokeKey ends a key at once. It answers fault.Conflict for the only key of its side.
func (s *Service) RevokeKey(ctx context.Context, actor change.Actor, reason, environment, keyID string) error {
	return s.commit(ctx, actor, reason, func(ctx context.Context) error {
		e, err := s.Find(environment)
		if err != nil {
			return err
		}
		keys := s.view.Load().keys
		at := slices.IndexFunc(keys, func(k Key) bool { return k.ID == keyID && k.EnvironmentID == e.ID })
		if at < 0 {
			return fault.New(fault.NotFound, "%s has no key %q", e.Name, keyID).Hint("belay environment keys shows them")
		}
		revoked := keys[at]
		if len(s.keysOf(e.ID, revoked.Side)) == 1 {
			return fault.New(fault.Conflict, "this is the only %s key of %s: without it nobody gets flags", revoked.Side, e.Name).
				Hint("make a new one first, and bring it to where this one is used")
		}
		if err := s.store.RemoveKey(ctx, keyID); err != nil {
			return err
		}
		before, err := json.Marshal(revoked)
		if err != nil {
			return err
		}
		return change.Record(ctx, change.Change{Kind: "environment.key_revoked", EnvironmentID: e.ID, Subject: e.Key, Before: before})
	})
}

func (s *Service) keysOf(environmentID string, side Side) []Key {
	return slices.DeleteFunc(slices.Clone(s.view.Load().keys), func(k Key) bool { return k.EnvironmentID != environmentID || k.Side != side })
}
