package engine

import (
	"fmt"
	"slices"
)

// Environment is where an evaluation happens.
type Environment struct {
	Key  string // the client key
	Name string
}

// Context is whom an evaluation is for.
type Context struct {
	Environment Environment
	Identifier  string // the targeting key
	Key         string // what identities are spread by; Flagsmith's is the client key, "_" and the identifier
	// Traits hold strings, bools, json.Number, Go's own numbers, nil, []any and map[string]any.
	Traits map[string]any
	// Flags says how other flags come out for this context; without it conditions on flags find nothing.
	Flags Flags
}

// Flags knows how the flags of an environment come out for one context.
type Flags interface {
	State(key string) (state FlagState, known bool)
}

// FlagState is how a flag came out: its value is a string, a bool, a json.Number or nil.
type FlagState struct {
	Enabled bool
	Value   any
	Variant string
}

// Rule joins conditions and further rules by ALL, ANY or NONE. The type is applied to the conditions and to the rules
// separately, and both must hold; an empty list holds.
type Rule struct {
	Type       string
	Conditions []Condition
	Rules      []Rule
}

// Condition compares a property with a value. Values, when not nil, is the list of an IN that was given as a list.
type Condition struct {
	Property string
	Operator string
	Value    string
	Values   []string
}

// Segment is a compiled group of contexts. It is safe for use by many at once.
type Segment struct {
	salt  Salt
	rules []rule
	flags []string
	keyed bool
}

type rule struct {
	kind       string
	conditions []condition
	rules      []rule
}

// Compile prepares a segment. The key, which never changes, is what its percentage splits are spread by. The error names
// the first condition that cannot be understood; the segment can be used all the same, and that condition never holds.
func Compile(key string, rules []Rule) (*Segment, error) {
	compiled, err := compileRules(rules, "rules")
	s := &Segment{salt: NewSalt(key), rules: compiled}
	s.collect(compiled)
	return s, err
}

// collect finds what conditions ask for besides traits.
func (s *Segment) collect(rules []rule) {
	for i := range rules {
		for j := range rules[i].conditions {
			c := &rules[i].conditions[j]
			if c.property.kind == flagPlace && !slices.Contains(s.flags, c.property.flag) {
				s.flags = append(s.flags, c.property.flag)
			}
			s.keyed = s.keyed || c.property.kind == keyPlace || c.byKey()
		}
		s.collect(rules[i].rules)
	}
}

// Flags lists the keys of the flags that the segment's conditions ask for.
func (s *Segment) Flags() []string { return s.flags }

func compileRules(rules []Rule, path string) ([]rule, error) {
	var first error
	out := make([]rule, 0, len(rules))
	for i, r := range rules {
		at := fmt.Sprintf("%s[%d]", path, i)
		inner, err := compileRules(r.Rules, at+".rules")
		if r.Type != "ALL" && r.Type != "ANY" && r.Type != "NONE" {
			err = fmt.Errorf("%s.type is %q; it has to be ALL, ANY or NONE", at, r.Type)
		}
		first = firstOf(first, err)
		conditions := make([]condition, 0, len(r.Conditions))
		for j, c := range r.Conditions {
			ready, err := compile(c)
			if err != nil {
				first = firstOf(first, fmt.Errorf("%s.conditions[%d]: %w", at, j, err))
			}
			conditions = append(conditions, ready)
		}
		out = append(out, rule{kind: r.Type, conditions: conditions, rules: inner})
	}
	return out, first
}

func firstOf(first, next error) error {
	if first != nil {
		return first
	}
	return next
}

// NeedsKey says whether a condition asks for the identity's key, or spreads identities by it.
func (s *Segment) NeedsKey() bool { return s.keyed }

// Matches says whether the context belongs to the segment. A segment without rules has no members.
func (s *Segment) Matches(c *Context) bool {
	if len(s.rules) == 0 {
		return false
	}
	for i := range s.rules {
		if !s.holds(&s.rules[i], c) {
			return false
		}
	}
	return true
}

func (s *Segment) holds(r *rule, c *Context) bool {
	for i := range r.conditions {
		if settled, answer := settles(r.kind, r.conditions[i].holds(s.salt, c)); settled {
			if !answer {
				return false
			}
			return s.rulesHold(r, c)
		}
	}
	return (len(r.conditions) == 0 || unsettled(r.kind)) && s.rulesHold(r, c)
}

func (s *Segment) rulesHold(r *rule, c *Context) bool {
	for i := range r.rules {
		if settled, answer := settles(r.kind, s.holds(&r.rules[i], c)); settled {
			return answer
		}
	}
	return len(r.rules) == 0 || unsettled(r.kind)
}

// settles says whether one answer settles ALL, ANY or NONE, and how: ANY by the first yes, NONE too, ALL by the first no.
func settles(kind string, one bool) (settled, answer bool) {
	if kind == "ALL" {
		return !one, false
	}
	return one, kind == "ANY"
}

// unsettled is the answer when nothing has settled it. An unknown kind never holds.
func unsettled(kind string) bool { return kind == "ALL" || kind == "NONE" }
