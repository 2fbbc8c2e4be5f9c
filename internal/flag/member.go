package flag

import (
	"slices"

	"github.com/siteproof/belay/internal/flag/engine"
)

// With gives the snapshot as it would be with that segment, which replaces the one of the same key. It says what is
// wrong with the segment as saving it would.
func (s *Snapshot) With(g Segment) (*Snapshot, error) {
	g.normalise()
	if before, known := s.Segment(g.Key); known {
		g.ID, g.Number, g.Seed = before.ID, before.Number, before.Seed
	}
	if problem := checkSegment(g); problem != nil {
		return nil, problem
	}
	segments := slices.DeleteFunc(s.Segments(), func(other Segment) bool { return other.Key == g.Key })
	return newSnapshot(s.Revision(), s.Flags(), append(segments, g)), nil
}

// Members gives a test of who is in a segment; nobody is when there is none. It belongs to one goroutine.
func (s *Snapshot) Members(key string) func(Context) bool {
	g, known := s.Segment(key)
	if !known {
		return func(Context) bool { return false }
	}
	compiled, _ := compile(g) // what cannot be read never holds
	return func(c Context) bool { return compiled.Matches(s.engineContext(c)) }
}

// engineContext is whom conditions are about.
func (s *Snapshot) engineContext(c Context) *engine.Context {
	e := s.remembering()
	e.ask(&c, true)
	return &e.in
}

// Segment finds one segment.
func (s *Snapshot) Segment(key string) (Segment, bool) {
	at, known := s.groups[key]
	if !known {
		return Segment{}, false
	}
	return s.segments[at].segment, true
}

// Users lists the flags that have an override for a segment, by key.
func (s *Snapshot) Users(segment string) []Flag {
	return slices.DeleteFunc(s.Flags(), func(f Flag) bool {
		return !slices.ContainsFunc(f.Segments, func(o Override) bool { return o.For == segment })
	})
}
