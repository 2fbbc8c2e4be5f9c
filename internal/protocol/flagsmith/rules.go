package flagsmith

import (
	"cmp"
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
	who    string // the one identity that it can have, "" when there may be more
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

// anyone is everybody who has an identifier: clients look at segments only then. A rule without conditions holds in all
// of them, while a condition on the identifier does not in the Go client before 5.
func anyone() group {
	return group{name: "anyone", rules: []flag.Rule{{Type: "ALL"}}}
}

func only(identifier string) group {
	return group{
		name: "one identity", who: identifier,
		rules: all(flag.Condition{Property: identifierPath, Operator: "EQUAL", Value: identifier}),
	}
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
	out := group{number: g.number, text: g.text, name: g.name + " and " + other.name, who: cmp.Or(g.who, other.who)}
	if out.number == 0 && out.text == "" {
		out.number, out.text = other.number, other.text
	}
	out.rules = append(append([]flag.Rule{}, g.rules...), other.rules...)
	return out
}

// plan writes flags as cases.
type plan struct {
	flags      map[string]flag.Flag
	segments   map[string]flag.Segment
	parents    map[string]bool
	identities map[string]map[string]flag.Override // by flag and identity
}

func newPlan(s *flag.Snapshot) plan {
	p := plan{map[string]flag.Flag{}, map[string]flag.Segment{}, map[string]bool{}, map[string]map[string]flag.Override{}}
	for _, f := range s.Flags() {
		p.flags[f.Key] = f
		p.parents[f.Parent] = true
		p.identities[f.Key] = map[string]flag.Override{}
		for _, o := range f.Identities {
			p.identities[f.Key][o.For] = o
		}
	}
	for _, g := range s.Segments() {
		p.segments[g.Key] = g
	}
	return p
}

// fixed gives what identities named by a flag or its parents get, where nothing else about them matters. Clients know
// such overrides of one identity, so they need no cases; those that are left do.
func (p plan) fixed(f *flag.Flag) map[string]decision {
	out := map[string]decision{}
	if p.closed(f) {
		return out
	}
	key := f.Key
	for range p.flags { // no further than there are flags, should they ever be their own parents
		for who := range p.identities[key] {
			if d, is := p.fixedFor(f, who, 0); is {
				out[who] = d
			}
		}
		key = p.flags[key].Parent
	}
	return out
}

func (p plan) fixedFor(f *flag.Flag, who string, depth int) (decision, bool) {
	own, fixed := p.ownFixedFor(f, who)
	parent, known := p.flags[f.Parent]
	if !known || depth > len(p.flags) {
		return own, fixed
	}
	above, fixedAbove := p.fixedFor(&parent, who, depth+1)
	if fixedAbove && !above.enabled || fixed && !own.enabled {
		return decision{}, true
	}
	return own, fixed && fixedAbove
}

func (p plan) ownFixedFor(f *flag.Flag, who string) (decision, bool) {
	if p.closed(f) {
		return decision{}, true
	}
	if o, known := p.identities[f.Key][who]; known {
		return decision{enabled: o.Enabled, value: given(o.Value, f.Value)}, true
	}
	return decision{enabled: f.Enabled, value: f.Value}, len(f.Segments) == 0 && f.Split == nil && len(f.Variants) == 0
}

// closed says that a flag is off for everybody, whatever its overrides are.
func (p plan) closed(f *flag.Flag) bool {
	return !f.Enabled && (f.Split != nil || f.Parent != "" || p.parents[f.Key])
}

// own lists a flag's cases without its parents, and without those of identities that are fixed.
func (p plan) own(f *flag.Flag, fixed map[string]decision) []decision {
	if p.closed(f) {
		return []decision{{when: anyone()}}
	}
	var out []decision
	for _, o := range f.Identities {
		if _, is := fixed[o.For]; !is {
			out = append(out, decision{when: only(o.For), enabled: o.Enabled, value: given(o.Value, f.Value)})
		}
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
func (p plan) cases(f *flag.Flag, fixed map[string]decision, depth int) []decision {
	own := p.own(f, fixed)
	parent, known := p.flags[f.Parent]
	if !known || depth > len(p.flags) {
		return own
	}
	above := p.cases(&parent, fixed, depth+1)
	var out []decision
	for i, a := range above {
		switch {
		case !a.enabled:
			out = append(out, decision{when: a.when})
		case i == len(above)-1:
			return append(out, own...)
		default:
			for _, o := range own {
				if a.when.who != "" && o.when.who != "" && a.when.who != o.when.who {
					continue // nobody is both
				}
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
