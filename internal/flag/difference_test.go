package flag

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/siteproof/belay/internal/tenant"
)

var differenceKeys = []string{"a", "b", "c", "d", "e"}

func drawFlag(t *rapid.T, at int) Flag {
	key := differenceKeys[at]
	f := Flag{
		ID: "flg_" + key, Number: int64(at + 1), Key: key, Type: rapid.SampledFrom([]Type{Boolean, String}).Draw(t, "type"),
		Enabled: rapid.Bool().Draw(t, "enabled"), ServerOnly: rapid.IntRange(0, 9).Draw(t, "server only") == 0,
	}
	value := func(name string) json.RawMessage {
		return fmt.Appendf(nil, "%q", rapid.SampledFrom([]string{"x", "y"}).Draw(t, name))
	}
	some := func(name string) bool { return rapid.IntRange(0, 3).Draw(t, name) == 0 }
	if f.Type == String {
		f.Value = value("value")
	}
	if at > 0 && rapid.Bool().Draw(t, "has a parent") {
		f.Parent = differenceKeys[rapid.IntRange(0, at-1).Draw(t, "parent")]
	}
	if some("variants") && f.Type == String {
		f.Variants = []Variant{{Key: "v", Value: value("variant"), Weight: 50}}
	}
	if some("identities") {
		f.Identities = []Override{{For: "id1", Enabled: rapid.Bool().Draw(t, "override")}}
	}
	if some("segments") {
		f.Segments = []Override{{For: rapid.SampledFrom([]string{"s", "asks"}).Draw(t, "segment"), Enabled: rapid.Bool().Draw(t, "override")}}
	}
	if some("split") {
		f.Split = &Split{Rollout: "r", Salt: key, Percent: rapid.SampledFrom([]float64{0, 50, 100}).Draw(t, "percent")}
	}
	return f
}

func drawSegments(t *rapid.T) []Segment {
	rules := func(c Condition) []Rule { return []Rule{{Type: "ALL", Conditions: []Condition{c}}} }
	return []Segment{
		{Key: "s", Number: 1, Rules: rules(Condition{"plan", "EQUAL", rapid.SampledFrom([]string{"pro", "free"}).Draw(t, "plan")})},
		{Key: "asks", Number: 2, Rules: rules(Condition{"$.flags.a.enabled", "EQUAL", "true"})},
	}
}

// TestApplyingADifferenceGivesExactlyTheNewAnswer compares for every identity: what it held with the difference put in
// its place, and what it would be answered.
func TestApplyingADifferenceGivesExactlyTheNewAnswer(t *testing.T) {
	told := 0
	rapid.Check(t, func(t *rapid.T) {
		var before, after []Flag
		for at := range differenceKeys {
			f := drawFlag(t, at)
			before = append(before, f)
			switch rapid.IntRange(0, 9).Draw(t, "change") {
			case 0:
				after = append(after, drawFlag(t, at))
			case 1, 2:
				f.Enabled = !f.Enabled
				after = append(after, f)
			case 3:
				if rapid.Bool().Draw(t, "made or removed") {
					before = before[:len(before)-1]
					after = append(after, f)
				}
			default:
				after = append(after, f)
			}
		}
		segments := drawSegments(t)
		later := segments
		if rapid.IntRange(0, 4).Draw(t, "segments change") == 0 {
			later = drawSegments(t)
		}
		old, now := newSnapshot(1, before, slices.Clone(segments)), newSnapshot(2, after, slices.Clone(later))
		changed, everybody := Difference(old, now)
		if !everybody {
			return
		}
		told++
		for _, id := range []string{"", "id1", "id2", "id3", "id4", "id5"} {
			for _, plan := range []string{"pro", "free"} {
				c := Context{TargetingKey: id, Traits: map[string]any{"plan": plan}, EnvironmentKey: "cli_1"}
				held := map[string]uint64{} // the sum of all that a client learns
				for _, d := range old.DecideAll(c, tenant.Client, nil) {
					held[d.Key] = d.Sum()
				}
				for _, d := range changed {
					held[d.Key] = d.Sum()
				}
				want := map[string]uint64{}
				for _, d := range now.DecideAll(c, tenant.Client, nil) {
					want[d.Key] = d.Sum()
				}
				if diff := cmp.Diff(want, held); diff != "" {
					t.Fatalf("%q on plan %s: %s", id, plan, diff)
				}
			}
		}
	})
	require.Greater(t, told, 10, "differences that hold for everybody were among them")
}

func TestASwitchOffIsTheSameForEverybody(t *testing.T) {
	flags := func(master bool) []Flag {
		return []Flag{
			{Key: "design", Type: Boolean, Enabled: master, Split: &Split{Salt: "s", Percent: 50}, Identities: []Override{{For: "alice", Enabled: true}}},
			{Key: "form", Type: Boolean, Enabled: true, Parent: "design", Segments: []Override{{For: "s", Enabled: true}}},
			{Key: "title", Type: String, Enabled: true, Value: []byte(`"new"`), Parent: "form"},
			{Key: "other", Type: Boolean, Enabled: true, Identities: []Override{{For: "alice"}}},
			{Key: "hidden", Type: Boolean, Enabled: true, Parent: "design", ServerOnly: true},
		}
	}
	on, off := newSnapshot(1, flags(true), nil), newSnapshot(2, flags(false), nil)
	changed, everybody := Difference(on, off)
	require.True(t, everybody)
	var keys []string
	for _, r := range changed {
		require.False(t, r.Enabled)
		keys = append(keys, r.Key+" by "+r.OffBy)
	}
	require.Equal(t, []string{"design by ", "form by design", "title by design"}, keys)

	_, everybody = Difference(off, on)
	require.False(t, everybody, "half of them get it back")

	described := flags(true)
	described[0].Description, described[0].Version = "words for people", 9
	changed, everybody = Difference(on, newSnapshot(3, described, nil))
	require.True(t, everybody)
	require.Empty(t, changed, "nothing comes out otherwise")
}
