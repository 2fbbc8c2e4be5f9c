package flag_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/flag"
)

const day = 24 * time.Hour

// TestStaleFlags looks at flags from a day far enough ahead that all of them have been as they are for 40 days.
func TestStaleFlags(t *testing.T) {
	w := newWorld(t)
	w.put(w.env.ID,
		flag.PutSegment(flag.Segment{Key: "pros", Rules: []flag.Rule{{Type: "ALL", Conditions: []flag.Condition{{Property: "plan", Operator: "EQUAL", Value: "pro"}}}}}),
		flag.PutFlag(flag.Flag{Key: "on", Type: flag.Boolean, Enabled: true, Owner: "web", Tags: []string{"ui"}}),
		flag.PutFlag(flag.Flag{Key: "off", Type: flag.Boolean}),
		flag.PutFlag(flag.Flag{Key: "text", Type: flag.String, Enabled: true, Value: []byte(`"v2"`)}),
		flag.PutFlag(flag.Flag{Key: "stays", Type: flag.Boolean, Enabled: true, Tags: []string{flag.Permanent}}),
		flag.PutFlag(flag.Flag{Key: "targeted", Type: flag.Boolean, Enabled: true, Segments: []flag.Override{{For: "pros", Enabled: false}}}),
		flag.PutFlag(flag.Flag{Key: "spread", Type: flag.Number, Enabled: true, Value: []byte("1"), Variants: []flag.Variant{{Key: "two", Value: []byte("2"), Weight: 50}}}),
		flag.PutFlag(flag.Flag{Key: "won", Type: flag.Number, Enabled: true, Value: []byte("1"), Variants: []flag.Variant{{Key: "two", Value: []byte("2"), Weight: 100}}}),
		flag.PutFlag(flag.Flag{Key: "master", Type: flag.Boolean, Enabled: true}),
		flag.PutFlag(flag.Flag{Key: "child", Type: flag.Boolean, Enabled: true, Parent: "master"}),
		flag.PutFlag(flag.Flag{Key: "child-off", Type: flag.Boolean, Parent: "master", Identities: []flag.Override{{For: "dana", Enabled: true}}}),
	)
	w.split("master", 50)
	now := time.Now().Add(40 * day)
	look := func(facts flag.StaleFacts) map[string]flag.StaleFlag {
		facts.Now = now
		if facts.Days == 0 {
			facts.Days = 30
		}
		out := map[string]flag.StaleFlag{}
		for _, f := range flag.Stale(w.flags.Snapshot(w.env.ID), facts).Flags {
			out[f.Key] = f
		}
		return out
	}
	found := look(flag.StaleFacts{})
	require.Len(t, found, 5, "on, off, text, won and child-off give everybody the same: %v", found)
	require.Contains(t, found["on"].Reasons[0].Text, "on")
	require.Contains(t, found["off"].Reasons[0].Text, "off")
	require.Contains(t, found["text"].Reasons[0].Text, `"v2"`)
	require.Equal(t, "2", string(found["won"].Value))
	require.False(t, found["child-off"].Enabled)
	require.Equal(t, 40, found["on"].Days)
	require.Contains(t, found["on"].Advice, "keep the way for")
	require.Contains(t, found["off"].Advice, "delete the way for")

	require.Empty(t, look(flag.StaleFacts{Days: 60}))
	report := flag.Stale(w.flags.Snapshot(w.env.ID), flag.StaleFacts{Now: now, Days: 30})
	require.Equal(t, 1, report.Permanent)
	require.Equal(t, 10, report.Looked)
	require.Nil(t, report.UsesSince)
	require.Len(t, report.Narrow("WEB", "ui", flag.ByAge).Flags, 1)
	require.Empty(t, report.Narrow("web", "other", flag.ByAge).Flags)
	byOwner := report.Narrow("", "", flag.ByOwner).Flags
	require.Equal(t, "on", byOwner[len(byOwner)-1].Key, "those that nobody owns come first")

	// The master is on for everybody since yesterday: so is its child.
	w.split("master", 100)
	require.Contains(t, look(flag.StaleFacts{}), "child")
}

func TestAFlagIsUnusedOnlyWhereClientsSayWhatTheyUse(t *testing.T) {
	w := newWorld(t)
	w.create(flag.Flag{Key: "used", Enabled: true, Identities: []flag.Override{{For: "dana"}}})
	w.create(flag.Flag{Key: "left", Enabled: true, Identities: []flag.Override{{For: "dana"}}})
	w.create(flag.Flag{Key: "never", Enabled: true, Identities: []flag.Override{{For: "dana"}}})
	now := time.Now().Add(100 * day)
	facts := flag.StaleFacts{
		Now: now, Days: 30,
		FirstUse: map[string]time.Time{"used": now.Add(-90 * day), "left": now.Add(-90 * day)},
		LastUse:  map[string]time.Time{"used": now.Add(-day), "left": now.Add(-50 * day)},
	}
	report := flag.Stale(w.flags.Snapshot(w.env.ID), facts)
	days := map[string]int{}
	for _, f := range report.Flags {
		require.Len(t, f.Reasons, 1)
		require.Equal(t, flag.Unused, f.Reasons[0].Kind)
		days[f.Key] = f.Days
	}
	require.Equal(t, map[string]int{"left": 50, "never": 90}, days)
	require.Equal(t, now.Add(-90*day), *report.UsesSince)

	facts.FirstUse, facts.LastUse = map[string]time.Time{"used": now.Add(-day)}, map[string]time.Time{"used": now.Add(-day)}
	require.Empty(t, flag.Stale(w.flags.Snapshot(w.env.ID), facts).Flags, "clients have only begun to say what they use")

	facts.Completed = map[string]flag.CompletedRollout{"used": {Name: "The new design", At: now.Add(-2 * day)}}
	report = flag.Stale(w.flags.Snapshot(w.env.ID), facts)
	require.Len(t, report.Flags, 1)
	require.Equal(t, flag.Completed, report.Flags[0].Reasons[0].Kind)
	require.Equal(t, 2, report.Flags[0].Days)
}
