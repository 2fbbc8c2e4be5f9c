package flag

import (
	"encoding/json"
	"hash/fnv"
	"strconv"
	"sync/atomic"

	"github.com/siteproof/belay/internal/flag/engine"
)

// Decision is one way in which one flag can come out. Everybody for whom it comes out so is given the same one, so that
// what is made of it is made once. It never changes.
type Decision struct {
	Result
	Flag *Flag // not to be changed

	value   any // as conditions on flags compare it
	sum     uint64
	encoded [encodings]atomic.Pointer[[]byte]
}

// Encoding is one of the forms in which doors write outcomes.
type Encoding int

// The encodings. Each belongs to one door, which alone knows its form.
const (
	OFREP         Encoding = iota // one flag of an OFREP answer
	ForNobody                     // one of Flagsmith's flags
	ForIdentity                   // one of Flagsmith's flags of an identity
	ForNobodyBare                 // the same two without their ids
	ForIdentityBare
	encodings
)

// Encoded gives what a door writes for this outcome. It is made by encode once, and kept as long as the outcome is served.
func (o *Decision) Encoded(as Encoding, encode func(*Decision) []byte) []byte {
	if made := o.encoded[as].Load(); made != nil {
		return *made
	}
	made := encode(o)
	o.encoded[as].Store(&made)
	return made
}

// Sum is a hash of all that a client learns of the outcome, the same after a restart and on every machine.
func (o *Decision) Sum() uint64 { return o.sum }

// newDecision completes what decides an outcome: who got it on or off, by which cause.
func newDecision(f *Flag, r Result) *Decision {
	o := &Decision{Result: r, Flag: f}
	o.Cause = r.Reason
	o.Key, o.ID, o.Type, o.Parent = f.Key, f.ID, f.Type, f.Parent
	switch {
	case f.Type == Boolean:
		o.Value, o.value = json.RawMessage(strconv.FormatBool(o.Enabled)), o.Enabled
	case !o.Enabled: // no value: the code has the default
		o.Value, o.Reason = nil, Disabled
	default:
		o.value = plainValue(f.Type, o.Value)
	}
	switch {
	case !o.Enabled:
		o.Variant = Off
	case o.Variant == "":
		o.Variant = On
	}
	h := fnv.New64a()
	for _, part := range []string{o.Key, o.ID, string(o.Value), string(o.Reason), o.Variant, o.Parent, o.OffBy, strconv.FormatBool(o.Enabled)} {
		_, _ = h.Write([]byte(strconv.Itoa(len(part)) + ":" + part)) // a hash takes everything
	}
	o.sum = h.Sum64()
	return o
}

// plainValue is a value as conditions compare it: text and numbers as themselves, JSON as text.
func plainValue(t Type, value json.RawMessage) any {
	var s string
	switch {
	case len(value) == 0:
		return nil
	case t == Number:
		return json.Number(value)
	case t == String && json.Unmarshal(value, &s) == nil:
		return s
	}
	return string(value)
}

// plan is one flag with every decision it can have, by what is known of the flag alone.
type plan struct {
	flag       Flag
	own        *Decision // the flag's own state
	identities map[string]*Decision
	segments   []plannedSegment // by priority

	split    engine.Salt // of a rollout
	below    engine.Slot
	in, out  *Decision
	seed     engine.Salt // of variants
	bounds   []engine.Slot
	variants []*Decision
	control  *Decision

	under atomic.Pointer[[]*Decision] // off by something above, as met so far
}

type plannedSegment struct {
	key      string
	decision *Decision
}

func newPlan(given *Flag) *plan {
	p := &plan{flag: *given}
	f := &p.flag
	p.own = newDecision(f, Result{Enabled: f.Enabled, Value: f.Value, Reason: Static})
	if s := f.Split; s != nil {
		p.split, p.below = engine.NewSalt(s.Salt), engine.Below(s.Percent)
		p.in = newDecision(f, Result{Enabled: f.Enabled, Value: f.Value, Reason: SplitReason, Weight: s.Percent, Bucketed: true})
		p.out = newDecision(f, Result{Reason: SplitReason, Weight: 100 - s.Percent, Bucketed: true})
	}
	p.planVariants(f)
	p.planOverrides(f)
	return p
}

func (p *plan) planVariants(f *Flag) {
	if len(f.Variants) == 0 {
		return
	}
	p.seed = engine.NewSalt(f.HashSeed())
	control := Result{Enabled: f.Enabled, Value: f.Value, Reason: Static, Variant: Control, Bucketed: true}
	if f.Split != nil {
		control.Reason, control.Weight = SplitReason, f.Split.Percent
	}
	p.control = newDecision(f, control)
	weights := make([]float64, 0, len(f.Variants))
	for _, v := range f.Variants {
		weights = append(weights, v.Weight)
		p.variants = append(p.variants, newDecision(f, Result{
			Enabled: f.Enabled, Value: v.Value, Variant: v.Key, Reason: SplitReason, Weight: v.Weight, Bucketed: true,
		}))
	}
	p.bounds = engine.Bounds(weights)
}

func (p *plan) planOverrides(f *Flag) {
	for _, o := range inOrder(f.Segments) {
		p.segments = append(p.segments, plannedSegment{o.For, newDecision(f, overridden(f, o, o.For))})
	}
	if len(f.Identities) == 0 {
		return
	}
	p.identities = make(map[string]*Decision, len(f.Identities))
	made := map[string]*Decision{} // many people are given the same
	for _, o := range f.Identities {
		r := overridden(f, o, "")
		state := strconv.FormatBool(r.Enabled) + string(r.Value)
		if made[state] == nil {
			made[state] = newDecision(f, r)
		}
		p.identities[o.For] = made[state]
	}
}

// overridden is a flag in another state. An override without a value of its own has the flag's.
func overridden(f *Flag, o Override, segment string) Result {
	r := Result{Enabled: o.Enabled, Value: o.Value, Reason: TargetingMatch, Segment: segment}
	if len(r.Value) == 0 {
		r.Value = f.Value
	}
	return r
}

// offBy is the flag off because one above it is. There are few such outcomes, but which ones depends on other flags, so
// they are made when they are met.
func (p *plan) offBy(above *Decision) *Decision {
	by := above.OffBy
	if by == "" {
		by = above.Key
	}
	var made *Decision
	for {
		met := p.under.Load()
		if met != nil {
			for _, o := range *met {
				if o.OffBy == by && o.Cause == above.Cause {
					return o
				}
			}
		}
		if made == nil {
			made = newDecision(&p.flag, Result{Reason: above.Cause, OffBy: by})
		}
		next := []*Decision{made}
		if met != nil {
			next = append(next, *met...)
		}
		if p.under.CompareAndSwap(met, &next) {
			return made
		}
	}
}
