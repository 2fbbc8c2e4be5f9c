package flag

import (
	"bytes"
	"reflect"
	"strings"
	"time"

	"github.com/siteproof/belay/internal/tenant"
)

// Difference compares what clients are answered before and after a change. When the flags that changed for anybody are now
// the same for everybody, changed are those: who puts them in place of what it was answered before has exactly what it
// would be answered now, whoever it is. Otherwise everybody is false, and each has to ask.
//
// It may say false where true would hold, never the other way round.
func Difference(before, after *Snapshot) (changed []*Decision, everybody bool) {
	was, is := newFixed(before), newFixed(after)
	affected := affected{was: was, is: is, segments: changedSegments(before.Segments(), after.Segments()), known: map[string]bool{}}
	for key, f := range was.flags {
		if now, there := is.flags[key]; !f.ServerOnly && (!there || now.ServerOnly) {
			return nil, false
		}
	}
	for _, f := range after.Flags() { // in order of their keys
		if f.ServerOnly {
			continue
		}
		old, there := was.flags[f.Key]
		there = there && !old.ServerOnly
		now, fixed := is.decision(f.Key)
		switch {
		case there && !affected.flag(f.Key):
		case !fixed:
			return nil, false
		default:
			if then, wasFixed := was.decision(f.Key); !there || !wasFixed || then.Sum() != now.Sum() {
				changed = append(changed, now)
			}
		}
	}
	return changed, true
}

// fixed finds the flags of a snapshot that are the same for everybody.
type fixed struct {
	snapshot *Snapshot
	flags    map[string]*Flag
	children map[string]bool // flags that others hang from
	known    map[string]*Decision
}

func newFixed(s *Snapshot) *fixed {
	f := &fixed{snapshot: s, flags: map[string]*Flag{}, children: map[string]bool{}, known: map[string]*Decision{}}
	all := s.Flags()
	for i := range all {
		f.flags[all[i].Key] = &all[i]
		f.children[all[i].Parent] = true
	}
	return f
}

// decision gives what everybody gets, if everybody gets the same.
func (x *fixed) decision(key string) (*Decision, bool) {
	found, known := x.known[key]
	if !known {
		x.known[key] = nil // were a flag its own ancestor, it would not be fixed
		found = x.find(key)
		x.known[key] = found
	}
	return found, found != nil
}

func (x *fixed) find(key string) *Decision {
	f, there := x.flags[key]
	if !there {
		return nil
	}
	fixed := x.alone(f)
	if _, there := x.flags[f.Parent]; there {
		parent, known := x.decision(f.Parent)
		if !known {
			return nil
		}
		fixed = fixed || !parent.Enabled // off for everybody, whatever it says itself
	}
	if !fixed {
		return nil
	}
	found, err := x.snapshot.Decide(key, Context{}, tenant.Server) // anybody's is everybody's
	if err != nil {
		return nil
	}
	return found
}

// alone says whether a flag without regard to its parent is the same for everybody.
func (x *fixed) alone(f *Flag) bool {
	migrates := f.Split != nil || f.Parent != "" || x.children[f.Key]
	switch {
	case !f.Enabled && migrates: // switched off: nothing keeps it on for anybody
		return true
	case len(f.Identities) > 0 || len(f.Segments) > 0:
		return false
	case f.Split != nil:
		return f.Split.Percent <= 0
	default:
		return !f.Enabled || len(f.Variants) == 0
	}
}

// affected finds the flags that may come out otherwise for somebody than before.
type affected struct {
	was, is  *fixed
	segments map[string]bool // those that changed
	known    map[string]bool
}

func (a *affected) flag(key string) bool {
	found, known := a.known[key]
	if !known {
		a.known[key] = true // were a flag its own ancestor, it would count as affected
		found = a.find(key)
		a.known[key] = found
	}
	return found
}

func (a *affected) find(key string) bool {
	before, after := a.was.flags[key], a.is.flags[key]
	if before == nil || after == nil {
		return before != after
	}
	if !sameDefinition(*before, *after) || a.was.children[key] != a.is.children[key] {
		return true
	}
	for _, o := range after.Segments {
		if a.segments[o.For] {
			return true
		}
	}
	return after.Parent != "" && a.flag(after.Parent)
}

// sameDefinition says whether two states of a flag come out the same, when all they depend on does.
func sameDefinition(a, b Flag) bool {
	if !bytes.Equal(a.Value, b.Value) {
		return false
	}
	for _, f := range []*Flag{&a, &b} {
		f.Description, f.Owner, f.Tags, f.Version, f.UpdatedAt = "", "", nil, 0, time.Time{}
	}
	return reflect.DeepEqual(a, b)
}

// changedSegments are those that may hold for others than before: they were changed, or made, or removed, or ask how
// flags come out.
func changedSegments(before, after []Segment) map[string]bool {
	changed := map[string]bool{}
	was := map[string]*Segment{}
	for i := range before {
		was[before[i].Key] = &before[i]
		changed[before[i].Key] = true
	}
	for _, g := range after {
		old := was[g.Key]
		changed[g.Key] = old == nil || old.HashSeed() != g.HashSeed() || !reflect.DeepEqual(old.Rules, g.Rules) || asksForFlags(g.Rules)
	}
	return changed
}

func asksForFlags(rules []Rule) bool {
	for _, r := range rules {
		for _, c := range r.Conditions {
			if strings.HasPrefix(c.Property, "$.flags") {
				return true
			}
		}
		if asksForFlags(r.Rules) {
			return true
		}
	}
	return false
}
