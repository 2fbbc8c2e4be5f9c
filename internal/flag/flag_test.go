package flag_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/store/sqldb"
	"github.com/siteproof/belay/internal/store/sqldb/sqldbtest"
	"github.com/siteproof/belay/internal/tenant"
)

const master = "design-system-v2"

var dana = change.Actor{Kind: change.Person, ID: "per_1", Name: "Dana"}

// world is a control plane with one environment, on real SQLite.
type world struct {
	t       testing.TB
	db      *sqldb.DB
	journal *change.Journal
	flags   *flag.Service
	env     tenant.Environment
	other   tenant.Environment // of the same project
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, db: sqldbtest.Open(t)}
	var err error
	w.journal, err = change.NewJournal(t.Context(), w.db, time.Now)
	require.NoError(t, err)
	tenants := tenant.New(sqldb.NewTenants(w.db), w.journal)
	require.NoError(t, tenants.EnsureFirst(t.Context(), dana, tenant.FirstNames{
		Organisation: "o", Project: "p", Environments: []tenant.FirstEnvironment{{Key: "production", Name: "Production"}, {Key: "staging", Name: "Staging"}},
	}))
	w.env, err = tenants.Find("production")
	require.NoError(t, err)
	w.other, err = tenants.Find("staging")
	require.NoError(t, err)
	w.flags = flag.New(flag.Options{Store: sqldb.NewFlags(w.db), Journal: w.journal, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, w.flags.Load(t.Context()))
	w.journal.Subscribe("flags", w.flags.Refresh)
	return w
}

func (w *world) create(f flag.Flag) flag.Flag {
	w.t.Helper()
	if f.Type == "" {
		f.Type = flag.Boolean
	}
	f.EnvironmentID = w.env.ID
	made, err := w.flags.Create(w.t.Context(), dana, "a test needs it", f)
	require.NoError(w.t, err)
	return made
}

func (w *world) change(key string, p flag.Patch) {
	w.t.Helper()
	_, err := w.flags.Change(w.t.Context(), dana, "a test needs it", w.env.ID, key, p)
	require.NoError(w.t, err)
}

func (w *world) split(key string, percent float64) {
	w.t.Helper()
	_, err := w.flags.SetSplit(w.t.Context(), dana, "a test needs it", w.env.ID, key, &flag.Split{Rollout: "rol_1", Salt: "salt", Percent: percent})
	require.NoError(w.t, err)
}

func (w *world) evaluate(key, identity string) flag.Result {
	w.t.Helper()
	r, err := w.flags.Snapshot(w.env.ID).Evaluate(key, flag.Context{TargetingKey: identity, EnvironmentKey: w.env.ClientKey}, tenant.Client)
	require.NoError(w.t, err)
	return r
}

// inside and outside give an identity on each side of a split.
func inside(percent float64) string  { return find(func(b float64) bool { return b < percent }) }
func outside(percent float64) string { return find(func(b float64) bool { return b >= percent }) }

func find(fits func(float64) bool) string {
	for i := 0; ; i++ {
		if id := fmt.Sprintf("usr_%d", i); fits(flag.Bucket("salt", id)) {
			return id
		}
	}
}

func TestAFlagIsDecidedByIdentityThenSegmentThenSplitThenItself(t *testing.T) {
	w := newWorld(t)
	for i, key := range []string{"everyone", "pros"} {
		condition := flag.Condition{Property: "plan", Operator: "EQUAL", Value: "pro"}
		if i == 0 {
			condition = flag.Condition{Property: "plan", Operator: "IS_SET"}
		}
		_, err := w.flags.PutSegment(t.Context(), dana, "a test needs it", flag.Segment{
			EnvironmentID: w.env.ID, Key: key, Rules: []flag.Rule{{Type: "ALL", Conditions: []flag.Condition{condition}}},
		})
		require.NoError(t, err)
	}
	w.create(flag.Flag{
		Key: "limit", Type: flag.Number, Enabled: true, Value: []byte("10"),
		Segments:   []flag.Override{{For: "everyone", Priority: 2, Enabled: true, Value: []byte("20")}, {For: "pros", Priority: 1, Enabled: true, Value: []byte("30")}},
		Identities: []flag.Override{{For: "root", Enabled: true, Value: []byte("99")}, {For: "banned", Enabled: false}},
	})
	at := func(identity string, traits map[string]any) flag.Result {
		r, err := w.flags.Snapshot(w.env.ID).Evaluate("limit", flag.Context{TargetingKey: identity, Traits: traits}, tenant.Client)
		require.NoError(t, err)
		return r
	}
	value := func(r flag.Result) string { return fmt.Sprintf("%s %s", r.Value, r.Reason) }
	require.Equal(t, "10 STATIC", value(at("a", nil)))
	require.Equal(t, "20 TARGETING_MATCH", value(at("a", map[string]any{"plan": "free"})))
	require.Equal(t, "30 TARGETING_MATCH", value(at("a", map[string]any{"plan": "pro"})))
	require.Equal(t, "99 TARGETING_MATCH", value(at("root", map[string]any{"plan": "pro"})))
	require.Equal(t, " DISABLED", value(at("banned", map[string]any{"plan": "pro"})))
	require.Equal(t, "10 STATIC", value(at("", map[string]any{"plan": "pro"})), "nobody known is in no segment")

	w.change("limit", flag.Patch{Enabled: new(bool)})
	require.Equal(t, " DISABLED", value(at("a", nil)))
	require.Equal(t, "99 TARGETING_MATCH", value(at("root", nil)), "an ordinary flag that is off can be on for some, as in Flagsmith")
}

func TestASplitIsStickyAndGrowingItMovesNobodyOut(t *testing.T) {
	w := newWorld(t)
	w.create(flag.Flag{Key: master, Enabled: true})
	on := map[string]bool{}
	for _, percent := range []float64{0, 5, 25, 50, 100} {
		w.split(master, percent)
		count := 0
		for i := range 2000 {
			identity := fmt.Sprintf("usr_%d", i)
			r := w.evaluate(master, identity)
			require.Equal(t, flag.Bucket("salt", identity) < percent, r.Enabled)
			require.Equal(t, flag.SplitReason, r.Reason)
			require.False(t, on[identity] && !r.Enabled, "%s was in and is out at %v %%", identity, percent)
			on[identity] = r.Enabled
			if r.Enabled {
				count++
			}
		}
		require.InDelta(t, percent/100, float64(count)/2000, 0.03)
	}
	require.False(t, w.evaluate(master, "").Enabled, "nobody known is in no split")
	w.split(master, 0)
	first := find(func(b float64) bool { return b == 0 }) // one in 9,998
	require.False(t, w.evaluate(master, first).Enabled, "nobody is in at 0 %%")
}

func TestSplitMonotonicity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		salt, identity := rapid.String().Draw(t, "salt"), rapid.String().Draw(t, "identity")
		b := flag.Bucket(salt, identity)
		require.Equal(t, b, flag.Bucket(salt, identity)) //nolint:testifylint // the very same number
		require.True(t, b >= 0 && b < 100)
	})
}

func TestAChildIsOnOnlyWhereAllAboveItAreOn(t *testing.T) {
	w := newWorld(t)
	in, out := inside(25), outside(25)
	w.create(flag.Flag{Key: master, Enabled: true})
	w.create(flag.Flag{Key: "ncr-form", Enabled: true, Parent: master, Identities: []flag.Override{{For: in, Enabled: true}, {For: out, Enabled: true}}})
	w.create(flag.Flag{Key: "ncr-photos", Enabled: true, Parent: "ncr-form"})
	w.create(flag.Flag{Key: "ncr-title", Type: flag.String, Value: []byte(`"New"`), Enabled: true, Parent: "ncr-form"})
	w.split(master, 25)
	require.True(t, w.evaluate("ncr-photos", in).Enabled)
	r := w.evaluate("ncr-photos", out)
	require.False(t, r.Enabled)
	require.Equal(t, master, r.OffBy)
	require.Equal(t, "ncr-form", r.Parent)
	require.JSONEq(t, "false", string(r.Value))
	require.False(t, w.evaluate("ncr-form", out).Enabled, "an override does not reach past the parent")
	require.Nil(t, w.evaluate("ncr-title", out).Value)
	require.Equal(t, flag.Disabled, w.evaluate("ncr-title", out).Reason)

	w.change("ncr-form", flag.Patch{Enabled: new(bool)})
	require.False(t, w.evaluate("ncr-form", in).Enabled, "a component taken back is off for everybody, overrides or not")
	require.Equal(t, "ncr-form", w.evaluate("ncr-photos", in).OffBy)
	require.True(t, w.evaluate(master, in).Enabled)

	w.change("ncr-form", flag.Patch{Enabled: new(true)})
	w.change(master, flag.Patch{Enabled: new(bool)})
	for _, key := range []string{master, "ncr-form", "ncr-photos", "ncr-title"} {
		require.False(t, w.evaluate(key, in).Enabled, key)
	}
}

func TestRollingBackAMasterReachesThoseWithAnOverride(t *testing.T) {
	w := newWorld(t)
	w.create(flag.Flag{Key: master, Enabled: true, Identities: []flag.Override{{For: "tester", Enabled: true}}})
	w.create(flag.Flag{Key: "diary", Enabled: true, Parent: master})
	w.split(master, 0)
	require.True(t, w.evaluate("diary", "tester").Enabled, "an override is stronger than a split")
	w.change(master, flag.Patch{Enabled: new(bool)})
	require.False(t, w.evaluate(master, "tester").Enabled)
	_, err := w.flags.SetSplit(t.Context(), dana, "the rollout is over", w.env.ID, master, nil)
	require.NoError(t, err)
	require.False(t, w.evaluate(master, "tester").Enabled, "also when the split is gone: the flag has components")
	require.False(t, w.evaluate("diary", "tester").Enabled)
}

func TestVariantsFallAsInFlagsmith(t *testing.T) {
	w := newWorld(t)
	made := w.create(flag.Flag{
		Key: "cta", Type: flag.String, Enabled: true, Value: []byte(`"Save"`),
		Variants: []flag.Variant{{Key: "small", Value: []byte(`"S"`), Weight: 30}, {Key: "large", Value: []byte(`"L"`), Weight: 30}},
	})
	seen := map[string]int{}
	for i := range 1000 {
		identity := fmt.Sprintf("usr_%d", i)
		r := w.evaluate("cta", identity)
		seen[r.Variant]++
		want := "control"
		switch b := flag.Bucket(fmt.Sprint(made.Number), w.env.ClientKey+"_"+identity); { // the same hash, other ids
		case b < 30:
			want = "small"
		case b < 60:
			want = "large"
		}
		require.Equal(t, want, r.Variant)
	}
	require.Len(t, seen, 3)
	require.JSONEq(t, `"Save"`, string(w.evaluate("cta", "").Value))
}

func TestServerOnlyFlagsAreHiddenFromClientKeys(t *testing.T) {
	w := newWorld(t)
	w.create(flag.Flag{Key: "secret", ServerOnly: true, Enabled: true})
	w.create(flag.Flag{Key: "shown", Enabled: true, Parent: "secret"})
	s := w.flags.Snapshot(w.env.ID)
	_, err := s.Evaluate("secret", flag.Context{}, tenant.Client)
	require.True(t, fault.Is(err, fault.NotFound))
	require.Len(t, s.EvaluateAll(flag.Context{}, tenant.Client), 1)
	require.True(t, s.EvaluateAll(flag.Context{}, tenant.Client)[0].Enabled)
	require.Len(t, s.EvaluateAll(flag.Context{}, tenant.Server), 2)
}

func TestWhatIsWrongIsRefusedAndNothingIsWritten(t *testing.T) {
	w := newWorld(t)
	w.create(flag.Flag{Key: master, Enabled: true})
	w.create(flag.Flag{Key: "child", Parent: master})
	w.create(flag.Flag{Key: "text", Type: flag.String, Value: []byte(`"a"`)})
	w.split(master, 5)
	head := w.journal.Head()
	create := func(f flag.Flag) error {
		f.EnvironmentID = w.env.ID
		_, err := w.flags.Create(t.Context(), dana, "a test", f)
		return err
	}
	change := func(key string, p flag.Patch) error {
		_, err := w.flags.Change(t.Context(), dana, "a test", w.env.ID, key, p)
		return err
	}
	overrides := func(o ...flag.Override) *[]flag.Override { return &o }
	for name, c := range map[string]struct {
		err  error
		code fault.Code
	}{
		"capitals":             {create(flag.Flag{Key: "Design", Type: flag.Boolean}), fault.Invalid},
		"empty key":            {create(flag.Flag{Type: flag.Boolean}), fault.Invalid},
		"path":                 {create(flag.Flag{Key: "../x", Type: flag.Boolean}), fault.Invalid},
		"long key":             {create(flag.Flag{Key: strings.Repeat("k", 151), Type: flag.Boolean}), fault.Invalid},
		"taken":                {create(flag.Flag{Key: master, Type: flag.Boolean}), fault.Conflict},
		"no type":              {create(flag.Flag{Key: "x"}), fault.Invalid},
		"no such parent":       {create(flag.Flag{Key: "x", Type: flag.Boolean, Parent: "nobody"}), fault.Invalid},
		"its own parent":       {create(flag.Flag{Key: "x", Type: flag.Boolean, Parent: "x"}), fault.Invalid},
		"cycle":                {change(master, flag.Patch{Parent: new("child")}), fault.Invalid},
		"boolean with value":   {change(master, flag.Patch{Value: []byte("true")}), fault.Invalid},
		"text without quotes":  {change("text", flag.Patch{Value: []byte("ncr-form-throws")}), fault.Invalid},
		"number for text":      {change("text", flag.Patch{Value: []byte("1")}), fault.Invalid},
		"string without value": {create(flag.Flag{Key: "x", Type: flag.String}), fault.Invalid},
		"null":                 {create(flag.Flag{Key: "x", Type: flag.JSON, Value: []byte("null")}), fault.Invalid},
		"scalar for json":      {create(flag.Flag{Key: "x", Type: flag.JSON, Value: []byte("1")}), fault.Invalid},
		"endless number":       {create(flag.Flag{Key: "x", Type: flag.Number, Value: []byte("1e999")}), fault.Invalid},
		"large value":          {change("text", flag.Patch{Value: []byte(`"` + strings.Repeat("x", flag.MaxValue) + `"`)}), fault.Invalid},
		"weights over 100":     {change("text", flag.Patch{Variants: &[]flag.Variant{{Key: "a", Value: []byte(`"a"`), Weight: 60}, {Key: "b", Value: []byte(`"b"`), Weight: 60}}}), fault.Invalid},
		"variant control":      {change("text", flag.Patch{Variants: &[]flag.Variant{{Key: "control", Value: []byte(`"a"`), Weight: 1}}}), fault.Invalid},
		"segment unknown":      {change("text", flag.Patch{Segments: overrides(flag.Override{For: "nobody"})}), fault.Invalid},
		"two for one identity": {change("text", flag.Patch{Identities: overrides(flag.Override{For: "a"}, flag.Override{For: "a"})}), fault.Invalid},
		"no such flag":         {change("nothing", flag.Patch{Enabled: new(true)}), fault.NotFound},
		"no reason": {func() error {
			_, err := w.flags.Change(t.Context(), dana, "", w.env.ID, "text", flag.Patch{Enabled: new(true)})
			return err
		}(), fault.Invalid},
		"split over 100": {func() error {
			_, err := w.flags.SetSplit(t.Context(), dana, "a test", w.env.ID, "text", &flag.Split{Rollout: "r", Salt: "s", Percent: 101})
			return err
		}(), fault.Invalid},
		"split held by another": {func() error {
			_, err := w.flags.SetSplit(t.Context(), dana, "a test", w.env.ID, master, &flag.Split{Rollout: "rol_2", Salt: "s", Percent: 1})
			return err
		}(), fault.Conflict},
		"delete held": {w.flags.Delete(t.Context(), dana, "a test", w.env.ID, master), fault.Conflict},
		"segment without rules": {func() error {
			_, err := w.flags.PutSegment(t.Context(), dana, "a test", flag.Segment{EnvironmentID: w.env.ID, Key: "s"})
			return err
		}(), fault.Invalid},
		"segment with bad regex": {func() error {
			_, err := w.flags.PutSegment(t.Context(), dana, "a test", flag.Segment{EnvironmentID: w.env.ID, Key: "s", Rules: []flag.Rule{{Type: "ALL", Conditions: []flag.Condition{{Property: "a", Operator: "REGEX", Value: "("}}}}})
			return err
		}(), fault.Invalid},
	} {
		require.Error(t, c.err, name)
		require.Equal(t, c.code, fault.CodeOf(c.err), "%s: %v", name, c.err)
	}
	require.Equal(t, head, w.journal.Head())
	w.requireServedIsStored()
}

func TestParentsWithChildrenAndSegmentsInUseStay(t *testing.T) {
	w := newWorld(t)
	w.create(flag.Flag{Key: master})
	w.create(flag.Flag{Key: "child", Parent: master})
	_, err := w.flags.PutSegment(t.Context(), dana, "a test", flag.Segment{EnvironmentID: w.env.ID, Key: "beta", Rules: []flag.Rule{{Type: "ALL"}}})
	require.NoError(t, err)
	w.change("child", flag.Patch{Segments: &[]flag.Override{{For: "beta", Enabled: true}}})
	require.True(t, fault.Is(w.flags.Delete(t.Context(), dana, "a test", w.env.ID, master), fault.Conflict))
	require.True(t, fault.Is(w.flags.DeleteSegment(t.Context(), dana, "a test", w.env.ID, "beta"), fault.Conflict))
	require.NoError(t, w.flags.Delete(t.Context(), dana, "a test", w.env.ID, "child"))
	require.NoError(t, w.flags.Delete(t.Context(), dana, "a test", w.env.ID, master))
	require.NoError(t, w.flags.DeleteSegment(t.Context(), dana, "a test", w.env.ID, "beta"))
	require.Empty(t, w.flags.Snapshot(w.env.ID).Flags())
	require.Equal(t, w.journal.Head(), w.flags.Snapshot(w.env.ID).Revision())
	w.requireServedIsStored()
}

func TestChangingNothingMakesNoCommit(t *testing.T) {
	w := newWorld(t)
	w.create(flag.Flag{Key: "conf", Type: flag.JSON, Enabled: true, Value: []byte(`{"a": "<b>"}`), Tags: []string{"x"}})
	before := w.flags.Snapshot(w.env.ID)
	got, err := w.flags.Change(t.Context(), dana, "again", w.env.ID, "conf", flag.Patch{Enabled: new(true), Value: []byte(` {"a":"<b>"} `), Tags: &[]string{"x"}})
	require.NoError(t, err)
	require.Equal(t, before.Revision(), got.Version)
	require.Same(t, before, w.flags.Snapshot(w.env.ID))
}

func TestSeveralEditsOfOneCommitAreOneRevisionOrNothing(t *testing.T) {
	w := newWorld(t)
	w.create(flag.Flag{Key: master, Enabled: true})
	w.create(flag.Flag{Key: "ncr-form", Enabled: true, Parent: master})
	both := func(fail error) error {
		_, err := w.journal.Commit(t.Context(), dana, "both at once", func(ctx context.Context) error {
			if _, err := w.flags.SetSplit(ctx, dana, "", w.env.ID, master, &flag.Split{Rollout: "rol_1", Salt: "salt", Percent: 25}); err != nil {
				return err
			}
			if _, err := w.flags.Change(ctx, dana, "", w.env.ID, master, flag.Patch{Description: new("moved")}); err != nil {
				return err
			}
			if _, err := w.flags.Change(ctx, dana, "", w.env.ID, "ncr-form", flag.Patch{Enabled: new(bool)}); err != nil {
				return err
			}
			return fail
		})
		return err
	}
	before := w.flags.Snapshot(w.env.ID)
	require.ErrorIs(t, both(context.Canceled), context.Canceled)
	require.Same(t, before, w.flags.Snapshot(w.env.ID))
	w.requireServedIsStored()
	require.NoError(t, both(nil))
	require.Equal(t, before.Revision()+1, w.flags.Snapshot(w.env.ID).Revision())
	m, err := w.flags.Snapshot(w.env.ID).Find(master)
	require.NoError(t, err)
	require.InDelta(t, 25, m.Split.Percent, 0)
	require.Equal(t, "moved", m.Description)
	require.False(t, w.evaluate("ncr-form", inside(25)).Enabled)
	w.requireServedIsStored()
}

// requireServedIsStored compares the snapshot, made from the journal's announcements, with one read from the store.
func (w *world) requireServedIsStored() {
	w.t.Helper()
	again := flag.New(flag.Options{Store: sqldb.NewFlags(w.db), Journal: w.journal, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(w.t, again.Load(w.t.Context()))
	for _, env := range []string{w.env.ID, "env_other"} {
		served, stored := w.flags.Snapshot(env), again.Snapshot(env)
		require.Equal(w.t, stored.Revision(), served.Revision())
		require.Empty(w.t, cmp.Diff(stored.Flags(), served.Flags()))
		require.Empty(w.t, cmp.Diff(stored.Segments(), served.Segments()))
	}
}

func TestWhatIsServedIsWhatIsStoredAfterAnyEdits(t *testing.T) {
	w := newWorld(t)
	keys := []string{"a", "b", "c", "d"}
	rapid.Check(t, func(rt *rapid.T) {
		for range rapid.IntRange(1, 6).Draw(rt, "edits") {
			key := rapid.SampledFrom(keys).Draw(rt, "key")
			switch rapid.IntRange(0, 4).Draw(rt, "edit") {
			case 0:
				_, _ = w.flags.Create(t.Context(), dana, "a test", flag.Flag{EnvironmentID: w.env.ID, Key: key, Type: flag.String, Value: json.RawMessage(`"<&\u2028>"`), Parent: rapid.SampledFrom(append(keys, "")).Draw(rt, "parent")})
			case 1:
				_, _ = w.flags.Change(t.Context(), dana, "a test", w.env.ID, key, flag.Patch{Enabled: new(rapid.Bool().Draw(rt, "enabled")), Parent: new(rapid.SampledFrom(append(keys, "")).Draw(rt, "parent"))})
			case 2:
				_ = w.flags.Delete(t.Context(), dana, "a test", w.env.ID, key)
			case 3:
				_, _ = w.flags.SetSplit(t.Context(), dana, "a test", w.env.ID, key, &flag.Split{Rollout: "rol_1", Salt: "s", Percent: rapid.Float64Range(-1, 101).Draw(rt, "percent")})
			case 4:
				_, _ = w.flags.SetSplit(t.Context(), dana, "a test", w.env.ID, key, nil)
			}
		}
		w.requireServedIsStored()
	})
}

func TestEvaluationGoesOnWhileFlagsChange(t *testing.T) {
	w := newWorld(t)
	w.create(flag.Flag{Key: master, Enabled: true})
	w.create(flag.Flag{Key: "ncr-form", Enabled: true, Parent: master})
	stop := make(chan struct{})
	var readers, writers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			last := int64(0)
			for {
				select {
				case <-stop:
					return
				default:
				}
				s := w.flags.Snapshot(w.env.ID)
				if s.Revision() < last {
					t.Errorf("revision %d was served after %d", s.Revision(), last)
				}
				last = s.Revision()
				all := map[string]bool{}
				for _, r := range s.EvaluateAll(flag.Context{TargetingKey: "usr_1"}, tenant.Client) {
					all[r.Key] = r.Enabled
				}
				if all["ncr-form"] && !all[master] {
					t.Error("a child was on while its parent was off")
				}
			}
		})
	}
	for _, key := range []string{master, "ncr-form"} {
		writers.Go(func() {
			for i := range 30 {
				if _, err := w.flags.Change(t.Context(), dana, "back and forth", w.env.ID, key, flag.Patch{Enabled: new(i%2 == 0)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	close(stop)
	readers.Wait()
	w.requireServedIsStored()
}

func TestAnEnvironmentHasAtMostAThousandFlags(t *testing.T) {
	w := newWorld(t)
	var err error
	_, commitErr := w.journal.Commit(t.Context(), dana, "as many as there may be", func(ctx context.Context) error {
		for i := range flag.MaxFlags + 1 {
			if i < flag.MaxFlags-2 { // straight into the store: each edit reads all of them
				err = sqldb.NewFlags(w.db).SaveFlag(ctx, flag.Flag{ID: fmt.Sprint("flg_", i), Number: int64(5000 + i), EnvironmentID: w.env.ID, Key: fmt.Sprint("k", i), Type: flag.Boolean})
			} else {
				_, err = w.flags.Create(ctx, dana, "", flag.Flag{EnvironmentID: w.env.ID, Key: fmt.Sprint("k", i), Type: flag.Boolean})
			}
			if err != nil {
				require.Equal(t, flag.MaxFlags, i)
				return err
			}
		}
		return nil
	})
	require.True(t, fault.Is(commitErr, fault.TooLarge), "%v", commitErr)
	require.Empty(t, w.flags.Snapshot(w.env.ID).Flags())
}
