package flag

import (
	"context"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/id"
)

// Verb says what an Operation does.
type Verb string

// The verbs.
const (
	VerbPutFlag       Verb = "put_flag"
	VerbRemoveFlag    Verb = "remove_flag"
	VerbPutSegment    Verb = "put_segment"
	VerbRemoveSegment Verb = "remove_segment"
)

// Operation is one step of Apply: a flag or a segment as it shall be, or the removal of one. It can be kept as JSON.
type Operation struct {
	Verb    Verb     `json:"verb"`
	Key     string   `json:"key"`
	Flag    *Flag    `json:"flag,omitempty"`    // of put_flag
	Segment *Segment `json:"segment,omitempty"` // of put_segment
}

// PutFlag makes a flag or replaces all of it that people write. Its split, which belongs to a rollout, stays as it is.
// A flag that is made keeps the ID and the number it is given, as when a removal is undone; without them it gets new ones.
func PutFlag(f Flag) Operation { return Operation{Verb: VerbPutFlag, Key: f.Key, Flag: &f} }

// PutSegment makes a segment or replaces its description and rules, under the same terms as PutFlag.
func PutSegment(g Segment) Operation {
	return Operation{Verb: VerbPutSegment, Key: g.Key, Segment: &g}
}

// RemoveFlag removes a flag.
func RemoveFlag(key string) Operation { return Operation{Verb: VerbRemoveFlag, Key: key} }

// RemoveSegment removes a segment.
func RemoveSegment(key string) Operation { return Operation{Verb: VerbRemoveSegment, Key: key} }

// AnyRevision lets Apply run whatever has happened in the environment since its operations were made.
const AnyRevision int64 = -1

// Apply carries out all operations in one commit, or none of them. They are checked together at the end, so their order
// only matters where two name the same key. It answers fault.Conflict when the environment's flags are not at the given
// revision any more (AnyRevision for whatever it is), when a flag that shall go is held by a rollout, and when a flag
// would change its type; fault.NotFound when what shall go is not there; and fault.Invalid when something is wrong with
// the result. It gives the revision at which the environment's flags are afterwards: when nothing differs, nothing is
// written and that is the old one.
func (s *Service) Apply(ctx context.Context, actor change.Actor, reason, environmentID string, revision int64, operations []Operation) (int64, error) {
	var now int64
	_, err := s.journal.Commit(ctx, actor, reason, func(ctx context.Context) error {
		if err := s.at(ctx, environmentID, revision); err != nil {
			return err
		}
		err := s.edit(ctx, actor, reason, environmentID, func(ctx context.Context, v *view) error {
			for _, o := range operations {
				if err := s.step(ctx, environmentID, v, o); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		revisions, err := s.store.Revisions(ctx)
		now = revisions[environmentID]
		return err
	})
	return now, err
}

// at refuses to go on when an environment's flags have moved from a revision.
func (s *Service) at(ctx context.Context, environmentID string, revision int64) error {
	if revision == AnyRevision {
		return nil
	}
	revisions, err := s.store.Revisions(ctx)
	if err != nil {
		return err
	}
	if now := revisions[environmentID]; now != revision {
		return fault.New(fault.Conflict, "the flags have changed since: they were at revision %d and are at %d", revision, now).
			Hint("look at the difference again, then apply it")
	}
	return nil
}

// step carries out one operation on a view.
func (s *Service) step(ctx context.Context, environmentID string, v *view, o Operation) error {
	switch {
	case o.Verb == VerbPutFlag && o.Flag != nil:
		return s.putFlag(ctx, environmentID, v, *o.Flag)
	case o.Verb == VerbPutSegment && o.Segment != nil:
		return s.putSegment(ctx, environmentID, v, *o.Segment)
	case o.Verb == VerbRemoveFlag:
		f, known := v.flags[o.Key]
		if !known {
			return notFound(o.Key)
		}
		if f.Split != nil {
			return heldBy(f)
		}
		delete(v.flags, o.Key)
		return nil
	case o.Verb == VerbRemoveSegment:
		if _, known := v.segments[o.Key]; !known {
			return fault.New(fault.NotFound, "there is no segment %q", o.Key)
		}
		delete(v.segments, o.Key)
		return nil
	}
	return fault.New(fault.Invalid, "%q is not something that can be done with %q", o.Verb, o.Key).
		Hint("put_flag and put_segment carry what shall be; remove_flag and remove_segment only a key")
}

func heldBy(f Flag) error {
	return fault.New(fault.Conflict, "flag %q is held by the rollout %s", f.Key, f.Split.Rollout).Hint("finish or roll back that one first")
}

func (s *Service) putFlag(ctx context.Context, environmentID string, v *view, f Flag) error {
	before, known := v.flags[f.Key]
	if known {
		if before.Type != f.Type {
			return fault.New(fault.Conflict, "flag %q is a %s flag and cannot become a %s flag", f.Key, before.Type, f.Type).
				Hint("clients rely on the type; make a flag with another key, or remove this one first")
		}
		f.ID, f.Number = before.ID, before.Number
	}
	f.EnvironmentID, f.Split, f.Version, f.UpdatedAt = environmentID, before.Split, before.Version, before.UpdatedAt
	if err := s.identify(ctx, "flg", &f.ID, &f.Number); err != nil {
		return err
	}
	v.flags[f.Key] = f
	return nil
}

func (s *Service) putSegment(ctx context.Context, environmentID string, v *view, g Segment) error {
	before, known := v.segments[g.Key]
	if known {
		g.ID, g.Number = before.ID, before.Number
	}
	g.EnvironmentID, g.UpdatedAt = environmentID, before.UpdatedAt
	if err := s.identify(ctx, "seg", &g.ID, &g.Number); err != nil {
		return err
	}
	v.segments[g.Key] = g
	return nil
}

// identify gives an id and a number to what has none.
func (s *Service) identify(ctx context.Context, prefix string, known *string, number *int64) error {
	if *known != "" && *number != 0 {
		return nil
	}
	next, err := s.store.NextNumber(ctx)
	if err != nil {
		return err
	}
	*known, *number = id.New(prefix), next
	return nil
}

// CheckFlag finds what is wrong with one flag by itself, nil when nothing is. The paths of its fields are those of Flag's
// JSON.
func CheckFlag(f Flag) *fault.Error {
	f.normalise()
	return checkFlag(f)
}

// CheckSegment finds what is wrong with one segment.
func CheckSegment(g Segment) *fault.Error {
	g.normalise()
	return checkSegment(g)
}
