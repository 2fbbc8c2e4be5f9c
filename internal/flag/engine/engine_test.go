package engine_test

import (
	"encoding/json"
	"math"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/siteproof/belay/internal/flag/engine"
)

func TestPercentageGivesFlagsmithsNumbers(t *testing.T) {
	for _, c := range []struct {
		ids  []string
		want float64
	}{
		{[]string{"12", "93"}, 27.655531106221243},
		{[]string{"500012", "BelayStubClientKey000001_alice"}, 32.85657131426285},
		{[]string{"5", "é_ü"}, 76.46529305861172},
		{[]string{"1", "8931"}, 45.779155831166236}, // the first hash says 100 %, the second this
	} {
		require.InDelta(t, c.want, engine.Percentage(c.ids...), 1e-12)
	}
}

func TestPercentageIsBelowAHundredAndSpreadsEvenly(t *testing.T) {
	const identities, tenths = 50_000, 10
	var counts [tenths]int
	for i := range identities {
		p := engine.Percentage("salt", strconv.Itoa(i))
		require.Less(t, p, 100.0)
		require.GreaterOrEqual(t, p, 0.0)
		counts[int(p/tenths)]++
	}
	// Chi-squared with 9 degrees of freedom exceeds 27.9 once in a thousand times; these identities are fixed.
	chi := 0.0
	for _, n := range counts {
		d := float64(n) - identities/tenths
		chi += d * d / (identities / tenths)
	}
	require.Less(t, chi, 27.9, "counts by tenth: %v", counts)
}

func TestChooseGivesEachVariantItsShareAndNothingBeyondIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed, identity := rapid.String().Draw(t, "seed"), rapid.String().Draw(t, "identity")
		weights := rapid.SliceOfN(rapid.Float64Range(0, 25), 0, 4).Draw(t, "weights")
		at, start, want := engine.Percentage(seed, identity), 0.0, -1
		for i, w := range weights {
			if want < 0 && at < start+w {
				want = i
			}
			start += w
		}
		require.Equal(t, want, engine.Choose(seed, identity, weights))
	})
}

func TestOperatorsHoldAsOnFlagsmithsServer(t *testing.T) {
	number := func(s string) json.Number { return json.Number(s) }
	for _, c := range []struct {
		trait    any
		operator string
		value    string
		want     bool
	}{
		{"blue", "EQUAL", "blue", true},
		{"blue", "EQUAL", "Blue", false},
		{"blue", "NOT_EQUAL", "red", true},
		{number("5"), "EQUAL", "5", true},
		{number("5"), "EQUAL", "5.0", true},
		{number("5"), "EQUAL", "five", false},
		{number("5"), "NOT_EQUAL", "five", false}, // what cannot be compared is neither
		{"9", "LESS_THAN", "10", true},            // as numbers, not as text
		{"a9", "LESS_THAN", "a10", false},         // as text
		{number("12345678901234567890123"), "EQUAL", "12345678901234567890124", false},
		{number("12345678901234567890123"), "LESS_THAN", "12345678901234567890124", true},
		{number("-3"), "LESS_THAN", "-2", true},
		{number("-3"), "GREATER_THAN", "2", false},
		{number("-0"), "EQUAL", "0", true},
		{number("1e3"), "EQUAL", "1000", true},
		{number("10.5"), "GREATER_THAN_INCLUSIVE", "10.5", true},
		{number("10"), "LESS_THAN_INCLUSIVE", "9.99", false},
		{true, "EQUAL", "true", true},
		{true, "EQUAL", "false", false},
		{false, "EQUAL", "False", true},
		{false, "EQUAL", "no", false}, // all but false is true
		{nil, "EQUAL", "x", false},
		{nil, "NOT_EQUAL", "x", false},
		{"Mozilla/5.0", "CONTAINS", "zilla", true},
		{"Mozilla/5.0", "NOT_CONTAINS", "chrome", true},
		{number("1234"), "CONTAINS", "23", false},
		{number("1234"), "NOT_CONTAINS", "99", false},
		{"abc", "REGEX", "b", false}, // anchored at the start …
		{"abc", "REGEX", "ab", true}, // … and not at the end
		{"abc", "REGEX", ".*c$", true},
		{"007", "REGEX", "7$", true},
		{"blue", "IN", "red,blue", true},
		{"blue", "IN", "red, blue", false}, // not trimmed
		{"blue", "IN", `["red", "blue"]`, true},
		{number("3"), "IN", "[1, 2, 3]", true},
		{number("3.5"), "IN", "3.5", false},
		{true, "IN", "true,True", false},
		{"[red", "IN", "[red,blue", true}, // not JSON after all
		{number("7"), "MODULO", "4|3", true},
		{number("-1"), "MODULO", "4|3", true}, // floored
		{number("2.5"), "MODULO", "2|0.5", true},
		{"seven", "MODULO", "4|3", false},
		{number("7"), "MODULO", "0|0", false},
		{"x", "IS_SET", "", true},
		{nil, "IS_SET", "", false},
		{nil, "IS_NOT_SET", "", true},
		{"1.0.0", "EQUAL", "1.0.0:semver", true},
		{"1.0.0+mac", "EQUAL", "1.0.0:semver", true},
		{"1.10.0", "GREATER_THAN", "1.9.0:semver", true},
		{"1.0.0-rc.1", "LESS_THAN", "1.0.0:semver", true},
		{"1.0.0-rc.2", "GREATER_THAN", "1.0.0-rc.1:semver", true},
		{"1.0.0-rc", "GREATER_THAN", "1.0.0-2:semver", true},
		{"1.0", "EQUAL", "1.0:semver", false},
		{"01.0.0", "NOT_EQUAL", "1.0.0:semver", false},
		{"x", "PERCENTAGE_SPLIT", "100", true},
		{nil, "PERCENTAGE_SPLIT", "100", false},
		{"x", "NOBODY_KNOWS", "x", false},
		{map[string]any{"a": "b"}, "EQUAL", "b", false},
	} {
		segment, _ := engine.Compile("1", []engine.Rule{{Type: "ALL", Conditions: []engine.Condition{{Property: "t", Operator: c.operator, Value: c.value}}}})
		got := segment.Matches(&engine.Context{Identifier: "a", Key: "a", Traits: map[string]any{"t": c.trait}})
		require.Equal(t, c.want, got, "%v %s %q", c.trait, c.operator, c.value)
	}
}

func TestConditionsReachIntoTheContext(t *testing.T) {
	in := &engine.Context{
		Environment: engine.Environment{Key: "cli_1", Name: "Production"}, Identifier: "alice", Key: "cli_1_alice",
		Traits: map[string]any{
			"plan": "pro", "with space": "x", "$.identity.identifier": "literal",
			"team": map[string]any{"size": json.Number("5"), "gone": nil},
		},
	}
	for property, want := range map[string]string{
		"$.environment.name":                "Production",
		"$.environment.key":                 "cli_1",
		"$.identity.key":                    "cli_1_alice",
		"$.identity.identifier":             "literal", // a trait of that name comes first
		"$.identity.traits.plan":            "pro",
		"$.identity.traits['with space']":   "x",
		`$.identity.traits["team"].size`:    "5",
		"$.identity.traits.team":            "",
		"$.identity.traits.team.gone":       "",
		"$.identity.traits.plan.no.further": "",
		"$.nowhere":                         "",
	} {
		operator := "EQUAL"
		if want == "" {
			operator = "IS_NOT_SET"
		}
		segment, err := engine.Compile("1", []engine.Rule{{Type: "ALL", Conditions: []engine.Condition{{Property: property, Operator: operator, Value: want}}}})
		require.NoError(t, err, property)
		require.True(t, segment.Matches(in), property)
	}
}

func TestRulesJoinConditionsAndRulesSeparately(t *testing.T) {
	yes := engine.Condition{Property: "t", Operator: "IS_SET"}
	no := engine.Condition{Property: "t", Operator: "IS_NOT_SET"}
	rule := func(kind string, conditions ...engine.Condition) engine.Rule {
		return engine.Rule{Type: kind, Conditions: conditions}
	}
	for name, c := range map[string]struct {
		rules []engine.Rule
		want  bool
	}{
		"no rules":                         {nil, false},
		"an empty rule":                    {[]engine.Rule{rule("ALL")}, true},
		"all":                              {[]engine.Rule{rule("ALL", yes, no)}, false},
		"any":                              {[]engine.Rule{rule("ANY", no, yes)}, true},
		"any of none":                      {[]engine.Rule{rule("ANY", no, no)}, false},
		"none":                             {[]engine.Rule{rule("NONE", no, no)}, true},
		"none but one":                     {[]engine.Rule{rule("NONE", no, yes)}, false},
		"every top rule":                   {[]engine.Rule{rule("ALL", yes), rule("ALL", no)}, false},
		"any condition, yet no inner rule": {[]engine.Rule{{Type: "ANY", Conditions: []engine.Condition{yes}, Rules: []engine.Rule{rule("ALL", no)}}}, false},
		"an unknown type":                  {[]engine.Rule{rule("SOME", yes)}, false},
	} {
		segment, _ := engine.Compile("1", c.rules)
		require.Equal(t, c.want, segment.Matches(&engine.Context{Key: "a", Traits: map[string]any{"t": "x"}}), name)
	}
}

func TestWhatCannotBeUnderstoodIsNamedAndNeverHolds(t *testing.T) {
	for _, c := range []engine.Condition{
		{Property: "t", Operator: "REGEX", Value: "("},
		{Property: "t", Operator: "LIKE", Value: "x"},
		{Property: "t", Operator: "MODULO", Value: "2"},
		{Property: "t", Operator: "PERCENTAGE_SPLIT", Value: "half"},
		{Property: "t", Operator: "PERCENTAGE_SPLIT", Value: "NaN"},
		{Property: "t", Operator: "NOT_EQUAL", Value: "1.2:semver"},
		{Property: "$.identity.traits['t", Operator: "IS_NOT_SET"},
		{Property: "$..t", Operator: "IS_NOT_SET"},
	} {
		segment, err := engine.Compile("1", []engine.Rule{{Type: "ALL", Conditions: []engine.Condition{c}}})
		require.ErrorContains(t, err, "rules[0].conditions[0]")
		require.False(t, segment.Matches(&engine.Context{Key: "a", Traits: map[string]any{"t": "x"}}), "%+v", c)
	}
}

// Whatever stands in a segment and a context: no panic, and one answer for one question.
func TestMatchingTakesAnything(t *testing.T) {
	trait := rapid.OneOf(rapid.String().AsAny(), rapid.Bool().AsAny(), rapid.Float64().AsAny(), rapid.Int().AsAny(),
		rapid.Just[any](nil), rapid.Just[any]([]any{"a"}), rapid.Just[any](map[string]any{"a": math.Inf(1)}), rapid.Just[any](json.Number("1e999")))
	rapid.Check(t, func(t *rapid.T) {
		c := engine.Condition{
			Property: rapid.OneOf(rapid.Just("t"), rapid.Just(""), rapid.StringMatching(`\$\.identity\.(traits|key)[.\['t\]]*`)).Draw(t, "property"),
			Operator: rapid.SampledFrom(engine.Operators()).Draw(t, "operator"),
			Value:    rapid.OneOf(rapid.String(), rapid.StringMatching(`-?[0-9]+(\.[0-9]+)?(\|[0-9]+)?(:semver)?`)).Draw(t, "value"),
		}
		segment, _ := engine.Compile("1", []engine.Rule{{Type: "ALL", Conditions: []engine.Condition{c}}})
		in := &engine.Context{Key: "a", Identifier: "a", Traits: map[string]any{"t": trait.Draw(t, "trait")}}
		first := segment.Matches(in)
		require.Equal(t, first, segment.Matches(in))
	})
}
