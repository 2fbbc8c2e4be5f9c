package engine

import "fmt"

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
	key   string
	rules []rule
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
	return &Segment{key: key, rules: compiled}, err
}

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
	return joined(r.kind, len(r.conditions), func(i int) bool { return r.conditions[i].holds(s.key, c) }) &&
		joined(r.kind, len(r.rules), func(i int) bool { return s.holds(&r.rules[i], c) })
}

// joined applies ALL, ANY or NONE to n answers. An unknown kind never holds.
func joined(kind string, n int, answer func(int) bool) bool {
	if n == 0 {
		return true
	}
	stopAt := kind != "ALL" // ANY is settled by the first yes, NONE too, ALL by the first no
	for i := range n {
		if answer(i) == stopAt {
			return kind == "ANY"
		}
	}
	return kind == "ALL" || kind == "NONE"
}
