package flag

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"time"
)

// sameEffect says whether two states of a flag give everybody the same.
func sameEffect(a, b Flag) bool {
	return a.Enabled == b.Enabled && bytes.Equal(a.Value, b.Value) && a.Parent == b.Parent && reflect.DeepEqual(a.Variants, b.Variants) &&
		reflect.DeepEqual(a.Segments, b.Segments) && reflect.DeepEqual(a.Identities, b.Identities) && reflect.DeepEqual(a.Split, b.Split)
}

// effects looks at what flags give to all people together.
type effects struct {
	flags   map[string]Flag
	parents map[string]bool // of which flags there is a child
}

func newEffects(flags []Flag) effects {
	e := effects{make(map[string]Flag, len(flags)), map[string]bool{}}
	for _, f := range flags {
		e.flags[f.Key] = f
		e.parents[f.Parent] = true
	}
	return e
}

// outcome is what people get from a flag.
type outcome struct {
	on    bool
	value json.RawMessage // nil when it is off, and of a boolean
}

// everybody says what a flag is when it is the same for all people: with or without a name, in every segment.
func (e effects) everybody(f Flag) (gets outcome, same bool) {
	_, child := e.flags[f.Parent]
	whole := child || f.Split != nil || e.parents[f.Key] // switched off, it is off for everybody, exceptions or not
	if !f.Enabled && whole {
		return outcome{}, true
	}
	if child {
		if above, same := e.everybody(e.flags[f.Parent]); !same || !above.on {
			return outcome{}, same
		}
	}
	switch {
	case len(f.Identities) > 0 || len(f.Segments) > 0:
		return outcome{}, false
	case !f.Enabled || f.Split != nil && f.Split.Percent <= 0:
		return outcome{}, true
	case f.Split != nil && f.Split.Percent < 100:
		return outcome{}, false
	}
	if only := slices.IndexFunc(f.Variants, func(v Variant) bool { return v.Weight >= 100 }); only >= 0 {
		return outcome{true, f.Variants[only].Value}, true
	}
	return outcome{true, f.Value}, !slices.ContainsFunc(f.Variants, func(v Variant) bool { return v.Weight > 0 })
}

// steadyAt is when what people get from a flag last changed, by itself or through a parent.
func (e effects) steadyAt(f Flag) time.Time {
	steady := f.SteadyAt
	if above, child := e.flags[f.Parent]; child {
		if at := e.steadyAt(above); at.After(steady) {
			return at
		}
	}
	return steady
}
