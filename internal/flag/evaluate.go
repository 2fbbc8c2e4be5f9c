package flag

import (
	"encoding/json"

	"github.com/siteproof/belay/internal/flag/engine"
	"github.com/siteproof/belay/internal/tenant"
)

// Reason says what decided a flag, in OpenFeature's words.
type Reason string

// The reasons.
const (
	Static         Reason = "STATIC"          // the flag's own state
	TargetingMatch Reason = "TARGETING_MATCH" // an override for a segment or an identity
	SplitReason    Reason = "SPLIT"           // the share of a rollout, or a variant's
	Disabled       Reason = "DISABLED"        // off, and not a boolean: there is no value, the code has the default
)

// Names of variants that nobody gave a name.
const (
	On      = "on"
	Off     = "off"
	Control = "control" // of a multivariate flag: none of the variants
)

// Context is whom flags are evaluated for.
type Context struct {
	TargetingKey string // who asks; "" for somebody unknown, who gets the flags' own states and no split
	// Traits are all else that is known, as engine.Context describes them.
	Traits map[string]any
	// EnvironmentKey (the client key) and EnvironmentName are what conditions can ask for. With the key, variants and
	// segments fall as they do in Flagsmith's clients.
	EnvironmentKey  string
	EnvironmentName string
}

// Result is one flag for one context.
type Result struct {
	Key     string
	ID      string
	Type    Type
	Enabled bool
	Value   json.RawMessage // true or false of a boolean; nil when another type is off
	Variant string
	Reason  Reason
	Parent  string // the flag's parent, whatever that one's state
	OffBy   string // the parent, or parent's parent, that keeps it off; "" when none does
}

// Bucket is where an identity falls in a split, from 0 to below 100: it is in when this is below the split's percent.
func Bucket(salt, targetingKey string) float64 { return engine.Percentage(salt, targetingKey) }

// evaluation is one pass over a snapshot for one context.
type evaluation struct {
	snapshot *Snapshot
	in       engine.Context
	results  []Result // by position, in the order of evaluation; filled as needed
	done     []bool
	segments []int8 // by position: 0 not looked at, 1 in, -1 out
}

func (s *Snapshot) evaluation(c Context) *evaluation {
	e := &evaluation{
		snapshot: s, results: make([]Result, len(s.flags)), done: make([]bool, len(s.flags)), segments: make([]int8, len(s.segments)),
		in: engine.Context{
			Environment: engine.Environment{Key: c.EnvironmentKey, Name: c.EnvironmentName},
			Identifier:  c.TargetingKey, Traits: c.Traits,
		},
	}
	if c.TargetingKey != "" {
		e.in.Key = c.TargetingKey
		if c.EnvironmentKey != "" {
			e.in.Key = c.EnvironmentKey + "_" + c.TargetingKey
		}
	}
	return e
}

// Evaluate decides one flag. It answers fault.NotFound when there is none, or when it is not for that side.
func (s *Snapshot) Evaluate(key string, c Context, side tenant.Side) (Result, error) {
	at, known := s.index[key]
	if !known || (s.flags[at].ServerOnly && side != tenant.Server) {
		return Result{}, notFound(key)
	}
	return s.evaluation(c).decide(at), nil
}

// EvaluateAll decides every flag that is for that side, by key.
func (s *Snapshot) EvaluateAll(c Context, side tenant.Side) []Result {
	e := s.evaluation(c)
	out := make([]Result, 0, len(s.flags))
	for at := range s.flags {
		if !s.flags[at].ServerOnly || side == tenant.Server {
			out = append(out, e.decide(at))
		}
	}
	return out
}

// decide gives the flag at a position. Parents come first; that ends because a snapshot has no cycles.
func (e *evaluation) decide(at int) Result {
	if e.done[at] {
		return e.results[at]
	}
	f := &e.snapshot.flags[at]
	r := e.own(at)
	if parent := e.snapshot.parents[at]; parent >= 0 {
		if p := e.decide(parent); !p.Enabled {
			r = off(f, p.Reason)
			if r.OffBy = p.OffBy; r.OffBy == "" {
				r.OffBy = p.Key
			}
		}
	}
	r.Key, r.ID, r.Type, r.Parent = f.Key, f.ID, f.Type, f.Parent
	e.results[at], e.done[at] = r, true
	return r
}

// own decides a flag without its parent.
func (e *evaluation) own(at int) Result {
	s := e.snapshot
	f := &s.flags[at]
	if !f.Enabled && s.migrates[at] {
		return off(f, Static)
	}
	if e.in.Identifier == "" {
		if f.Split != nil {
			return off(f, SplitReason)
		}
		return state(f, f.Enabled, f.Value, Static)
	}
	if override, known := s.identities[at][e.in.Identifier]; known {
		return state(f, override.Enabled, override.Value, TargetingMatch)
	}
	for _, o := range s.overrides[at] {
		if e.inSegment(o.segment) {
			return state(f, o.override.Enabled, o.override.Value, TargetingMatch)
		}
	}
	reason := Static
	if f.Split != nil {
		reason = SplitReason
		if !f.Enabled || Bucket(f.Split.Salt, e.in.Identifier) >= f.Split.Percent {
			return off(f, SplitReason)
		}
	}
	r := state(f, f.Enabled, f.Value, reason)
	if r.Enabled && len(f.Variants) > 0 {
		r.Variant = Control
		if chosen := engine.Choose(s.seeds[at], e.in.Key, s.weights[at]); chosen >= 0 {
			r.Value, r.Variant, r.Reason = f.Variants[chosen].Value, f.Variants[chosen].Key, SplitReason
		}
	}
	return r
}

func (e *evaluation) inSegment(at int) bool {
	if e.segments[at] == 0 {
		e.segments[at] = -1
		if e.snapshot.compiled[at].Matches(&e.in) {
			e.segments[at] = 1
		}
	}
	return e.segments[at] > 0
}

// state is a flag on or off. An override without a value of its own has the flag's.
func state(f *Flag, enabled bool, value json.RawMessage, reason Reason) Result {
	if !enabled {
		return off(f, reason)
	}
	if f.Type == Boolean {
		return Result{Enabled: true, Value: json.RawMessage("true"), Variant: On, Reason: reason}
	}
	if len(value) == 0 {
		value = f.Value
	}
	return Result{Enabled: true, Value: value, Variant: On, Reason: reason}
}

// off is a flag that is off: false for a boolean, which clients understand whatever their default is, and no value for
// the other types.
func off(f *Flag, reason Reason) Result {
	if f.Type == Boolean {
		return Result{Value: json.RawMessage("false"), Variant: Off, Reason: reason}
	}
	return Result{Variant: Off, Reason: Disabled}
}
