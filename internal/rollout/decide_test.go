package rollout_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/rollout"
)

const minute = rollout.Duration(time.Minute)

// ladder is a rollout in a phase of a plan that asks for everything a plan can ask for.
func ladder(phase int, state rollout.State) rollout.Rollout {
	r := plain(5)
	r.Plan.Phases = []rollout.Phase{
		{Name: "First", Percent: 5, MinDwell: 10 * minute, MaxDwell: 60 * minute, MinUsers: 20, Approval: true},
		{Name: "Second", Percent: 50, MinDwell: 10 * minute},
		{Name: "Last", Percent: 100, MinDwell: 10 * minute},
	}
	r.State, r.Phase = state, phase
	r.Spans[0].Phase, r.Spans[0].Percent = phase, r.Plan.Phases[phase].Percent
	return r
}

func harmful(guard rollout.GuardKind, scope string, logE float64) rollout.Reading {
	return rollout.Reading{Guard: guard, Scope: scope, LogE: logE, Threshold: 5, Status: rollout.StatusHarmful, Action: rollout.RollBackOnHarm}
}

// traced is a harm of which a component holds so much of the evidence.
func traced(r rollout.Reading, component string, logE float64) rollout.Reading {
	r.Blame = []rollout.Culprit{{Dimension: rollout.ByComponent, Value: component, LogE: logE}}
	return r
}

func proof(logE float64) rollout.Reading {
	return rollout.Reading{Guard: rollout.Errors, LogE: -1, Threshold: 5, SafeLogE: logE, SafeNeed: 3, Status: rollout.StatusWatching}
}

func TestDecide(t *testing.T) {
	approve := func(r *rollout.Rollout) { r.Approvals = []rollout.Approval{{Phase: r.Phase, By: "Dana"}} }
	hold := func(since, before time.Duration) func(*rollout.Rollout) {
		return func(r *rollout.Rollout) {
			r.HeldFor = rollout.Duration(before)
			if since > 0 {
				at := began.Add(since)
				r.HeldAt = &at
			}
		}
	}
	resume := func(after time.Duration) func(*rollout.Rollout) {
		return func(r *rollout.Rollout) { at := began.Add(after); r.ResumedAt = &at }
	}
	lose := func(parts ...string) func(*rollout.Rollout) {
		return func(r *rollout.Rollout) {
			for _, c := range parts {
				r.Lost = append(r.Lost, rollout.Lost{Component: c})
			}
		}
	}
	for name, c := range map[string]struct {
		phase    int
		state    rollout.State
		change   func(*rollout.Rollout)
		readings []rollout.Reading
		users    int64
		ill      bool
		after    time.Duration
		want     rollout.Action
		of       string
	}{
		"too early":                          {state: rollout.Running, readings: []rollout.Reading{proof(9)}, users: 50, after: 9 * time.Minute, want: rollout.Continue},
		"all is there but a person's yes":    {state: rollout.Running, readings: []rollout.Reading{proof(9)}, users: 50, after: 10 * time.Minute, want: rollout.AskApproval},
		"approved":                           {state: rollout.Running, change: approve, readings: []rollout.Reading{proof(9)}, users: 50, after: 10 * time.Minute, want: rollout.Advance},
		"approved but too few people":        {state: rollout.Running, change: approve, readings: []rollout.Reading{proof(9)}, users: 19, after: 10 * time.Minute, want: rollout.Continue},
		"approved but no proof":              {state: rollout.Running, change: approve, readings: []rollout.Reading{proof(2.9)}, users: 50, after: 10 * time.Minute, want: rollout.Continue},
		"approved but no data":               {state: rollout.Running, change: approve, readings: []rollout.Reading{proof(9)}, users: 50, ill: true, after: 10 * time.Minute, want: rollout.Continue},
		"time alone is no reason to go on":   {state: rollout.Running, change: approve, readings: []rollout.Reading{proof(2)}, users: 50, after: 59 * time.Minute, want: rollout.Continue},
		"undecided for too long":             {state: rollout.Running, readings: []rollout.Reading{proof(2)}, users: 50, after: 60 * time.Minute, want: rollout.Hold},
		"undecided, but resumed lately":      {state: rollout.Running, change: resume(30 * time.Minute), readings: []rollout.Reading{proof(2)}, users: 50, after: 89 * time.Minute, want: rollout.Continue},
		"undecided again":                    {state: rollout.Running, change: resume(30 * time.Minute), readings: []rollout.Reading{proof(2)}, users: 50, after: 90 * time.Minute, want: rollout.Hold},
		"missing data is no harm":            {state: rollout.Running, ill: true, after: 59 * time.Minute, want: rollout.Continue},
		"time held does not count":           {phase: 1, state: rollout.Running, change: hold(0, 5*time.Minute), after: 14 * time.Minute, want: rollout.Continue},
		"after enough time not held":         {phase: 1, state: rollout.Running, change: hold(0, 5*time.Minute), after: 15 * time.Minute, want: rollout.Advance},
		"held stays":                         {phase: 1, state: rollout.Held, change: hold(time.Minute, 0), after: time.Hour, want: rollout.Continue},
		"waiting for approval stays":         {state: rollout.AwaitingApproval, readings: []rollout.Reading{proof(9)}, users: 50, after: 50 * time.Hour, want: rollout.Continue},
		"no approval asked for":              {phase: 1, state: rollout.Running, after: 10 * time.Minute, want: rollout.Advance},
		"the last phase completes":           {phase: 2, state: rollout.Running, after: 10 * time.Minute, want: rollout.Complete},
		"the last phase takes its time":      {phase: 2, state: rollout.Running, after: 9 * time.Minute, want: rollout.Continue},
		"a component does harm":              {state: rollout.Running, readings: []rollout.Reading{harmful(rollout.Errors, "diary", 6)}, want: rollout.RollBackPart, of: "diary"},
		"the worse of two goes first":        {state: rollout.Running, readings: []rollout.Reading{harmful(rollout.Errors, "diary", 6), harmful(rollout.NewIssue, "auth", 7)}, want: rollout.RollBackPart, of: "auth"},
		"a component goes before everything": {state: rollout.Running, readings: []rollout.Reading{harmful(rollout.Errors, "", 90), harmful(rollout.Errors, "diary", 6)}, want: rollout.RollBackPart, of: "diary"},
		"harm while held":                    {state: rollout.Held, readings: []rollout.Reading{harmful(rollout.Errors, "diary", 6)}, want: rollout.RollBackPart, of: "diary"},
		"harm while waiting for approval":    {state: rollout.AwaitingApproval, readings: []rollout.Reading{harmful(rollout.SilentClients, "", 6)}, want: rollout.RollBackAll},
		"harm wins over going on":            {phase: 1, state: rollout.Running, readings: []rollout.Reading{proof(9), harmful(rollout.Brake, "", 6)}, after: time.Hour, want: rollout.RollBackAll},
		"harm without data":                  {state: rollout.Running, ill: true, readings: []rollout.Reading{harmful(rollout.Errors, "diary", 6)}, want: rollout.RollBackPart, of: "diary"},
		"harm of everything, one to blame":   {state: rollout.Running, readings: []rollout.Reading{traced(harmful(rollout.Errors, "", 7), "diary", 5)}, want: rollout.RollBackPart, of: "diary"},
		"harm of everything, nobody stands out": {
			state: rollout.Running, readings: []rollout.Reading{traced(harmful(rollout.Errors, "", 7), "diary", 3)}, want: rollout.RollBackAll,
		},
		"the last component is everything": {
			state: rollout.Running, change: lose("auth", "dashboard", "itp-form", "ncr-form"), readings: []rollout.Reading{harmful(rollout.Errors, "diary", 6)}, want: rollout.RollBackAll,
		},
		"a draft":     {state: rollout.Draft, readings: []rollout.Reading{harmful(rollout.Errors, "", 9)}, want: rollout.Continue},
		"rolled back": {state: rollout.RolledBack, readings: []rollout.Reading{harmful(rollout.Errors, "", 9)}, want: rollout.Continue},
		"completed":   {state: rollout.Completed, readings: []rollout.Reading{harmful(rollout.Errors, "", 9)}, want: rollout.Continue},
	} {
		t.Run(name, func(t *testing.T) {
			r := ladder(c.phase, c.state)
			if c.change != nil {
				c.change(&r)
			}
			in := rollout.Input{Rollout: r, Readings: c.readings, Users: rollout.Arm{Users: c.users}, Healthy: !c.ill, Now: began.Add(c.after)}
			v := rollout.Decide(in)
			require.Equal(t, c.want, v.Action, v.Reason)
			require.Equal(t, c.of, v.Component)
			require.Equal(t, v.Action == rollout.Continue, v.Reason == "", "who acts says why: %q", v.Reason)
			require.Equal(t, v, rollout.Decide(in), "the same input gives the same verdict")
		})
	}
}

func TestPlansThatCanBeCarriedOut(t *testing.T) {
	require.NoError(t, rollout.DefaultPlan().Validate())
	require.NoError(t, rollout.DemoPlan().Validate())
}

func TestPlansThatCannotBeCarriedOutSayWhere(t *testing.T) {
	for where, change := range map[string]func(*rollout.Plan){
		"plan.phases":               func(p *rollout.Plan) { p.Phases = nil },
		"plan.phases[1].percent":    func(p *rollout.Plan) { p.Phases[1].Percent = 5 },
		"plan.phases[3].percent":    func(p *rollout.Plan) { p.Phases[3].Percent = 101 },
		"plan.phases[0].percent":    func(p *rollout.Plan) { p.Phases[0].Percent = 0 },
		"plan.phases[0].name":       func(p *rollout.Plan) { p.Phases[0].Name = "" },
		"plan.phases[2].max_dwell":  func(p *rollout.Plan) { p.Phases[2].MaxDwell = 1 },
		"plan.phases[0].min_users":  func(p *rollout.Plan) { p.Phases[0].MinUsers = -1 },
		"plan.phases[0].min_dwell":  func(p *rollout.Plan) { p.Phases[0].MinDwell = -1 },
		"plan.budget":               func(p *rollout.Plan) { p.Budget = .5 },
		"plan.promotion_error":      func(p *rollout.Plan) { p.PromotionError = 0 },
		"plan.silent_after":         func(p *rollout.Plan) { p.SilentAfter = 0 },
		"plan.maturity":             func(p *rollout.Plan) { p.Maturity = rollout.Duration(240 * time.Hour) },
		"plan.guards":               func(p *rollout.Plan) { p.Guards[0].Share = .9 },
		"plan.guards[1].kind":       func(p *rollout.Plan) { p.Guards[1].Kind = rollout.Errors },
		"plan.guards[0].kind":       func(p *rollout.Plan) { p.Guards[0].Kind = "luck" },
		"plan.guards[0].share":      func(p *rollout.Plan) { p.Guards[0].Share = 0 },
		"plan.guards[10].share":     func(p *rollout.Plan) { p.Guards[10].Share = .1 },
		"plan.guards[0].ratio":      func(p *rollout.Plan) { p.Guards[0].Ratio = .5 },
		"plan.guards[0].margins":    func(p *rollout.Plan) { p.Guards[0].Margins = []float64{.1} },
		"plan.guards[2].margins":    func(p *rollout.Plan) { p.Guards[2].Margins = []float64{.1, .1, .1} },
		"plan.guards[0].margins[1]": func(p *rollout.Plan) { p.Guards[0].Margins[1] = 0 },
	} {
		t.Run(where, func(t *testing.T) {
			p := rollout.DefaultPlan()
			change(&p)
			err := p.Validate()
			require.True(t, fault.Is(err, fault.Invalid), "%v", err)
			var f *fault.Error
			require.ErrorAs(t, err, &f)
			places := []string{}
			for _, field := range f.Fields {
				places = append(places, field.Path)
			}
			require.Contains(t, places, where)
		})
	}
}
