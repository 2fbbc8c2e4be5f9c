package rollout

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

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
		Guards: UsualGuards(4),
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
		Guards: guards([]float64{.06, .04, .03}, []float64{.08, .05, .04}, []float64{.25, .2, .2}),
		Budget: .01, PromotionError: .05, SilentAfter: 6 * second, Maturity: 4 * second,
	}
}

// UsualGuards are the guards of DefaultPlan, with margins for so many phases: narrower with each step, because more
// people would meet the harm, and the narrowest from the third step on.
func UsualGuards(phases int) []Guard {
	return guards(fitted(phases, .02, .01, .005), fitted(phases, .03, .02, .01), fitted(phases, .10, .07, .05))
}

// fitted gives margins one step for each phase but the last; the last margin is repeated.
func fitted(phases int, margins ...float64) []float64 {
	steps := max(0, phases-1)
	out := slices.Clone(margins[:min(len(margins), steps)])
	for len(out) < steps {
		out = append(out, margins[len(margins)-1])
	}
	return out
}

// speedTolerance is which part of views may become slow for ever. With a hundred sessions a second half of it is proven
// within an hour, and it takes no more than a cache that is not quite warm to make that.
const speedTolerance = .01

// guards are the usual ones. Errors, silent clients, new issues and segments have the reference split's shares of the
// budget. What it gives to page speed goes to paint times first, since they change most with a new version; a twentieth
// is kept for good events that stop to happen.
func guards(errors, silence, speed []float64) []Guard {
	none := []float64{}
	return []Guard{
		{Kind: Errors, Share: .3, Ratio: 1, Margins: errors},
		{Kind: SilentClients, Share: .2, Ratio: 1, Margins: silence},
		{Kind: NewIssue, Share: .2, Ratio: 1, Margins: none},
		{Kind: Segments, Share: .15, Ratio: 1, Margins: none},
		{Kind: LCP, Share: .05, Ratio: 1, Margins: speed, Tolerance: speedTolerance},
		{Kind: INP, Share: .03, Ratio: 1, Margins: speed, Tolerance: speedTolerance},
		{Kind: CLS, Share: .02, Ratio: 1, Margins: speed, Tolerance: speedTolerance},
		{Kind: Conversion, Share: .05, Ratio: 1, Margins: none},
		{Kind: SampleRatio, Ratio: 1, Margins: none},
		{Kind: Ingest, Ratio: 1, Margins: none},
		{Kind: Brake, Ratio: 2, Margins: none},
	}
}

// Bounds of a plan.
const (
	maxPhases    = 20
	maxBudget    = .2
	maxRatio     = 100
	mostNames    = 50                       // of people to tell, or of checks before a phase
	mostHoldBack = 50.                      // percent: more than the half is no last phase
	maxName      = 100                      // characters
	maxMaturity  = Duration(24 * time.Hour) // evidence remembers every visit for so long
	maxSilence   = Duration(time.Hour)      // and every fetch
)

// Validate says everything that is wrong with a plan, each at its place.
func (p Plan) Validate() error {
	f := fault.New(fault.Invalid, "this plan cannot be carried out")
	f.Check(len(p.Phases) > 0 && len(p.Phases) <= maxPhases, "plan.phases", "between 1 and %d phases", maxPhases)
	f.Check(p.Budget > 0 && p.Budget <= maxBudget, "plan.budget",
		"more than 0 and at most %g: the chance that a harmless rollout is ever taken back", maxBudget)
	f.Check(p.PromotionError > 0 && p.PromotionError <= maxBudget, "plan.promotion_error",
		"more than 0 and at most %g: the chance that a phase is left although harm exceeds its margin", maxBudget)
	f.Check(p.SilentAfter > 0 && p.SilentAfter <= maxSilence, "plan.silent_after", "more than 0 and at most %s", time.Duration(maxSilence))
	f.Check(p.Maturity >= 0 && p.Maturity <= maxMaturity, "plan.maturity", "at most %s", time.Duration(maxMaturity))
	f.Check(p.HoldBack >= 0 && p.HoldBack <= mostHoldBack, "plan.hold_back", "between 0 and %g %%", mostHoldBack)
	f.Check(len(p.Tell) <= mostNames, "plan.tell", "at most %d names", mostNames)
	for n, name := range p.Tell {
		f.Check(nameable(name), fmt.Sprintf("plan.tell[%d]", n), "between 1 and %d characters", maxName)
	}
	p.checkPhases(f)
	p.checkGuards(f)
	return f.Found()
}

func (p Plan) checkPhases(f *fault.Error) {
	percent := 0.0
	for n, phase := range p.Phases {
		at := fmt.Sprintf("plan.phases[%d]", n)
		f.Check(phase.Percent > percent && phase.Percent <= 100, at+".percent", "more than the phase before (%g) and at most 100", percent)
		f.Check(phase.Percent <= percent || p.Share(n) > percent, "plan.hold_back", "less: the phase before the last has %g %% already", percent)
		percent = phase.Percent
		f.Check(nameable(phase.Name), at+".name", "between 1 and %d characters", maxName)
		f.Check(len(phase.Checks) <= mostNames, at+".checks", "at most %d names", mostNames)
		for k, name := range phase.Checks {
			f.Check(nameable(name), fmt.Sprintf("%s.checks[%d]", at, k), "between 1 and %d characters", maxName)
		}
		f.Check(len(phase.Windows) <= mostWindows, at+".windows", "at most %d", mostWindows)
		for k, w := range phase.Windows {
			w.check(f, fmt.Sprintf("%s.windows[%d]", at, k))
		}
		f.Check(phase.MinDwell >= 0, at+".min_dwell", "not negative")
		f.Check(phase.MaxDwell == 0 || phase.MaxDwell >= phase.MinDwell, at+".max_dwell", "not shorter than min_dwell; 0 for never")
		f.Check(phase.MinUsers >= 0, at+".min_users", "not negative")
	}
}

func nameable(name string) bool { return name != "" && utf8.RuneCountInString(name) <= maxName }

// Share is the part of people, in percent, who have the new version in a phase: what the phase says, but for those who
// are held back.
func (p Plan) Share(phase int) float64 { return min(p.Phases[phase].Percent, 100-p.HoldBack) }

// Share is the part of people, in percent, who have the new version now, as far as they have it by this rollout.
func (r Rollout) Share() float64 {
	switch {
	case r.StartedAt == nil || r.State == RolledBack:
		return 0
	case r.ReleasedAt != nil:
		return 100
	}
	return r.Plan.Share(r.Phase)
}

// Sentence says what a phase asks for, for people.
func (p Phase) Sentence() string {
	said := []string{fmt.Sprintf("%q at %g %%", p.Name, p.Percent)}
	if p.MinDwell > 0 {
		said = append(said, "at least "+words(time.Duration(p.MinDwell)))
	}
	if p.MinUsers > 0 {
		said = append(said, fmt.Sprintf("%d people", p.MinUsers))
	}
	if len(p.Checks) > 0 {
		said = append(said, "before it the checks "+strings.Join(p.Checks, ", "))
	}
	for _, w := range p.Windows {
		said = append(said, "left "+w.String())
	}
	if p.Approval {
		said = append(said, "a person's yes")
	}
	if p.MaxDwell > 0 {
		said = append(said, "a person is asked after "+words(time.Duration(p.MaxDwell)))
	}
	return strings.Join(said, ", ")
}
