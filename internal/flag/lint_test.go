package flag_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/flag"
)

// asWritten puts conditions where Flagsmith's own console does: into a group below ALL.
func asWritten(conditions ...flag.Condition) []flag.Rule {
	return []flag.Rule{{Type: "ALL", Rules: []flag.Rule{{Type: "ANY", Conditions: conditions}}}}
}

func condition(property, operator, value string) flag.Condition {
	return flag.Condition{Property: property, Operator: operator, Value: value}
}

// current drops what is only about clients that a newer major version has replaced.
func current(findings []flag.Finding) []flag.Finding {
	return slices.DeleteFunc(slices.Clone(findings), func(f flag.Finding) bool { return f.Old })
}

// TestLintKnowsWhereTheClientsDisagree has a case for every row of the table of probes of the official clients.
func TestLintKnowsWhereTheClientsDisagree(t *testing.T) {
	known := func(values ...any) flag.Kinds {
		kinds := flag.Kinds{}
		for _, v := range values {
			kinds.See(map[string]any{"t": v})
		}
		return kinds
	}
	for _, c := range []struct {
		name      string
		condition flag.Condition
		traits    flag.Kinds
		differ    string // clients, "" for no finding, "all" for a finding about every client
		old       bool
		form      string // the agreeing form's property and value
	}{
		{"a split over a bare trait", condition("t", "PERCENTAGE_SPLIT", "20"), nil, "Node.js, Go 4", false, "$.identity.traits.t 20"},
		{"a split over a bare trait with a point in its name", condition("a.b", "PERCENTAGE_SPLIT", "20"), nil, "Node.js, Go 4", false, "$.identity.traits['a.b'] 20"},
		{"a split over a trait's path", condition("$.identity.traits.t", "PERCENTAGE_SPLIT", "20"), nil, "Go 4", true, ""},
		{"a split over nothing", condition("", "PERCENTAGE_SPLIT", "20"), nil, "all", false, "$.identity.key 20"},
		{"a split over the identity", condition("$.identity.key", "PERCENTAGE_SPLIT", "20"), nil, "", false, ""},
		{"another operator on a path", condition("$.identity.identifier", "EQUAL", "x"), nil, "Go 4", true, ""},
		{"NOT_EQUAL", condition("t", "NOT_EQUAL", "x"), nil, "Go 4", true, ""},
		{"a number with a point", condition("t", "GREATER_THAN", "10.5"), nil, "Python", false, ""},
		{"a whole number written with a point", condition("t", "EQUAL", "5.0"), nil, "Python", false, "t 5"},
		{"leading zeros", condition("t", "EQUAL", "-007"), nil, "Node.js, Go", false, "t -7"},
		{"a whole number", condition("t", "GREATER_THAN", "10"), known(json.Number("12"), json.Number("-3")), "", false, ""},
		{"text that looks like a number", condition("t", "GREATER_THAN", "10"), known("9", "x"), "Node.js, Go", false, ""},
		{"a pattern that begins anywhere", condition("t", "REGEX", "bc"), nil, "Node.js, Go, Go 4", false, "t ^bc"},
		{"a pattern with alternatives", condition("t", "REGEX", "^a|b"), nil, "Node.js, Go, Go 4", false, "t ^(?:^a|b)"},
		{"alternatives in a group", condition("t", "REGEX", "^(a|b)"), nil, "", false, ""},
		{"a pattern that may begin with anything", condition("t", "REGEX", ".*bc"), nil, "", false, ""},
		{"a pattern without case", condition("t", "REGEX", "(?i)ab-1"), nil, "Node.js", false, "t ^[aA][bB]-1"},
		{"a pattern without case whose letters are not all letters", condition("t", "REGEX", `(?i)\w+`), nil, "Node.js", false, ""},
		{"a pattern JavaScript cannot read", condition("t", "REGEX", `^(?P<x>a)`), nil, "Node.js", false, ""},
		{"a pattern for zeros", condition("t", "REGEX", "^007$"), nil, "Node.js, Go, Go 4", false, ""},
		{"a pattern and text like 007", condition("t", "REGEX", "^0.7"), known("007"), "Node.js, Go", false, ""},
		{"CONTAINS in text like 1234", condition("t", "CONTAINS", "23"), known("1234"), "Node.js, Go", false, ""},
		{"CONTAINS in text", condition("t", "CONTAINS", "23"), known("a1234"), "", false, ""},
		{"IN with a boolean", condition("t", "IN", "true"), nil, "Go, Go 4", false, "t true"},
		{"IN with a boolean and more", condition("t", "IN", "true,x"), nil, "Go, Go 4", false, ""},
		{"IN and a boolean trait", condition("t", "IN", "a,b"), known(true), "Go, Go 4", false, ""},
		{"IN with a JSON list of texts", condition("t", "IN", `["a","b"]`), nil, "Go 4", true, "t a,b"},
		{"IN with a JSON list of numbers", condition("t", "IN", `[1, 2]`), nil, "Node.js, Go", false, "t 1,2"},
		{"IN with a JSON list that commas cannot write", condition("t", "IN", `["a,b"]`), nil, "Go 4", true, ""},
		{"IN with spaces", condition("t", "IN", "a, b"), nil, "all", false, "t a,b"},
		{"IN joined by commas", condition("t", "IN", "a,b"), known("a"), "", false, ""},
		{"MODULO with a negative number", condition("t", "MODULO", "-4|1"), nil, "Node.js, Go, Go 4", false, ""},
		{"MODULO with a point", condition("t", "MODULO", "2.5|0"), nil, "Node.js, Go, Go 4", false, ""},
		{"MODULO and a trait below 0", condition("t", "MODULO", "4|1"), known(json.Number("-3")), "Node.js, Go, Go 4", false, ""},
		{"MODULO", condition("t", "MODULO", "4|1"), known(json.Number("3")), "", false, ""},
		{"NOT_EQUAL to text and a number", condition("t", "NOT_EQUAL", "x"), known(json.Number("3")), "Node.js, Go", false, ""},
		{"NOT_EQUAL to a version and what is none", condition("t", "NOT_EQUAL", "1.2.3:semver"), known("1.2"), "Node.js, Go", false, ""},
		{"NOT_EQUAL to a version and versions", condition("t", "NOT_EQUAL", "1.2.3:semver"), known("1.2.4"), "Go 4", true, ""},
		{"a boolean with a capital", condition("t", "EQUAL", "True"), nil, "Node.js, Go, Python", false, "t true"},
		{"a boolean", condition("t", "EQUAL", "true"), known(true), "", false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			found := flag.Lint(asWritten(c.condition), c.traits)
			if !c.old {
				found = current(found)
			}
			if c.differ == "" {
				require.Empty(t, found)
				return
			}
			require.Len(t, found, 1)
			require.Equal(t, "rules[0].rules[0].conditions[0]", found[0].Path)
			require.NotEmpty(t, found[0].Problem)
			require.Equal(t, strings.Replace(c.differ, "all", "", 1), strings.Join(found[0].Clients, ", "))
			require.Equal(t, c.old, found[0].Old)
			if c.form == "" {
				require.Nil(t, found[0].Form)
				return
			}
			require.Equal(t, c.form, found[0].Form.Property+" "+found[0].Form.Value)
			require.Empty(t, current(flag.Lint(asWritten(*found[0].Form), nil)), "the clients agree on what is offered")
		})
	}
}

func TestLintKnowsWhichGroupsOldClientsJoinOtherwise(t *testing.T) {
	is := []flag.Condition{condition("t", "EQUAL", "x")}
	inner := []flag.Rule{{Type: "ANY", Conditions: is}, {Type: "ANY", Conditions: is}}
	for _, c := range []struct {
		name string
		rule flag.Rule
		path string // "" for no finding
	}{
		{"ALL of groups", flag.Rule{Type: "ALL", Rules: inner}, ""},
		{"ANY of groups", flag.Rule{Type: "ANY", Rules: inner}, "rules[0]"},
		{"ANY of one group", flag.Rule{Type: "ANY", Rules: inner[:1]}, ""},
		{"NONE of one group", flag.Rule{Type: "NONE", Rules: inner[:1]}, "rules[0]"},
		{"a group in a group", flag.Rule{Type: "ALL", Rules: []flag.Rule{{Type: "ALL", Rules: inner}}}, "rules[0].rules[0]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			found := flag.Lint([]flag.Rule{c.rule}, nil)
			if c.path == "" {
				require.Empty(t, found)
				return
			}
			require.Len(t, found, 1)
			require.Equal(t, c.path, found[0].Path)
			require.Equal(t, []string{"Go 5.0 and older"}, found[0].Clients)
			require.True(t, found[0].Old)
		})
	}
	require.Equal(t, "rules[0]", flag.Lint([]flag.Rule{{Type: "ALL"}}, nil)[0].Path, "an empty group holds for everybody")
}

func TestLintFlagNamesOverridesThatDoNotArriveAlike(t *testing.T) {
	require.Empty(t, flag.LintFlag(flag.Flag{Identities: []flag.Override{{For: "ann"}}, Segments: []flag.Override{{For: "a", Priority: 1}, {For: "b", Priority: 2}}}))
	found := flag.LintFlag(flag.Flag{
		Identities: []flag.Override{{For: "ann"}, {For: "ann,bob"}},
		Segments:   []flag.Override{{For: "a", Priority: 1}, {For: "b", Priority: 1}},
		Variants:   []flag.Variant{{Key: "v"}},
	})
	var at []string
	for _, f := range found {
		at = append(at, f.Path)
	}
	require.Equal(t, []string{"identities[1].for", "segments[1].priority", "variants"}, at)
	require.Equal(t, []bool{false, false, true}, []bool{found[0].Old, found[1].Old, found[2].Old})
}
