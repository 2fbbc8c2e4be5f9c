package flag

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/fault"
)

// Selection is what to copy, by key.
type Selection struct {
	Flags    []string
	Segments []string
}

// Everything selects all that is there.
func Everything(s *Snapshot) Selection {
	var all Selection
	for _, f := range s.Flags() {
		all.Flags = append(all.Flags, f.Key)
	}
	for _, g := range s.Segments() {
		all.Segments = append(all.Segments, g.Key)
	}
	return all
}

// Copying is what copying would make of an environment. What is the same already is not in it.
type Copying struct {
	Flags    []FlagCopy    `json:"flags"`    // by key
	Segments []SegmentCopy `json:"segments"` // by key
}

// FlagCopy is one flag before and after.
type FlagCopy struct {
	Key    string   `json:"key"`
	Before *Flag    `json:"before,omitempty"` // absent when it is new
	After  Flag     `json:"after"`
	Fields []string `json:"fields"`           // what changes about one that is there, as JSON names the fields
	Needed string   `json:"needed,omitempty"` // why it comes along though nobody picked it
	Note   string   `json:"note,omitempty"`   // what is not copied, and why
}

// SegmentCopy is one segment before and after.
type SegmentCopy struct {
	Key    string   `json:"key"`
	Before *Segment `json:"before,omitempty"`
	After  Segment  `json:"after"`
	Fields []string `json:"fields"`
	Needed string   `json:"needed,omitempty"`
}

// PlanCopy says what copying would do. Parents, prerequisites and segments that a flag needs come along when they are
// missing. Splits of rollouts are never copied: where one decides who has a flag, on or off stays as it is. It answers
// fault.NotFound for what is not there to be copied and fault.Conflict for a flag that has another type in the target.
func PlanCopy(from, to *Snapshot, what Selection) (Copying, error) {
	return planCopy(viewOf(from), viewOf(to), what)
}

// Copy carries out what PlanCopy says, in one commit, against the target as it is then. With a revision above 0 it
// answers fault.Conflict when the target has another one.
func (s *Service) Copy(ctx context.Context, actor change.Actor, reason string, from *Snapshot, environmentID string, revision int64, what Selection) (Copying, error) {
	var done Copying
	err := s.edit(ctx, actor, reason, environmentID, func(ctx context.Context, v *view) error {
		if now := s.Snapshot(environmentID).Revision(); revision > 0 && now != revision {
			return fault.New(fault.Conflict, "the flags have changed since: they were at revision %d and are at %d", revision, now).
				Hint("compare again, then copy")
		}
		var err error
		if done, err = planCopy(viewOf(from), v, what); err != nil {
			return err
		}
		for _, c := range done.Segments {
			if err := s.putSegment(ctx, environmentID, v, c.After); err != nil {
				return err
			}
		}
		for _, c := range done.Flags {
			if err := s.putFlag(ctx, environmentID, v, c.After); err != nil {
				return err
			}
			made := v.flags[c.Key]
			if x := made.Experiment; x != nil && x.Number == 0 {
				made.Experiment = &Experiment{Number: made.Number, Name: x.Name}
				v.flags[c.Key] = made
			}
		}
		return nil
	})
	return done, err
}

// Begin gives a new environment every flag of others, switched off and without exceptions. A flag that is in several is
// taken from the first.
func (s *Service) Begin(ctx context.Context, actor change.Actor, reason, environmentID string, others []*Snapshot) error {
	return s.edit(ctx, actor, reason, environmentID, func(ctx context.Context, v *view) error {
		for _, other := range others {
			for _, f := range other.Flags() {
				if _, known := v.flags[f.Key]; known {
					continue
				}
				f.ID, f.Number, f.Seed, f.Enabled, f.Split, f.Segments, f.Identities, f.Experiment = "", 0, "", false, nil, nil, nil, nil
				if err := s.putFlag(ctx, environmentID, v, f); err != nil {
					return err
				}
			}
		}
		for _, f := range v.flags { // the first environment may have put it below another flag than the next
			if _, known := v.flags[f.Parent]; !known {
				f.Parent = ""
				v.flags[f.Key] = f
			}
		}
		return nil
	})
}

// copier follows what a selection needs.
type copier struct {
	from, to *view
	flags    map[string]string // key → why it comes along, "" when it was picked
	segments map[string]string
}

func planCopy(from, to *view, what Selection) (Copying, error) {
	c := copier{from: from, to: to, flags: map[string]string{}, segments: map[string]string{}}
	for _, key := range what.Segments { // those that were picked first, so that none of them counts as merely needed
		c.segments[key] = ""
	}
	for _, key := range what.Flags {
		c.flags[key] = ""
	}
	for _, key := range what.Segments {
		if err := c.segment(key); err != nil {
			return Copying{}, err
		}
	}
	for _, key := range what.Flags {
		if err := c.flag(key); err != nil {
			return Copying{}, err
		}
	}
	out := Copying{Flags: []FlagCopy{}, Segments: []SegmentCopy{}}
	for _, key := range slices.Sorted(maps.Keys(c.segments)) {
		out.addSegment(from.segments[key], to, c.segments[key])
	}
	for _, key := range slices.Sorted(maps.Keys(c.flags)) {
		if err := out.addFlag(from.flags[key], to, c.flags[key]); err != nil {
			return Copying{}, err
		}
	}
	return out, nil
}

// flag follows what a flag needs.
func (c *copier) flag(key string) error {
	f, known := c.from.flags[key]
	if !known {
		return notFound(key)
	}
	why := fmt.Sprintf("flag %s needs it", key)
	for _, o := range f.Segments {
		if err := c.needSegment(o.For, why); err != nil {
			return err
		}
	}
	return c.needFlag(f.Parent, why)
}

func (c *copier) segment(key string) error {
	g, known := c.from.segments[key]
	if !known {
		return fault.New(fault.NotFound, "there is no segment %q to copy", key)
	}
	for _, asked := range Prerequisites(g.Rules) {
		if err := c.needFlag(asked, fmt.Sprintf("segment %s asks for it", key)); err != nil {
			return err
		}
	}
	return nil
}

func (c *copier) needFlag(key, why string) error {
	_, there := c.to.flags[key]
	_, here := c.from.flags[key]
	_, coming := c.flags[key]
	if there || coming || !here {
		return nil
	}
	c.flags[key] = why
	return c.flag(key)
}

func (c *copier) needSegment(key, why string) error {
	_, there := c.to.segments[key]
	_, here := c.from.segments[key]
	_, coming := c.segments[key]
	if there || coming || !here {
		return nil
	}
	c.segments[key] = why
	return c.segment(key)
}

func (c *Copying) addSegment(g Segment, to *view, needed string) {
	before, known := to.segments[g.Key]
	g.ID, g.Number, g.Seed, g.EnvironmentID = before.ID, before.Number, before.Seed, before.EnvironmentID
	made := SegmentCopy{Key: g.Key, After: g, Fields: []string{}, Needed: needed}
	if known {
		made.Before = &before
		if made.Fields = segmentFields(before, g); len(made.Fields) == 0 {
			return
		}
	}
	c.Segments = append(c.Segments, made)
}

func (c *Copying) addFlag(f Flag, to *view, needed string) error {
	made := FlagCopy{Key: f.Key, Fields: []string{}, Needed: needed}
	before, known := to.flags[f.Key]
	if known && before.Type != f.Type {
		return fault.New(fault.Conflict, "flag %q is a %s flag here and a %s flag there", f.Key, f.Type, before.Type).
			Hint("clients rely on the type: leave this flag out, or delete it in one of the environments")
	}
	if x := f.ownExperiment(); f.Experiment != nil {
		f.Experiment = &x // with the number it has in its environment, where that is only the flag's
	}
	switch {
	case before.Split != nil:
		f.Enabled, made.Note = before.Enabled, "A rollout holds it in the target, so on or off stays as it is there."
	case f.Split != nil:
		f.Enabled, made.Note = before.Enabled, "A rollout decides who has it, so on or off is not copied."
		if !known {
			made.Note += " It begins switched off."
		}
	}
	f.ID, f.Number, f.Seed, f.EnvironmentID, f.Split = before.ID, before.Number, before.Seed, before.EnvironmentID, nil
	if x := f.Experiment; x != nil && x.Number == 0 {
		f.Experiment = &Experiment{Number: f.Number, Name: x.Name}
	}
	if made.After = f; known {
		made.Before = &before
		if made.Fields = flagFields(before, f); len(made.Fields) == 0 {
			return nil
		}
	}
	c.Flags = append(c.Flags, made)
	return nil
}
