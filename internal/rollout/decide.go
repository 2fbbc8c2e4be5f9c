package rollout

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Verdict is what Decide says, with what it rested on.
type Verdict struct {
	Action    Action
	Component string // of RollBackPart
	Reason    string // one sentence for people
	Readings  []Reading
	Alerts    []Alert // of guards that tell and do not roll back, to be kept with the rollout so that they tell once
}

// Input is all that a decision may look at.
type Input struct {
	Rollout  Rollout
	Readings []Reading
	Users    Arm      // people of the span in force: Users in treatment, Affected unused
	Healthy  bool     // the data that a decision rests on is arriving
	Lacking  []string // what the checklist lacks before the next phase, one sentence each
	Now      time.Time
}

// Decide is pure: the same input gives the same verdict. Harm under a guard that rolls back wins over everything and is
// judged in every state but the final ones; then guards tell that hold, freeze or notify, once each; going on needs
// everything else to be right. At 100 % there is no old version to compare with, so the label
// guards stand still with the evidence of earlier phases and no new harm can be proven by comparison.
func Decide(in Input) Verdict {
	r := in.Rollout
	v := Verdict{Action: Continue, Readings: in.Readings}
	if r.State != Running && r.State != Held && r.State != AwaitingApproval {
		return v
	}
	if harm, found := worstHarm(in.Readings); found {
		back := takeBack(r, harm)
		back.Readings = in.Readings
		return back
	}
	if told, found := alert(in); found {
		return told
	}
	if r.State != Running {
		return v
	}
	phase, last := r.Plan.Phases[r.Phase], r.Phase == len(r.Plan.Phases)-1
	dwelt := r.dwelt(in.Now)
	missing := waiting(in)
	switch {
	case len(missing) == 0 && r.needsApproval(): // at any hour, so that it is there when the hour comes
		v.Action, v.Reason = AskApproval, fmt.Sprintf("%s in %q; a person has to approve the next phase", excluded(in.Readings), phase.Name)
	case len(missing) == 0 && phase.shut(in.Now) != "": // decided, and waits for its hour
	case len(missing) == 0 && last:
		v.Action, v.Reason = Complete, fmt.Sprintf("%q has lasted %s without harm", phase.Name, words(dwelt))
	case len(missing) == 0:
		v.Action = Advance
		v.Reason = fmt.Sprintf("%s after %s in %q; going to %g %%", excluded(in.Readings), words(dwelt), phase.Name, r.Plan.Share(r.Phase+1))
	case phase.MaxDwell > 0 && in.Now.Sub(r.undecidedSince()) >= time.Duration(phase.MaxDwell):
		v.Action = Hold
		v.Reason = fmt.Sprintf("%q has lasted %s undecided and a person has to look; missing: %s", phase.Name, words(dwelt), strings.Join(missing, "; "))
	}
	return v
}

// excluded says what was proven, as far as the plan asks for proof.
func excluded(readings []Reading) string {
	if slices.ContainsFunc(readings, func(r Reading) bool { return r.SafeNeed > 0 }) {
		return "harm beyond the margins is excluded"
	}
	return "no harm is proven"
}

// dwelt is how long the present phase has lasted, without the time it was held.
func (r Rollout) dwelt(now time.Time) time.Duration {
	dwelt := now.Sub(r.Spans[len(r.Spans)-1].From) - time.Duration(r.HeldFor)
	if r.HeldAt != nil {
		dwelt -= now.Sub(*r.HeldAt)
	}
	return max(0, dwelt)
}

// undecidedSince is when the time of the present phase began in which Belay may wait without asking somebody.
func (r Rollout) undecidedSince() time.Time {
	if r.ResumedAt != nil {
		return *r.ResumedAt
	}
	return r.Spans[len(r.Spans)-1].From
}

// worstHarm is the proven harm with most evidence beyond its threshold; a component goes before everything together.
func worstHarm(readings []Reading) (Reading, bool) {
	var worst Reading
	found := false
	for _, r := range readings {
		if r.Status != StatusHarmful || r.Action != RollBackOnHarm {
			continue
		}
		component := r.Scope != "" && worst.Scope == ""
		same := (r.Scope != "") == (worst.Scope != "")
		if !found || component || (same && r.LogE-r.Threshold > worst.LogE-worst.Threshold) {
			worst, found = r, true
		}
	}
	return worst, found
}

// needsApproval says whether a person has still to say yes before the present phase is left.
func (r Rollout) needsApproval() bool {
	return r.Plan.Phases[r.Phase].Approval && !approved(r) && r.Phase < len(r.Plan.Phases)-1
}

func approved(r Rollout) bool {
	return slices.ContainsFunc(r.Approvals, func(a Approval) bool { return a.Phase == r.Phase })
}

// waiting lists what is still missing before the phase may be left, one sentence each.
func waiting(in Input) []string {
	r := in.Rollout
	phase := r.Plan.Phases[r.Phase]
	var missing []string
	if left := time.Duration(phase.MinDwell) - r.dwelt(in.Now); left > 0 {
		missing = append(missing, fmt.Sprintf("%s more in this phase", words(left)))
	}
	if in.Users.Users < phase.MinUsers {
		missing = append(missing, fmt.Sprintf("%d more people on the new version", phase.MinUsers-in.Users.Users))
	}
	if !in.Healthy {
		missing = append(missing, "telemetry to arrive again")
	}
	missing = append(missing, in.Lacking...)
	for _, reading := range in.Readings {
		if reading.stops() && reading.Guard != Ingest { // of which Healthy speaks
			missing = append(missing, "an end of this: "+sentence(reading))
		}
		if reading.SafeNeed > 0 && reading.SafeLogE < reading.SafeNeed {
			missing = append(missing, fmt.Sprintf("proof that %s are safe: %.0f %% of it is there", reading.words(), 100*max(0, reading.SafeLogE)/reading.SafeNeed))
		}
	}
	return missing
}

// Next is what would happen next and when.
type Next struct {
	Action    Action     `json:"action"`
	Text      string     `json:"text"`
	NotBefore *time.Time `json:"not_before,omitempty"`
	Waiting   []string   `json:"waiting"`
	Lacking   int        `json:"lacking,omitempty"` // how many of Waiting the checklist lacks
}

// kept says what happens to a rollout that has completed.
func (r Rollout) kept(n Next) Next {
	share := r.Share()
	switch {
	case !r.holdsBack():
		n.Text = "Everyone has the new version. Nothing more happens."
	case r.Plan.HoldBack > 0:
		n.Action, n.Text = Release, fmt.Sprintf("%g %% of people stay on the old version to compare with, until somebody releases the rollout.", 100-share)
	default:
		n.Action = Release
		n.Text = fmt.Sprintf("The plan ends at %g %%: the other %g %% of people stay on the old version, until somebody releases the rollout or another one goes on.", share, 100-share)
	}
	return n
}

// next says it in words.
func next(in Input) Next {
	r := in.Rollout
	n := Next{Action: Continue, Waiting: []string{}}
	switch r.State {
	case Running, Held, AwaitingApproval:
	case Draft:
		n.Action, n.Text = Start, fmt.Sprintf("Waits to be started at %g %%.", r.Plan.Share(0))
		return n
	case RolledBack:
		n.Text = "Everything is back on the old version. Nothing more happens."
		return n
	case Discarded:
		n.Text = "It was discarded before it started. Nothing more happens."
		return n
	case Completed:
		return r.kept(n)
	}
	phase := r.Plan.Phases[r.Phase]
	n.Waiting, n.Lacking = append(n.Waiting, waiting(in)...), len(in.Lacking)
	if shut := phase.shut(in.Now); shut != "" {
		n.Waiting = append(n.Waiting, shut)
	}
	dwelt := in.Now.Add(time.Duration(phase.MinDwell) - r.dwelt(in.Now))
	if at, opens := phase.opens(dwelt); opens && r.HeldAt == nil { // while held nobody knows
		n.NotBefore = &at
	}
	goal := "is complete"
	n.Action = Complete
	if r.Phase < len(r.Plan.Phases)-1 {
		n.Action = Advance
		goal = fmt.Sprintf("goes to %g %%", r.Plan.Share(r.Phase+1))
	}
	course := "It " + goal + " by itself"
	if r.needsApproval() {
		course = fmt.Sprintf("It asks a person to approve %g %%", r.Plan.Share(r.Phase+1))
	}
	switch {
	case r.State == Held:
		n.Action, n.Text = Resume, "Held: "+strings.TrimRight(r.HeldReason, ". ")+". Harm is still judged; a person has to resume it."
	case r.State == AwaitingApproval:
		n.Action, n.Text = Approve, "All is well. A person has to approve, then it "+goal+"."
	case len(n.Waiting) == 0:
		n.Text = course + " now."
	case len(n.Waiting) == 1:
		n.Text = course + " once one more condition is met."
	default:
		n.Text = fmt.Sprintf("%s once %d more conditions are met.", course, len(n.Waiting))
	}
	return n
}
