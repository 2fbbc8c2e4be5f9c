package flag

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/id"
)

// Patch names what is to change about a flag; what is nil stays.
type Patch struct {
	Version     int64 // the one it was made from; the change is refused when the flag has another. 0 changes whatever is there
	Description *string
	Enabled     *bool
	Value       json.RawMessage
	Parent      *string
	ServerOnly  *bool
	Tags        *[]string
	Owner       *string
	Experiment  *Experiment // without a name it ends; without a number it gets the flag's own
	Variants    *[]Variant
	Segments    *[]Override // with priorities that are not unique, all get new ones in that order
	Identities  *[]Override
}

// Create makes a flag. It answers fault.Conflict when the key is taken and fault.Invalid when something is wrong with
// it. ID, Number, Split, Version and UpdatedAt of what is given are ignored.
func (s *Service) Create(ctx context.Context, actor change.Actor, reason string, f Flag) (Flag, error) {
	f.ID, f.Split = id.New("flg"), nil
	return s.editFlag(ctx, actor, reason, f.EnvironmentID, f.Key, func(ctx context.Context, v *view) error {
		if _, taken := v.flags[f.Key]; taken {
			return fault.New(fault.Conflict, "there is a flag %q already", f.Key)
		}
		var err error
		if f.Number, err = s.store.NextNumber(ctx); err != nil {
			return err
		}
		v.flags[f.Key] = f
		return nil
	})
}

// Change applies a patch. When nothing would change, nothing is written and the flag is given as it is. It answers
// fault.Conflict when the patch was made from another version.
func (s *Service) Change(ctx context.Context, actor change.Actor, reason, environmentID, key string, p Patch) (Flag, error) {
	return s.editFlag(ctx, actor, reason, environmentID, key, func(_ context.Context, v *view) error {
		f, known := v.flags[key]
		if !known {
			return notFound(key)
		}
		if p.Version > 0 && p.Version != f.Version {
			return fault.New(fault.Conflict, "flag %q was changed since: it was at version %d and is at %d", key, p.Version, f.Version).
				Hint("look at what changed, then change it again")
		}
		p.apply(&f)
		v.flags[key] = f
		return nil
	})
}

func (p Patch) apply(f *Flag) {
	set(&f.Description, p.Description)
	set(&f.Enabled, p.Enabled)
	set(&f.Parent, p.Parent)
	set(&f.ServerOnly, p.ServerOnly)
	set(&f.Tags, p.Tags)
	set(&f.Owner, p.Owner)
	set(&f.Variants, p.Variants)
	set(&f.Identities, p.Identities)
	if p.Segments != nil {
		f.Segments = withPriorities(*p.Segments)
	}
	if x := p.Experiment; x != nil {
		f.Experiment = nil
		if x.Name != "" {
			f.Experiment = &Experiment{Number: cmp.Or(x.Number, f.Number), Name: x.Name}
		}
	}
	if p.Value != nil {
		f.Value = p.Value
	}
}

// withPriorities gives overrides for segments unique priorities: theirs when they are unique, otherwise 1, 2, 3 … in their order,
// where equal ones stand as they were given. With equal ones, official clients would not agree on which wins.
func withPriorities(overrides []Override) []Override {
	out := inOrder(overrides)
	for i := 1; i < len(out); i++ {
		if out[i].Priority == out[i-1].Priority {
			for at := range out {
				out[at].Priority = at + 1
			}
			break
		}
	}
	return out
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// SetSplit gives a flag to a rollout's split, moves the split, or takes it away (nil). It answers fault.Conflict when
// another rollout holds the flag.
func (s *Service) SetSplit(ctx context.Context, actor change.Actor, reason, environmentID, key string, split *Split) (Flag, error) {
	return s.editFlag(ctx, actor, reason, environmentID, key, func(_ context.Context, v *view) error {
		f, known := v.flags[key]
		if !known {
			return notFound(key)
		}
		if split != nil && f.Split != nil && f.Split.Rollout != split.Rollout {
			return fault.New(fault.Conflict, "flag %q is held by the rollout %s", key, f.Split.Rollout).
				Hint("finish or roll back that one first")
		}
		if f.Split = nil; split != nil {
			own := *split
			f.Split = &own
		}
		v.flags[key] = f
		return nil
	})
}

// Delete removes a flag. It answers fault.Conflict while the flag has children or a rollout holds it.
func (s *Service) Delete(ctx context.Context, actor change.Actor, reason, environmentID, key string) error {
	return s.edit(ctx, actor, reason, environmentID, func(_ context.Context, v *view) error {
		f, known := v.flags[key]
		if !known {
			return notFound(key)
		}
		if f.Split != nil {
			return fault.New(fault.Conflict, "flag %q is held by the rollout %s", key, f.Split.Rollout).Hint("finish or roll back that one first")
		}
		for _, child := range v.flags {
			if child.Parent == key {
				return fault.New(fault.Conflict, "flag %q is the parent of %q", key, child.Key).Hint("delete its children first, or give them another parent")
			}
		}
		delete(v.flags, key)
		return nil
	})
}

// PutSegment makes a segment or replaces the rules and description of the one with that key.
func (s *Service) PutSegment(ctx context.Context, actor change.Actor, reason string, g Segment) (Segment, error) {
	var out Segment
	err := s.edit(ctx, actor, reason, g.EnvironmentID, func(ctx context.Context, v *view) error {
		before, known := v.segments[g.Key]
		g.ID, g.Number, g.Seed, g.UpdatedAt = before.ID, before.Number, before.Seed, before.UpdatedAt
		if !known {
			g.ID = id.New("seg")
			var err error
			if g.Number, err = s.store.NextNumber(ctx); err != nil {
				return err
			}
		}
		v.segments[g.Key] = g
		return nil
	}, func(v *view) { out = v.segments[g.Key] })
	return out, err
}

// DeleteSegment removes a segment. It answers fault.Conflict while a flag has an override for it.
func (s *Service) DeleteSegment(ctx context.Context, actor change.Actor, reason, environmentID, key string) error {
	return s.edit(ctx, actor, reason, environmentID, func(_ context.Context, v *view) error {
		if _, known := v.segments[key]; !known {
			return fault.New(fault.NotFound, "there is no segment %q", key)
		}
		if users := v.usersOf(key); len(users) > 0 {
			return fault.New(fault.Conflict, "the segment %q is used by %s", key, strings.Join(users, ", ")).Hint("remove its overrides there first")
		}
		delete(v.segments, key)
		return nil
	})
}

// usersOf lists the flags that have an override for a segment.
func (v *view) usersOf(segment string) []string {
	var users []string
	for _, f := range v.flags {
		if slices.ContainsFunc(f.Segments, func(o Override) bool { return o.For == segment }) {
			users = append(users, f.Key)
		}
	}
	slices.Sort(users)
	return users
}

func (s *Service) editFlag(ctx context.Context, actor change.Actor, reason, environmentID, key string, edit func(context.Context, *view) error) (Flag, error) {
	var out Flag
	err := s.edit(ctx, actor, reason, environmentID, edit, func(v *view) { out = v.flags[key] })
	return out, err
}

// edit reads an environment inside a commit, lets edit change it, checks the whole, and writes and records what differs.
// The results run inside the commit, after everything is written.
func (s *Service) edit(ctx context.Context, actor change.Actor, reason, environmentID string, edit func(context.Context, *view) error, results ...func(*view)) error {
	if environmentID == "" {
		return fault.New(fault.Invalid, "no environment was named")
	}
	_, err := s.journal.Commit(ctx, actor, reason, func(ctx context.Context) error {
		flags, segments, err := s.current(ctx, environmentID)
		if err != nil {
			return err
		}
		before, after := newView(flags, segments), newView(flags, segments)
		if err := edit(ctx, after); err != nil {
			return err
		}
		if err := s.write(ctx, environmentID, before, after); err != nil {
			return err
		}
		for _, result := range results {
			result(after)
		}
		return nil
	})
	return err
}

// current gives an environment's flags and segments as this commit sees them: the snapshot when it is at the revision of
// the store, which spares reading thousands of flags to change one; otherwise what the store has, since a commit may hold
// several edits and the snapshot shows none of them yet.
func (s *Service) current(ctx context.Context, environmentID string) ([]Flag, []Segment, error) {
	revisions, err := s.store.Revisions(ctx)
	if err != nil {
		return nil, nil, err
	}
	if snapshot := s.Snapshot(environmentID); snapshot.Revision() == revisions[environmentID] {
		return snapshot.Flags(), snapshot.Segments(), nil
	}
	return s.Stored(ctx, environmentID)
}
