package rollout_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/lease"
	"github.com/siteproof/belay/internal/rollout"
	"github.com/siteproof/belay/internal/store/sqldb"
	"github.com/siteproof/belay/internal/store/sqldb/sqldbtest"
	"github.com/siteproof/belay/internal/telemetry"
	"github.com/siteproof/belay/internal/tenant"
)

var dana = change.Actor{Kind: change.Person, ID: "per_1", Name: "Dana"}

const why = "a test needs it"

// stored is telemetry that was stored: in order, and shown to whoever listens.
type stored struct {
	mu     sync.Mutex
	events []telemetry.Event
	tell   []func([]telemetry.Event)
	scans  int
	broken error
}

func (s *stored) add(events ...telemetry.Event) {
	s.mu.Lock()
	for n := range events {
		events[n].Position = int64(len(s.events) + 1)
		s.events = append(s.events, events[n])
	}
	tell := s.tell
	s.mu.Unlock()
	for _, fn := range tell {
		fn(events)
	}
}

func (s *stored) Scan(_ context.Context, environmentID string, from, to time.Time, fn func(telemetry.Event) error) error {
	s.mu.Lock()
	events, broken := slices.Clone(s.events), s.broken
	s.scans++
	s.mu.Unlock()
	if broken != nil {
		return broken
	}
	for _, e := range events {
		if e.EnvironmentID != environmentID || e.ReceivedAt.Before(from) || (!to.IsZero() && !e.ReceivedAt.Before(to)) {
			continue
		}
		if err := fn(e); err != nil {
			return err
		}
	}
	return nil
}

func (s *stored) Percentile(
	ctx context.Context, environmentID string, kind telemetry.Kind, name string, share float64, from, to time.Time,
) (float64, int64, error) {
	var values []float64
	err := s.Scan(ctx, environmentID, from, to, func(e telemetry.Event) error {
		if e.Kind == kind && e.Name == name && len(e.Properties) == 0 {
			values = append(values, e.Value)
		}
		return nil
	})
	if len(values) == 0 {
		return 0, 0, err
	}
	slices.Sort(values)
	return values[int(share*float64(len(values)-1))], int64(len(values)), err
}

func (s *stored) Fingerprints(ctx context.Context, environmentID string, from, to time.Time) ([]string, error) {
	var all []string
	err := s.Scan(ctx, environmentID, from, to, func(e telemetry.Event) error {
		if e.Kind == telemetry.Error {
			all = append(all, e.Fingerprint)
		}
		return nil
	})
	return all, err
}

func (s *stored) LastEventAt(string) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.events) == 0 {
		return time.Time{}
	}
	return s.events[len(s.events)-1].ReceivedAt
}

// belay is a control plane on real SQLite with a master flag and five components.
type belay struct {
	t         testing.TB
	db        *sqldb.DB
	journal   *change.Journal
	flags     *flag.Service
	telemetry *stored
	service   *rollout.Service
	env       tenant.Environment
	back      []rollout.TakenBack
	salts     int // given out
}

func newBelay(t testing.TB) *belay {
	t.Helper()
	b := &belay{t: t, db: sqldbtest.Open(t), telemetry: &stored{}}
	var err error
	b.journal, err = change.NewJournal(t.Context(), b.db, time.Now)
	require.NoError(t, err)
	tenants := tenant.New(sqldb.NewTenants(b.db), b.journal)
	require.NoError(t, tenants.EnsureFirst(t.Context(), dana, tenant.FirstNames{
		Organisation: "o", Project: "p", Environments: []tenant.FirstEnvironment{{Key: "production", Name: "Production"}},
	}))
	b.env, err = tenants.Find("production")
	require.NoError(t, err)
	b.flags = flag.New(flag.Options{Store: sqldb.NewFlags(b.db), Journal: b.journal, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, b.flags.Load(t.Context()))
	b.journal.Subscribe("flags", b.flags.Refresh)
	b.create(master, "")
	for _, component := range components {
		b.create(component, master)
	}
	b.service = b.node()
	b.service.OnRolledBack(func(_ context.Context, r rollout.TakenBack) { b.back = append(b.back, r) })
	b.telemetry.tell = append(b.telemetry.tell, b.service.Observe)
	return b
}

// node is one more Belay on the same stores.
func (b *belay) node() *rollout.Service {
	return rollout.New(rollout.Options{
		Store: sqldb.NewRollouts(b.db), Journal: b.journal, Flags: b.flags, Telemetry: b.telemetry, Lease: lease.New(sqldb.NewLeases(b.db)),
		Logger: slog.New(slog.DiscardHandler),
		// The same people get the new version in every run: a harmless change may go back once in a hundred rollouts, and a
		// test that tossed that coin anew each time would fail now and then.
		Salt: func(string) string {
			b.salts++
			return strconv.Itoa(b.salts)
		},
	})
}

func (b *belay) create(key, parent string) {
	b.t.Helper()
	_, err := b.flags.Create(b.t.Context(), dana, why, flag.Flag{Key: key, Type: flag.Boolean, Enabled: true, Parent: parent, EnvironmentID: b.env.ID})
	require.NoError(b.t, err)
}

func (b *belay) plan(plan rollout.Plan) rollout.Rollout {
	b.t.Helper()
	r, err := b.service.Create(b.t.Context(), dana, why, rollout.NewRollout{EnvironmentID: b.env.ID, Name: "New design", Flag: master, Plan: &plan})
	require.NoError(b.t, err)
	return r
}

func (b *belay) start(plan rollout.Plan) rollout.Rollout {
	b.t.Helper()
	r := b.plan(plan)
	require.NoError(b.t, b.service.Start(b.t.Context(), dana, why, r.ID))
	return b.find(r.ID)
}

func (b *belay) find(id string) rollout.Rollout {
	b.t.Helper()
	r, err := b.service.Find(b.t.Context(), id)
	require.NoError(b.t, err)
	return r
}

func (b *belay) page(id string) rollout.Page {
	b.t.Helper()
	p, err := b.service.Page(b.t.Context(), id)
	require.NoError(b.t, err)
	return p
}

func (b *belay) flag(key string) flag.Flag {
	b.t.Helper()
	f, err := b.flags.Snapshot(b.env.ID).Find(key)
	require.NoError(b.t, err)
	return f
}

func TestStartTurnsOnAndAdvanceGrowsTheSplitInOneCommitEach(t *testing.T) {
	b := newBelay(t)
	r := b.plan(rollout.DemoPlan())
	require.Equal(t, components5(), sorted(r.Components), "every child of the flag")
	before := b.journal.Head()
	require.NoError(t, b.service.Start(t.Context(), dana, why, r.ID))
	require.Equal(t, before+1, b.journal.Head())
	require.Equal(t, &flag.Split{Rollout: r.ID, Salt: r.Salt, Percent: 5}, b.flag(master).Split)
	require.NoError(t, b.service.Advance(t.Context(), dana, why, r.ID))
	require.Equal(t, before+2, b.journal.Head())
	require.InDelta(t, 25, b.flag(master).Split.Percent, 0)

	r = b.find(r.ID)
	require.Equal(t, 1, r.Phase)
	require.Len(t, r.Spans, 2)
	require.Equal(t, *r.Spans[0].To, r.Spans[1].From, "no moment between two shares")
	page := b.page(r.ID)
	require.Equal(t, []rollout.Action{rollout.Advance, rollout.Start}, actions(page.Decisions))
	require.Equal(t, "Dana", page.Decisions[0].By)
}

func components5() []string { return sorted(components) }

func sorted(s []string) []string { return slices.Sorted(slices.Values(s)) }

func actions(decisions []rollout.Decision) []rollout.Action {
	var all []rollout.Action
	for _, d := range decisions {
		all = append(all, d.Action)
	}
	return all
}

func TestRollBackOfAComponentLeavesTheRestAndIsDoneOnce(t *testing.T) {
	b := newBelay(t)
	r := b.start(rollout.DemoPlan())
	before := b.journal.Head()
	for range 2 {
		require.NoError(t, b.service.RollBack(t.Context(), dana, "it throws", r.ID, "ncr-form"))
	}
	require.Equal(t, before+1, b.journal.Head(), "the second time changed nothing")
	require.False(t, b.flag("ncr-form").Enabled)
	require.True(t, b.flag("diary").Enabled)
	require.True(t, b.flag(master).Enabled)
	r = b.find(r.ID)
	require.Equal(t, rollout.Running, r.State)
	require.Len(t, r.Lost, 1)
	require.Len(t, b.back, 1)
	require.Equal(t, []string{"ncr-form"}, b.back[0].Components)
	require.Equal(t, r.Lost[0].DecisionID, b.back[0].Decision.ID)
}

func TestRollBackOfEverythingEndsItWhateverItDoes(t *testing.T) {
	for name, prepare := range map[string]func(*belay, string) error{
		"running":   func(*belay, string) error { return nil },
		"held":      func(b *belay, id string) error { return b.service.Hold(b.t.Context(), dana, why, id) },
		"completed": finish,
	} {
		t.Run(name, func(t *testing.T) {
			b := newBelay(t)
			r := b.start(rollout.DemoPlan())
			require.NoError(t, prepare(b, r.ID))
			for range 2 {
				require.NoError(t, b.service.RollBack(t.Context(), dana, "people cannot work", r.ID))
			}
			require.False(t, b.flag(master).Enabled)
			require.Equal(t, rollout.RolledBack, b.find(r.ID).State)
			require.Len(t, b.back, 1)
			require.Empty(t, b.back[0].Components)
			for verb, act := range map[string]func(context.Context, change.Actor, string, string) error{
				"start": b.service.Start, "advance": b.service.Advance, "hold": b.service.Hold, "resume": b.service.Resume, "approve": b.service.Approve,
			} {
				require.True(t, fault.Is(act(t.Context(), dana, why, r.ID), fault.Conflict), verb)
			}
		})
	}
}

// finish advances to the end.
func finish(b *belay, id string) error {
	for range 4 {
		if err := b.service.Advance(b.t.Context(), dana, why, id); err != nil {
			return err
		}
	}
	return nil
}

func TestTakingBackTheLastComponentsTakesEverythingBack(t *testing.T) {
	b := newBelay(t)
	r := b.start(rollout.DemoPlan())
	require.NoError(t, b.service.RollBack(t.Context(), dana, why, r.ID, components[:3]...))
	require.NoError(t, b.service.RollBack(t.Context(), dana, why, r.ID, components[2:]...))
	require.Equal(t, rollout.RolledBack, b.find(r.ID).State)
	require.False(t, b.flag(master).Enabled)
}

func TestRollBackRefusesWhatIsNotThere(t *testing.T) {
	b := newBelay(t)
	draft := b.plan(rollout.DemoPlan())
	require.True(t, fault.Is(b.service.RollBack(t.Context(), dana, why, draft.ID), fault.Conflict))
	require.NoError(t, b.service.Start(t.Context(), dana, why, draft.ID))
	require.True(t, fault.Is(b.service.RollBack(t.Context(), dana, why, draft.ID, "footer"), fault.NotFound))
	require.True(t, fault.Is(b.service.RollBack(t.Context(), dana, why, "rol_none"), fault.NotFound))
	require.True(t, fault.Is(b.service.RollBack(t.Context(), dana, "x", draft.ID), fault.Invalid), "no reason given")
	require.Equal(t, rollout.Running, b.find(draft.ID).State)
	require.Empty(t, b.back)
}

func TestAFlagCanBeTriedAgainAfterARollback(t *testing.T) {
	b := newBelay(t)
	first := b.start(rollout.DemoPlan())
	_, err := b.service.Create(t.Context(), dana, why, rollout.NewRollout{EnvironmentID: b.env.ID, Name: "Again", Flag: master})
	require.True(t, fault.Is(err, fault.Conflict), "one at a time")
	require.NoError(t, b.service.RollBack(t.Context(), dana, why, first.ID, "diary"))
	require.NoError(t, b.service.RollBack(t.Context(), dana, why, first.ID))
	second := b.start(rollout.DemoPlan())
	require.NotEqual(t, first.Salt, second.Salt, "other people go first")
	require.Equal(t, second.ID, b.flag(master).Split.Rollout)
	require.True(t, b.flag(master).Enabled)
	require.True(t, b.flag("diary").Enabled)
}

func TestACompletedRolloutLetsTheFlagGo(t *testing.T) {
	b := newBelay(t)
	r := b.start(rollout.DemoPlan())
	require.NoError(t, finish(b, r.ID))
	require.Equal(t, rollout.Completed, b.find(r.ID).State)
	require.Nil(t, b.flag(master).Split)
	require.True(t, b.flag(master).Enabled)
	require.Equal(t, "Everyone has the new version. Nothing more happens.", b.page(r.ID).Next.Text)
}

func TestCreateRefusesWhatCannotBeRolledOut(t *testing.T) {
	b := newBelay(t)
	_, err := b.flags.Create(t.Context(), dana, why, flag.Flag{Key: "text", Type: flag.String, Value: json.RawMessage(`"x"`), EnvironmentID: b.env.ID})
	require.NoError(t, err)
	bad := rollout.DefaultPlan()
	bad.Budget = 2
	for name, c := range map[string]struct {
		n    rollout.NewRollout
		code fault.Code
	}{
		"no such flag":            {rollout.NewRollout{Flag: "nowhere"}, fault.NotFound},
		"not a component of it":   {rollout.NewRollout{Flag: master, Components: []string{"text"}}, fault.Invalid},
		"a component named twice": {rollout.NewRollout{Flag: master, Components: []string{"auth", "auth"}}, fault.Invalid},
		"a flag that carries text": {
			rollout.NewRollout{Flag: "text"}, fault.Invalid,
		},
		"a plan that cannot be": {rollout.NewRollout{Flag: master, Plan: &bad}, fault.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			c.n.EnvironmentID, c.n.Name = b.env.ID, name
			_, err := b.service.Create(t.Context(), dana, why, c.n)
			require.Equal(t, c.code, fault.CodeOf(err), "%v", err)
		})
	}
	all, err := b.service.List(t.Context(), b.env.ID)
	require.NoError(t, err)
	require.Empty(t, all)
}

// TestNoPathSkipsAnApprovalOrShrinksExposure does anything in any order, on one flag, rollout after rollout.
func TestNoPathSkipsAnApprovalOrShrinksExposure(t *testing.T) {
	b := newBelay(t)
	plan := rollout.DemoPlan()
	plan.Phases[0].Approval, plan.Phases[1].Approval = true, true
	rapid.Check(t, func(rt *rapid.T) {
		r := b.start(plan)
		percent := 5.0
		acts := map[string]func() error{
			"advance": func() error { return b.service.Advance(t.Context(), dana, why, r.ID) },
			"hold":    func() error { return b.service.Hold(t.Context(), dana, why, r.ID) },
			"resume":  func() error { return b.service.Resume(t.Context(), dana, why, r.ID) },
			"approve": func() error { return b.service.Approve(t.Context(), dana, why, r.ID) },
			"start":   func() error { return b.service.Start(t.Context(), dana, why, r.ID) },
			"part": func() error {
				return b.service.RollBack(t.Context(), dana, why, r.ID, rapid.SampledFrom(components).Draw(rt, "component"))
			},
			"all": func() error { return b.service.RollBack(t.Context(), dana, why, r.ID) },
		}
		names := []string{"advance", "hold", "resume", "approve", "start", "part", "advance", "approve", "all"}
		for _, name := range rapid.SliceOfN(rapid.SampledFrom(names), 1, 10).Draw(rt, "acts") {
			head := b.journal.Head()
			err := acts[name]()
			require.True(rt, err == nil || fault.Is(err, fault.Conflict), "%s: %v", name, err)
			require.LessOrEqual(rt, b.journal.Head(), head+1, "%s is one commit", name)
			now := b.find(r.ID)
			b.whole(rt, now, &percent)
		}
		require.NoError(rt, b.service.RollBack(t.Context(), dana, why, r.ID))
		require.Equal(rt, rollout.RolledBack, b.find(r.ID).State)
		require.False(rt, b.flag(master).Enabled, "a rollback always ends on the old version")
	})
}

// whole checks what must hold of a rollout at all times.
func (b *belay) whole(t *rapid.T, r rollout.Rollout, percent *float64) {
	for phase := range r.Phase {
		if r.Plan.Phases[phase].Approval {
			require.True(t, slices.ContainsFunc(r.Approvals, func(a rollout.Approval) bool { return a.Phase == phase && a.By != "Belay" }), "phase %d was left", phase)
		}
	}
	for n := 1; n < len(r.Spans); n++ {
		require.Greater(t, r.Spans[n].Percent, r.Spans[n-1].Percent)
		require.Equal(t, r.Spans[n].From, *r.Spans[n-1].To)
	}
	require.Equal(t, r.State == rollout.RolledBack, !b.flag(master).Enabled)
	for _, l := range r.Lost {
		require.False(t, b.flag(l.Component).Enabled)
	}
	now := 100.0
	if split := b.flag(master).Split; split != nil {
		require.Equal(t, r.ID, split.Rollout)
		now = split.Percent
	}
	require.GreaterOrEqual(t, now, *percent, "nobody loses the new version but by a rollback")
	*percent = now
	require.Equal(t, r.State == rollout.Held, r.HeldAt != nil)
	require.Equal(t, r.State == rollout.RolledBack || r.State == rollout.Completed, r.EndedAt != nil)
	require.NotEmpty(t, fmt.Sprint(b.page(r.ID).Next.Text))
}

// TestThePageSaysWhoTakesTheNextStep keeps apart what Belay does by itself and what a person has to say.
func TestThePageSaysWhoTakesTheNextStep(t *testing.T) {
	for approval, want := range map[bool]string{
		true:  "It asks a person to approve 25 % once",
		false: "It goes to 25 % by itself once",
	} {
		b := newBelay(t)
		plan := rollout.DefaultPlan()
		plan.Phases[0].Approval = approval
		r, err := b.service.Create(t.Context(), dana, why, rollout.NewRollout{EnvironmentID: b.env.ID, Name: "n", Flag: master, Plan: &plan})
		require.NoError(t, err)
		require.NoError(t, b.service.Start(t.Context(), dana, why, r.ID))
		require.Contains(t, b.page(r.ID).Next.Text, want)
	}
}
