package flag

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/siteproof/belay/internal/flag/engine"
	"github.com/siteproof/belay/internal/tenant"
)

// Explain says why a flag is what it is for somebody, step by step. It decides as Evaluate does and answers the same
// faults, and is slower by far: it looks at every condition instead of stopping at the first that settles it.
func (s *Snapshot) Explain(key string, c Context, side tenant.Side) (Trace, error) {
	f, err := s.Find(key)
	if err != nil || (f.ServerOnly && side != tenant.Server) {
		return Trace{}, notFound(key)
	}
	x := &explanation{snapshot: s, context: c, side: side, in: s.engineContext(c), on: map[string]bool{}}
	result, steps := x.flag(f)
	return Trace{
		Flag: f.Key, Type: f.Type, Identifier: c.TargetingKey, Enabled: result.Enabled, Value: result.Value,
		Variant: result.Variant, Reason: result.Reason, OffBy: result.OffBy, Steps: steps,
	}, nil
}

// explanation is one Explain under way.
type explanation struct {
	snapshot *Snapshot
	context  Context
	side     tenant.Side
	in       *engine.Context
	on       map[string]bool // flags whose parents are being explained, so that a circle ends
}

// flag decides one flag: its parents have to be on, then what is its own counts.
func (x *explanation) flag(f Flag) (Result, []TraceStep) {
	own, steps := x.own(f)
	parent, err := x.snapshot.Find(f.Parent)
	if f.Parent == "" || err != nil || x.on[f.Key] {
		return own, steps
	}
	x.on[f.Key] = true
	above, inner := x.flag(parent)
	step := TraceStep{Kind: ParentStep, Outcome: Passed, Subject: parent.Key, Enabled: above.Enabled, Inner: inner}
	if above.Enabled {
		step.Text = fmt.Sprintf("Its parent %s is on for them.", parent.Key)
		return own, slices.Insert(steps, 0, step)
	}
	step.Outcome, step.Text = Decided, fmt.Sprintf("Its parent %s is off for them, so this is off as well.", parent.Key)
	for i := range steps {
		steps[i].Outcome = Skipped
	}
	result := shut(f, above.Cause)
	result.OffBy = cmp.Or(above.OffBy, parent.Key)
	return result, slices.Insert(steps, 0, step)
}

// given is a flag in some state; without a value of its own it has the flag's.
func given(f Flag, enabled bool, value json.RawMessage, cause Reason) Result {
	if !enabled {
		return shut(f, cause)
	}
	out := Result{Enabled: true, Value: value, Variant: On, Reason: cause, Cause: cause}
	if len(value) == 0 {
		out.Value = f.Value
	}
	if f.Type == Boolean {
		out.Value = json.RawMessage("true")
	}
	return out
}

// shut is a flag that is off: a boolean is false, the others have no value.
func shut(f Flag, cause Reason) Result {
	if f.Type == Boolean {
		return Result{Value: json.RawMessage("false"), Variant: Off, Reason: cause, Cause: cause}
	}
	return Result{Variant: Off, Reason: Disabled, Cause: cause}
}

// path collects the steps of one flag, of which the first that decides wins.
type path struct {
	steps  []TraceStep
	result *Result
}

// take adds a step. The result counts when nothing has decided yet; nil passes over the step.
func (p *path) take(step TraceStep, result *Result) {
	switch {
	case p.result != nil:
		step.Outcome = Skipped
	case result != nil:
		step.Outcome, p.result = Decided, result
	default:
		step.Outcome = Passed
	}
	if result != nil {
		step.Enabled, step.Value = result.Enabled, result.Value
	}
	p.steps = append(p.steps, step)
}

// own decides a flag without its parent.
func (x *explanation) own(f Flag) (Result, []TraceStep) {
	p := &path{}
	x.switched(p, f)
	if x.context.TargetingKey == "" {
		x.unknown(p, f)
	} else {
		x.identity(p, f)
		for _, o := range inOrder(f.Segments) {
			x.segment(p, f, o)
		}
		x.split(p, f)
		x.variants(p, f)
		reason := Static
		if f.Split != nil {
			reason = SplitReason
		}
		result := given(f, f.Enabled, f.Value, reason)
		p.take(TraceStep{Kind: DefaultStep, Text: "Nothing above applies: the flag’s own state counts."}, &result)
	}
	return *p.result, p.steps
}

// switched is what off means for a flag that takes part in a migration: no exception turns it on.
func (x *explanation) switched(p *path, f Flag) {
	if f.Split == nil && f.Parent == "" && len(x.snapshot.Children(f.Key)) == 0 {
		return
	}
	if f.Enabled {
		p.take(TraceStep{Kind: SwitchStep, Text: "The flag is switched on."}, nil)
		return
	}
	result := shut(f, Static)
	p.take(TraceStep{Kind: SwitchStep, Text: "The flag is switched off, which no exception overrules in a migration."}, &result)
}

// unknown is somebody without an identifier, for whom no exception and no share can be found.
func (x *explanation) unknown(p *path, f Flag) {
	if f.Split != nil {
		result := shut(f, SplitReason)
		p.take(TraceStep{Kind: SplitStep, Subject: f.Split.Rollout, Text: "A rollout is under way, and nobody without an identifier is in it.", Percent: &f.Split.Percent}, &result)
		return
	}
	result := given(f, f.Enabled, f.Value, Static)
	p.take(TraceStep{Kind: DefaultStep, Text: "Nobody is named: the flag’s own state counts."}, &result)
}

func (x *explanation) identity(p *path, f Flag) {
	who := x.context.TargetingKey
	for _, o := range slices.Backward(f.Identities) {
		if o.For == who {
			result := given(f, o.Enabled, o.Value, TargetingMatch)
			p.take(TraceStep{Kind: IdentityStep, Subject: who, Text: "There is an exception for this very identity."}, &result)
			return
		}
	}
	p.take(TraceStep{Kind: IdentityStep, Text: said(len(f.Identities), "No exception names this identity.", "No exception names any identity.")}, nil)
}

func said(n int, some, none string) string {
	if n > 0 {
		return some
	}
	return none
}

func inOrder(overrides []Override) []Override {
	out := slices.Clone(overrides)
	slices.SortStableFunc(out, func(a, b Override) int { return cmp.Compare(a.Priority, b.Priority) })
	return out
}

func (x *explanation) segment(p *path, f Flag, o Override) {
	g, known := x.snapshot.Segment(o.For)
	if !known {
		return
	}
	held, rules := x.rules(g)
	step := TraceStep{Kind: SegmentStep, Subject: g.Key, Rules: rules}
	if !held {
		step.Text = fmt.Sprintf("They are not in the segment %s.", g.Key)
		p.take(step, nil)
		return
	}
	step.Text = fmt.Sprintf("They are in the segment %s, which has an exception.", g.Key)
	result := given(f, o.Enabled, o.Value, TargetingMatch)
	p.take(step, &result)
}

func (x *explanation) split(p *path, f Flag) {
	if f.Split == nil {
		return
	}
	bucket := Bucket(f.Split.Salt, x.context.TargetingKey)
	step := TraceStep{Kind: SplitStep, Subject: f.Split.Rollout, Percent: &f.Split.Percent, Bucket: &bucket}
	if bucket < f.Split.Percent {
		step.Text = fmt.Sprintf("The rollout has reached %s %%, and they fall at %s: they are in it.", number(f.Split.Percent), number(bucket))
		p.take(step, nil)
		return
	}
	step.Text = fmt.Sprintf("The rollout has reached %s %%, and they fall at %s: it has not come to them.", number(f.Split.Percent), number(bucket))
	result := shut(f, SplitReason)
	p.take(step, &result)
}

func number(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

func (x *explanation) variants(p *path, f Flag) {
	if len(f.Variants) == 0 || !f.Enabled {
		return
	}
	seed := f.HashSeed()
	bucket := engine.Percentage(seed, x.in.Key)
	weights := make([]float64, 0, len(f.Variants))
	for _, v := range f.Variants {
		weights = append(weights, v.Weight)
	}
	chosen := engine.Choose(seed, x.in.Key, weights)
	step := TraceStep{Kind: VariantStep, Bucket: &bucket}
	from := 0.0
	for i, v := range f.Variants {
		step.Variants = append(step.Variants, VariantTrace{Key: v.Key, From: from, To: from + v.Weight, Chosen: i == chosen})
		from += v.Weight
	}
	result := given(f, true, f.Value, Static)
	result.Variant = Control
	if f.Split != nil {
		result.Reason = SplitReason
	}
	if chosen >= 0 {
		v := f.Variants[chosen]
		result.Value, result.Variant, result.Reason = v.Value, v.Key, SplitReason
		step.Text = fmt.Sprintf("They fall at %s, which is the variant %s.", number(bucket), v.Key)
	} else {
		step.Variants = append(step.Variants, VariantTrace{Key: Control, From: from, To: 100, Chosen: true})
		step.Text = fmt.Sprintf("They fall at %s, outside of every variant: they get the flag’s own value.", number(bucket))
	}
	step.Subject = result.Variant
	p.take(step, &result)
}

// rules looks at every rule of a segment.
func (x *explanation) rules(g Segment) (held bool, out []RuleTrace) {
	seed := g.HashSeed()
	held = len(g.Rules) > 0
	for _, r := range g.Rules {
		trace := x.rule(seed, r)
		held = held && trace.Held
		out = append(out, trace)
	}
	return held, out
}

func (x *explanation) rule(segment string, r Rule) RuleTrace {
	out := RuleTrace{Type: r.Type, Conditions: []ConditionTrace{}, Rules: []RuleTrace{}}
	conditions, rules := []bool{}, []bool{}
	for _, c := range r.Conditions {
		trace := x.condition(segment, c)
		out.Conditions, conditions = append(out.Conditions, trace), append(conditions, trace.Held)
	}
	for _, inner := range r.Rules {
		trace := x.rule(segment, inner)
		out.Rules, rules = append(out.Rules, trace), append(rules, trace.Held)
	}
	out.Held = joined(r.Type, conditions) && joined(r.Type, rules)
	return out
}

// joined applies ALL, ANY or NONE; an empty list holds.
func joined(kind string, held []bool) bool {
	switch kind {
	case "ALL":
		return !slices.Contains(held, false)
	case "ANY":
		return len(held) == 0 || slices.Contains(held, true)
	case "NONE":
		return !slices.Contains(held, true)
	}
	return len(held) == 0
}

func (x *explanation) condition(segment string, c Condition) ConditionTrace {
	out := ConditionTrace{Condition: c}
	alone, _ := engine.Compile(segment, engineRules([]Rule{{Type: "ALL", Conditions: []Condition{c}}}))
	out.Held = alone.Matches(x.in)
	if c.Operator == "PERCENTAGE_SPLIT" {
		if bucket, set := engine.Spread(segment, c.Property, x.in); set {
			out.Bucket = &bucket
		}
	}
	out.Found, out.Set = engine.Lookup(c.Property, x.in)
	if c.Property == "" && x.in.Key != "" {
		out.Found, out.Set = x.in.Key, true
	}
	return out
}
