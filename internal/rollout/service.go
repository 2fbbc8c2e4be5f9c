package rollout

import (
	"cmp"
	"context"
	"fmt"
	"hash/fnv"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/id"
	"github.com/siteproof/belay/internal/telemetry"
)

// Flags is what a rollout needs of flags.
type Flags interface {
	Snapshot(environmentID string) *flag.Snapshot
	Change(ctx context.Context, actor change.Actor, reason, environmentID, key string, p flag.Patch) (flag.Flag, error)
	SetSplit(ctx context.Context, actor change.Actor, reason, environmentID, key string, split *flag.Split) (flag.Flag, error)
}

// Events is what a rollout needs of telemetry: the past, to begin where it was after a restart.
type Events interface {
	Scan(ctx context.Context, environmentID string, from, to time.Time, fn func(telemetry.Event) error) error
	Fingerprints(ctx context.Context, environmentID string, from, to time.Time) ([]string, error)
	// Percentile is the value that a share of the values of events of a kind and name does not exceed, and how many there are.
	Percentile(ctx context.Context, environmentID string, kind telemetry.Kind, name string, share float64, from, to time.Time) (value float64, values int64, err error)
	LastEventAt(environmentID string) time.Time
}

// Lease lets one node decide.
type Lease interface {
	Acquire(ctx context.Context, duty, holder string, ttl time.Duration) (held bool, epoch int64, err error)
	Release(ctx context.Context, duty, holder string) error
}

// Options are what the service needs. Now and Every have defaults.
type Options struct {
	Store     Store
	Journal   *change.Journal
	Flags     Flags
	Telemetry Events
	Lease     Lease
	Logger    *slog.Logger
	Checks    Checks                        // nil: nothing is ever missing
	Now       func() time.Time              // time.Now
	Every     time.Duration                 // how often is decided at least; 500 ms
	Salt      func(rolloutID string) string // how a new rollout gets its salt; saltOf
}

// TakenBack is announced after something went back.
type TakenBack struct {
	Rollout    Rollout
	Components []string // empty: everything
	Decision   Decision
}

// Service plans rollouts and moves them.
type Service struct {
	Options
	controller
	listeners []func(context.Context, TakenBack)
	told      []func(context.Context, Alerted)
	// moves lets one move of any rollout happen at a time, so that a person and the controller do not cross.
	moves sync.Mutex
}

// New makes the service.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Every == 0 {
		o.Every = 500 * time.Millisecond
	}
	if o.Salt == nil {
		o.Salt = saltOf
	}
	return &Service{Options: o, controller: newController()}
}

// OnRolledBack has fn called after something went back. To be called before the controller starts.
func (s *Service) OnRolledBack(fn func(context.Context, TakenBack)) {
	s.listeners = append(s.listeners, fn)
}

// Alerted is announced after guards told something that takes nothing back.
type Alerted struct {
	Rollout  Rollout
	Alerts   []Alert
	Decision Decision
}

// OnAlert has fn called after guards told something. To be called before the controller starts.
func (s *Service) OnAlert(fn func(context.Context, Alerted)) { s.told = append(s.told, fn) }

// NewRollout is a rollout to be planned.
type NewRollout struct {
	EnvironmentID string
	Name          string
	Flag          string
	Components    []string // empty: every flag below the flag
	Plan          *Plan    // nil: DefaultPlan
	retryOf       *Rollout // the attempt before
}

// Create plans a rollout of a master flag. It starts when Start is called.
func (s *Service) Create(ctx context.Context, actor change.Actor, reason string, n NewRollout) (Rollout, error) {
	s.moves.Lock()
	defer s.moves.Unlock()
	snapshot := s.Flags.Snapshot(n.EnvironmentID)
	master, err := snapshot.Find(n.Flag)
	if err != nil {
		return Rollout{}, err
	}
	children, parents := below(snapshot, n.Flag)
	if len(n.Components) == 0 {
		n.Components = children
	}
	for at, component := range n.Components {
		if !slices.Contains(children, component) || slices.Contains(n.Components[:at], component) {
			return Rollout{}, fault.New(fault.Invalid, "%q is not a component flag below %q, or is named twice", component, n.Flag).
				At(fmt.Sprintf("components[%d]", at), "below %q there are: %s", n.Flag, strings.Join(children, ", "))
		}
	}
	if len(n.Components) > MostComponents {
		return Rollout{}, fault.New(fault.Invalid, "a rollout has at most %d components", MostComponents).At("components", "%d are named", len(n.Components))
	}
	if master.Type != flag.Boolean {
		return Rollout{}, fault.New(fault.Invalid, "%q is a %s flag; a rollout needs a boolean one", n.Flag, master.Type)
	}
	plan := DefaultPlan()
	if n.Plan != nil {
		plan = *n.Plan
	}
	if err := plan.Validate(); err != nil {
		return Rollout{}, err
	}
	if err := s.free(ctx, n.EnvironmentID, n.Flag); err != nil {
		return Rollout{}, err
	}
	r := Rollout{
		ID: id.New("rol"), EnvironmentID: n.EnvironmentID, Name: n.Name, Flag: n.Flag, Components: orEmpty(n.Components), Plan: plan,
		Parents: parentsAmong(n.Components, parents),
		State:   Draft, Spans: []Span{}, Lost: []Lost{}, Approvals: []Approval{}, CreatedAt: s.Now().UTC().Truncate(time.Microsecond),
	}
	if n.retryOf != nil {
		r.Attempt, r.RetryOf = n.retryOf.attempt()+1, n.retryOf.ID
	}
	r.Salt = s.Salt(r.ID)
	_, err = s.Journal.Commit(ctx, actor, reason, func(ctx context.Context) error {
		return s.save(ctx, "rollout.planned", nil, r)
	})
	return r, err
}

func orEmpty[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}

// free refuses a flag that a rollout which has not ended holds.
func (s *Service) free(ctx context.Context, environmentID, key string) error {
	all, err := s.Store.Rollouts(ctx, environmentID)
	if err != nil {
		return err
	}
	for _, r := range all {
		if r.Flag == key && !r.Ended() {
			return fault.New(fault.Conflict, "the rollout %q (%s) already holds %q", r.Name, r.ID, key).
				Hint("%s", r.wayOut())
		}
	}
	return nil
}

// wayOut is how a rollout that has not ended lets its flag go.
func (r Rollout) wayOut() string {
	if r.State == Draft {
		return fmt.Sprintf("start that one, or give it up before another is planned: belay rollout discard %s \"reason\"", r.ID)
	}
	return "roll it back, or let it complete, before another one is planned"
}

// save writes a rollout and records the change.
func (s *Service) save(ctx context.Context, kind string, before *Rollout, after Rollout) error {
	if err := s.Store.SaveRollout(ctx, after); err != nil {
		return err
	}
	return change.RecordValues(ctx, change.Change{Kind: kind, EnvironmentID: after.EnvironmentID, Subject: after.ID}, before, &after)
}

// Find gives one rollout.
func (s *Service) Find(ctx context.Context, rolloutID string) (Rollout, error) {
	return s.Store.FindRollout(ctx, rolloutID)
}

// eyes puts what needs eyes first.
var eyes = map[State]int{Running: 0, AwaitingApproval: 0, Held: 0, Draft: 1, RolledBack: 2, Completed: 2, Discarded: 2}

// List gives the rollouts of an environment, running ones first, then newest first.
func (s *Service) List(ctx context.Context, environmentID string) ([]Rollout, error) {
	all, err := s.Store.Rollouts(ctx, environmentID)
	slices.SortStableFunc(all, func(x, y Rollout) int { return cmp.Compare(eyes[x.State], eyes[y.State]) })
	return all, err
}

// Decisions gives what was decided about a rollout, newest first.
func (s *Service) Decisions(ctx context.Context, rolloutID string) ([]Decision, error) {
	return s.Store.Decisions(ctx, rolloutID)
}

// saltOf gives a rollout's salt: digits, because clients that evaluate splits themselves know salts as the numbers of
// segments. They have 16 of them, which JavaScript's numbers still hold.
func saltOf(rolloutID string) string {
	h := fnv.New64a()
	_, _ = h.Write([]byte(rolloutID)) // a hash takes everything
	return strconv.FormatUint(1e15+h.Sum64()%8e15, 10)
}
