package flagsmith

import (
	"encoding/json"
	"hash/fnv"
	"slices"
	"strconv"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag"
)

const (
	standard     = "STANDARD"
	multivariate = "MULTIVARIATE"
)

type (
	feature struct {
		ID   int64  `json:"id"`
		Name string `json:"name"`
		Type string `json:"type"`
		// Reason is here for the Node client; the others look for it beside the feature.
		Reason string `json:"reason,omitempty"`
	}
	flagAnswer struct {
		ID             *int64  `json:"id"`
		Feature        feature `json:"feature"`
		Enabled        bool    `json:"enabled"`
		Value          any     `json:"feature_state_value"`
		Environment    *int64  `json:"environment"`
		Identity       *int64  `json:"identity"`
		FeatureSegment *int64  `json:"feature_segment"`
	}
	identityFlag struct {
		flagAnswer
		Variant  *string   `json:"variant"`
		Reason   string    `json:"reason"`
		Metadata *metadata `json:"metadata,omitempty"`
	}
	metadata struct {
		Experiment experiment `json:"experiment"`
	}
	experiment struct {
		ID           int64  `json:"id"`
		Name         string `json:"name"`
		InExperiment bool   `json:"in_experiment"`
	}
)

// identityOverrides is the segment that Flagsmith's engines name when an identity has a state of its own.
const identityOverrides = "identity_overrides"

// number turns an environment's id into the positive number that Flagsmith's clients expect.
func number(id string) int64 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id)) // a hash takes everything
	return int64(h.Sum32()>>1) + 1
}

func featureOf(f *flag.Flag) feature {
	kind := standard
	if len(f.Variants) > 0 {
		kind = multivariate
	}
	return feature{ID: f.Number, Name: f.Key, Type: kind}
}

// valueOf is a value as Flagsmith's wire has it: whole numbers, booleans and text; all else as text.
func valueOf(kind flag.Type, value json.RawMessage) any {
	if len(value) == 0 || kind == flag.Boolean {
		return nil
	}
	var text string
	switch {
	case json.Unmarshal(value, &text) == nil:
		return text
	case string(value) == "null":
		return nil
	case kind == flag.Number:
		if whole, err := strconv.ParseInt(string(value), 10, 53); err == nil {
			return whole
		}
	}
	return string(value)
}

// stateOf is a flag for nobody in particular; a bare one names no ids.
func stateOf(d *flag.Decision, bare bool) flagAnswer {
	out := flagAnswer{Feature: featureOf(d.Flag), Enabled: d.Enabled, Value: valueOf(d.Type, d.Value)}
	if !bare {
		environment := number(d.Flag.EnvironmentID)
		out.ID, out.Environment = &d.Flag.Number, &environment
	}
	return out
}

func identityState(d *flag.Decision, bare bool) identityFlag {
	out := identityFlag{flagAnswer: stateOf(d, bare), Reason: reasonOf(d)}
	out.Feature.Reason = out.Reason
	if len(d.Flag.Variants) > 0 && d.Enabled && d.Variant != flag.On {
		out.Variant = &d.Variant
	}
	if x := d.Flag.Experiment; x != nil {
		out.Metadata = &metadata{experiment{ID: x.Number, Name: x.Name, InExperiment: out.Variant != nil && d.Bucketed}}
	}
	return out
}

// reasonOf is what decided, as Flagsmith's engines say it. What a flag above keeps off is nobody's segment.
func reasonOf(d *flag.Decision) string {
	switch {
	case d.OffBy != "" || d.Cause == flag.Static:
		return "DEFAULT"
	case d.Cause == flag.SplitReason:
		return "SPLIT; weight=" + strconv.FormatFloat(d.Weight, 'f', -1, 64)
	case d.Segment == "":
		return "TARGETING_MATCH; segment=" + identityOverrides
	}
	return "TARGETING_MATCH; segment=" + d.Segment
}

func encoded(answer any) []byte {
	body, err := json.Marshal(answer)
	if err != nil { // cannot happen: text, numbers and booleans only
		return []byte("{}")
	}
	return body
}

// Each of these writes one flag, once for all who get the same.
func encodeNobody(d *flag.Decision) []byte       { return encoded(stateOf(d, false)) }
func encodeNobodyBare(d *flag.Decision) []byte   { return encoded(stateOf(d, true)) }
func encodeIdentity(d *flag.Decision) []byte     { return encoded(identityState(d, false)) }
func encodeIdentityBare(d *flag.Decision) []byte { return encoded(identityState(d, true)) }

// decide evaluates for one context.
func (c *call) decide(in flag.Context) []*flag.Decision {
	in.EnvironmentKey, in.EnvironmentName = c.environment.HashKey, c.environment.Name
	all := c.snapshot.DecideAll(in, c.side, c.door.decisions.Take())
	if !c.environment.Settings.HideDisabledFlags {
		return all
	}
	return slices.DeleteFunc(all, func(d *flag.Decision) bool { return !d.Enabled })
}

// append writes a list of flags, for one identity or for nobody in particular.
func (c *call) append(to []byte, decisions []*flag.Decision, as flag.Encoding, encode func(*flag.Decision) []byte) []byte {
	to = append(to, '[')
	for i, d := range decisions {
		if i > 0 {
			to = append(to, ',')
		}
		to = append(to, d.Encoded(as, encode)...)
	}
	return append(to, ']')
}

func (c *call) appendIdentityFlags(to []byte, decisions []*flag.Decision) []byte {
	if c.environment.Settings.HideSensitiveData {
		return c.append(to, decisions, flag.ForIdentityBare, encodeIdentityBare)
	}
	return c.append(to, decisions, flag.ForIdentity, encodeIdentity)
}

// flags answers the environment's own values: nobody in particular asks.
func (d *door) flags(c *call) error {
	name := c.r.URL.Query().Get("feature")
	if c.unchanged(name) {
		return nil
	}
	all := c.decide(flag.Context{})
	defer d.decisions.GiveBack(all)
	as, encode := flag.ForNobody, encodeNobody
	if c.environment.Settings.HideSensitiveData {
		as, encode = flag.ForNobodyBare, encodeNobodyBare
	}
	if name != "" {
		for _, one := range all {
			if one.Key == name {
				c.ok(one.Encoded(as, encode))
				return nil
			}
		}
		return fault.New(fault.NotFound, "Given feature not found")
	}
	answer := c.append(d.bytes.Take(), all, as, encode)
	c.ok(answer)
	d.bytes.GiveBack(answer)
	return nil
}
