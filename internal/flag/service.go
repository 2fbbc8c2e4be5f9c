package flag

import (
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/siteproof/belay/internal/change"
)

// Kinds of changes in the journal.
const (
	FlagCreated    = "flag.created"
	FlagUpdated    = "flag.updated"
	FlagRemoved    = "flag.removed"
	SegmentCreated = "segment.created"
	SegmentUpdated = "segment.updated"
	SegmentRemoved = "segment.removed"
)

// Options are what a Service needs. All are required.
type Options struct {
	Store   Store
	Journal *change.Journal
	Logger  *slog.Logger
}

// Service changes flags through the journal and serves them from snapshots in memory.
type Service struct {
	store   Store
	journal *change.Journal
	log     *slog.Logger

	refreshing sync.Mutex
	snapshots  atomic.Pointer[map[string]*Snapshot]
	empty      *Snapshot
}

// New makes the service; Load fills it.
func New(o Options) *Service {
	s := &Service{store: o.Store, journal: o.Journal, log: o.Logger, empty: newSnapshot(0, nil, nil)}
	s.snapshots.Store(&map[string]*Snapshot{})
	return s
}

// Load reads every environment's flags. Call it before anything is served.
func (s *Service) Load(ctx context.Context) error {
	s.refreshing.Lock()
	defer s.refreshing.Unlock()
	flags, err := s.store.Flags(ctx, "")
	if err != nil {
		return err
	}
	segments, err := s.store.Segments(ctx, "")
	if err != nil {
		return err
	}
	revisions, err := s.store.Revisions(ctx)
	if err != nil {
		return err
	}
	next := map[string]*Snapshot{}
	for environment, revision := range revisions {
		next[environment] = newSnapshot(revision,
			slices.DeleteFunc(slices.Clone(flags), func(f Flag) bool { return f.EnvironmentID != environment }),
			slices.DeleteFunc(slices.Clone(segments), func(g Segment) bool { return g.EnvironmentID != environment }))
	}
	s.snapshots.Store(&next)
	return nil
}

// Snapshot gives an environment's flags as they are served now. It never waits; an unknown environment has no flags.
func (s *Service) Snapshot(environmentID string) *Snapshot {
	if found, known := (*s.snapshots.Load())[environmentID]; known {
		return found
	}
	return s.empty
}

// Refresh serves what a commit changed. The journal calls it for each commit in order, before browsers are told.
// The commit carries the flags whole, so nothing is read and nothing can fail on the way from a rollback to the browsers.
func (s *Service) Refresh(c change.Commit) {
	s.refreshing.Lock()
	defer s.refreshing.Unlock()
	touched := map[string]*difference{}
	for _, ch := range c.Changes {
		noun, _, _ := strings.Cut(ch.Kind, ".")
		restamped := ch.Kind == environmentUpdated
		if noun != "flag" && noun != "segment" && !restamped {
			continue
		}
		d := touched[ch.EnvironmentID]
		if d == nil {
			d = &difference{map[string]*Flag{}, map[string]*Segment{}}
			touched[ch.EnvironmentID] = d
		}
		if restamped {
			continue
		}
		if err := d.apply(noun, ch); err != nil {
			s.log.Error("flag change not understood", "kind", ch.Kind, "subject", ch.Subject, "revision", c.Revision, "error", err)
		}
	}
	if len(touched) == 0 {
		return
	}
	next := maps.Clone(*s.snapshots.Load())
	for environment, d := range touched {
		next[environment] = s.Snapshot(environment).with(c.Revision, d.flags, d.segments)
	}
	s.snapshots.Store(&next)
}

// difference is what a commit made of flags and segments, by key; nil for what it removed.
type difference struct {
	flags    map[string]*Flag
	segments map[string]*Segment
}

func (d *difference) apply(noun string, ch change.Change) error {
	if noun == "flag" {
		return put(d.flags, ch)
	}
	return put(d.segments, ch)
}

func put[T any](into map[string]*T, ch change.Change) error {
	if len(ch.After) == 0 {
		into[ch.Subject] = nil
		return nil
	}
	item := new(T)
	if err := json.Unmarshal(ch.After, item); err != nil {
		return err
	}
	into[ch.Subject] = item
	return nil
}

// view is the flags and segments of an environment while they are changed, by key.
type view struct {
	flags    map[string]Flag
	segments map[string]Segment
}

func newView(flags []Flag, segments []Segment) *view {
	v := &view{make(map[string]Flag, len(flags)), make(map[string]Segment, len(segments))}
	for _, f := range flags {
		v.flags[f.Key] = f
	}
	for _, g := range segments {
		v.segments[g.Key] = g
	}
	return v
}
