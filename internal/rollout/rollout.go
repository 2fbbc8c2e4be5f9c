package rollout

import (
	"time"

	"github.com/siteproof/belay/internal/stats"
)

// State is where a rollout stands.
type State string

// The states. Held and AwaitingApproval stop the clock of the ladder, never the judging.
const (
	Draft            State = "draft"
	Running          State = "running"
	AwaitingApproval State = "awaiting_approval" // all is well, a person has to say yes before the next phase
	Held             State = "held"              // somebody, or a guard, said wait
	RolledBack       State = "rolled_back"       // everything is back on the old version; final
	Completed        State = "completed"         // at the last phase and kept; final
	Discarded        State = "discarded"         // planned and given up before it started; final
)

// Plan says how far, how fast and under which conditions a rollout goes. While the rollout runs only ChangePlan changes it.
type Plan struct {
	Phases []Phase `json:"phases"`
	Guards []Guard `json:"guards"`
	// Budget is the chance that a harmless rollout is ever rolled back, shared among the guards (0.01 by default).
	Budget float64 `json:"budget"`
	// PromotionError is the chance that a phase is left although harm exceeds its margin (0.05 by default).
	PromotionError float64 `json:"promotion_error"`
	// SilentAfter is how long after its flags were fetched a session may stay without reporting ready.
	SilentAfter Duration `json:"silent_after"`
	// Maturity is how old a session must be before its lack of errors counts as good news.
	Maturity Duration `json:"maturity"`
	// HoldBack is the share of people, in percent, who stay on the old version in the last phase and after it, to compare
	// with in the long run, until Release. 0 for none.
	HoldBack float64 `json:"hold_back,omitempty"`
	// Tell are the names of people and teams who are to hear when something is taken back or a guard speaks.
	Tell []string `json:"tell,omitempty"`
}

// Phase is one step of the ladder.
type Phase struct {
	Name     string   `json:"name"`
	Percent  float64  `json:"percent"`           // share of identities, 0 to 100
	MinDwell Duration `json:"min_dwell"`         // never left earlier
	MaxDwell Duration `json:"max_dwell"`         // after this, undecided, a person is asked; 0 never asks
	MinUsers int64    `json:"min_users"`         // users seen in the new version before it may be left
	Approval bool     `json:"approval"`          // a person must approve entering the next phase
	Checks   []string `json:"checks,omitempty"`  // checks that must be green before the phase is entered
	Windows  []Window `json:"windows,omitempty"` // when the phase may be left; none for always
}

// Rollout is a change on its way through its phases.
type Rollout struct {
	ID            string   `json:"id"`
	EnvironmentID string   `json:"environment_id"`
	Name          string   `json:"name"`
	Flag          string   `json:"flag"`       // master flag, whose split the rollout owns
	Components    []string `json:"components"` // component flags below it
	// Parents are the components that stand below another component, with that one; all others stand below Flag.
	Parents   map[string]string `json:"parents,omitempty"`
	Salt      string            `json:"salt"`
	Plan      Plan              `json:"plan"`
	State     State             `json:"state"`
	Phase     int               `json:"phase"` // index into Plan.Phases
	Spans     []Span            `json:"spans"` // which phase was in force when; evidence is counted per span
	Lost      []Lost            `json:"lost"`  // components that went back while the rest goes on
	Approvals []Approval        `json:"approvals"`
	// Overrides let it enter phases although the checklist lacked something.
	Overrides  []Override `json:"overrides,omitempty"`
	Alerts     []Alert    `json:"alerts,omitempty"` // what guards that do not roll back have told, once each
	HeldReason string     `json:"held_reason,omitempty"`
	HeldAt     *time.Time `json:"held_at,omitempty"`    // while held
	HeldFor    Duration   `json:"held_for"`             // earlier holds of this phase, which its dwell does not count
	ResumedAt  *time.Time `json:"resumed_at,omitempty"` // last time in this phase
	CreatedAt  time.Time  `json:"created_at"`
	StartedAt  *time.Time `json:"started_at,omitempty"`
	EndedAt    *time.Time `json:"ended_at,omitempty"`
	Incident   string     `json:"incident,omitempty"`
	// Tests are what the rollout was judged by, one after the other; empty while there was only one.
	Tests         []Test `json:"tests,omitempty"`
	PolicyChanges int    `json:"policy_changes,omitempty"` // how often the plan changed since the start
	// Attempt counts how often this was tried, with this one, and RetryOf is the attempt before; 0 and "" of the first.
	Attempt int    `json:"attempt,omitempty"`
	RetryOf string `json:"retry_of,omitempty"`
	// FreshSince is set when errors count as old only if they were met before this moment, earlier than the start.
	FreshSince *time.Time `json:"fresh_since,omitempty"`
	ReleasedAt *time.Time `json:"released_at,omitempty"` // when the hold-back ended
}

// Span is the time one share was in force. To is nil for the current one.
type Span struct {
	Phase   int        `json:"phase"`
	Percent float64    `json:"percent"`
	From    time.Time  `json:"from"`
	To      *time.Time `json:"to,omitempty"`
}

// Lost is a component that was taken back.
type Lost struct {
	Component  string    `json:"component"`
	At         time.Time `json:"at"`
	By         string    `json:"by"` // "Belay" or a person
	Reason     string    `json:"reason"`
	DecisionID string    `json:"decision_id,omitempty"`
}

// Alert is what a guard told that does not roll back. A guard tells once of each scope.
type Alert struct {
	Guard  GuardKind   `json:"guard"`
	Metric string      `json:"metric,omitempty"`
	Scope  string      `json:"scope"`
	Action GuardAction `json:"action"`
	Reason string      `json:"reason"`
	At     time.Time   `json:"at"`
}

// Approval is one person's yes to leaving one phase.
type Approval struct {
	Phase  int       `json:"phase"`
	By     string    `json:"by"`
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
}

// Action is what a verdict asks for, or a person did.
type Action string

// The actions.
const (
	Continue     Action = "continue" // nothing to do
	Start        Action = "start"
	Discard      Action = "discard" // of a draft: it never starts
	Advance      Action = "advance"
	AskApproval  Action = "ask_approval"
	Approve      Action = "approve"
	Hold         Action = "hold"
	Notify       Action = "notify" // a guard tells, and nothing else happens
	Resume       Action = "resume"
	RollBackPart Action = "roll_back_component"
	RollBackAll  Action = "roll_back"
	Complete     Action = "complete"

	OverrideChecklist Action = "override_checklist" // a person lets it go on although the checklist lacks something
	ChangePolicy      Action = "change_policy"
	Release           Action = "release" // nobody is held back any more
)

// Reading is what one guard says of one scope at one moment.
type Reading struct {
	Guard  GuardKind `json:"guard"`
	Metric string    `json:"metric,omitempty"` // of Metric: which one
	// Scope is a component, or "" for everything that is still on.
	Scope       string      `json:"scope"`
	Fingerprint string      `json:"fingerprint,omitempty"` // of NewIssue: the issue with most evidence
	LogE        float64     `json:"log_e"`                 // evidence of harm, nats
	Threshold   float64     `json:"threshold"`             // harm is proven at LogE ≥ Threshold
	SafeLogE    float64     `json:"safe_log_e"`            // evidence that harm is below this phase's margin
	SafeNeed    float64     `json:"safe_need"`             // 0 when this guard does not gate promotion
	Treatment   Arm         `json:"treatment"`
	Control     Arm         `json:"control"`
	Status      string      `json:"status"`           // harmful, watching, safe, waiting (too little data), off, broken
	Unit        string      `json:"unit"`             // what the arms count: people, visits, views, requests
	Action      GuardAction `json:"action"`           // what proven harm leads to
	Margin      float64     `json:"margin,omitempty"` // of this phase, as a fraction: harm that has to be excluded
	// Limit is the value beyond which a view counts as slow: the old version's 75th percentile, ms (of CLS the score).
	Limit   float64   `json:"limit,omitempty"`
	Effect  *Effect   `json:"effect,omitempty"`  // how large the difference is
	Culprit *Culprit  `json:"culprit,omitempty"` // of Segments: the segment with most evidence
	Blame   []Culprit `json:"blame,omitempty"`   // of proven harm: what it is traced to, of each kind the first
	// Since is set for a component that went back: only errors after that moment are counted, and prove that it was not
	// the component alone.
	Since *time.Time `json:"since,omitempty"`
	// Labels are the people that LogE was made of, by span, where it is made of nothing else; Ratio is the rate ratio that
	// is tolerated, and Order when a new issue reached its second person. See Recount.
	Labels []stats.Labels `json:"labels,omitempty"`
	// Reloaded are those of SilentClients' Labels who had loaded their page again before it fell silent.
	Reloaded []stats.Labels `json:"reloaded,omitempty"`
	Ratio    float64        `json:"ratio,omitempty"`
	Order    int            `json:"order,omitempty"`
}

// Arm is what one side of the comparison counts, in the reading's unit.
type Arm struct {
	Users    int64 `json:"users"`    // seen since the start
	Affected int64 `json:"affected"` // of them, with the bad event
}

// Effect is how large a difference is, with bounds that hold at every look with 95 % confidence.
type Effect struct {
	// Kind is "ratio", how many times as many people of the new version are hit, or "difference", by how many more units
	// in each unit (0.02 = 2 percentage points).
	Kind     string  `json:"kind"`
	Estimate float64 `json:"estimate"`
	Low      float64 `json:"low"`
	High     float64 `json:"high"`
}

// Culprit is something that a harm is traced to, with the evidence among those it concerns.
type Culprit struct {
	Dimension Dimension `json:"dimension"` // component, fingerprint, browser, os, tier, release
	Value     string    `json:"value"`
	Title     string    `json:"title,omitempty"` // of a fingerprint: the error's first line
	LogE      float64   `json:"log_e"`
	Treatment int64     `json:"treatment"` // people of the new version who were hit
	Control   int64     `json:"control"`
}
