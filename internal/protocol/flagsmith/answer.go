package flagsmith

import (
	"encoding/json"
	"hash/fnv"
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
	}
	flagAnswer struct {
		ID             int64   `json:"id"`
		Feature        feature `json:"feature"`
		Enabled        bool    `json:"enabled"`
		Value          any     `json:"feature_state_value"`
		Environment    int64   `json:"environment"`
		Identity       *int64  `json:"identity"`
		FeatureSegment *int64  `json:"feature_segment"`
	}
	identityFlag struct {
		flagAnswer
		Variant *string `json:"variant"`
		Reason  string  `json:"reason"`
	}
)

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
	return feature{f.Number, f.Key, kind}
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

// answers evaluates for one context.
func (c *call) answers(in flag.Context) []identityFlag {
	in.EnvironmentKey, in.EnvironmentName = c.environment.HashKey, c.environment.Name
	results := c.snapshot.EvaluateAll(in, c.side)
	out := make([]identityFlag, 0, len(results))
	environment := number(c.environment.ID)
	for _, r := range results {
		f, err := c.snapshot.Find(r.Key)
		if err != nil { // cannot happen: both are of one snapshot
			continue
		}
		a := identityFlag{
			flagAnswer: flagAnswer{ID: f.Number, Feature: featureOf(&f), Enabled: r.Enabled, Value: valueOf(r.Type, r.Value), Environment: environment},
			Reason:     "DEFAULT",
		}
		if r.Reason == flag.TargetingMatch || r.Reason == flag.SplitReason {
			a.Reason = string(r.Reason)
		}
		if len(f.Variants) > 0 && r.Enabled && r.Variant != flag.On {
			a.Variant = &r.Variant
		}
		for _, v := range f.Variants {
			if v.Key == r.Variant && r.Reason == flag.SplitReason {
				a.Reason = "SPLIT; weight=" + strconv.FormatFloat(v.Weight, 'f', -1, 64)
			}
		}
		out = append(out, a)
	}
	return out
}

// flags answers the environment's own values: nobody in particular asks.
func (d *door) flags(c *call) error {
	all := c.answers(flag.Context{})
	plain := make([]flagAnswer, 0, len(all))
	name := c.r.URL.Query().Get("feature")
	for _, a := range all {
		plain = append(plain, a.flagAnswer)
		if name != "" && a.Feature.Name == name {
			return c.give(a.flagAnswer)
		}
	}
	if name != "" {
		return fault.New(fault.NotFound, "Given feature not found")
	}
	return c.give(plain)
}
