package flag_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/tenant"
)

func (w *world) segment(key string, conditions ...flag.Condition) error {
	w.t.Helper()
	_, err := w.flags.PutSegment(w.t.Context(), dana, "a test needs it", flag.Segment{
		EnvironmentID: w.env.ID, Key: key, Rules: []flag.Rule{{Type: "ALL", Conditions: conditions}},
	})
	return err
}

func asks(property, value string) flag.Condition {
	return flag.Condition{Property: property, Operator: "EQUAL", Value: value}
}

func TestAConditionAsksHowAnotherFlagComesOutForTheSamePerson(t *testing.T) {
	w := newWorld(t)
	w.create(flag.Flag{Key: "base", Identities: []flag.Override{{For: "ann", Enabled: true}}})
	w.create(flag.Flag{Key: "size.v2", Type: flag.Number, Value: []byte("10"), Enabled: true, Variants: []flag.Variant{{Key: "big", Value: []byte("30"), Weight: 100}}})
	require.NoError(t, w.segment("has-base", asks("$.flags.base.enabled", "true")))
	require.NoError(t, w.segment("is-big", asks("$.flags.size.v2.variant", "big"), flag.Condition{Property: "$.flags['size.v2'].value", Operator: "GREATER_THAN", Value: "20"}))
	w.create(flag.Flag{Key: "child", Segments: []flag.Override{{For: "has-base", Priority: 1, Enabled: true}}})
	w.create(flag.Flag{Key: "grown", Segments: []flag.Override{{For: "is-big", Priority: 1, Enabled: true}}})
	require.True(t, w.evaluate("child", "ann").Enabled)
	require.False(t, w.evaluate("child", "bob").Enabled)
	require.True(t, w.evaluate("grown", "bob").Enabled)

	claims := flag.Context{TargetingKey: "bob", Traits: map[string]any{"$.flags.base.enabled": true}}
	r, err := w.flags.Snapshot(w.env.ID).Evaluate("child", claims, tenant.Client)
	require.NoError(t, err)
	require.False(t, r.Enabled, "nobody can claim by a trait that a flag is on for them")
}

func TestFlagsThatWouldGoInACircleAreRefusedByName(t *testing.T) {
	w := newWorld(t)
	w.create(flag.Flag{Key: "a"})
	w.create(flag.Flag{Key: "b", Parent: "a"})
	require.NoError(t, w.segment("has-b", asks("$.flags.b.enabled", "true")))
	override := []flag.Override{{For: "has-b", Priority: 1, Enabled: true}}
	_, err := w.flags.Change(t.Context(), dana, "a test needs it", w.env.ID, "a", flag.Patch{Segments: &override})
	require.True(t, fault.Is(err, fault.Invalid))
	require.ErrorContains(t, err, "a depends by its segment has-b on b depends by its parent on a")

	w.create(flag.Flag{Key: "c", Segments: override})
	require.ErrorContains(t, w.segment("has-b", asks("$.flags.c.value", "true")), "c depends by its segment has-b on c")
	require.ErrorContains(t, w.segment("other", asks("$.flags.nothing.enabled", "true")), `"nothing", which does not exist`)
	require.ErrorContains(t, w.segment("other", asks("$.flags.a", "true")), "$.flags.<key>.enabled")
	err = w.flags.Delete(t.Context(), dana, "a test needs it", w.env.ID, "b")
	require.ErrorContains(t, err, `the segment "has-b" asks for the flag "b"`)
}

func TestGrowingASplitMovesNobodyOut(t *testing.T) {
	w := newWorld(t)
	w.create(flag.Flag{Key: master, Enabled: true})
	rapid.Check(t, func(t *rapid.T) {
		smaller := rapid.Float64Range(0, 100).Draw(t, "smaller")
		larger := rapid.Float64Range(smaller, 100).Draw(t, "larger")
		ids := rapid.SliceOfN(rapid.StringN(1, 40, -1), 1, 50).Draw(t, "identities")
		w.split(master, smaller)
		in := map[string]bool{}
		for _, id := range ids {
			in[id] = w.evaluate(master, id).Enabled
		}
		w.split(master, larger)
		for _, id := range ids {
			require.True(t, !in[id] || w.evaluate(master, id).Enabled, "%q was in at %v %% and is out at %v %%", id, smaller, larger)
		}
	})
}

func TestEverySplitHasItsShare(t *testing.T) {
	const identities = 20_000
	buckets := make([]float64, identities)
	for i := range buckets {
		buckets[i] = flag.Bucket("4000001", fmt.Sprint("usr_", i))
	}
	for percent := 1.0; percent < 100; percent++ {
		in := 0
		for _, b := range buckets {
			if b < percent {
				in++
			}
		}
		share := percent / 100
		require.InDelta(t, share, float64(in)/identities, 4.5*math.Sqrt(share*(1-share)/identities), "%v %%", percent)
	}
}
