package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/api"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/rollout"
	"github.com/siteproof/belay/internal/simulate"
)

const (
	every   = 10 * time.Millisecond  // somebody comes
	look    = 100 * time.Millisecond // somebody looks at the rollouts
	atMost  = 60 * time.Second       // nothing of the ladder takes so long, also on a busy machine
	another = time.Second            // stays where it is for so long, when it has to
)

// people come to pages of two masters, search-v2 with search-box and design-system-v2 with ncr-form.
type people struct {
	*belay
	n      int
	lost   bool   // what pages report does not arrive
	broken string // the new version of this component throws
}

// live lets people come until a condition holds, or the time is over: then it fails.
func (p *people) live(what string, until func() bool) {
	p.t.Helper()
	looked, begun := time.Now(), time.Now()
	for next := time.NewTicker(every); ; <-next.C {
		p.visit()
		if time.Since(looked) < look {
			continue
		}
		if looked = time.Now(); until() {
			next.Stop()
			return
		}
		require.Less(p.t, time.Since(begun), atMost, what)
	}
}

// still lets people come for a while, and a condition has to hold all the time.
func (p *people) still(what string, holds func() bool) {
	p.t.Helper()
	from := time.Now()
	p.live(what, func() bool {
		require.True(p.t, holds(), what)
		return time.Since(from) >= another
	})
}

// visit is one page load of somebody new.
func (p *people) visit() {
	p.t.Helper()
	p.n++
	user, session := fmt.Sprintf("usr_%d", p.n), fmt.Sprintf("ses_ladder_%06d", p.n)
	r := p.ask(http.MethodPost, "/ofrep/v1/evaluate/flags", fmt.Appendf(nil, `{"context":{"targetingKey":%q}}`, user),
		bearer(p.env.ClientKey), chrome, "Belay-Session: "+session)
	require.Equal(p.t, http.StatusOK, r.status, r.body)
	if p.lost {
		return
	}
	var answer struct {
		Flags []struct {
			Key   string `json:"key"`
			Value any    `json:"value"`
		} `json:"flags"`
	}
	require.NoError(p.t, json.Unmarshal([]byte(r.body), &answer))
	now := time.Now().UnixMilli()
	events := []string{fmt.Sprintf(`{"seq":1,"kind":"ready","at":%d,"value":800}`, now)}
	for _, f := range answer.Flags {
		if f.Key == p.broken && f.Value == true {
			events = append(events, fmt.Sprintf(`{"seq":2,"kind":"error","at":%d,"name":"TypeError","message":"box is undefined","source":"boundary","component":%q}`, now, f.Key))
		}
	}
	document := fmt.Appendf(nil, `{"v":1,"session":%q,"user":%q,"sent_at":%d,"release":"r1","variants":{},"events":[%s]}`, session, user, now, strings.Join(events, ","))
	sent := p.ask(http.MethodPost, "/beacon/v1?key="+p.env.ClientKey, document, chrome)
	require.Equal(p.t, http.StatusAccepted, sent.status, sent.body)
}

func (p *people) page(id string) rollout.Page {
	p.t.Helper()
	page, err := p.Rollout(p.t.Context(), id)
	require.NoError(p.t, err)
	return page
}

// begin makes a master with one component and starts a rollout of them.
func (p *people) begin(master, component string, plan rollout.Plan) string {
	p.t.Helper()
	for _, f := range []api.NewFlag{{Key: master}, {Key: component, Parent: master}} {
		f.Type, f.Enabled, f.Reason = flag.Boolean, true, because
		_, err := p.CreateFlag(p.t.Context(), "production", f)
		require.NoError(p.t, err)
	}
	made, err := p.CreateRollout(p.t.Context(), "production", api.NewRollout{Name: master, Flag: master, Plan: &plan, Reason: because})
	require.NoError(p.t, err)
	_, err = p.Act(p.t.Context(), made.ID, "start", api.Act{Reason: because})
	require.NoError(p.t, err)
	return made.ID
}

// hurried is the demo's ladder on a shorter clock. Its budget is so small that chance takes nothing back in any run.
func hurried() rollout.Plan {
	plan := rollout.DemoPlan()
	second := rollout.Duration(time.Second)
	plan.Phases = []rollout.Phase{
		{Name: "Some", Percent: 20, MinDwell: second, MinUsers: 3},
		{Name: "Most", Percent: 60, MinDwell: second, MinUsers: 3},
		{Name: "All", Percent: 100, MinDwell: second},
	}
	plan.Guards = []rollout.Guard{
		{Kind: rollout.Errors, Share: .5, Ratio: 1, Margins: []float64{}},
		{Kind: rollout.SilentClients, Share: .3, Ratio: 1, Margins: []float64{}},
		{Kind: rollout.NewIssue, Share: .2, Ratio: 1, Margins: []float64{}},
		{Kind: rollout.Ingest, Margins: []float64{}},
	}
	plan.Budget, plan.SilentAfter, plan.Maturity = 1e-6, second, second
	return plan
}

// TestTheLadderInRealTime climbs two ladders at once on real stores: one waits for a person, for telemetry and over a
// restart, and arrives; the other breaks on its way and goes back alone.
func TestTheLadderInRealTime(t *testing.T) {
	dir := t.TempDir()
	p := &people{belay: start(t, dir)}
	slow := hurried()
	slow.Phases[0].Approval = true
	slow.Phases[1].MinDwell = rollout.Duration(6 * time.Second) // longer than it takes to notice an outage
	design := p.begin("design-system-v2", "ncr-form", slow)
	stuck := hurried()
	stuck.Phases[1].MinDwell = rollout.Duration(time.Hour)
	search := p.begin("search-v2", "search-box", stuck)

	p.live("it asks a person", func() bool { return p.page(design).State == rollout.AwaitingApproval })
	p.live("the other one waits for nobody", func() bool { return p.page(search).Phase == 1 })
	p.still("without a yes it stays", func() bool {
		page := p.page(design)
		return page.Phase == 0 && page.State == rollout.AwaitingApproval
	})
	_, err := p.Act(t.Context(), design, "approve", api.Act{Reason: because})
	require.NoError(t, err)
	p.live("with a yes it goes on", func() bool { return p.page(design).Phase == 1 })

	p.lost = true
	p.live("the outage is noticed", func() bool { return !p.page(design).Health.OK })
	p.live("its time is over", func() bool { return time.Now().After(*p.page(design).Next.NotBefore) })
	waits := func() bool {
		page := p.page(design)
		return page.Phase == 1 && page.State == rollout.Running && len(page.Lost) == 0 && p.page(search).State == rollout.Running
	}
	p.still("in an outage nothing goes on, and nothing back", waits)
	before := p.page(design)
	p.stop()
	p.belay = start(t, dir)
	p.still("nor after a restart", waits)
	after := p.page(design)
	require.Equal(t, before.Spans, after.Spans)
	require.Len(t, after.Decisions, len(before.Decisions), "the restart decided nothing")

	p.lost, p.broken = false, "search-box"
	p.live("the broken one goes back", func() bool { return p.page(search).State == rollout.RolledBack })
	p.live("the other one arrives", func() bool { return p.page(design).State == rollout.Completed })
	require.Empty(t, p.page(design).Lost)
	climbed := []rollout.Action{}
	for _, d := range p.page(design).Decisions {
		climbed = append([]rollout.Action{d.Action}, climbed...)
	}
	require.Equal(t, []rollout.Action{rollout.Start, rollout.AskApproval, rollout.Approve, rollout.Advance, rollout.Advance, rollout.Complete}, climbed, "each step once")
	require.Contains(t, p.page(search).Decisions[0].Reason, "search-box")
	p.judgedAgain(design)
	p.judgedAgain(search)
	incidents, err := p.Incidents(t.Context(), "production")
	require.NoError(t, err)
	require.Len(t, incidents, 1, "of the one that went back")
	require.Equal(t, search, incidents[0].Rollout)
}

// judgedAgain writes a rollout as a trace and lets the simulation judge it: it has to decide the same.
func (p *people) judgedAgain(id string) {
	p.t.Helper()
	var trace bytes.Buffer
	require.NoError(p.t, p.Trace(p.t.Context(), id, &trace))
	require.NotContains(p.t, trace.String(), "usr_", "a trace names nobody")
	result, err := simulate.Run(p.t.Context(), &trace, simulate.Terms{}, nil)
	require.NoError(p.t, err)
	type step struct {
		Action string
		Phase  int
		Second int64
	}
	var decided, judged []step
	page := p.page(id)
	for _, d := range slices.Backward(page.Decisions) {
		action := string(d.Action)
		if d.Action == rollout.RollBackAll || d.Action == rollout.RollBackPart {
			action = simulate.Rollback
		}
		if d.Action != rollout.Start {
			decided = append(decided, step{action, d.Phase, int64(d.At.Sub(*page.StartedAt).Round(time.Second) / time.Second)})
		}
	}
	for _, e := range result.Log {
		judged = append(judged, step{e.Action, e.Phase, time.Duration(e.T*int64(time.Millisecond)).Round(time.Second).Milliseconds() / 1000})
	}
	require.Equal(p.t, decided, judged)
}
