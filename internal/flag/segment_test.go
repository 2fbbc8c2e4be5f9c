package flag_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag"
)

func TestWhatIsWrongWithASegmentIsSaidAtItsPlace(t *testing.T) {
	w := newWorld(t)
	_, err := w.flags.PutSegment(t.Context(), dana, "a test", flag.Segment{EnvironmentID: w.env.ID, Key: "wrong", Rules: []flag.Rule{
		{Type: "SOME", Conditions: []flag.Condition{condition("t", "SOUNDS_LIKE", "x"), condition("", "EQUAL", "x")}},
		{Type: "ALL", Rules: []flag.Rule{{Type: "ANY", Conditions: []flag.Condition{
			condition("t", "EQUAL", "x"), condition("t", "REGEX", "("), condition("$.identity.", "EQUAL", "x"), condition("t", "MODULO", "0|0"),
		}}}},
	}})
	require.True(t, fault.Is(err, fault.Invalid), err)
	f, is := errors.AsType[*fault.Error](err)
	require.True(t, is)
	var at []string
	for _, field := range f.Fields {
		require.NotEmpty(t, field.Message)
		require.NotContains(t, field.Message, "rules[", "the place is said once")
		at = append(at, field.Path)
	}
	require.Equal(t, []string{
		"rules[0].type", "rules[0].conditions[0].operator", "rules[0].conditions[1].property",
		"rules[1].rules[0].conditions[1].value", "rules[1].rules[0].conditions[2].property", "rules[1].rules[0].conditions[3].value",
	}, at)
}

func TestASegmentInUseIsNotDeletedAndNamesWhoUsesIt(t *testing.T) {
	w := newWorld(t)
	_, err := w.flags.PutSegment(t.Context(), dana, "a test", flag.Segment{EnvironmentID: w.env.ID, Key: "pro", Rules: asWritten(condition("plan", "EQUAL", "pro"))})
	require.NoError(t, err)
	for _, key := range []string{"b", "a"} {
		w.create(flag.Flag{Key: key, Segments: []flag.Override{{For: "pro", Enabled: true}}})
	}
	err = w.flags.DeleteSegment(t.Context(), dana, "a test", w.env.ID, "pro")
	require.True(t, fault.Is(err, fault.Conflict), err)
	require.ErrorContains(t, err, "a, b")
	require.Len(t, w.flags.Snapshot(w.env.ID).Users("pro"), 2)
	require.Empty(t, w.flags.Snapshot(w.env.ID).Users("nobody"))
}

func TestRulesAreSaidAsPeopleSayThem(t *testing.T) {
	is := func(property, value string) flag.Condition { return condition(property, "EQUAL", value) }
	for _, c := range []struct {
		want  string
		rules []flag.Rule
	}{
		{"nobody", nil},
		{"plan is pro, or age is above 60", asWritten(is("plan", "pro"), condition("age", "GREATER_THAN", "60"))},
		{"plan is pro and (age is at most 5, or age is known)", []flag.Rule{{Type: "ALL", Rules: []flag.Rule{
			{Type: "ALL", Conditions: []flag.Condition{is("plan", "pro")}},
			{Type: "ANY", Conditions: []flag.Condition{condition("age", "LESS_THAN_INCLUSIVE", "5"), condition("age", "IS_SET", "")}},
		}}}},
		{"neither a is 1 nor b is 2", []flag.Rule{{Type: "NONE", Conditions: []flag.Condition{is("a", "1"), is("b", "2")}}}},
		{"not (a is 1 and b is 2)", []flag.Rule{{Type: "NONE", Rules: []flag.Rule{{Type: "ALL", Conditions: []flag.Condition{is("a", "1"), is("b", "2")}}}}}},
		{"(a is 1, or b is 2), and c is 3", []flag.Rule{
			{Type: "ANY", Conditions: []flag.Condition{is("a", "1"), is("b", "2")}}, {Type: "ALL", Conditions: []flag.Condition{is("c", "3")}},
		}},
		{"(a is 1, or b is 2), and c is 3", []flag.Rule{
			{Type: "ANY", Conditions: []flag.Condition{is("a", "1"), is("b", "2")}, Rules: []flag.Rule{{Type: "ALL", Conditions: []flag.Condition{is("c", "3")}}}},
		}},
		{"20 % of people", asWritten(condition("$.identity.key", "PERCENTAGE_SPLIT", "20"))},
		{"version is at least version 1.2.3", asWritten(condition("version", "GREATER_THAN_INCLUSIVE", "1.2.3:semver"))},
		{"country is one of at, ch", asWritten(condition("$.identity.traits.country", "IN", "at,ch"))},
		{"n divided by 10 leaves 3", asWritten(condition("n", "MODULO", "10|3"))},
	} {
		require.Equal(t, c.want, flag.Say(c.rules))
	}
}

func TestMembersOfASegmentAsItWouldBe(t *testing.T) {
	w := newWorld(t)
	now := w.flags.Snapshot(w.env.ID)
	next, err := now.With(flag.Segment{Key: "pro", Rules: asWritten(condition("plan", "EQUAL", "pro"))})
	require.NoError(t, err)
	in := next.Members("pro")
	require.True(t, in(flag.Context{TargetingKey: "ann", Traits: map[string]any{"plan": "pro"}}))
	require.False(t, in(flag.Context{TargetingKey: "bob"}))
	require.False(t, now.Members("pro")(flag.Context{TargetingKey: "ann", Traits: map[string]any{"plan": "pro"}}), "nothing was kept")
	_, err = now.With(flag.Segment{Key: "pro"})
	require.True(t, fault.Is(err, fault.Invalid), err)
}
