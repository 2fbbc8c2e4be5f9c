package engine_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/flag/engine"
)

// The shapes of Flagsmith's public engine-test-data: a context, and what its engine makes of it.
type (
	testCase struct {
		Context testContext `json:"context"`
		Result  testResult  `json:"result"`
	}
	testContext struct {
		Environment struct{ Key, Name string } `json:"environment"`
		Features    map[string]testFeature     `json:"features"`
		Identity    *struct {
			Identifier string         `json:"identifier"`
			Key        string         `json:"key"`
			Traits     map[string]any `json:"traits"`
		} `json:"identity"`
		Segments map[string]testSegment `json:"segments"`
	}
	testFeature struct {
		Key      string `json:"key"`
		Name     string `json:"name"`
		Enabled  bool   `json:"enabled"`
		Value    any    `json:"value"`
		Priority *int64 `json:"priority"`
		Variants []struct {
			Key      *string     `json:"key"`
			Value    any         `json:"value"`
			Weight   float64     `json:"weight"`
			Priority json.Number `json:"priority"`
		} `json:"variants"`
	}
	testSegment struct {
		Key       string        `json:"key"`
		Name      string        `json:"name"`
		Rules     []testRule    `json:"rules"`
		Overrides []testFeature `json:"overrides"`
	}
	testRule struct {
		Type       string     `json:"type"`
		Rules      []testRule `json:"rules"`
		Conditions []struct {
			Property string `json:"property"`
			Operator string `json:"operator"`
			Value    any    `json:"value"`
		} `json:"conditions"`
	}
	testResult struct {
		Flags    map[string]testFlag     `json:"flags"`
		Segments []struct{ Name string } `json:"segments"`
	}
	testFlag struct {
		Enabled bool   `json:"enabled"`
		Value   any    `json:"value"`
		Reason  string `json:"reason"`
		Variant any    `json:"variant"`
	}
)

// TestFlagsmithsOwnTestData evaluates the cases that Flagsmith publishes for engines. BELAY_ENGINE_TEST_DATA names the
// folder of the data (github.com/Flagsmith/engine-test-data), whose cases lie in test_cases.
func TestFlagsmithsOwnTestData(t *testing.T) {
	folder := os.Getenv("BELAY_ENGINE_TEST_DATA") //nolint:forbidigo // an optional test's input
	if folder == "" {
		t.Skip("NOT RUN: BELAY_ENGINE_TEST_DATA does not name the folder with Flagsmith's test cases")
	}
	files, err := filepath.Glob(filepath.Join(folder, "test_cases", "*.json*"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimPrefix(filepath.Base(file), "test_"), func(t *testing.T) {
			given, err := os.ReadFile(file)
			require.NoError(t, err)
			decoder := json.NewDecoder(strings.NewReader(withoutComments(string(given))))
			decoder.UseNumber()
			var c testCase
			require.NoError(t, decoder.Decode(&c))
			flags, segments := evaluate(t, c.Context)
			require.Empty(t, cmp.Diff(c.Result.Flags, flags))
			var want []string
			for _, s := range c.Result.Segments {
				want = append(want, s.Name)
			}
			slices.Sort(want)
			require.Empty(t, cmp.Diff(want, segments))
		})
	}
	t.Logf("%d cases ran", len(files))
}

var comment = regexp.MustCompile(`(?m)^\s*//.*$`)

func withoutComments(text string) string { return comment.ReplaceAllString(text, "") }

// evaluate is Flagsmith's evaluation put together from the engine's parts: the strongest override, then the variant.
func evaluate(t *testing.T, c testContext) (flags map[string]testFlag, matching []string) {
	in := &engine.Context{Environment: engine.Environment{Key: c.Environment.Key, Name: c.Environment.Name}}
	if c.Identity != nil {
		in.Identifier, in.Key, in.Traits = c.Identity.Identifier, c.Identity.Key, c.Identity.Traits
		if in.Key == "" {
			in.Key = c.Environment.Key + "_" + in.Identifier
		}
	}
	type winner struct {
		feature testFeature
		segment string
	}
	winners := map[string]winner{}
	for _, f := range c.Features {
		winners[f.Name] = winner{feature: f}
	}
	strength := map[string]int64{}
	for _, key := range sortedKeys(c.Segments) {
		s := c.Segments[key]
		compiled, err := engine.Compile(s.Key, rulesOf(s.Rules))
		if err != nil {
			t.Logf("segment %s: %v", s.Name, err)
		}
		if !compiled.Matches(in) {
			continue
		}
		matching = append(matching, s.Name)
		for _, f := range s.Overrides {
			priority := int64(math.MaxInt64)
			if f.Priority != nil {
				priority = *f.Priority
			}
			if before, taken := strength[f.Name]; !taken || priority < before {
				strength[f.Name] = priority
				winners[f.Name] = winner{f, s.Name}
			}
		}
	}
	flags = map[string]testFlag{}
	for name, w := range winners {
		flags[name] = result(w.feature, w.segment, in)
	}
	slices.Sort(matching)
	return flags, matching
}

func result(f testFeature, segment string, in *engine.Context) testFlag {
	out := testFlag{Enabled: f.Enabled, Value: f.Value, Reason: "DEFAULT"}
	if segment != "" {
		out.Reason = "TARGETING_MATCH; segment=" + segment
	}
	if in.Key == "" || len(f.Variants) == 0 {
		return out
	}
	slices.SortStableFunc(f.Variants, func(a, b struct {
		Key      *string     `json:"key"`
		Value    any         `json:"value"`
		Weight   float64     `json:"weight"`
		Priority json.Number `json:"priority"`
	},
	) int {
		x, _ := a.Priority.Float64()
		y, _ := b.Priority.Float64()
		return int(math.Copysign(1, x-y))
	})
	var weights []float64
	for _, v := range f.Variants {
		weights = append(weights, v.Weight)
	}
	chosen := engine.Choose(f.Key, in.Key, weights)
	if chosen < 0 {
		out.Variant = "control"
		return out
	}
	v := f.Variants[chosen]
	out.Value = v.Value
	out.Reason = "SPLIT; weight=" + strconv.FormatFloat(v.Weight, 'f', -1, 64)
	if v.Key != nil {
		out.Variant = *v.Key
	}
	return out
}

func rulesOf(rules []testRule) []engine.Rule {
	var out []engine.Rule
	for _, r := range rules {
		made := engine.Rule{Type: r.Type, Rules: rulesOf(r.Rules)}
		for _, c := range r.Conditions {
			condition := engine.Condition{Property: c.Property, Operator: c.Operator}
			switch value := c.Value.(type) {
			case []any:
				condition.Values = []string{}
				for _, item := range value {
					condition.Values = append(condition.Values, fmt.Sprint(item))
				}
			case nil:
			default:
				condition.Value = fmt.Sprint(value)
			}
			made.Conditions = append(made.Conditions, condition)
		}
		out = append(out, made)
	}
	return out
}

func sortedKeys[T any](m map[string]T) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
