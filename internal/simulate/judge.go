package simulate

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/recording"
	"github.com/siteproof/belay/internal/rollout"
	"github.com/siteproof/belay/internal/telemetry"
)

// zero is the moment at which a trace's clock stands at 0. Which one it is decides nothing.
var zero = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)

// environment is whose events a trace's are. There is only this one.
const environment = "simulation"

// Judge decides a rollout from a trace: rollout.Evidence counts, rollout.Decide decides, and the trace's clock runs.
// A person who would have to approve says yes at once. It is not safe for concurrent use.
type Judge struct {
	plan     rollout.Plan
	rollout  rollout.Rollout
	evidence *rollout.Evidence
	copies   copies
	names    []string // of components, in the order in which they came
	current  *Record  // being counted
	ended    bool
	position int64
	began    time.Time // when the trace's clock stands at 0
	known    bool      // began is when it was
	recorded bool      // what people did is in the trace, and every event was stored once
	fixed    bool      // somebody named the plan, in place of what a recorded rollout went by
	past     rollout.Past
	lacking  []string // what the checklist before the next phase lacks, as the trace said last
	listed   bool     // the trace said something of it
	notes    []string // what was left out

	// What a report shows.
	Readings []rollout.Reading // of the last tick
	Log      []Entry
}

// Entry is one thing that was decided.
type Entry struct {
	T         int64             `json:"t"` // ms
	Action    string            `json:"action"`
	Phase     int               `json:"phase"`
	Percent   float64           `json:"percent"` // in force from here on
	Component string            `json:"component,omitempty"`
	By        string            `json:"by,omitempty"` // of what a person did in a recorded rollout
	Reason    string            `json:"reason"`
	Harm      []rollout.Reading `json:"harm,omitempty"`
}

// Plan is what a trace is judged by when nobody names a plan: the margins and the budget of the usual plan, ten minutes
// at least in each phase, and nobody who has to approve.
func Plan(stages []float64) rollout.Plan {
	const dwell = rollout.Duration(10 * time.Minute)
	plan := rollout.DefaultPlan()
	plan.Phases = nil
	for _, share := range stages {
		plan.Phases = append(plan.Phases, rollout.Phase{Name: fmt.Sprintf("%g %%", share*100), Percent: share * 100, MinDwell: dwell})
	}
	plan.Phases = append(plan.Phases, rollout.Phase{Name: "100 %", Percent: 100, MinDwell: dwell})
	plan.Guards = rollout.UsualGuards(len(plan.Phases))
	return plan
}

// places is how many components of a trace can be told apart.
const places = 8

// NewJudge begins at the trace's first record.
func NewJudge(start Record, terms Terms) (*Judge, error) {
	if start.Type != Start {
		return nil, fault.New(fault.Invalid, "a trace begins with a record of the type start, not %q", start.Type)
	}
	if start.Recorded != nil {
		return newRecorded(start, terms)
	}
	made, notes, err := terms.planOf(start)
	if err != nil {
		return nil, err
	}
	at := zero
	if !terms.Start.IsZero() {
		at = terms.Start
	}
	r := rollout.Rollout{
		ID: "rol_simulation", EnvironmentID: environment, Name: "Simulation", Flag: "simulation", Salt: "simulation", Plan: made,
		State: rollout.Running, CreatedAt: at, StartedAt: &at, Spans: []rollout.Span{{Percent: made.Share(0), From: at}},
	}
	for n := range places {
		r.Components = append(r.Components, fmt.Sprintf("component-place-%02d", n+1))
	}
	past := rollout.Past{Fingerprints: start.KnownFingerprints, Percentiles: map[string]float64{}}
	if start.HistoryLCP > 0 {
		past.Percentiles["LCP"] = start.HistoryLCP
	}
	j := &Judge{
		plan: made, rollout: r, began: at, known: !terms.Start.IsZero(), copies: newCopies(), past: past, notes: notes, evidence: rollout.NewEvidence(r, past),
	}
	j.evidence.PlaceBy(j.place)
	return j, nil
}

// Share is which part of people has the new version now, 0 to 1.
func (j *Judge) Share() float64 {
	if j.rollout.State == rollout.RolledBack {
		return 0
	}
	return j.rollout.Plan.Share(j.rollout.Phase) / 100
}

// Ended says whether everything is back, or everybody has it for good: nothing more is decided.
func (j *Judge) Ended() bool { return j.ended }

// Observe counts one record. Ticks are for Decide.
func (j *Judge) Observe(r Record) {
	switch {
	case r.Type == recording.Checklist:
		j.lacking, j.listed = r.Lacking, true
		return
	case j.recorded && r.Act != nil:
		j.act(r.T, *r.Act)
		return
	case j.recorded && r.Event != nil:
		j.observeRecorded(r)
		return
	}
	if r.Type != Exposure && r.Type != Ready && r.Type != Error && r.Type != Vitals {
		return
	}
	if j.copies.again(&r) && !j.reloads(r) {
		return
	}
	j.everybody(r)
	j.current = &r
	e := telemetry.Event{
		EnvironmentID: environment, Session: r.Session, User: r.User, ReceivedAt: j.at(r.T),
		Release: r.Release, Browser: family(r.Browser), OS: r.OS, Component: j.component(r.Component),
	}
	if r.At != nil {
		e.At = j.at(*r.At)
	}
	switch r.Type { //nolint:exhaustive // checked above
	case Exposure:
		e.Kind = telemetry.Fetch
		j.count(e)
	case Ready:
		e.Kind = telemetry.Ready
		j.count(e)
	case Error:
		e.Kind, e.Fingerprint, e.Name, e.Message, e.Source = telemetry.Error, r.Fingerprint, "issue", r.Fingerprint, "window"
		j.count(e)
	case Vitals:
		e.Kind = telemetry.Vital
		for _, v := range []struct {
			name  string
			value *float64
		}{{"LCP", r.LCP}, {"INP", r.INP}, {"CLS", r.CLS}} {
			if v.value != nil {
				e.Name, e.Value = v.name, *v.value
				j.count(e)
			}
		}
	}
}

// reloads says whether a record that came before is no copy: a session that fetches its flags again within a minute has
// loaded its page anew. (A copy that comes so soon is taken for one, on both sides alike, and counts for nothing unless
// the page is silent.)
func (j *Judge) reloads(r Record) bool {
	return r.Type == Exposure && j.evidence.Awaits(r.Session, j.at(r.T))
}

func (j *Judge) count(e telemetry.Event) {
	j.position++
	e.Position = j.position
	j.evidence.Observe(e)
}

// place says where the record being counted belongs: to the span of the share under which its session was assigned,
// which is not the present one when a beacon comes late, and to the side that it names. -1 is nowhere.
func (j *Judge) place(telemetry.Event) (span int, treatment bool) {
	return j.spanOf(j.current.Weight), j.current.Variant == Treatment
}

// sameShare is how far apart two shares in percent may be and be the same one, rounded otherwise.
const sameShare = 1e-6

// component gives the place in the rollout of a component by its name. A trace does not list its components, so some
// places wait for the first that come; what comes beyond them belongs to everything.
func (j *Judge) component(name string) string {
	if name == "" {
		return ""
	}
	at := slices.Index(j.names, name)
	if at < 0 && len(j.names) < places {
		j.names = append(j.names, name)
		at = len(j.names) - 1
	}
	if at < 0 {
		return ""
	}
	return j.rollout.Components[at]
}

// named gives a text the components' own names.
func (j *Judge) named(text string) string {
	for n, name := range j.names {
		text = strings.ReplaceAll(text, j.rollout.Components[n], name)
	}
	return text
}

// Decide answers one tick.
func (j *Judge) Decide(t int64) Answer {
	now := j.at(t)
	hold := Answer{T: t, Action: Hold}
	if j.ended {
		return hold
	}
	v := rollout.Decide(j.input(now))
	if v.Action == rollout.AskApproval && !j.recorded { // in a simulation somebody is always there and says yes
		j.rollout.Approvals = append(slices.Clone(j.rollout.Approvals), rollout.Approval{Phase: j.rollout.Phase, By: "simulation", Reason: v.Reason, At: now})
		j.evidence.Follow(j.rollout)
		v = rollout.Decide(j.input(now))
	}
	j.Readings = v.Readings
	if v.Action == rollout.Continue {
		return hold
	}
	j.rollout = j.rollout.After(v, now)
	j.evidence.Follow(j.rollout)
	switch v.Action { //nolint:exhaustive // the others stay where they are
	case rollout.Advance:
		return j.note(Answer{T: t, Action: Advance, Reason: v.Reason}, v)
	case rollout.RollBackPart, rollout.RollBackAll:
		j.ended = !j.recorded || v.Action == rollout.RollBackAll // a recorded rollout goes on without the component
		return j.note(Answer{T: t, Action: Rollback, Reason: v.Reason, Component: v.Component}, v)
	case rollout.Complete:
		j.ended = true
	}
	j.note(Answer{T: t, Action: string(v.Action), Reason: v.Reason}, v)
	return hold
}

// input is all that a decision looks at, at a moment.
func (j *Judge) input(now time.Time) rollout.Input {
	in := j.evidence.Input(now)
	in.Rollout = j.rollout
	if _, enters := j.rollout.Entering(); enters {
		in.Lacking = j.lacking
	}
	return in
}

func (j *Judge) note(a Answer, v rollout.Verdict) Answer {
	a.Reason, a.Component = j.named(a.Reason), j.named(a.Component)
	e := Entry{T: a.T, Action: a.Action, Phase: j.rollout.Phase, Percent: j.Share() * 100, Component: a.Component, Reason: a.Reason}
	for _, r := range v.Readings {
		if r.Status == rollout.StatusHarmful {
			r.Scope = j.named(r.Scope)
			e.Harm = append(e.Harm, r)
		}
	}
	j.Log = append(j.Log, e)
	return a
}

// family is a browser as Belay's own events name it.
func family(name string) string {
	switch lower := strings.ToLower(name); {
	case lower == "":
		return ""
	case strings.Contains(lower, "bot"), strings.Contains(lower, "crawler"), strings.Contains(lower, "headless"):
		return "Bot"
	default:
		return strings.ToUpper(lower[:1]) + lower[1:]
	}
}
