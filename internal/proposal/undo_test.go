package proposal_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/proposal"
)

func TestAnUndoPutsBackWhatItsCommitChangedAndNothingElse(t *testing.T) {
	w := newWorld(t, 0)
	ctx := t.Context()
	w.with(flag.Flag{Key: "limit", Type: flag.Number, Value: []byte("1")})
	_, err := w.flags.Change(ctx, dana, why, w.env.ID, "limit", flag.Patch{Value: []byte("2")})
	require.NoError(t, err)
	revision := w.journal.Head()
	require.NoError(t, w.turn(ctx, mara, "limit", true))
	u, err := w.proposals.PreviewUndo(ctx, revision)
	require.NoError(t, err)
	require.Empty(t, u.Conflicts)
	require.Len(t, u.Changes, 1)
	require.Contains(t, string(u.Changes[0].Before), `"value":2`)
	require.Contains(t, string(u.Changes[0].After), `"value":1`)
	require.Contains(t, string(u.Changes[0].After), `"enabled":true`)
	require.JSONEq(t, "2", string(w.flag("limit").Value), "a preview changes nothing")
	commit, err := w.proposals.Undo(ctx, ines, "too many", revision)
	require.NoError(t, err)
	require.Equal(t, []string{proposal.Undone, flag.FlagUpdated}, kinds(commit))
	require.Equal(t, "revision "+itoa(revision), commit.Changes[0].Subject)
	require.JSONEq(t, "1", string(w.flag("limit").Value))
	require.True(t, w.flag("limit").Enabled)
	_, err = w.proposals.Undo(ctx, ines, "again", revision)
	require.True(t, fault.Is(err, fault.Conflict), err)
	require.ErrorContains(t, err, "undone already")
}

func TestAnUndoInTheWayOfWhichLaterChangesStandSaysWhose(t *testing.T) {
	w := newWorld(t, 0)
	ctx := t.Context()
	w.with(flag.Flag{Key: "limit", Type: flag.Number, Value: []byte("1")})
	set := func(value string) int64 {
		_, err := w.flags.Change(ctx, mara, why, w.env.ID, "limit", flag.Patch{Value: []byte(value)})
		require.NoError(t, err)
		return w.journal.Head()
	}
	second, third := set("2"), set("3")
	u, err := w.proposals.PreviewUndo(ctx, second)
	require.NoError(t, err)
	require.Len(t, u.Conflicts, 1)
	c := u.Conflicts[0]
	require.Equal(t, []string{"value", "2", "3", "1", "Mara"}, []string{c.Field, string(c.Expected), string(c.Now), string(c.Wanted), c.By})
	require.Equal(t, third, c.Revision)
	_, err = w.proposals.Undo(ctx, dana, why, second)
	require.ErrorContains(t, err, fmt.Sprintf("value of flag limit was changed by Mara in revision %d", third))
	_, err = w.proposals.Undo(ctx, dana, why, third)
	require.NoError(t, err)
	_, err = w.proposals.Undo(ctx, dana, why, second)
	require.NoError(t, err)
	require.JSONEq(t, "1", string(w.flag("limit").Value))

	_, err = w.flags.Create(ctx, dana, why, flag.Flag{EnvironmentID: w.env.ID, Key: "parent", Type: flag.Boolean})
	require.NoError(t, err)
	made := w.journal.Head()
	_, err = w.flags.Create(ctx, dana, why, flag.Flag{EnvironmentID: w.env.ID, Key: "child", Type: flag.Boolean, Parent: "parent"})
	require.NoError(t, err)
	u, err = w.proposals.PreviewUndo(ctx, made)
	require.NoError(t, err)
	require.Contains(t, u.Obstacle, `"child" has the parent "parent"`)
	for _, revision := range []int64{1, 99_999} { // people's and environments' changes, and none
		_, err = w.proposals.PreviewUndo(ctx, revision)
		require.Error(t, err)
		require.NotEqual(t, fault.Internal, fault.CodeOf(err))
	}
}

func TestAnUndoWaitsForApprovalsAsAnyChange(t *testing.T) {
	w := newWorld(t, 1)
	ctx := t.Context()
	w.with(flag.Flag{Key: "gone"})
	w.ask(0)
	require.NoError(t, w.flags.Delete(ctx, dana, why, w.env.ID, "gone"))
	revision := w.journal.Head()
	w.ask(1)
	_, err := w.proposals.Undo(ctx, dana, why, revision)
	p := w.held(err)
	require.Contains(t, p.Title, "undo revision "+itoa(revision))
	p, err = w.proposals.Approve(ctx, mara, why, p.ID)
	require.NoError(t, err)
	require.Equal(t, proposal.Applied, p.State, p.Why)
	require.Equal(t, "gone", w.flag("gone").Key)
	require.Contains(t, kinds(w.last()), proposal.Undone)
}

// contents is everything in an environment but when it was last written.
func (w *world) contents() ([]flag.Flag, []flag.Segment) {
	flags, segments, err := w.flags.Stored(context.Background(), w.env.ID)
	require.NoError(w.t, err)
	for i := range flags {
		flags[i].Version, flags[i].UpdatedAt, flags[i].SteadyAt = 0, time.Time{}, time.Time{}
	}
	for i := range segments {
		segments[i].UpdatedAt = time.Time{}
	}
	return flags, segments
}

var keys = []string{"a", "b", "c", "d"}

// drawFlag makes a flag that is often valid.
func drawFlag(t *rapid.T, segments []flag.Segment) flag.Flag {
	f := flag.Flag{
		Key: rapid.SampledFrom(keys).Draw(t, "key"), Type: flag.Number, Value: fmt.Appendf(nil, "%d", rapid.IntRange(0, 3).Draw(t, "value")),
		Enabled: rapid.Bool().Draw(t, "enabled"), Description: rapid.SampledFrom([]string{"", "one", "two"}).Draw(t, "description"),
		Owner: rapid.SampledFrom([]string{"", "web"}).Draw(t, "owner"), Tags: rapid.SliceOfN(rapid.SampledFrom([]string{"x", "y"}), 0, 2).Draw(t, "tags"),
		Parent: rapid.SampledFrom([]string{"", "", "a", "b"}).Draw(t, "parent"),
	}
	if rapid.Bool().Draw(t, "override") {
		f.Identities = []flag.Override{{For: "usr_1", Enabled: true, Value: []byte("7")}}
	}
	if rapid.Bool().Draw(t, "variants") {
		f.Variants = []flag.Variant{{Key: "v", Value: []byte("9"), Weight: 50}}
	}
	for n, g := range segments {
		if rapid.Bool().Draw(t, "segment") {
			f.Segments = append(f.Segments, flag.Override{For: g.Key, Priority: n, Enabled: true})
		}
	}
	return f
}

func drawSegment(t *rapid.T) flag.Segment {
	value := rapid.SampledFrom([]string{"pro", "free"}).Draw(t, "plan")
	return flag.Segment{
		Key:   rapid.SampledFrom([]string{"s", "t"}).Draw(t, "segment key"),
		Rules: []flag.Rule{{Type: "ALL", Conditions: []flag.Condition{{Property: "plan", Operator: "EQUAL", Value: value}}}},
	}
}

// drawOperation makes something an import or a person may do; it need not be possible.
func drawOperation(t *rapid.T, w *world) flag.Operation {
	switch rapid.IntRange(0, 6).Draw(t, "operation") {
	case 0:
		return flag.RemoveFlag(rapid.SampledFrom(keys).Draw(t, "removed"))
	case 1:
		return flag.PutSegment(drawSegment(t))
	case 2:
		return flag.RemoveSegment(rapid.SampledFrom([]string{"s", "t"}).Draw(t, "removed segment"))
	}
	_, segments := w.contents()
	return flag.PutFlag(drawFlag(t, segments))
}

// drawBatch has each key at most once, as an import has.
func drawBatch(t *rapid.T, w *world) []flag.Operation {
	var batch []flag.Operation
	for range rapid.IntRange(1, 4).Draw(t, "operations") {
		o := drawOperation(t, w)
		if !slices.ContainsFunc(batch, func(other flag.Operation) bool { return other.Key == o.Key }) {
			batch = append(batch, o)
		}
	}
	return batch
}

func TestUndoingEverythingEndsWhereItBegan(t *testing.T) {
	w := newWorld(t, 0)
	w.with(flag.Flag{Key: "a", Type: flag.Number, Value: []byte("1"), Enabled: true}, flag.Flag{Key: "held", Enabled: true})
	_, err := w.flags.SetSplit(t.Context(), dana, why, w.env.ID, "held", &flag.Split{Rollout: "rol_1", Salt: "pepper", Percent: 5})
	require.NoError(t, err)
	ctx := context.Background()
	rapid.Check(t, func(t *rapid.T) {
		flags, segments := w.contents()
		start := w.journal.Head()
		for range rapid.IntRange(1, 8).Draw(t, "changes") {
			if made := w.journal.Head() - start; made > 0 && rapid.IntRange(0, 3).Draw(t, "undo") == 0 {
				_, _ = w.proposals.Undo(ctx, mara, why, start+rapid.Int64Range(1, made).Draw(t, "revision")) // may be in the way of another
				continue
			}
			_, _ = w.flags.Apply(ctx, dana, why, w.env.ID, flag.AnyRevision, drawBatch(t, w)) // may be impossible
		}
		for revision := w.journal.Head(); revision > start; revision-- {
			preview, err := w.proposals.PreviewUndo(ctx, revision)
			if err != nil || len(preview.Conflicts) > 0 || preview.Obstacle != "" {
				t.Fatalf("the newest change cannot be undone: %+v %v", preview, err)
			}
			if _, err := w.proposals.Undo(ctx, mara, why, revision); err != nil {
				t.Fatalf("revision %d: %v", revision, err)
			}
		}
		endFlags, endSegments := w.contents()
		if diff := cmp.Diff(flags, endFlags) + cmp.Diff(segments, endSegments); diff != "" {
			t.Fatalf("everything was undone, but: %s", diff)
		}
	})
}
