package flag_test

import (
	"encoding/json"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/tenant"
)

// drawSegment makes a segment whose conditions meet the contexts of drawContext about half the time.
func drawSegment(t *rapid.T, key string, number int64) flag.Segment {
	drawn := rapid.Custom(func(t *rapid.T) flag.Condition {
		return rapid.SampledFrom([]flag.Condition{
			condition("plan", "EQUAL", "pro"), condition("plan", "NOT_EQUAL", "free"), condition("age", "GREATER_THAN", "30"),
			condition("plan", "IN", "pro,team"), condition("age", "MODULO", "2|0"), condition("plan", "REGEX", "^p"),
			condition("", "PERCENTAGE_SPLIT", "40"), condition("$.identity.traits.plan", "PERCENTAGE_SPLIT", "60"),
			condition("age", "IS_NOT_SET", ""), condition("$.identity.identifier", "CONTAINS", "1"), condition("$.environment.name", "EQUAL", "Production"),
		}).Draw(t, "condition")
	})
	var rules func(depth int) []flag.Rule
	rules = func(depth int) []flag.Rule {
		var out []flag.Rule
		for range rapid.IntRange(0, 2).Draw(t, "rules") {
			r := flag.Rule{
				Type:       rapid.SampledFrom([]string{"ALL", "ANY", "NONE"}).Draw(t, "type"),
				Conditions: rapid.SliceOfN(drawn, 0, 3).Draw(t, "conditions"),
			}
			if depth < 3 {
				r.Rules = rules(depth + 1)
			}
			out = append(out, r)
		}
		return out
	}
	return flag.Segment{ID: key, Key: key, Number: number, Rules: rules(0)}
}

func drawFlag(t *rapid.T, number int64) flag.Flag {
	f := flag.Flag{
		ID: strconv.FormatInt(number, 10), Key: "f" + strconv.FormatInt(number, 10), Number: number,
		Type: rapid.SampledFrom([]flag.Type{flag.Boolean, flag.String}).Draw(t, "type"), Enabled: rapid.IntRange(0, 3).Draw(t, "on") > 0,
		ServerOnly: rapid.IntRange(0, 9).Draw(t, "server only") == 0,
	}
	value := func() json.RawMessage {
		if f.Type == flag.Boolean {
			return nil
		}
		return json.RawMessage(strconv.Quote(rapid.StringMatching(`[a-c]{1,2}`).Draw(t, "value")))
	}
	f.Value = value()
	if number > 1 && rapid.Bool().Draw(t, "has a parent") {
		f.Parent = "f" + strconv.FormatInt(rapid.Int64Range(1, number-1).Draw(t, "parent"), 10)
	}
	if rapid.IntRange(0, 2).Draw(t, "split") == 0 {
		f.Split = &flag.Split{Rollout: "rol_1", Salt: strconv.Itoa(rapid.IntRange(1, 3).Draw(t, "salt")), Percent: rapid.Float64Range(0, 100).Draw(t, "percent")}
	}
	if rapid.IntRange(0, 3).Draw(t, "asks the first flag") == 0 && number > 1 {
		f.Segments = append(f.Segments, flag.Override{For: "first", Priority: 20, Enabled: rapid.Bool().Draw(t, "enabled")})
	}
	for i, key := range rapid.Permutation([]string{"s1", "s2", "s3"}).Draw(t, "segments")[:rapid.IntRange(0, 3).Draw(t, "overrides")] {
		f.Segments = append(f.Segments, flag.Override{For: key, Priority: 10 - i, Enabled: rapid.Bool().Draw(t, "enabled"), Value: value()})
	}
	if rapid.IntRange(0, 3).Draw(t, "override") == 0 {
		f.Identities = append(f.Identities, flag.Override{For: "usr_1", Enabled: rapid.Bool().Draw(t, "enabled"), Value: value()})
	}
	if f.Type != flag.Boolean && rapid.Bool().Draw(t, "variants") {
		f.Variants = []flag.Variant{{Key: "v1", Value: json.RawMessage(`"one"`), Weight: 30}, {Key: "v2", Value: json.RawMessage(`"two"`), Weight: 30}}
	}
	return f
}

func drawContext(t *rapid.T) flag.Context {
	c := flag.Context{
		TargetingKey: rapid.SampledFrom([]string{"", "usr_1", "usr_2", "usr_3"}).Draw(t, "identifier"),
		Traits:       map[string]any{},
	}
	if rapid.Bool().Draw(t, "has a plan") {
		c.Traits["plan"] = rapid.SampledFrom([]string{"pro", "team", "free"}).Draw(t, "plan")
	}
	if rapid.Bool().Draw(t, "has an age") {
		c.Traits["age"] = json.Number(strconv.Itoa(rapid.IntRange(20, 40).Draw(t, "age")))
	}
	if rapid.Bool().Draw(t, "environment") {
		c.EnvironmentKey, c.EnvironmentName = "key", "Production"
	}
	return c
}

// asCommitted puts flags into a service as the journal's announcement of a commit does.
func asCommitted(t require.TestingT, w *world, flags []flag.Flag, segments []flag.Segment) *flag.Snapshot {
	c := change.Commit{Revision: 1}
	for _, f := range flags {
		text, err := json.Marshal(f)
		require.NoError(t, err)
		c.Changes = append(c.Changes, change.Change{Kind: flag.FlagCreated, EnvironmentID: "drawn", Subject: f.Key, After: text})
	}
	for _, g := range segments {
		text, err := json.Marshal(g)
		require.NoError(t, err)
		c.Changes = append(c.Changes, change.Change{Kind: flag.SegmentCreated, EnvironmentID: "drawn", Subject: g.Key, After: text})
	}
	w.flags.Refresh(c)
	return w.flags.Snapshot("drawn")
}

func TestAnExplanationEndsWhereEvaluationDoes(t *testing.T) {
	w := newWorld(t)
	rapid.Check(t, func(t *rapid.T) {
		var flags []flag.Flag
		for n := range rapid.Int64Range(1, 5).Draw(t, "flags") {
			flags = append(flags, drawFlag(t, n+1))
		}
		var segments []flag.Segment
		for n, key := range []string{"s1", "s2", "s3"} {
			segments = append(segments, drawSegment(t, key, int64(n+1)))
		}
		segments = append(segments, flag.Segment{ID: "first", Key: "first", Number: 4, Rules: asWritten(condition("$.flags.f1.enabled", "EQUAL", "true"))})
		s := asCommitted(t, w, flags, segments)
		for range 4 {
			in := drawContext(t)
			side := rapid.SampledFrom([]tenant.Side{tenant.Client, tenant.Server}).Draw(t, "side")
			for _, f := range flags {
				want, refused := s.Evaluate(f.Key, in, side)
				got, err := s.Explain(f.Key, in, side)
				if refused != nil {
					require.Equal(t, refused, err)
					continue
				}
				require.NoError(t, err)
				require.Equal(t,
					[]any{want.Key, want.Type, want.Enabled, string(want.Value), want.Variant, want.Reason, want.OffBy},
					[]any{got.Flag, got.Type, got.Enabled, string(got.Value), got.Variant, got.Reason, got.OffBy}, "%+v", got.Steps)
				requireOneDecision(t, got.Steps)
				for _, g := range segments {
					held := s.Members(g.Key)(in)
					for _, step := range got.Steps {
						if step.Kind == flag.SegmentStep && step.Subject == g.Key {
							require.Equal(t, held, len(g.Rules) > 0 && !slices.ContainsFunc(step.Rules, func(r flag.RuleTrace) bool { return !r.Held }))
						}
					}
				}
			}
		}
	})
}

// requireOneDecision checks that what comes before the decision was passed over and what comes after it was not asked.
func requireOneDecision(t require.TestingT, steps []flag.TraceStep) {
	decided := slices.IndexFunc(steps, func(s flag.TraceStep) bool { return s.Outcome == flag.Decided })
	require.GreaterOrEqual(t, decided, 0)
	for i, s := range steps {
		require.NotEmpty(t, s.Text)
		switch {
		case i < decided:
			require.Equal(t, flag.Passed, s.Outcome)
		case i > decided:
			require.Equal(t, flag.Skipped, s.Outcome)
		}
		if len(s.Inner) > 0 {
			requireOneDecision(t, s.Inner)
		}
	}
}

func TestAnExplanationShowsWhatWasAskedAndWhatWasThere(t *testing.T) {
	w := newWorld(t)
	s := asCommitted(t, w,
		[]flag.Flag{{
			Key: "banner", Number: 7, Type: flag.String, Enabled: true, Value: json.RawMessage(`"none"`),
			Segments: []flag.Override{{For: "old", Priority: 1, Enabled: true, Value: json.RawMessage(`"big"`)}, {For: "pro", Priority: 2, Enabled: true, Value: json.RawMessage(`"gold"`)}},
		}},
		[]flag.Segment{
			{Key: "old", Number: 1, Rules: asWritten(condition("age", "GREATER_THAN", "60"), condition("", "PERCENTAGE_SPLIT", "0"))},
			{Key: "pro", Number: 2, Rules: asWritten(condition("plan", "EQUAL", "pro"))},
		})
	trace, err := s.Explain("banner", flag.Context{TargetingKey: "ann", Traits: map[string]any{"plan": "pro", "age": json.Number("40")}}, tenant.Server)
	require.NoError(t, err)
	require.Equal(t, `"gold"`, string(trace.Value))
	var kinds []flag.StepKind
	for _, step := range trace.Steps {
		kinds = append(kinds, step.Kind)
	}
	require.Equal(t, []flag.StepKind{flag.IdentityStep, flag.SegmentStep, flag.SegmentStep, flag.DefaultStep}, kinds)
	asked := trace.Steps[1].Rules[0].Rules[0].Conditions
	require.Equal(t, json.Number("40"), asked[0].Found)
	require.True(t, asked[0].Set)
	require.False(t, asked[0].Held)
	require.NotNil(t, asked[1].Bucket)
	require.False(t, asked[1].Held)
	require.Equal(t, flag.Decided, trace.Steps[2].Outcome)
	require.True(t, trace.Steps[2].Rules[0].Rules[0].Conditions[0].Held)
	require.Equal(t, flag.Skipped, trace.Steps[3].Outcome)
}
