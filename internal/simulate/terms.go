package simulate

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/rollout"
)

// Terms are what a trace is judged by.
type Terms struct {
	// Plan is the policy; nil is Plan of the trace's stages, or the one that a recorded rollout went by.
	Plan *rollout.Plan
	// Start is when the trace's clock stands at 0. Zero: nobody knows, and no hour is the wrong one to go on. A recorded
	// rollout says it itself.
	Start time.Time
}

// planOf is the plan by which a trace is judged that is of no recorded rollout, with what is left out of it. The shares of
// the trace go before those of the plan.
func (t Terms) planOf(start Record) (made rollout.Plan, notes []string, err error) {
	made = Plan(start.Stages)
	if t.Plan != nil {
		made = *t.Plan
		made.Phases = slices.Clone(t.Plan.Phases)
		if len(made.Phases) != len(start.Stages)+1 {
			return made, nil, fault.New(fault.Invalid, "the plan has %d phases, the trace %d stages and everybody", len(made.Phases), len(start.Stages))
		}
		for n, share := range append(slices.Clone(start.Stages), 1) {
			made.Phases[n].Percent = share * 100
		}
	}
	if t.Start.IsZero() && slices.ContainsFunc(made.Phases, func(p rollout.Phase) bool { return len(p.Windows) > 0 }) {
		for n := range made.Phases {
			made.Phases[n].Windows = nil
		}
		notes = append(notes, "The hours of the policy were not looked at, because nobody knows when the trace began: --start says it.")
	}
	return made, notes, made.Validate()
}

// unsaid is what a report says of checks that the policy asks for and the trace tells nothing of; "" when there are none.
func (j *Judge) unsaid() string {
	if j.recorded || j.listed {
		return ""
	}
	var names []string
	for _, p := range j.plan.Phases {
		for _, name := range p.Checks {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	if len(names) == 0 {
		return ""
	}
	return fmt.Sprintf("The trace does not say how the checks stood that the policy asks for (%s): they count as green.", strings.Join(names, ", "))
}

// everybody puts a span in which all people have the new version in place of the last phase's, when a trace says so
// although the policy holds people back: whom nobody held back cannot be compared with.
func (j *Judge) everybody(r Record) {
	last := len(j.rollout.Plan.Phases) - 1
	if j.recorded || j.rollout.Plan.HoldBack == 0 || j.rollout.Phase != last || 1-r.Weight > sameShare/100 {
		return
	}
	j.rollout.Plan.HoldBack = 0
	spans := slices.Clone(j.rollout.Spans)
	at := spans[len(spans)-1].From
	spans[len(spans)-1].To = &at
	j.rollout.Spans = append(spans, rollout.Span{Phase: last, Percent: 100, From: at})
	j.evidence.Follow(j.rollout)
	j.notes = append(j.notes, "The policy holds people back in its last phase. The trace holds back nobody: there is no old version to compare with.")
}
