package proposal_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/experiment"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/proposal"
	"github.com/siteproof/belay/internal/rollout"
	"github.com/siteproof/belay/internal/store/sqldb"
	"github.com/siteproof/belay/internal/tenant"
)

func TestAChangeWaitsForOtherPeople(t *testing.T) {
	w := newWorld(t, 2)
	ctx := t.Context()
	w.with(flag.Flag{Key: "checkout"})
	p := w.held(w.turn(ctx, dana, "checkout", true))
	require.Equal(t, proposal.Waiting, p.State)
	require.Equal(t, 2, p.Needed)
	require.Equal(t, "turn checkout on", p.Title)
	require.Equal(t, dana, p.By)
	require.Contains(t, string(p.Steps[0].Changes[0].Before), `"enabled":false`)
	require.Contains(t, string(p.Steps[0].Changes[0].After), `"enabled":true`)
	require.False(t, w.flag("checkout").Enabled)

	_, err := w.proposals.Approve(ctx, dana, why, p.ID)
	require.True(t, fault.Is(err, fault.Forbidden), "nobody approves their own change: %v", err)
	_, err = w.proposals.Approve(ctx, tool, why, p.ID)
	require.True(t, fault.Is(err, fault.Forbidden), "a token is nobody: %v", err)
	p, err = w.proposals.Approve(ctx, mara, why, p.ID)
	require.NoError(t, err)
	require.Equal(t, proposal.Waiting, p.State)
	_, err = w.proposals.Approve(ctx, mara, why, p.ID)
	require.True(t, fault.Is(err, fault.Conflict), "everybody counts once: %v", err)
	require.False(t, w.flag("checkout").Enabled)
	p, err = w.proposals.Approve(ctx, ines, why, p.ID)
	require.NoError(t, err)
	require.Equal(t, proposal.Applied, p.State)
	require.True(t, w.flag("checkout").Enabled)

	last := w.last()
	require.Equal(t, []string{flag.FlagUpdated, "change_request.applied"}, kinds(last))
	require.Equal(t, dana, last.Actor)
	require.Equal(t, why, last.Reason)
	require.Equal(t, last.Revision, p.Steps[0].Revision)
	require.Contains(t, string(last.Changes[1].After), `"approved_by":["Mara","Ines"]`)
	_, err = w.proposals.Withdraw(ctx, dana, why, p.ID)
	require.True(t, fault.Is(err, fault.Conflict), err)
}

// Whoever holds a token can sign in too, and be the first to approve what they proposed with it.
func TestWhatATokenProposesNeedsOnePersonMore(t *testing.T) {
	w := newWorld(t, 1)
	ctx := t.Context()
	w.with(flag.Flag{Key: "checkout"})
	p := w.held(w.turn(ctx, tool, "checkout", true))
	require.Equal(t, 2, p.Needed)
	p, err := w.proposals.Approve(ctx, dana, why, p.ID)
	require.NoError(t, err)
	require.Equal(t, proposal.Waiting, p.State)
	require.False(t, w.flag("checkout").Enabled)
	p, err = w.proposals.Approve(ctx, mara, why, p.ID)
	require.NoError(t, err)
	require.Equal(t, proposal.Applied, p.State)
	require.True(t, w.flag("checkout").Enabled)

	// Computing it anew, whoever does that, leaves it the token's.
	w.with(flag.Flag{Key: "greeting", Type: flag.String, Value: []byte(`"hello"`), Enabled: true})
	_, err = w.flags.Change(ctx, tool, why, w.env.ID, "greeting", flag.Patch{Value: []byte(`"bye"`)})
	p = w.held(err)
	w.ask(0)
	_, err = w.flags.Change(ctx, ines, why, w.env.ID, "greeting", flag.Patch{Value: []byte(`"good morning"`)})
	require.NoError(t, err)
	w.ask(1)
	for _, who := range []change.Actor{dana, mara} {
		p, err = w.proposals.Approve(ctx, who, why, p.ID)
		require.NoError(t, err)
	}
	require.Equal(t, proposal.Stale, p.State)
	p, err = w.proposals.Refresh(ctx, dana, why, p.ID)
	require.NoError(t, err)
	require.Equal(t, 2, p.Needed)

	w.ask(0)
	require.NoError(t, w.turn(ctx, tool, "checkout", false), "where nobody is asked, a token asks nobody")
	require.NoError(t, w.turn(ctx, tool, "checkout", true))
}

func TestSwitchingOffNeverWaits(t *testing.T) {
	w := newWorld(t, 1)
	w.with(flag.Flag{Key: "checkout", Enabled: true})
	require.NoError(t, w.turn(t.Context(), tool, "checkout", false))
	require.False(t, w.flag("checkout").Enabled)
	last := w.last()
	require.Equal(t, []string{flag.FlagUpdated, proposal.Waived}, kinds(last))
	require.Contains(t, string(last.Changes[1].After), "without approval")

	off, owner := false, "somebody"
	w.with(flag.Flag{Key: "search", Enabled: true})
	_, err := w.flags.Change(t.Context(), dana, why, w.env.ID, "search", flag.Patch{Enabled: &off, Owner: &owner})
	w.held(err)
	require.True(t, w.flag("search").Enabled, "who does more than switch off asks")
}

func TestEverythingButSwitchingOffWaits(t *testing.T) {
	w := newWorld(t, 1)
	ctx := t.Context()
	w.with(flag.Flag{Key: "greeting", Type: flag.String, Value: []byte(`"hello"`), Enabled: true})
	_, err := w.flags.Create(ctx, dana, why, flag.Flag{EnvironmentID: w.env.ID, Key: "new", Type: flag.Boolean})
	w.held(err)
	w.held(w.flags.Delete(ctx, dana, why, w.env.ID, "greeting"))
	_, err = w.flags.Change(ctx, dana, why, w.env.ID, "greeting", flag.Patch{Value: []byte(`"bye"`)})
	w.held(err)
	segment := flag.Segment{EnvironmentID: w.env.ID, Key: "pros", Rules: []flag.Rule{{Type: "ALL", Conditions: []flag.Condition{{Property: "plan", Operator: "EQUAL", Value: "pro"}}}}}
	_, err = w.flags.PutSegment(ctx, dana, why, segment)
	w.held(err)
	imported := []flag.Operation{flag.PutSegment(segment), flag.PutFlag(flag.Flag{Key: "a", Type: flag.Boolean}), flag.PutFlag(flag.Flag{Key: "b", Type: flag.Boolean})}
	_, err = w.flags.Apply(ctx, dana, why, w.env.ID, flag.AnyRevision, imported)
	p := w.held(err)
	require.Equal(t, "make the segment pros, make the flag a, 1 more", p.Title)
	require.Len(t, w.flags.Snapshot(w.env.ID).Flags(), 1)
	p, err = w.proposals.Approve(ctx, mara, why, p.ID)
	require.NoError(t, err)
	require.Equal(t, proposal.Applied, p.State)
	require.Len(t, w.flags.Snapshot(w.env.ID).Flags(), 3)

	staging, err := w.tenants.Find("staging")
	require.NoError(t, err)
	_, err = w.flags.Create(ctx, dana, why, flag.Flag{EnvironmentID: staging.ID, Key: "new", Type: flag.Boolean})
	require.NoError(t, err, "other environments ask nobody")
}

func TestLoweringTheApprovalsWaitsForApprovals(t *testing.T) {
	w := newWorld(t, 1)
	ctx := t.Context()
	set := func(approvals int) error {
		settings := w.env.Settings
		settings.Approvals = approvals
		_, err := w.tenants.Change(ctx, dana, why, w.env.ID, tenant.Patch{Settings: &settings},
			func(ctx context.Context, e tenant.Environment) error { return w.flags.Restamp(ctx, e.ID) })
		return err
	}
	asked := func() int {
		env, err := w.tenants.Find(w.env.ID)
		require.NoError(t, err)
		return env.Settings.Approvals
	}
	require.NoError(t, set(2), "more may be asked for at once")
	p := w.held(set(0))
	require.Equal(t, 2, p.Needed)
	require.Equal(t, 2, asked())
	for _, who := range []change.Actor{mara, ines} {
		var err error
		p, err = w.proposals.Approve(ctx, who, why, p.ID)
		require.NoError(t, err)
	}
	require.Equal(t, proposal.Applied, p.State, p.Why)
	require.Zero(t, asked())
	_, err := w.proposals.Undo(ctx, mara, "too early", p.Steps[0].Revision)
	require.NoError(t, err)
	require.Equal(t, 2, asked())
}

func TestARolloutWaitsBeforeItsStartAndNeverAfter(t *testing.T) {
	w := newWorld(t, 1)
	ctx := t.Context()
	w.with(flag.Flag{Key: "design"}, flag.Flag{Key: "diary", Parent: "design"})
	r, err := w.rollouts.Create(ctx, dana, why, rollout.NewRollout{EnvironmentID: w.env.ID, Name: "New design", Flag: "design"})
	require.NoError(t, err)
	p := w.held(w.rollouts.Start(ctx, dana, why, r.ID))
	require.Contains(t, p.Title, "start the rollout New design")
	require.False(t, w.flag("design").Enabled)
	p, err = w.proposals.Approve(ctx, mara, why, p.ID)
	require.NoError(t, err)
	require.Equal(t, proposal.Applied, p.State, p.Why)
	require.True(t, w.flag("design").Enabled)
	require.NotNil(t, w.flag("design").Split)
	require.NoError(t, w.rollouts.Advance(ctx, dana, why, r.ID), "who let it start let it go on")
	require.InDelta(t, 25, w.flag("design").Split.Percent, 1e-9)
	require.NoError(t, w.rollouts.RollBack(ctx, dana, why, r.ID))
	require.False(t, w.flag("design").Enabled)
	require.Contains(t, kinds(w.last()), proposal.Waived)
}

func TestWhatChangedInBetweenNeedsAFreshApproval(t *testing.T) {
	w := newWorld(t, 1)
	ctx := t.Context()
	w.with(flag.Flag{Key: "limit", Type: flag.Number, Value: []byte("1"), Enabled: true})
	set := func(value string) proposal.Proposal {
		_, err := w.flags.Change(ctx, dana, why, w.env.ID, "limit", flag.Patch{Value: []byte(value)})
		return w.held(err)
	}
	first, second, third := set("2"), set("3"), set("4")
	first, err := w.proposals.Approve(ctx, mara, why, first.ID)
	require.NoError(t, err)
	require.Equal(t, proposal.Applied, first.State)
	require.NoError(t, w.turn(ctx, mara, "limit", false), "another field, which is not in the way")

	second, err = w.proposals.Approve(ctx, mara, why, second.ID)
	require.NoError(t, err)
	require.Equal(t, proposal.Stale, second.State)
	require.Empty(t, second.Approvals)
	require.Equal(t, first.Steps[0].Revision, second.Conflicts[0].Revision)
	require.Equal(t, "value of flag limit was changed by Dana in revision "+itoa(first.Steps[0].Revision), second.Why)
	require.JSONEq(t, "2", string(w.flag("limit").Value))
	_, err = w.proposals.Approve(ctx, ines, why, second.ID)
	require.True(t, fault.Is(err, fault.Conflict), err)

	second, err = w.proposals.Refresh(ctx, dana, why, second.ID)
	require.NoError(t, err)
	require.Equal(t, proposal.Waiting, second.State)
	require.Contains(t, string(second.Steps[0].Changes[0].Before), `"value":2`)
	second, err = w.proposals.Approve(ctx, mara, why, second.ID)
	require.NoError(t, err)
	require.Equal(t, proposal.Applied, second.State)
	require.JSONEq(t, "3", string(w.flag("limit").Value))
	require.False(t, w.flag("limit").Enabled, "what others changed stays")

	third, err = w.proposals.Reject(ctx, mara, "not that many", third.ID)
	require.NoError(t, err)
	require.Equal(t, proposal.Rejected, third.State)
	require.Contains(t, third.Why, "not that many")
}

func TestWhatCannotBeMadeAnyMoreSaysWhy(t *testing.T) {
	w := newWorld(t, 1)
	ctx := t.Context()
	w.with(flag.Flag{Key: "parent"}, flag.Flag{Key: "child"})
	parent := "parent"
	_, err := w.flags.Change(ctx, dana, why, w.env.ID, "child", flag.Patch{Parent: &parent})
	p := w.held(err)
	w.ask(0)
	require.NoError(t, w.flags.Delete(ctx, mara, why, w.env.ID, "parent"))
	w.ask(1)
	p, err = w.proposals.Approve(ctx, mara, why, p.ID)
	require.NoError(t, err)
	require.Equal(t, proposal.Failed, p.State)
	require.Contains(t, p.Why, `"parent", which does not exist`)
	require.Empty(t, w.flag("child").Parent)
}

func TestCommentsAreKept(t *testing.T) {
	w := newWorld(t, 1)
	w.with(flag.Flag{Key: "checkout"})
	p := w.held(w.turn(t.Context(), dana, "checkout", true))
	p, err := w.proposals.Comment(t.Context(), mara, " why today? ", p.ID)
	require.NoError(t, err)
	require.Equal(t, "why today?", p.Comments[0].Text)
	_, err = w.proposals.Comment(t.Context(), mara, "  ", p.ID)
	require.True(t, fault.Is(err, fault.Invalid), err)
	_, err = w.proposals.Find(t.Context(), "chg_none")
	require.True(t, fault.Is(err, fault.NotFound), err)
	open, err := w.proposals.List(t.Context(), proposal.Filter{EnvironmentID: w.env.ID, Open: true})
	require.NoError(t, err)
	require.Len(t, open, 1)
}

func TestARequestOfSeveralStepsIsComputedStepByStep(t *testing.T) {
	w := newWorld(t, 0)
	w.with(flag.Flag{Key: "sale"})
	ctx := t.Context()
	on, off := map[string]jsonText{"enabled": jsonText("true")}, map[string]jsonText{"enabled": jsonText("false")}
	p, err := w.proposals.Propose(ctx, dana, why, w.env.ID, []proposal.NewStep{
		{Edits: []proposal.Edit{{Flag: "sale", Set: on}}},
		{At: tomorrow(), Edits: []proposal.Edit{{Flag: "sale", Set: off}}},
	})
	require.NoError(t, err)
	require.Equal(t, proposal.Scheduled, p.State)
	require.NotNil(t, p.Steps[0].AppliedAt, "the first step is made at once")
	require.True(t, w.flag("sale").Enabled)
	require.Contains(t, string(p.Steps[1].Changes[0].Before), `"enabled":true`)

	for name, steps := range map[string][]proposal.NewStep{
		"nothing":          {{Edits: []proposal.Edit{{Flag: "sale", Set: on}}}},
		"unknown field":    {{Edits: []proposal.Edit{{Flag: "sale", Set: map[string]jsonText{"colour": jsonText("1")}}}}},
		"not theirs":       {{Edits: []proposal.Edit{{Flag: "sale", Set: map[string]jsonText{"split": jsonText("null")}}}}},
		"both":             {{Edits: []proposal.Edit{{Flag: "sale", Segment: "x", Remove: true}}}},
		"no step":          {},
		"a time gone by":   {{At: "2020-01-01T00:00", Edits: []proposal.Edit{{Flag: "sale", Set: off}}}},
		"second untimed":   {{Edits: []proposal.Edit{{Flag: "sale", Set: off}}}, {Edits: []proposal.Edit{{Flag: "sale", Set: on}}}},
		"no such flag":     {{Edits: []proposal.Edit{{Flag: "none", Remove: true}}}},
		"unknown zone":     {{At: tomorrow(), Zone: "Europe/Nowhere", Edits: []proposal.Edit{{Flag: "sale", Set: off}}}},
		"new without type": {{Edits: []proposal.Edit{{Flag: "none", Set: on}}}},
	} {
		_, err := w.proposals.Propose(ctx, dana, why, w.env.ID, steps)
		require.Error(t, err, name)
		require.NotEqual(t, fault.Internal, fault.CodeOf(err), "%s: %v", name, err)
		var held *proposal.HeldError
		require.NotErrorAs(t, err, &held, name)
	}
}

func TestAnExperimentStartsAndStopsWithoutApprovals(t *testing.T) {
	w := newWorld(t, 1)
	ctx := t.Context()
	w.with(flag.Flag{
		Key: "button", Type: flag.String, Value: []byte(`"Buy now"`), Enabled: true,
		Variants: []flag.Variant{{Key: "short", Value: []byte(`"Buy"`), Weight: 50}},
	})
	experiments := experiment.New(experiment.Options{Store: sqldb.NewExperiments(w.db), Journal: w.journal, Flags: w.flags, Outcomes: uncounted{}})
	design := experiment.Design{
		Name: "Buttons", Flag: "button", Metrics: []experiment.Metric{{Role: experiment.Primary, Kind: experiment.Conversion, Event: "bought"}},
	}
	e, err := experiments.Start(ctx, tool, why, w.env.ID, design)
	require.NoError(t, err)
	require.Equal(t, []string{flag.FlagUpdated, experiment.StartedChange, proposal.Waived}, kinds(w.last()))
	require.Equal(t, "Buttons", w.flag("button").Experiment.Name)
	_, err = experiments.Stop(ctx, tool, why, e.ID)
	require.NoError(t, err)
	require.Nil(t, w.flag("button").Experiment)

	weights := []flag.Variant{{Key: "short", Value: []byte(`"Buy"`), Weight: 90}}
	_, err = w.flags.Change(ctx, dana, why, w.env.ID, "button", flag.Patch{Experiment: &flag.Experiment{Name: "Buttons"}, Variants: &weights})
	w.held(err)
	require.InDelta(t, 50, w.flag("button").Variants[0].Weight, 0, "who changes what people get asks")

	_, err = w.journal.Commit(ctx, dana, why, func(ctx context.Context) error {
		if _, err := w.flags.Change(ctx, dana, why, w.env.ID, "button", flag.Patch{Experiment: &flag.Experiment{Name: "Buttons"}}); err != nil {
			return err
		}
		_, err := w.flags.Change(ctx, dana, why, w.env.ID, "button", flag.Patch{Variants: &weights})
		return err
	})
	w.held(err)
}

// uncounted is telemetry in which nobody saw anything.
type uncounted struct{}

func (uncounted) Exposures(context.Context, experiment.Window) (experiment.Counted, error) {
	return experiment.Counted{}, nil
}

func (uncounted) Measure(context.Context, experiment.Window, experiment.Metric) (experiment.Measured, error) {
	return experiment.Measured{}, nil
}

func (uncounted) Usual(context.Context, string, string, time.Time, time.Time, experiment.Metric) (experiment.Usual, error) {
	return experiment.Usual{}, nil
}
