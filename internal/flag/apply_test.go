package flag_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag"
)

func (w *world) apply(revision int64, operations ...flag.Operation) (int64, error) {
	return w.flags.Apply(w.t.Context(), dana, "a test needs it", w.env.ID, revision, operations)
}

func pros() flag.Segment {
	return flag.Segment{Key: "pros", Rules: []flag.Rule{{Type: "ALL", Conditions: []flag.Condition{{Property: "plan", Operator: "EQUAL", Value: "pro"}}}}}
}

func TestApplyWritesEverythingInOneCommit(t *testing.T) {
	w := newWorld(t)
	w.create(flag.Flag{Key: "old"})
	before := w.journal.Head()
	at, err := w.apply(w.flags.Snapshot(w.env.ID).Revision(),
		flag.PutFlag(flag.Flag{Key: "child", Type: flag.Boolean, Parent: master, Segments: []flag.Override{{For: "pros", Enabled: true}}}),
		flag.PutFlag(flag.Flag{Key: master, Type: flag.Boolean, Enabled: true}), flag.PutSegment(pros()), flag.RemoveFlag("old"))
	require.NoError(t, err)
	require.Equal(t, before+1, at)
	require.Equal(t, at, w.flags.Snapshot(w.env.ID).Revision())
	commits, err := w.journal.List(t.Context(), change.Filter{Limit: 1})
	require.NoError(t, err)
	require.Len(t, commits[0].Changes, 4)

	again, err := w.apply(at, flag.PutFlag(flag.Flag{Key: master, Type: flag.Boolean, Enabled: true}), flag.PutSegment(pros()))
	require.NoError(t, err)
	require.Equal(t, at, again, "nothing differs, so nothing is written")
	require.Equal(t, at, w.journal.Head())
}

func TestApplyWritesNothingWhenOneStepIsRefused(t *testing.T) {
	w := newWorld(t)
	w.create(flag.Flag{Key: "used", Type: flag.String, Value: []byte(`"a"`)})
	w.create(flag.Flag{Key: "held", Enabled: true})
	w.split("held", 5)
	head := w.journal.Head()
	good := flag.PutFlag(flag.Flag{Key: "good", Type: flag.Boolean})
	for name, c := range map[string]struct {
		revision int64
		bad      flag.Operation
		code     fault.Code
	}{
		"the environment moved":         {1, good, fault.Conflict},
		"a segment that is not there":   {flag.AnyRevision, flag.RemoveSegment("none"), fault.NotFound},
		"a flag that is not there":      {flag.AnyRevision, flag.RemoveFlag("none"), fault.NotFound},
		"a parent that is not there":    {flag.AnyRevision, flag.PutFlag(flag.Flag{Key: "x", Type: flag.Boolean, Parent: "none"}), fault.Invalid},
		"another type":                  {flag.AnyRevision, flag.PutFlag(flag.Flag{Key: "used", Type: flag.Number, Value: []byte("1")}), fault.Conflict},
		"a flag held by a rollout":      {flag.AnyRevision, flag.RemoveFlag("held"), fault.Conflict},
		"an operation without its flag": {flag.AnyRevision, flag.Operation{Verb: flag.VerbPutFlag, Key: "x"}, fault.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.apply(c.revision, good, c.bad)
			require.True(t, fault.Is(err, c.code), "%v", err)
			require.Equal(t, head, w.journal.Head())
		})
	}
}

func TestApplyLeavesASplitToItsRolloutAndAnUndoneRemovalItsNumber(t *testing.T) {
	w := newWorld(t)
	made := w.create(flag.Flag{Key: master, Enabled: true})
	w.split(master, 25)
	_, err := w.apply(flag.AnyRevision, flag.PutFlag(flag.Flag{Key: master, Type: flag.Boolean, Enabled: true, Owner: "platform"}))
	require.NoError(t, err)
	now, err := w.flags.Snapshot(w.env.ID).Find(master)
	require.NoError(t, err)
	require.NotNil(t, now.Split)
	require.InDelta(t, 25, now.Split.Percent, 0)
	require.Equal(t, made.Number, now.Number)

	gone := w.create(flag.Flag{Key: "gone"})
	_, err = w.apply(flag.AnyRevision, flag.RemoveFlag("gone"))
	require.NoError(t, err)
	_, err = w.apply(flag.AnyRevision, flag.PutFlag(gone))
	require.NoError(t, err)
	back, err := w.flags.Snapshot(w.env.ID).Find("gone")
	require.NoError(t, err)
	require.Equal(t, []any{gone.ID, gone.Number}, []any{back.ID, back.Number})
}

func TestASeedOfItsOwnSpreadsAFlagInPlaceOfItsNumber(t *testing.T) {
	w := newWorld(t)
	variants := []flag.Variant{{Key: "a", Value: []byte(`"a"`), Weight: 50}, {Key: "b", Value: []byte(`"b"`), Weight: 50}}
	segment := flag.Segment{Key: "half", Seed: "93", Rules: []flag.Rule{{Type: "ALL", Conditions: []flag.Condition{{Operator: "PERCENTAGE_SPLIT", Value: "27.6"}}}}}
	_, err := w.apply(flag.AnyRevision, flag.PutSegment(segment), flag.PutFlag(flag.Flag{
		Key: "cta", Type: flag.String, Enabled: true, Value: []byte(`"none"`), Seed: "500012", Variants: variants,
	}), flag.PutFlag(flag.Flag{Key: "in", Type: flag.Boolean, Segments: []flag.Override{{For: "half", Enabled: true}}}))
	require.NoError(t, err)
	// Published by Flagsmith's engine: 500012 and this key fall on 32.86 %.
	r, err := w.flags.Snapshot(w.env.ID).Evaluate("cta", flag.Context{TargetingKey: "alice", EnvironmentKey: "BelayStubClientKey000001"}, "server")
	require.NoError(t, err)
	require.Equal(t, "a", r.Variant)
	require.NoError(t, w.flags.Load(t.Context()), "seeds are kept")
	kept, err := w.flags.Snapshot(w.env.ID).Find("cta")
	require.NoError(t, err)
	require.Equal(t, "500012", kept.Seed)

	segment.Key = "twin"
	_, err = w.apply(flag.AnyRevision, flag.PutSegment(segment))
	require.True(t, fault.Is(err, fault.Conflict), "%v", err)
	_, err = w.apply(flag.AnyRevision, flag.PutFlag(flag.Flag{Key: "odd", Type: flag.Boolean, Seed: "1,2"}))
	require.True(t, fault.Is(err, fault.Invalid), "%v", err)
}
