package experiment

import "time"

// Status is what is known of one metric of one arm.
type Status string

// The statuses. Better, Worse and Same are said of the primary metric, Safe and Harmed of guardrails.
const (
	Waiting Status = "waiting" // too few people
	Open    Status = "open"    // not known yet
	Better  Status = "better"  // better than control
	Worse   Status = "worse"   // worse than control
	Same    Status = "same"    // the difference, if any, is smaller than what would matter
	Safe    Status = "safe"    // not worse than the margin
	Harmed  Status = "harmed"  // worse than the margin
)

// Outcome is what an experiment says as a whole.
type Outcome string

// The outcomes.
const (
	TooEarly    Outcome = "too_early"    // too few people
	Undecided   Outcome = "undecided"    // nothing can be said yet
	Winner      Outcome = "winner"       // an arm is better and harms nothing
	Conflicted  Outcome = "conflicted"   // an arm is better and harms something
	ControlWins Outcome = "control_wins" // every other arm is worse
	NoMatter    Outcome = "no_matter"    // no arm differs by as much as would matter
	Broken      Outcome = "broken"       // people did not come into the arms as planned
)

// Range is an estimate with the bounds that hold at every look.
type Range struct {
	Estimate float64 `json:"estimate"`
	Low      float64 `json:"low"`
	High     float64 `json:"high"`
}

// Result is what an experiment says.
type Result struct {
	Experiment
	At        time.Time `json:"at"`   // everything received before it counts
	From      time.Time `json:"from"` // people who saw an arm first from here on count
	Restarted *Restart  `json:"restarted,omitempty"`
	People    People    `json:"people"`
	Verdict   Verdict   `json:"verdict"`
	// Confidence is that of each interval: what is left of certainty after the risk was split over the arms.
	Confidence float64        `json:"confidence"`
	Measures   []MetricResult `json:"measures"` // the primary first
	Notes      []string       `json:"notes"`    // what one should know to judge the result
}

// Restart says that the count began anew because people were given something else.
type Restart struct {
	At     time.Time `json:"at"`
	By     string    `json:"by"`
	Reason string    `json:"reason"`
}

// People is who counts.
type People struct {
	Arms []ArmPeople `json:"arms"`
	All  int64       `json:"all"`  // in the arms together
	Two  int64       `json:"two"`  // saw two arms and are left out
	None int64       `json:"none"` // saw the flag, but no arm
	Left int64       `json:"left"` // saw an arm before the count began anew
	// Fair is false when the numbers of people cannot come from the planned shares; Doubt is by how many times better a
	// wrong split explains them, at most 1e12.
	Fair   bool    `json:"fair"`
	Doubt  float64 `json:"doubt"`
	PerDay float64 `json:"per_day"` // new people a day so far; 0 while there is too little to say
}

// ArmPeople is how many people are in an arm.
type ArmPeople struct {
	Arm
	People   int64   `json:"people"`
	Expected float64 `json:"expected"` // by its share
}

// Verdict is the result in words.
type Verdict struct {
	Outcome Outcome `json:"outcome"`
	Arm     string  `json:"arm,omitempty"` // that it is about
	Text    string  `json:"text"`
	Next    string  `json:"next"` // what to do
}

// MetricResult is one metric over all arms.
type MetricResult struct {
	Metric
	Title     string      `json:"title"`
	Explained string      `json:"explained"`
	Share     bool        `json:"share"`         // differences are percentage points; otherwise percent of the control's value
	Cap       float64     `json:"cap,omitempty"` // values above it count as it
	Arms      []ArmResult `json:"arms"`          // control first
}

// ArmResult is one metric of one arm.
type ArmResult struct {
	Key    string  `json:"key"`
	People int64   `json:"people"` // measured
	Mean   float64 `json:"mean"`   // per person; of shares between 0 and 1
	// Change is against control, in percentage points of shares and percent of values; Lift in percent always. They are
	// absent for control and while nothing is known.
	Change *Range `json:"change,omitempty"`
	Lift   *Range `json:"lift,omitempty"`
	Status Status `json:"status"`
	Text   string `json:"text"`
	Course []Look `json:"course"` // Change as one would have seen it
}

// Look is what was known at a moment.
type Look struct {
	At     time.Time `json:"at"`
	People int64     `json:"people"` // of this arm and control
	Range
}
