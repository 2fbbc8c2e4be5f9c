package transfer

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/siteproof/belay/internal/flag"
)

// Version is the version of Belay's own file that is read and written here.
const Version = 1

// File is Belay's own file: the segments and flags of one environment, or of several. Whoever reads it gets exactly
// what stands in it: what is left out of a flag is empty.
type File struct {
	Belay       int    `json:"belay" enum:"1" doc:"Version of this form of file."`
	Environment string `json:"environment,omitempty" doc:"Key of the environment, where the file is of one. Without it the reader has to name one."`
	Content
	Environments map[string]Content `json:"environments,omitempty" doc:"Several environments, by key, in place of segments and flags at the top."`
}

// Content is what is in one environment.
type Content struct {
	Segments map[string]Segment `json:"segments,omitempty" doc:"Segments by key."`
	Flags    map[string]Flag    `json:"flags,omitempty" doc:"Flags by key: small letters, digits, points, dashes and underscores."`
}

// Segment is a named group of identities. All its rules must hold.
type Segment struct {
	Description string `json:"description,omitempty" maxLength:"500" doc:"What it is for."`
	Seed        string `json:"seed,omitempty" doc:"What percentage splits are spread by, where it came from elsewhere with its own."`
	Rules       []Rule `json:"rules" doc:"All of them must hold."`
}

// Rule joins conditions and further rules.
type Rule struct {
	Type       string      `json:"type" enum:"ALL,ANY,NONE" doc:"How many of its conditions, and of its rules, must hold."`
	Conditions []Condition `json:"conditions,omitempty"`
	Rules      []Rule      `json:"rules,omitempty"`
}

// Condition compares a trait with a value.
type Condition struct {
	Property string `json:"property,omitempty" doc:"A trait, or a path such as $.identity.identifier."`
	Operator string `json:"operator" doc:"EQUAL, NOT_EQUAL, GREATER_THAN, GREATER_THAN_INCLUSIVE, LESS_THAN, LESS_THAN_INCLUSIVE, CONTAINS, NOT_CONTAINS, REGEX, IN, MODULO, PERCENTAGE_SPLIT, IS_SET or IS_NOT_SET."`
	Value    string `json:"value,omitempty" doc:"What it is compared with, as text."`
}

// Flag is one flag without what a rollout holds of it.
type Flag struct {
	Description string          `json:"description,omitempty" maxLength:"500" doc:"What it switches."`
	Type        flag.Type       `json:"type" enum:"boolean,string,number,json" doc:"What kind of value it carries. It never changes."`
	Enabled     bool            `json:"enabled" required:"false" doc:"Whether it is on."`
	Value       json.RawMessage `json:"value,omitempty" doc:"The value while it is on. A boolean flag has none."`
	Parent      string          `json:"parent,omitempty" doc:"Key of the master flag: off there means off here."`
	ServerOnly  bool            `json:"server_only,omitempty" doc:"Whether only servers get it."`
	Owner       string          `json:"owner,omitempty" maxLength:"200" doc:"Who answers for it."`
	Tags        []string        `json:"tags,omitempty"`
	Experiment  *Experiment     `json:"experiment,omitempty"`
	Seed        string          `json:"seed,omitempty" doc:"What variants are spread by, where it came from elsewhere with its own."`
	Variants    []Variant       `json:"variants,omitempty" doc:"In the order in which they share people out."`
	Segments    []ForSegment    `json:"segments,omitempty" doc:"Another state for segments; the lowest priority wins."`
	Identities  []ForIdentity   `json:"identities,omitempty" doc:"Another state for single identities."`
}

// Experiment is the experiment that a flag takes part in.
type Experiment struct {
	Number int64  `json:"number" minimum:"1"`
	Name   string `json:"name" maxLength:"150"`
}

// Variant is one of several values.
type Variant struct {
	Key    string          `json:"key"`
	Value  json.RawMessage `json:"value" doc:"A value of the flag's type."`
	Weight float64         `json:"weight" minimum:"0" maximum:"100" doc:"Percent of people; what is left over gets the flag's own value."`
}

// ForSegment is another state of a flag for a segment.
type ForSegment struct {
	Segment  string          `json:"segment" doc:"Key of the segment."`
	Priority *int            `json:"priority,omitempty" doc:"The lowest wins. Left out, it is one more than that of the entry above; the first has 1."`
	Enabled  bool            `json:"enabled" required:"false"`
	Value    json.RawMessage `json:"value,omitempty" doc:"Left out, it is the flag's own."`
}

// ForIdentity is another state of a flag for one identity.
type ForIdentity struct {
	Identity string          `json:"identity" doc:"Its identifier."`
	Enabled  bool            `json:"enabled" required:"false"`
	Value    json.RawMessage `json:"value,omitempty" doc:"Left out, it is the flag's own."`
}

// ContentOf gives what an environment holds, in the one form that equal flags and segments have.
func ContentOf(flags []flag.Flag, segments []flag.Segment) Content {
	c := Content{Segments: make(map[string]Segment, len(segments)), Flags: make(map[string]Flag, len(flags))}
	for _, g := range segments {
		c.Segments[g.Key] = Segment{Description: g.Description, Seed: g.Seed, Rules: rulesOf(g.Rules)}
	}
	for i := range flags {
		c.Flags[flags[i].Key] = flagOf(&flags[i])
	}
	return c
}

func rulesOf(rules []flag.Rule) []Rule {
	out := []Rule{}
	for _, r := range rules {
		made := Rule{Type: r.Type, Rules: rulesOf(r.Rules)}
		for _, c := range r.Conditions {
			made.Conditions = append(made.Conditions, Condition(c))
		}
		out = append(out, made)
	}
	return out
}

func flagOf(f *flag.Flag) Flag {
	out := Flag{
		Description: f.Description, Type: f.Type, Enabled: f.Enabled, Value: canonical(f.Value), Parent: f.Parent,
		ServerOnly: f.ServerOnly, Owner: f.Owner, Tags: f.Tags, Experiment: (*Experiment)(f.Experiment), Seed: f.Seed,
	}
	for _, v := range f.Variants {
		out.Variants = append(out.Variants, Variant{Key: v.Key, Value: canonical(v.Value), Weight: v.Weight})
	}
	next := 1
	for _, o := range slices.SortedStableFunc(slices.Values(f.Segments), func(a, b flag.Override) int { return a.Priority - b.Priority }) {
		made := ForSegment{Segment: o.For, Enabled: o.Enabled, Value: canonical(o.Value)}
		if o.Priority != next {
			made.Priority = &o.Priority
		}
		next = o.Priority + 1
		out.Segments = append(out.Segments, made)
	}
	for _, o := range slices.SortedStableFunc(slices.Values(f.Identities), func(a, b flag.Override) int { return compare(a.For, b.For) }) {
		out.Identities = append(out.Identities, ForIdentity{Identity: o.For, Enabled: o.Enabled, Value: canonical(o.Value)})
	}
	return out
}

// segment and flag are the reverse.
func (g *Segment) segment(key string) flag.Segment {
	return flag.Segment{Key: key, Description: g.Description, Seed: g.Seed, Rules: flagRules(g.Rules)}
}

func flagRules(rules []Rule) []flag.Rule {
	out := []flag.Rule{}
	for _, r := range rules {
		made := flag.Rule{Type: r.Type, Conditions: []flag.Condition{}, Rules: flagRules(r.Rules)}
		for _, c := range r.Conditions {
			made.Conditions = append(made.Conditions, flag.Condition(c))
		}
		out = append(out, made)
	}
	return out
}

func (f *Flag) flag(key string) flag.Flag {
	out := flag.Flag{
		Key: key, Description: f.Description, Type: f.Type, Enabled: f.Enabled, Value: f.Value, Parent: f.Parent,
		ServerOnly: f.ServerOnly, Owner: f.Owner, Tags: f.Tags, Experiment: (*flag.Experiment)(f.Experiment), Seed: f.Seed,
	}
	for _, v := range f.Variants {
		out.Variants = append(out.Variants, flag.Variant(v))
	}
	next := 1
	for _, o := range f.Segments {
		if o.Priority != nil {
			next = *o.Priority
		}
		out.Segments = append(out.Segments, flag.Override{For: o.Segment, Priority: next, Enabled: o.Enabled, Value: o.Value})
		next++
	}
	for _, o := range f.Identities {
		out.Identities = append(out.Identities, flag.Override{For: o.Identity, Enabled: o.Enabled, Value: o.Value})
	}
	return out
}

// Several puts the contents of several environments into one file.
func Several(contents map[string]Content) File {
	if len(contents) == 1 {
		for key, c := range contents {
			return File{Belay: Version, Environment: key, Content: c}
		}
	}
	return File{Belay: Version, Environments: contents}
}

// contents gives what the file holds by environment; "" stands for the one that the reader has to name.
func (f *File) contents() map[string]Content {
	if len(f.Environments) > 0 {
		return maps.Clone(f.Environments)
	}
	return map[string]Content{f.Environment: f.Content}
}
