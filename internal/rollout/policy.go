package rollout

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/fault"
)

// Test is a stretch of a rollout that is judged by one set of guards, with evidence and a budget of its own. The first
// one begins at the start; a change of the guards in flight begins another.
type Test struct {
	From   time.Time `json:"from"`
	Span   int       `json:"span"`   // its first one, an index into Spans
	Budget float64   `json:"budget"` // the chance that it takes a harmless rollout back
}

// mostTests bounds how often the guards of one rollout may change; mostSpent is what the budgets of all its tests may
// add up to, the same as the largest budget of one.
const (
	mostTests = 20
	mostSpent = maxBudget
)

// underTest is the rollout as its present test sees it: nothing from before counts.
func (r Rollout) underTest() Rollout {
	if n := len(r.Tests); n > 0 {
		r.Spans = r.Spans[min(r.Tests[n-1].Span, len(r.Spans)):]
	}
	return r
}

// testedFrom is when the present test began.
func (r Rollout) testedFrom() time.Time {
	if n := len(r.Tests); n > 0 {
		return r.Tests[n-1].From
	}
	return *r.StartedAt
}

// judgesAlike says whether two plans judge the same evidence the same way. What else they say, about time and people's
// yes, may change without a new test.
func (p Plan) judgesAlike(other Plan) bool {
	judging := func(p Plan) Plan {
		return Plan{Guards: p.Guards, Budget: p.Budget, PromotionError: p.PromotionError, SilentAfter: p.SilentAfter, Maturity: p.Maturity}
	}
	return judging(p).same(judging(other))
}

// same says whether two plans mean the same: a ratio of 0 is one of 1, no action the usual one, and no margins none.
func (p Plan) same(other Plan) bool {
	return slices.Equal(p.canonical(), other.canonical())
}

func (p Plan) canonical() []byte {
	p.Guards = slices.Clone(p.Guards)
	for n := range p.Guards {
		g := &p.Guards[n]
		g.Ratio, g.Action, g.Margins = g.ratio(), g.action(), orEmpty(g.Margins)
	}
	text, _ := json.Marshal(p) // numbers and text, which always can be written
	return text
}

// ChangePlan gives a rollout that has not ended another plan, which has to keep the share in force. When it judges
// otherwise a new test begins: evidence is counted anew from this moment, the phase begins anew, and another budget may
// be spent. When it only says otherwise how long to wait and whom to ask, the test goes on. The same plan changes nothing.
func (s *Service) ChangePlan(ctx context.Context, actor change.Actor, reason, rolloutID string, plan Plan) error {
	if err := plan.Validate(); err != nil {
		return err
	}
	o := order{actor: actor, reason: reason, rolloutID: rolloutID}
	_, _, moved, err := s.act(ctx, o, func(_ context.Context, r *Rollout, d *Decision) (string, error) {
		if r.Ended() {
			return "", refuse(r, "given another policy")
		}
		if r.Plan.same(plan) {
			return "", nil
		}
		d.Action = ChangePolicy
		if r.State == Draft {
			r.Plan, d.Note = plan, "it has not started: nothing was judged by the policy before"
			return "rollout.policy_changed", nil
		}
		note, err := r.changePlan(plan, d.At)
		d.Note = note
		return "rollout.policy_changed", err
	})
	if err == nil && moved {
		if found, watched := s.watches.Load(rolloutID); watched {
			s.begin(found.(*watch))
		}
		s.nudge()
	}
	return err
}

// changePlan puts a live rollout under another plan and says what that means.
func (r *Rollout) changePlan(plan Plan, at time.Time) (note string, err error) {
	share := r.Spans[len(r.Spans)-1].Percent
	if r.Phase >= len(plan.Phases) || plan.Share(r.Phase) != share {
		return "", fault.New(fault.Conflict, "the rollout is in phase %d at %g %%, and this policy would change that", r.Phase+1, share).
			At(fmt.Sprintf("plan.phases[%d].percent", r.Phase), "%g, which people have now; later phases may change", share)
	}
	before := r.Plan
	r.Plan, r.PolicyChanges = plan, r.PolicyChanges+1
	if r.State == AwaitingApproval { // it is asked for anew, once what this policy wants is there
		r.State = Running
	}
	if before.judgesAlike(plan) {
		return "harm is judged as before, so the test goes on", nil
	}
	if len(r.Tests) == 0 {
		r.Tests = []Test{{From: r.Spans[0].From, Budget: before.Budget}}
	}
	spent := plan.Budget
	for _, t := range r.Tests {
		spent += t.Budget
	}
	if len(r.Tests) >= mostTests || spent > mostSpent+1e-9 {
		return "", fault.New(fault.Conflict,
			"with this change a harmless rollout could go back with a chance of %s %% in %d tests", percents(spent), len(r.Tests)+1).
			Hint("at most %d tests and %s %% together; roll back and try again with the other policy", mostTests, percents(mostSpent))
	}
	r.Tests = append(r.Tests, Test{From: at, Span: len(r.Spans), Budget: plan.Budget})
	r.testAnew(at)
	return "a new test begins; the chance that a harmless rollout is taken back is now at most " + chances(r.Tests), nil
}

// Changed is the rollout after its policy changed at a moment, without the journal: what Obeyed is for other acts. What
// cannot be done leaves it as it is.
func (r Rollout) Changed(plan Plan, at time.Time) Rollout {
	if !live(&r) || plan.Validate() != nil || r.Plan.same(plan) {
		return r
	}
	next := clone(r)
	if _, err := next.changePlan(plan, at); err != nil {
		return r
	}
	return next
}

// testAnew begins the phase again with the share in force: what was approved of it was approved on other grounds.
func (r *Rollout) testAnew(at time.Time) {
	var kept []Approval
	for _, a := range r.Approvals {
		if a.Phase != r.Phase {
			kept = append(kept, a)
		}
	}
	r.Approvals = orEmpty(kept)
	state, why := r.State, r.HeldReason
	r.enter(r.Phase, at)
	if state == Held {
		r.stay(Held, why, at)
	}
}

// Chance says with which chance a harmless rollout is taken back at most, over all its tests: "1 %", "2 × 1 %".
func (r Rollout) Chance() string {
	if len(r.Tests) == 0 {
		return percents(r.Plan.Budget) + " %"
	}
	return chances(r.Tests)
}

// chances says the budgets of tests: "2 × 1 %", or "1 % + 0.5 %".
func chances(tests []Test) string {
	said, same := []string{}, true
	for _, t := range tests {
		said = append(said, percents(t.Budget)+" %")
		same = same && t.Budget == tests[0].Budget
	}
	if same {
		return fmt.Sprintf("%d × %s", len(tests), said[0])
	}
	return strings.Join(said, " + ")
}

// percents says a part in percent, without the dust of binary fractions.
func percents(part float64) string {
	const places = 1e6
	return fmt.Sprintf("%g", math.Round(100*part*places)/places)
}
