package rollout

import (
	"fmt"
	"time"

	"github.com/siteproof/belay/internal/fault"
)

const (
	day  = Duration(24 * time.Hour)
	week = 7 * day
)

// DefaultPlan is the ladder of 5, 25, 50 and 100 %, a week or two each, with a person's approval before each step.
func DefaultPlan() Plan {
	return Plan{
		Phases: []Phase{
			{Name: "Internal testing", Percent: 5, MinDwell: week, MaxDwell: 2 * week, MinUsers: 20, Approval: true},
			{Name: "Beta", Percent: 25, MinDwell: 2 * week, MaxDwell: 4 * week, MinUsers: 100, Approval: true},
			{Name: "Controlled expansion", Percent: 50, MinDwell: 2 * week, MaxDwell: 4 * week, MinUsers: 200, Approval: true},
			{Name: "Full rollout", Percent: 100, MinDwell: week},
		},
		Guards: guards([]float64{.02, .01, .005}, []float64{.03, .02, .01}),
		Budget: .01, PromotionError: .05, SilentAfter: Duration(70 * time.Second), Maturity: Duration(10 * time.Minute),
	}
}

// DemoPlan is the same ladder on a clock of seconds, for about a hundred sessions a second.
func DemoPlan() Plan {
	second := Duration(time.Second)
	return Plan{
		Phases: []Phase{
			{Name: "Internal testing", Percent: 5, MinDwell: 10 * second, MinUsers: 50},
			{Name: "Beta", Percent: 25, MinDwell: 8 * second, MinUsers: 100},
			{Name: "Controlled expansion", Percent: 50, MinDwell: 8 * second, MinUsers: 200},
			{Name: "Full rollout", Percent: 100, MinDwell: 8 * second},
		},
		Guards: guards([]float64{.05, .03, .02}, []float64{.06, .04, .03}),
		Budget: .01, PromotionError: .05, SilentAfter: 6 * second, Maturity: 4 * second,
	}
}

// guards splits the budget as the reference split does, without the guards that are not here yet.
func guards(errorMargins, silenceMargins []float64) []Guard {
	return []Guard{
		{Kind: Errors, Share: .4, Ratio: 1, Margins: errorMargins},
		{Kind: SilentClients, Share: .3, Ratio: 1, Margins: silenceMargins},
		{Kind: NewIssue, Share: .3, Ratio: 1, Margins: []float64{}},
		{Kind: Brake, Ratio: 2, Margins: []float64{}},
	}
}

// maxPhases bounds a plan.
const maxPhases = 20

// Validate says everything that is wrong with a plan, each at its place.
func (p Plan) Validate() error {
	f := fault.New(fault.Invalid, "this plan cannot be carried out")
	if len(p.Phases) == 0 || len(p.Phases) > maxPhases {
		f.At("plan.phases", "between 1 and %d phases", maxPhases)
	}
	percent := 0.0
	for n, phase := range p.Phases {
		at := fmt.Sprintf("plan.phases[%d]", n)
		if !(phase.Percent > percent && phase.Percent <= 100) {
			f.At(at+".percent", "more than the phase before (%g) and at most 100", percent)
		}
		percent = phase.Percent
		if phase.Name == "" || len(phase.Name) > 100 {
			f.At(at+".name", "between 1 and 100 characters")
		}
		if phase.MaxDwell > 0 && phase.MaxDwell < phase.MinDwell {
			f.At(at+".max_dwell", "not shorter than min_dwell")
		}
		if phase.MinUsers < 0 {
			f.At(at+".min_users", "not negative")
		}
	}
	if !(p.Budget > 0 && p.Budget <= .2) {
		f.At("plan.budget", "more than 0 and at most 0.2: the chance that a harmless rollout is ever taken back")
	}
	if !(p.PromotionError > 0 && p.PromotionError <= .2) {
		f.At("plan.promotion_error", "more than 0 and at most 0.2")
	}
	if p.SilentAfter <= 0 {
		f.At("plan.silent_after", "more than 0")
	}
	p.validateGuards(f)
	if len(f.Fields) > 0 {
		return f
	}
	return nil
}

func (p Plan) validateGuards(f *fault.Error) {
	shares, seen := 0.0, map[GuardKind]bool{}
	for n, g := range p.Guards {
		at := fmt.Sprintf("plan.guards[%d]", n)
		if _, known := guardWords[g.Kind]; !known || seen[g.Kind] {
			f.At(at+".kind", "one of errors, silent_clients, new_issue, brake, each once")
		}
		seen[g.Kind] = true
		if !(g.Share >= 0) || (g.Share == 0) != (g.Kind == Brake) {
			f.At(at+".share", "more than 0 (0 for the brake, which spends no budget)")
		}
		shares += g.Share
		if !(g.Ratio >= 1 && g.Ratio <= 100) {
			f.At(at+".ratio", "between 1 and 100")
		}
		if len(g.Margins) != 0 && len(g.Margins) != len(p.Phases)-1 {
			f.At(at+".margins", "none, or one for each phase but the last (%d)", len(p.Phases)-1)
		}
		for k, margin := range g.Margins {
			if !(margin > 0 && margin < 1) {
				f.At(fmt.Sprintf("%s.margins[%d]", at, k), "between 0 and 1, such as 0.02 for two percentage points")
			}
		}
	}
	if len(p.Guards) == 0 {
		f.At("plan.guards", "at least one guard: a rollout that nobody watches is a deployment")
	}
	if shares > 1+1e-9 {
		f.At("plan.guards", "the shares add up to %g; they may not exceed 1", shares)
	}
}
