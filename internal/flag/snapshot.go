package flag

import (
	"cmp"
	"slices"
	"sync"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag/engine"
)

// Snapshot is every flag and segment of one environment at one revision. It never changes and is never nil.
type Snapshot struct {
	revision int64
	flags    []*plan // by key
	segments []*group
	index    map[string]int // of flags
	groups   map[string]int // of segments
	needsKey bool           // a segment asks for the identity's key
	links    []link         // at the flags' positions

	// Where an identity falls in each of these is found at once when all flags are asked for.
	splits *engine.Salts // of rollouts
	seeds  *engine.Salts // of variants

	evaluations sync.Pool // of *evaluation
}

// group is one segment, compiled.
type group struct {
	segment  Segment
	compiled *engine.Segment
}

// link is what a flag has to do with others.
type link struct {
	parent    int  // -1 for none
	migrates  bool // it has a parent, or children, or a split
	deep      bool // it depends on other flags
	needsKey  bool // one of its segments asks for the identity's key
	overrides []segmentOverride
	split     int // among the snapshot's splits
	seed      int // among its seeds
}

type segmentOverride struct {
	segment  int
	decision *Decision
}

func newSnapshot(revision int64, flags []Flag, segments []Segment) *Snapshot {
	s := &Snapshot{revision: revision}
	for i := range flags {
		s.flags = append(s.flags, newPlan(&flags[i]))
	}
	for _, g := range segments {
		s.segments = append(s.segments, newGroup(g))
	}
	s.join()
	return s
}

func newGroup(g Segment) *group {
	compiled, _ := compile(g) // what cannot be read was refused when it was written, and never holds here
	return &group{g, compiled}
}

// with is the snapshot after a commit. What has not changed is taken over as it is; nil removes.
func (s *Snapshot) with(revision int64, flags map[string]*Flag, segments map[string]*Segment) *Snapshot {
	next := &Snapshot{revision: revision}
	for _, p := range s.flags {
		if _, changed := flags[p.flag.Key]; !changed {
			next.flags = append(next.flags, p)
		}
	}
	for _, f := range flags {
		if f != nil {
			next.flags = append(next.flags, newPlan(f))
		}
	}
	for _, g := range s.segments {
		if _, changed := segments[g.segment.Key]; !changed {
			next.segments = append(next.segments, g)
		}
	}
	for _, g := range segments {
		if g != nil {
			next.segments = append(next.segments, newGroup(*g))
		}
	}
	next.join()
	return next
}

// join puts flags and segments in order and finds what they have to do with each other.
func (s *Snapshot) join() {
	slices.SortFunc(s.flags, func(a, b *plan) int { return cmp.Compare(a.flag.Key, b.flag.Key) })
	slices.SortFunc(s.segments, func(a, b *group) int { return cmp.Compare(a.segment.Key, b.segment.Key) })
	s.index, s.groups = make(map[string]int, len(s.flags)), make(map[string]int, len(s.segments))
	for at, p := range s.flags {
		s.index[p.flag.Key] = at
	}
	for at, g := range s.segments {
		s.groups[g.segment.Key] = at
		s.needsKey = s.needsKey || g.compiled.NeedsKey()
	}
	s.links = make([]link, len(s.flags))
	var splits, seeds numbers
	for at, p := range s.flags {
		s.link(at, p)
		if p.flag.Enabled && p.flag.Split != nil {
			s.links[at].split = splits.of(p.split)
		}
		if p.flag.Enabled && len(p.variants) > 0 {
			s.links[at].seed = seeds.of(p.seed)
		}
	}
	s.splits, s.seeds = engine.NewSalts(splits.salts), engine.NewSalts(seeds.salts)
}

// numbers gives each salt one number.
type numbers struct {
	salts []engine.Salt
	known map[engine.Salt]int
}

func (n *numbers) of(salt engine.Salt) int {
	if at, known := n.known[salt]; known {
		return at
	}
	if n.known == nil {
		n.known = map[engine.Salt]int{}
	}
	at := len(n.salts)
	n.salts, n.known[salt] = append(n.salts, salt), at
	return at
}

func (s *Snapshot) link(at int, p *plan) {
	l := &s.links[at]
	l.parent = -1
	l.migrates = l.migrates || p.flag.Split != nil || p.flag.Parent != ""
	if parent, known := s.index[p.flag.Parent]; known {
		l.parent, l.deep = parent, true
		s.links[parent].migrates = true
	}
	for _, o := range p.segments {
		if segment, known := s.groups[o.key]; known {
			l.overrides = append(l.overrides, segmentOverride{segment, o.decision})
			compiled := s.segments[segment].compiled
			l.deep = l.deep || len(compiled.Flags()) > 0
			l.needsKey = l.needsKey || compiled.NeedsKey()
		}
	}
}

// compile prepares a segment for the engine.
func compile(s Segment) (*engine.Segment, error) {
	return engine.Compile(s.HashSeed(), engineRules(s.Rules))
}

func engineRules(rules []Rule) []engine.Rule {
	out := make([]engine.Rule, 0, len(rules))
	for _, r := range rules {
		made := engine.Rule{Type: r.Type, Rules: engineRules(r.Rules)}
		for _, c := range r.Conditions {
			made.Conditions = append(made.Conditions, engine.Condition{Property: c.Property, Operator: c.Operator, Value: c.Value})
		}
		out = append(out, made)
	}
	return out
}

// Revision is the revision at which these flags last changed, 0 when they never did.
func (s *Snapshot) Revision() int64 { return s.revision }

// Flags lists every flag by key. The slice is the caller's; what hangs on its elements is not to be changed.
func (s *Snapshot) Flags() []Flag {
	out := make([]Flag, 0, len(s.flags))
	for _, p := range s.flags {
		out = append(out, p.flag)
	}
	return out
}

// Segments lists every segment by key, under the same terms as Flags.
func (s *Snapshot) Segments() []Segment {
	out := make([]Segment, 0, len(s.segments))
	for _, g := range s.segments {
		out = append(out, g.segment)
	}
	return out
}

// Find gives one flag, or fault.NotFound.
func (s *Snapshot) Find(key string) (Flag, error) {
	at, known := s.index[key]
	if !known {
		return Flag{}, notFound(key)
	}
	return s.flags[at].flag, nil
}

// Children lists the keys of the flags right below one, by key.
func (s *Snapshot) Children(key string) []string {
	var children []string
	for _, p := range s.flags {
		if p.flag.Parent == key && key != "" {
			children = append(children, p.flag.Key)
		}
	}
	return children
}

func notFound(key string) error {
	return fault.New(fault.NotFound, "there is no flag %q", key).Hint("belay flag list shows the flags; keys are written in small letters")
}
