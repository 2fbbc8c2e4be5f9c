package flag

import "encoding/json"

// Outcome says what one step of an explanation did.
type Outcome string

// The outcomes.
const (
	Decided Outcome = "decided" // it gave the answer
	Passed  Outcome = "passed"  // it was looked at and did not apply
	Skipped Outcome = "skipped" // something before it had decided
)

// StepKind is a place at which a flag can be decided, in the order in which they are asked.
type StepKind string

// The kinds.
const (
	ParentStep   StepKind = "parent"   // a flag above has to be on
	SwitchStep   StepKind = "switch"   // off for everybody, whatever exceptions there are
	IdentityStep StepKind = "identity" // an override for this identity
	SegmentStep  StepKind = "segment"  // an override for a segment
	SplitStep    StepKind = "split"    // the share of a rollout
	VariantStep  StepKind = "variant"  // which variant
	DefaultStep  StepKind = "default"  // the flag's own state
)

// Trace says why somebody gets what they get from one flag.
type Trace struct {
	Flag       string          `json:"flag"`
	Type       Type            `json:"type"`
	Identifier string          `json:"identifier"`
	Enabled    bool            `json:"enabled"`
	Value      json.RawMessage `json:"value,omitempty"`
	Variant    string          `json:"variant"`
	Reason     Reason          `json:"reason"`
	OffBy      string          `json:"off_by,omitempty"`
	// Steps are in the order in which they are asked. Exactly one has decided.
	Steps []TraceStep `json:"steps"`
}

// TraceStep is one place at which the flag could have been decided.
type TraceStep struct {
	Kind    StepKind `json:"kind"`
	Outcome Outcome  `json:"outcome"`
	Text    string   `json:"text"`              // what happened here, in one sentence
	Subject string   `json:"subject,omitempty"` // the key of the parent or segment, or the rollout's id
	// Enabled and Value are what the step gives; of a parent, its own state.
	Enabled bool            `json:"enabled"`
	Value   json.RawMessage `json:"value,omitempty"`
	// Percent is the share of a split, Bucket where this identity falls: it is in when Bucket is below Percent.
	Percent  *float64       `json:"percent,omitempty"`
	Bucket   *float64       `json:"bucket,omitempty"`
	Variants []VariantTrace `json:"variants,omitempty"`
	Rules    []RuleTrace    `json:"rules,omitempty"` // of a segment; all had to hold
	// Inner says how the parent itself was decided.
	Inner []TraceStep `json:"inner,omitempty"`
}

// VariantTrace is the range of buckets, in percent, that gets one variant: From counts in, To does not.
type VariantTrace struct {
	Key    string  `json:"key"`
	From   float64 `json:"from"`
	To     float64 `json:"to"`
	Chosen bool    `json:"chosen"`
}

// RuleTrace is one rule of a segment with what came of it.
type RuleTrace struct {
	Type       string           `json:"type"`
	Held       bool             `json:"held"`
	Conditions []ConditionTrace `json:"conditions"`
	Rules      []RuleTrace      `json:"rules"`
}

// ConditionTrace is one condition beside what it met.
type ConditionTrace struct {
	Condition
	Held   bool     `json:"held"`
	Set    bool     `json:"set"`              // there was such a trait
	Found  any      `json:"found,omitempty"`  // what it was
	Bucket *float64 `json:"bucket,omitempty"` // of a percentage split: it holds when this is at most the value
}
