package flagsmith

import (
	"encoding/json"
	"math"
	"strconv"

	"github.com/siteproof/belay/internal/flag"
)

// A flag as clients that evaluate themselves can follow it: a list of cases, of which the first that fits decides.
// Belay's parents and rollouts are not known to them, so they are written as cases too.
type decision struct {
	when    group
	enabled bool
	value   json.RawMessage
	split   bool // with the flag's variants
}

// group is a segment of the document, before it has its number.
type group struct {
	number int64 // by which its percentage splits are spread; 0 when it has none of its own
	text   string
	name   string
	rules  []flag.Rule
}

const (
	identifierPath = "$.identity.identifier"
	outside        = "outside of a rollout"
	buckets        = 9998 // see engine.Percentage
)

func all(conditions ...flag.Condition) []flag.Rule {
	return []flag.Rule{{Type: "ALL", Rules: []flag.Rule{{Type: "ALL", Conditions: conditions}}}}
}

// groupOf is a segment as a group, with the number that its splits are spread by.
func groupOf(g *flag.Segment) group {
	out := group{text: g.HashSeed(), name: g.Key, rules: g.Rules}
	out.number, _ = strconv.ParseInt(out.text, 10, 64) // a seed that is no number stays as text
	if out.number != 0 {
		out.text = ""
	}
	return out
}

// anyone is everybody who has an identifier.
func anyone() group {
	return group{name: "anyone", rules: all(flag.Condition{Property: identifierPath, Operator: "IS_SET"})}
}

func only(identifier string) group {
	return group{name: "one identity", rules: all(flag.Condition{Property: identifierPath, Operator: "EQUAL", Value: identifier})}
}

// beyond is everybody whom a rollout does not have yet. Clients count the bound in, Belay does not, so the bound that is
// written lies between two steps of the hash.
func beyond(s *flag.Split) group {
	out := group{text: s.Salt, name: outside}
	out.number, _ = strconv.ParseInt(s.Salt, 10, 64) // a salt that is no number stays as text
	last := math.Ceil(s.Percent*buckets/100) - 1
	if last < 0 {
		out.rules = anyone().rules
		return out
	}
	bound := strconv.FormatFloat((last+0.5)/buckets*100, 'f', 6, 64)
	if s.Percent >= 100 {
		bound = "100"
	}
	out.rules = []flag.Rule{{Type: "ALL", Rules: []flag.Rule{{
		Type: "NONE", Conditions: []flag.Condition{{Property: identifierPath, Operator: "PERCENTAGE_SPLIT", Value: bound}},
	}}}}
	return out
}

// and is who belongs to both.
func (g group) and(other group) group {
	out := group{number: g.number, text: g.text, name: g.name + " and " + other.name}
	if out.number == 0 && out.text == "" {
		out.number, out.text = other.number, other.text
	}
	out.rules = append(append([]flag.Rule{}, g.rules...), other.rules...)
	return out
}

// plan writes flags as cases.
type plan struct {
	flags    map[string]flag.Flag
	segments map[string]flag.Segment
	parents  map[string]bool
}

func newPlan(s *flag.Snapshot) plan {
	p := plan{map[string]flag.Flag{}, map[string]flag.Segment{}, map[string]bool{}}
	for _, f := range s.Flags() {
		p.flags[f.Key] = f
		p.parents[f.Parent] = true
	}
	for _, g := range s.Segments() {
		p.segments[g.Key] = g
	}
	return p
}

// own lists a flag's cases without its parents.
func (p plan) own(f *flag.Flag) []decision {
	migrates := f.Split != nil || f.Parent != "" || p.parents[f.Key]
	if !f.Enabled && migrates {
		return []decision{{when: anyone()}}
	}
	var out []decision
	for _, o := range f.Identities {
		out = append(out, decision{when: only(o.For), enabled: o.Enabled, value: given(o.Value, f.Value)})
	}
	for _, o := range sorted(f.Segments) {
		if g, known := p.segments[o.For]; known {
			out = append(out, decision{
				when:    groupOf(&g),
				enabled: o.Enabled, value: given(o.Value, f.Value),
			})
		}
	}
	if f.Split != nil {
		out = append(out, decision{when: beyond(f.Split)})
	}
	return append(out, decision{when: anyone(), enabled: f.Enabled, value: f.Value, split: true})
}

// cases lists a flag's cases with those of its parents, which come first: what a parent keeps off is off.
func (p plan) cases(f *flag.Flag, depth int) []decision {
	own := p.own(f)
	parent, known := p.flags[f.Parent]
	if !known || depth > len(p.flags) {
		return own
	}
	above := p.cases(&parent, depth+1)
	var out []decision
	for i, a := range above {
		switch {
		case !a.enabled:
			out = append(out, decision{when: a.when})
		case i == len(above)-1:
			return append(out, own...)
		default:
			for _, o := range own {
				o.when = a.when.and(o.when)
				out = append(out, o)
			}
		}
	}
	return out
}

func given(value, otherwise json.RawMessage) json.RawMessage {
	if len(value) > 0 {
		return value
	}
	return otherwise
}
