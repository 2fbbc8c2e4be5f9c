package flag_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/tenant"
)

// cpu measures the processor's time on this thread: on a shared machine the clock on the wall says nothing.
func cpu(b *testing.B, do func()) {
	b.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before, after syscall.Rusage
	b.ReportAllocs()
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_THREAD, &before))
	for b.Loop() {
		do()
	}
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_THREAD, &after))
	spent := after.Utime.Nano() + after.Stime.Nano() - before.Utime.Nano() - before.Stime.Nano()
	b.ReportMetric(float64(spent)/float64(b.N), "cpu-ns/op")
	b.ReportMetric(0, "ns/op")
}

// hundred makes the set of flags that servers are compared on: 40 plain, 30 split, 20 targeted, 10 with variants.
func (w *world) hundred() {
	w.t.Helper()
	for i := range 20 {
		_, err := w.flags.PutSegment(w.t.Context(), dana, "a benchmark needs it", flag.Segment{
			EnvironmentID: w.env.ID, Key: fmt.Sprintf("segment-%02d", i), Rules: []flag.Rule{{Type: "ALL", Conditions: []flag.Condition{
				{Property: "country", Operator: "IN", Value: "DE,FR,IT"}, {Property: "age", Operator: "GREATER_THAN_INCLUSIVE", Value: fmt.Sprint(18 + i)},
			}}},
		})
		require.NoError(w.t, err)
	}
	for i := range 100 {
		f := flag.Flag{Key: fmt.Sprintf("flag-%03d", i), Enabled: i%2 == 0}
		switch {
		case i >= 90:
			f.Type, f.Value, f.Enabled = flag.String, []byte(`"red"`), true
			f.Variants = []flag.Variant{{Key: "blue", Value: []byte(`"blue"`), Weight: 30}, {Key: "green", Value: []byte(`"green"`), Weight: 30}}
		case i >= 70:
			f.Segments = []flag.Override{{For: fmt.Sprintf("segment-%02d", i-70), Priority: 1, Enabled: i%2 != 0}}
		case i >= 40:
			f.Enabled = true
		}
		w.create(f)
		if i >= 40 && i < 70 {
			_, err := w.flags.SetSplit(w.t.Context(), dana, "a benchmark needs it", w.env.ID, f.Key,
				&flag.Split{Rollout: fmt.Sprint("rol_", i), Salt: fmt.Sprint(4_000_000 + i), Percent: float64(i)})
			require.NoError(w.t, err)
		}
	}
}

// visitors are users nobody has seen before, each with six traits.
func (w *world) visitors(n int) []flag.Context {
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same in each run
	countries := []string{"DE", "FR", "IT", "US", "GB", "PL", "ES", "SE"}
	out := make([]flag.Context, 0, n)
	for range n {
		out = append(out, flag.Context{
			TargetingKey: fmt.Sprintf("usr_%016x", random.Uint64()), EnvironmentKey: w.env.ClientKey, EnvironmentName: w.env.Name,
			Traits: map[string]any{
				"country": countries[random.IntN(len(countries))], "age": json.Number(fmt.Sprint(random.IntN(80))), "plan": "pro",
				"beta": random.IntN(2) == 0, "browser": "Firefox", "version": fmt.Sprintf("1.%d.0", random.IntN(30)),
			},
		})
	}
	return out
}

// BenchmarkEvaluate decides the hundred flags beside rules that somebody wrote by hand for just these flags. Goals: one
// targeted flag 100 ns without allocations, all of them 5 µs.
func BenchmarkEvaluate(b *testing.B) {
	w := newWorld(b)
	w.hundred()
	snapshot, visitors := w.flags.Snapshot(w.env.ID), w.visitors(512)
	next := 0
	visitor := func() *flag.Context { next++; return &visitors[next%len(visitors)] }
	on := 0
	one := func(key string) func() {
		return func() {
			if o, err := snapshot.Decide(key, *visitor(), tenant.Client); err == nil && o.Enabled {
				on++
			}
		}
	}
	b.Run("one plain", func(b *testing.B) { cpu(b, one("flag-010")) })
	b.Run("one targeted", func(b *testing.B) { cpu(b, one("flag-075")) })
	b.Run("one targeted by hand", func(b *testing.B) {
		cpu(b, func() {
			if targeted(visitor(), 23) {
				on++
			}
		})
	})
	b.Run("one split", func(b *testing.B) { cpu(b, one("flag-050")) })
	b.Run("one with variants", func(b *testing.B) { cpu(b, one("flag-095")) })
	decisions := make([]*flag.Decision, 0, 100)
	b.Run("all 100", func(b *testing.B) {
		cpu(b, func() { decisions = snapshot.DecideAll(*visitor(), tenant.Client, decisions[:0]) })
	})
	b.Run("all 100 by hand", func(b *testing.B) { cpu(b, func() { on += byHand(visitor()) }) })
	require.Len(b, decisions, 100)
}

// targeted is a segment of the hundred written by hand.
func targeted(c *flag.Context, from int64) bool {
	country, _ := c.Traits["country"].(string)
	age, _ := c.Traits["age"].(json.Number)
	years, err := age.Int64()
	return slices.Contains([]string{"DE", "FR", "IT"}, country) && err == nil && years >= from
}

// byHand is the hundred flags written by hand, with a cheap hash in place of Flagsmith's.
func byHand(c *flag.Context) (on int) {
	country, _ := c.Traits["country"].(string)
	age, _ := c.Traits["age"].(json.Number)
	years, _ := age.Int64()
	here := slices.Contains([]string{"DE", "FR", "IT"}, country)
	h := uint64(14695981039346656037)
	for _, b := range []byte(c.TargetingKey) {
		h = (h ^ uint64(b)) * 1099511628211
	}
	for i := range uint64(100) {
		switch {
		case i >= 90:
			on += int((h ^ i) * 1099511628211 >> 32 % 100 / 30) //nolint:gosec // a few
		case i >= 70:
			if (here && years >= int64(i)-52) == (i%2 != 0) {
				on++
			}
		case i >= 40:
			if (h^i)*1099511628211>>32%100 < i {
				on++
			}
		case i%2 == 0:
			on++
		}
	}
	return on
}

// BenchmarkChange flips a flag among a hundred: until it is on disk and served.
func BenchmarkChange(b *testing.B) {
	w := newWorld(b)
	w.hundred()
	on := false
	b.ResetTimer()
	for b.Loop() {
		on = !on
		_, err := w.flags.Change(b.Context(), dana, "a benchmark needs it", w.env.ID, "flag-000", flag.Patch{Enabled: &on})
		require.NoError(b, err)
	}
}
