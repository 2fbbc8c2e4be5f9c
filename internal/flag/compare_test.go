package flag_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag"
)

// put makes flags and segments in an environment.
func (w *world) put(environmentID string, operations ...flag.Operation) {
	w.t.Helper()
	_, err := w.flags.Apply(w.t.Context(), dana, "a test needs it", environmentID, flag.AnyRevision, operations)
	require.NoError(w.t, err)
}

func twoEnvironments(t *testing.T) (w *world, other string) {
	w = newWorld(t)
	other = w.other.ID
	everybody := flag.Segment{Key: "everybody", Rules: []flag.Rule{{Type: "ALL", Conditions: []flag.Condition{{Property: "$.identity.identifier", Operator: "IS_SET"}}}}}
	w.put(w.env.ID,
		flag.PutSegment(everybody),
		flag.PutFlag(flag.Flag{Key: "master", Type: flag.Boolean, Enabled: true}),
		flag.PutFlag(flag.Flag{Key: "menu", Type: flag.Boolean, Enabled: true, Parent: "master", Segments: []flag.Override{{For: "everybody", Priority: 1, Enabled: true}}}),
		flag.PutFlag(flag.Flag{Key: "same", Type: flag.String, Value: []byte(`"x"`), Enabled: true}),
		flag.PutFlag(flag.Flag{
			Key: "button", Type: flag.String, Enabled: true, Value: []byte(`"blue"`), Variants: []flag.Variant{{Key: "red", Value: []byte(`"red"`), Weight: 30}},
		}),
	)
	w.put(other,
		flag.PutFlag(flag.Flag{Key: "same", Type: flag.String, Value: []byte(`"x"`), Enabled: true}),
		flag.PutFlag(flag.Flag{Key: "button", Type: flag.String, Enabled: false, Value: []byte(`"blue"`)}),
		flag.PutFlag(flag.Flag{Key: "theirs", Type: flag.Boolean}),
	)
	return w, other
}

func TestCompareListsWhatPeopleWroteDifferently(t *testing.T) {
	w, other := twoEnvironments(t)
	c := flag.Compare(w.flags.Snapshot(w.env.ID), w.flags.Snapshot(other))
	require.Equal(t, 1, c.SameFlags)
	where := map[string]flag.Where{}
	for _, d := range c.Flags {
		where[d.Key] = d.Where
		if d.Key == "button" {
			require.Equal(t, []string{"enabled", "variants"}, d.Fields)
		}
	}
	require.Equal(t, map[string]flag.Where{"master": flag.OnlyHere, "menu": flag.OnlyHere, "theirs": flag.OnlyThere, "button": flag.Both}, where)
	require.Len(t, c.Segments, 1)
}

func TestACopyBringsWhatAFlagNeedsAndKeepsTheTargetsNumbers(t *testing.T) {
	w, other := twoEnvironments(t)
	before, err := w.flags.Snapshot(other).Find("button")
	require.NoError(t, err)
	from := w.flags.Snapshot(w.env.ID)
	what := flag.Selection{Flags: []string{"menu", "button"}}
	plan, err := flag.PlanCopy(from, w.flags.Snapshot(other), what)
	require.NoError(t, err)
	done, err := w.flags.Copy(t.Context(), dana, "as in production", from, other, w.flags.Snapshot(other).Revision(), what)
	require.NoError(t, err)
	require.Equal(t, plan, done, "what was shown is what was done")
	keys := map[string]string{}
	for _, f := range done.Flags {
		keys[f.Key] = f.Needed
	}
	require.Equal(t, map[string]string{"button": "", "menu": "", "master": "flag menu needs it"}, keys)
	require.Equal(t, "flag menu needs it", done.Segments[0].Needed)
	after, err := w.flags.Snapshot(other).Find("button")
	require.NoError(t, err)
	require.Equal(t, before.Number, after.Number)
	require.Equal(t, before.ID, after.ID)
	require.Len(t, after.Variants, 1)
	menu, err := w.flags.Snapshot(other).Find("menu")
	require.NoError(t, err)
	original, err := from.Find("menu")
	require.NoError(t, err)
	require.NotEqual(t, original.Number, menu.Number, "every environment has its own numbers")

	_, err = w.flags.Copy(t.Context(), dana, "as in production", from, other, 1, what)
	require.True(t, fault.Is(err, fault.Conflict), "the target has moved since: %v", err)
	_, err = flag.PlanCopy(from, w.flags.Snapshot(other), flag.Selection{Flags: []string{"none"}})
	require.True(t, fault.Is(err, fault.NotFound), err)
	w.put(other, flag.RemoveFlag("same"), flag.PutFlag(flag.Flag{Key: "other-type", Type: flag.Boolean}))
	w.put(w.env.ID, flag.PutFlag(flag.Flag{Key: "other-type", Type: flag.Number, Value: []byte("1")}))
	_, err = flag.PlanCopy(w.flags.Snapshot(w.env.ID), w.flags.Snapshot(other), flag.Selection{Flags: []string{"other-type"}})
	require.True(t, fault.Is(err, fault.Conflict), err)
}

func TestACopyNeverTurnsOnWhatARolloutGivesToSome(t *testing.T) {
	w, other := twoEnvironments(t)
	w.split("master", 5)
	plan, err := flag.PlanCopy(w.flags.Snapshot(w.env.ID), w.flags.Snapshot(other), flag.Selection{Flags: []string{"master"}})
	require.NoError(t, err)
	require.Nil(t, plan.Flags[0].After.Split)
	require.False(t, plan.Flags[0].After.Enabled, "5 % here would be everybody there")
	require.Contains(t, plan.Flags[0].Note, "rollout")

	back, err := flag.PlanCopy(w.flags.Snapshot(other), w.flags.Snapshot(w.env.ID), flag.Selection{Flags: []string{"button"}})
	require.NoError(t, err)
	require.False(t, back.Flags[0].After.Enabled)
	w.put(other, flag.PutFlag(flag.Flag{Key: "master", Type: flag.Boolean, Description: "off here"}))
	_, err = w.flags.Copy(t.Context(), dana, "as in staging", w.flags.Snapshot(other), w.env.ID, 0, flag.Selection{Flags: []string{"master"}})
	require.NoError(t, err)
	held, err := w.flags.Snapshot(w.env.ID).Find("master")
	require.NoError(t, err)
	require.NotNil(t, held.Split)
	require.True(t, held.Enabled, "a copy does not end a rollout")
	require.Equal(t, "off here", held.Description)
}

func TestANewEnvironmentHasEveryFlagSwitchedOff(t *testing.T) {
	w, other := twoEnvironments(t)
	w.put(other, flag.RemoveFlag("theirs"))
	others := []*flag.Snapshot{w.flags.Snapshot(other), w.flags.Snapshot(w.env.ID)}
	w.put(other, flag.RemoveFlag("same"), flag.RemoveFlag("button"))
	require.NoError(t, w.flags.Begin(t.Context(), dana, "a new environment", other, others))
	for _, f := range w.flags.Snapshot(other).Flags() {
		require.False(t, f.Enabled, f.Key)
		require.Empty(t, f.Segments)
	}
	require.Len(t, w.flags.Snapshot(other).Flags(), 4)
	menu, err := w.flags.Snapshot(other).Find("menu")
	require.NoError(t, err)
	require.Equal(t, "master", menu.Parent)
}

// TestCopiedWholeTheSameIsThere: whatever one environment holds, a whole copy leaves nothing to compare.
func TestCopiedWholeTheSameIsThere(t *testing.T) {
	w := newWorld(t)
	rapid.Check(t, func(t *rapid.T) {
		for _, environment := range []string{w.env.ID, w.other.ID} {
			var empty []flag.Operation
			for _, f := range w.flags.Snapshot(environment).Flags() {
				empty = append(empty, flag.RemoveFlag(f.Key))
			}
			for _, g := range w.flags.Snapshot(environment).Segments() {
				empty = append(empty, flag.RemoveSegment(g.Key))
			}
			w.put(environment, empty...)
		}
		n := rapid.IntRange(1, 6).Draw(t, "flags")
		keys := []string{"a", "b", "c", "d", "e", "f"}[:n]
		w.put(w.env.ID, flag.PutSegment(flag.Segment{Key: "some", Rules: []flag.Rule{{Type: "ANY", Conditions: []flag.Condition{{Property: "plan", Operator: "EQUAL", Value: "pro"}}}}}))
		for i, key := range keys {
			f := flag.Flag{
				Key: key, Type: flag.String, Value: []byte(`"v"`), Enabled: rapid.Bool().Draw(t, "on"), Owner: rapid.SampledFrom([]string{"", "web"}).Draw(t, "owner"),
				Variants: []flag.Variant{{Key: "one", Value: []byte(`"1"`), Weight: rapid.Float64Range(0, 100).Draw(t, "weight")}},
			}
			if i > 0 && rapid.Bool().Draw(t, "child") {
				f.Parent = keys[rapid.IntRange(0, i-1).Draw(t, "parent")]
			}
			if rapid.Bool().Draw(t, "exception") {
				f.Segments = []flag.Override{{For: "some", Priority: 1, Enabled: true}}
			}
			w.put(w.env.ID, flag.PutFlag(f))
		}
		if rapid.Bool().Draw(t, "older") { // something is there already
			w.put(w.other.ID, flag.PutFlag(flag.Flag{Key: keys[0], Type: flag.String, Value: []byte(`"old"`)}))
		}
		from := w.flags.Snapshot(w.env.ID)
		_, err := w.flags.Copy(w.t.Context(), dana, "all of it", from, w.other.ID, 0, flag.Everything(from))
		require.NoError(t, err)
		c := flag.Compare(from, w.flags.Snapshot(w.other.ID))
		require.Empty(t, c.Flags)
		require.Empty(t, c.Segments)
		again, err := flag.PlanCopy(from, w.flags.Snapshot(w.other.ID), flag.Everything(from))
		require.NoError(t, err)
		require.Empty(t, again.Flags)
		numbers := map[int64]bool{}
		for _, f := range slices.Concat(from.Flags(), w.flags.Snapshot(w.other.ID).Flags()) {
			require.False(t, numbers[f.Number])
			numbers[f.Number] = true
		}
	})
}

func TestAChangeMadeFromAnOlderVersionIsRefused(t *testing.T) {
	w := newWorld(t)
	made := w.create(flag.Flag{Key: "menu", Enabled: true})
	on, words := true, "what it is for"
	w.change("menu", flag.Patch{Description: &words, Version: made.Version})
	_, err := w.flags.Change(t.Context(), dana, "a second person", w.env.ID, "menu", flag.Patch{Enabled: &on, Version: made.Version})
	require.True(t, fault.Is(err, fault.Conflict), err)
	now, err := w.flags.Snapshot(w.env.ID).Find("menu")
	require.NoError(t, err)
	require.Equal(t, made.SteadyAt, now.SteadyAt, "words about a flag change nothing for people")
	require.Greater(t, now.Version, made.Version)
}

func TestOverridesGetUniquePrioritiesInTheirOrder(t *testing.T) {
	w := newWorld(t)
	rules := []flag.Rule{{Type: "ALL", Conditions: []flag.Condition{{Property: "plan", Operator: "EQUAL", Value: "pro"}}}}
	for _, key := range []string{"a", "b", "c"} {
		w.put(w.env.ID, flag.PutSegment(flag.Segment{Key: key, Rules: rules}))
	}
	w.create(flag.Flag{Key: "menu", Enabled: true})
	given := []flag.Override{{For: "c", Enabled: true}, {For: "a", Enabled: true}, {For: "b", Priority: -1, Enabled: true}}
	w.change("menu", flag.Patch{Segments: &given})
	f, err := w.flags.Snapshot(w.env.ID).Find("menu")
	require.NoError(t, err)
	order := map[string]int{}
	for _, o := range f.Segments {
		order[o.For] = o.Priority
	}
	require.Equal(t, map[string]int{"b": 1, "c": 2, "a": 3}, order)
	given = []flag.Override{{For: "c", Priority: 40, Enabled: true}, {For: "a", Priority: 7, Enabled: true}}
	w.change("menu", flag.Patch{Segments: &given})
	f, err = w.flags.Snapshot(w.env.ID).Find("menu")
	require.NoError(t, err)
	require.Equal(t, 7, f.Segments[0].Priority, "those that are unique stay")
}

func TestAnExperimentHasTheFlagsNumberUnlessItBringsOne(t *testing.T) {
	w := newWorld(t)
	made := w.create(flag.Flag{Key: "menu", Enabled: true})
	w.change("menu", flag.Patch{Experiment: &flag.Experiment{Name: "Menus"}})
	f, _ := w.flags.Snapshot(w.env.ID).Find("menu")
	require.Equal(t, &flag.Experiment{Number: made.Number, Name: "Menus"}, f.Experiment)
	w.change("menu", flag.Patch{Experiment: &flag.Experiment{Name: "Menus", Number: 77}})
	f, _ = w.flags.Snapshot(w.env.ID).Find("menu")
	require.EqualValues(t, 77, f.Experiment.Number)
	w.change("menu", flag.Patch{Experiment: &flag.Experiment{}})
	f, _ = w.flags.Snapshot(w.env.ID).Find("menu")
	require.Nil(t, f.Experiment)
}

func TestPrerequisitesAreReadFromConditions(t *testing.T) {
	rules := []flag.Rule{{Type: "ALL", Rules: []flag.Rule{{Conditions: []flag.Condition{
		{Property: "$.flags.new.menu.enabled"}, {Property: "$.flags['cta'].variant"}, {Property: "$.flags"}, {Property: "$.flags.x"}, {Property: "flags.y.enabled"},
	}}}}}
	require.Equal(t, []string{"cta", "new.menu"}, flag.Prerequisites(rules))
}
