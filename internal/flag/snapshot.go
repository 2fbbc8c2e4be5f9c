package flag

import (
	"cmp"
	"slices"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag/engine"
)

// Snapshot is every flag and segment of one environment at one revision. It never changes and is never nil.
type Snapshot struct {
	revision int64
	flags    []Flag // by key
	segments []Segment
	index    map[string]int

	// What evaluation needs, at the flags' positions.
	parents    []int // -1 for none
	migrates   []bool
	identities []map[string]Override
	overrides  [][]segmentOverride // by priority
	seeds      []string
	weights    [][]float64
	// At the segments' positions.
	compiled []*engine.Segment
}

type segmentOverride struct {
	segment  int
	override Override
}

// newSnapshot takes over the slices.
func newSnapshot(revision int64, flags []Flag, segments []Segment) *Snapshot {
	slices.SortFunc(flags, func(a, b Flag) int { return cmp.Compare(a.Key, b.Key) })
	slices.SortFunc(segments, func(a, b Segment) int { return cmp.Compare(a.Key, b.Key) })
	n := len(flags)
	s := &Snapshot{
		revision: revision, flags: flags, segments: segments, index: make(map[string]int, n),
		parents: make([]int, n), migrates: make([]bool, n), identities: make([]map[string]Override, n),
		overrides: make([][]segmentOverride, n), seeds: make([]string, n), weights: make([][]float64, n),
	}
	for at, f := range flags {
		s.index[f.Key] = at
	}
	segmentAt := make(map[string]int, len(segments))
	for at, segment := range segments {
		segmentAt[segment.Key] = at
		compiled, _ := compile(segment) // what cannot be read was refused when it was written, and never holds here
		s.compiled = append(s.compiled, compiled)
	}
	for at := range flags {
		s.prepare(at, segmentAt)
	}
	return s
}

func (s *Snapshot) prepare(at int, segmentAt map[string]int) {
	f := &s.flags[at]
	s.parents[at] = -1
	s.migrates[at] = s.migrates[at] || f.Split != nil || f.Parent != ""
	if parent, known := s.index[f.Parent]; known && !s.cyclic(at) {
		s.parents[at] = parent
		s.migrates[parent] = true
	}
	s.seeds[at] = f.HashSeed()
	for _, v := range f.Variants {
		s.weights[at] = append(s.weights[at], v.Weight)
	}
	if len(f.Identities) > 0 {
		s.identities[at] = make(map[string]Override, len(f.Identities))
		for _, o := range f.Identities {
			s.identities[at][o.For] = o
		}
	}
	for _, o := range f.Segments {
		if segment, known := segmentAt[o.For]; known {
			s.overrides[at] = append(s.overrides[at], segmentOverride{segment, o})
		}
	}
	slices.SortStableFunc(s.overrides[at], func(a, b segmentOverride) int { return cmp.Compare(a.override.Priority, b.override.Priority) })
}

// cyclic says whether a flag is its own ancestor. Such flags are refused when written; were one ever read, it would
// count as having no parent instead of hanging evaluation.
func (s *Snapshot) cyclic(at int) bool {
	seen := at
	for range s.flags {
		next, known := s.index[s.flags[seen].Parent]
		if !known {
			return false
		}
		if seen = next; seen == at {
			return true
		}
	}
	return true
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
func (s *Snapshot) Flags() []Flag { return slices.Clone(s.flags) }

// Segments lists every segment by key, under the same terms as Flags.
func (s *Snapshot) Segments() []Segment { return slices.Clone(s.segments) }

// Find gives one flag, or fault.NotFound.
func (s *Snapshot) Find(key string) (Flag, error) {
	at, known := s.index[key]
	if !known {
		return Flag{}, notFound(key)
	}
	return s.flags[at], nil
}

// Children lists the keys of the flags right below one, by key.
func (s *Snapshot) Children(key string) []string {
	var children []string
	for _, f := range s.flags {
		if f.Parent == key && key != "" {
			children = append(children, f.Key)
		}
	}
	return children
}

func notFound(key string) error {
	return fault.New(fault.NotFound, "there is no flag %q", key).Hint("belay flag list shows the flags; keys are written in small letters")
}
