package webhook

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/egress"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/id"
)

// Store keeps hooks and the queue of each. Its methods run in the transaction of ctx when there is one.
type Store interface {
	// Hooks gives those of an environment, or of all when it is "", oldest first.
	Hooks(ctx context.Context, environmentID string) ([]Hook, error)
	SaveHook(ctx context.Context, h Hook) error
	RemoveHook(ctx context.Context, hookID string) error
	// Enqueue appends deliveries and moves the hook's cursor in one transaction; it gives them their numbers.
	Enqueue(ctx context.Context, hookID string, cursor int64, deliveries []Delivery) error
	// Heads gives the oldest pending delivery of each hook.
	Heads(ctx context.Context) ([]Delivery, error)
	SaveDelivery(ctx context.Context, d Delivery) error
	// Deliveries gives the newest first, at most limit.
	Deliveries(ctx context.Context, hookID string, limit int) ([]Delivery, error)
	// Forget removes all but the newest delivered ones.
	Forget(ctx context.Context, hookID string, keep int) error
}

// Sender calls an address. egress.Client is one.
type Sender interface {
	Check(address string) error
	Send(ctx context.Context, r egress.Request) (egress.Answer, error)
}

// Lease gives a duty to one node at a time.
type Lease interface {
	Acquire(ctx context.Context, duty, holder string, ttl time.Duration) (held bool, epoch int64, err error)
	Release(ctx context.Context, duty, holder string) error
}

// Options are what a Service needs. All are required but Now and Jitter.
type Options struct {
	Store   Store
	Journal *change.Journal
	Sender  Sender
	Lease   Lease
	Logger  *slog.Logger
	// Environment gives the key of an environment, for messages.
	Environment func(environmentID string) string
	Now         func() time.Time
}

// Service keeps hooks and sends to them.
type Service struct {
	Options
	wake   chan struct{}
	holder string
	stop   context.CancelFunc
	done   chan struct{}

	mu     sync.Mutex
	flying map[string]bool // hooks to which something is on its way
	sends  sync.WaitGroup
	places chan struct{}
}

// New makes the service; Start begins to send.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Service{Options: o, wake: make(chan struct{}, 1), holder: id.New("nod"), flying: map[string]bool{}, places: make(chan struct{}, atOnce)}
}

// NewHook is what people say about a hook.
type NewHook struct {
	URL         string
	Description string
	Kinds       []string
}

// Add makes a hook and gives its secret, which nobody is shown again.
func (s *Service) Add(ctx context.Context, actor change.Actor, reason, environmentID string, n NewHook) (Hook, string, error) {
	h := Hook{
		ID: id.New("whk"), EnvironmentID: environmentID, URL: n.URL, Description: n.Description, Kinds: n.Kinds,
		CreatedAt: s.Now().UTC().Truncate(time.Microsecond), Secret: newSecret(),
	}
	if err := s.check(&h); err != nil {
		return Hook{}, "", err
	}
	err := s.commit(ctx, actor, reason, "webhook.created", nil, &h, func(ctx context.Context) error {
		all, err := s.Store.Hooks(ctx, environmentID)
		if err != nil {
			return err
		}
		if len(all) >= MaxHooks {
			return fault.New(fault.Conflict, "the environment has %d webhooks already", MaxHooks).Hint("remove those that nobody needs")
		}
		h.Cursor, err = s.Journal.Next(ctx)
		return err
	})
	return h, h.Secret, err
}

func (s *Service) check(h *Hook) error {
	if err := h.check(); err != nil {
		return err
	}
	return s.Sender.Check(h.URL)
}

// commit writes one hook, or removes it when after is nil, and records it.
func (s *Service) commit(ctx context.Context, actor change.Actor, reason, kind string, before, after *Hook, first func(context.Context) error) error {
	_, err := s.Journal.Commit(ctx, actor, reason, func(ctx context.Context) error {
		if first != nil {
			if err := first(ctx); err != nil {
				return err
			}
		}
		is := cmp.Or(after, before)
		recorded := change.Change{Kind: kind, EnvironmentID: is.EnvironmentID, Subject: is.ID}
		if err := change.RecordValues(ctx, recorded, before, after); err != nil {
			return err
		}
		if after == nil {
			return s.Store.RemoveHook(ctx, before.ID)
		}
		return s.Store.SaveHook(ctx, *after)
	})
	return err
}

// List gives the hooks of an environment, oldest first.
func (s *Service) List(ctx context.Context, environmentID string) ([]Hook, error) {
	return s.Store.Hooks(ctx, environmentID)
}

// Find gives one hook, or fault.NotFound.
func (s *Service) Find(ctx context.Context, hookID string) (Hook, error) {
	all, err := s.Store.Hooks(ctx, "")
	if err != nil {
		return Hook{}, err
	}
	if at := slices.IndexFunc(all, func(h Hook) bool { return h.ID == hookID }); at >= 0 {
		return all[at], nil
	}
	return Hook{}, fault.New(fault.NotFound, "there is no webhook %q", hookID).Hint("belay webhook list shows them")
}

// Patch names what is to change about a hook; what is nil stays.
type Patch struct {
	URL         *string
	Description *string
	Kinds       *[]string
	Enabled     *bool
}

// Change applies a patch. A hook that is enabled again is sent what waited, and what happened meanwhile.
func (s *Service) Change(ctx context.Context, actor change.Actor, reason, hookID string, p Patch) (Hook, error) {
	before, err := s.Find(ctx, hookID)
	if err != nil {
		return Hook{}, err
	}
	after := before
	if p.URL != nil {
		after.URL = *p.URL
	}
	if p.Description != nil {
		after.Description = *p.Description
	}
	if p.Kinds != nil {
		after.Kinds = *p.Kinds
	}
	if p.Enabled != nil {
		if after.Disabled = ""; !*p.Enabled {
			after.Disabled = "switched off by " + actor.Name
		}
	}
	if err := s.check(&after); err != nil {
		return Hook{}, err
	}
	err = s.commit(ctx, actor, reason, "webhook.updated", &before, &after, func(ctx context.Context) error {
		return s.again(ctx, hookID, before.Disabled != "" && after.Disabled == "")
	})
	s.Wake()
	return after, err
}

// again lets what waits be sent at once, with a day of patience from now on.
func (s *Service) again(ctx context.Context, hookID string, enabled bool) error {
	if !enabled {
		return nil
	}
	heads, err := s.Store.Heads(ctx)
	if err != nil {
		return err
	}
	for _, d := range heads {
		if d.HookID == hookID {
			d.NextAt, d.FirstAt = s.Now(), nil
			return s.Store.SaveDelivery(ctx, d)
		}
	}
	return nil
}

// Remove ends a hook and forgets its deliveries.
func (s *Service) Remove(ctx context.Context, actor change.Actor, reason, hookID string) error {
	h, err := s.Find(ctx, hookID)
	if err != nil {
		return err
	}
	return s.commit(ctx, actor, reason, "webhook.removed", &h, nil, nil)
}

// Rotate makes a new secret and gives it. For a day what is sent is signed with the old one, too.
func (s *Service) Rotate(ctx context.Context, actor change.Actor, reason, hookID string) (string, error) {
	before, err := s.Find(ctx, hookID)
	if err != nil {
		return "", err
	}
	after, until := before, s.Now().Add(oldSecretFor)
	after.OldSecret, after.OldSecretUntil, after.Secret = before.Secret, &until, newSecret()
	return after.Secret, s.commit(ctx, actor, reason, "webhook.rotated", &before, &after, nil)
}

// Ping sends a message without a change through the queue and gives it as it was put there.
func (s *Service) Ping(ctx context.Context, hookID string) (Delivery, error) {
	h, err := s.Find(ctx, hookID)
	if err != nil {
		return Delivery{}, err
	}
	if h.Disabled != "" {
		return Delivery{}, fault.New(fault.Conflict, "the webhook is off: %s", h.Disabled).Hint("switch it on first")
	}
	d, err := s.delivery(&h, "ping", nil)
	if err != nil {
		return Delivery{}, err
	}
	if err := s.Store.Enqueue(ctx, h.ID, h.Cursor, []Delivery{d}); err != nil {
		return Delivery{}, err
	}
	s.Wake()
	return d, nil
}

// Redeliver sends a delivery once more. It keeps its id, by which receivers know it.
func (s *Service) Redeliver(ctx context.Context, hookID, deliveryID string) error {
	all, err := s.Store.Deliveries(ctx, hookID, keptDeliveries)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(all, func(d Delivery) bool { return d.ID == deliveryID })
	if at < 0 {
		return fault.New(fault.NotFound, "there is no delivery %q any more", deliveryID)
	}
	d := all[at]
	d.State, d.NextAt, d.FirstAt = Pending, s.Now(), nil
	if err := s.Store.SaveDelivery(ctx, d); err != nil {
		return err
	}
	s.Wake()
	return nil
}

// Deliveries lists what was sent to a hook lately and what waits, newest first.
func (s *Service) Deliveries(ctx context.Context, hookID string) ([]Delivery, error) {
	if _, err := s.Find(ctx, hookID); err != nil {
		return nil, err
	}
	return s.Store.Deliveries(ctx, hookID, shownDeliveries)
}

func (s *Service) delivery(h *Hook, kind string, c *change.Commit) (Delivery, error) {
	now := s.Now().UTC().Truncate(time.Microsecond)
	d := Delivery{ID: id.New("whd"), HookID: h.ID, State: Pending, CreatedAt: now, NextAt: now}
	if c != nil {
		d.Revision = c.Revision
	}
	var err error
	d.Body, err = encode(Message{ID: d.ID, Type: kind, Environment: s.Environment(h.EnvironmentID), Commit: c})
	return d, err
}
