package metric

import "time"

// Status is how a criterion stands.
type Status string

// The statuses.
const (
	Met       Status = "met"
	NotMet    Status = "not_met"
	Undecided Status = "undecided" // the interval has the goal inside
	TooLittle Status = "too_little_data"
	NoData    Status = "no_data"
)

// Board is every criterion at one moment.
type Board struct {
	Environment string    `json:"environment"`
	At          time.Time `json:"at"`
	// Rollout is the one whose new version is held against the old one; "" when none has started, or none was asked for.
	Rollout  string      `json:"rollout,omitempty"`
	Name     string      `json:"name,omitempty"` // of the rollout
	Flag     string      `json:"flag,omitempty"` // its master flag
	Criteria []Criterion `json:"criteria"`
}

// Unit is what a criterion's numbers are.
type Unit string

// The units.
const (
	Share  Unit = "share"  // 0 to 1
	Millis Unit = "ms"     // milliseconds
	Score  Unit = "score"  // layout shift, no unit
	Points Unit = "points" // NPS, −100 to 100
	Stars  Unit = "stars"  // 1 to 5
	Ratio  Unit = "ratio"  // 1.1 is ten percent more
	// Difference is of shares: −0.01 is one percentage point less.
	Difference Unit = "difference"
)

// Criterion is one goal and how far it is.
type Criterion struct {
	Key   string  `json:"key"`
	Title string  `json:"title"`
	Unit  Unit    `json:"unit" enum:"share,ms,score,points,stars,ratio,difference"`
	Goal  float64 `json:"goal"`
	// Above says that more is better; otherwise less is.
	Above  bool      `json:"above"`
	Of     string    `json:"of"`     // what n counts: visits, views, people, answers, probes, tickets
	Source string    `json:"source"` // where the numbers come from
	From   time.Time `json:"from"`   // the window …
	To     time.Time `json:"to"`
	Status Status    `json:"status" enum:"met,not_met,undecided,too_little_data,no_data"`
	Text   string    `json:"text"`          // the status, one sentence
	Way    string    `json:"way,omitempty"` // of no data: how to bring some
	// Judged is what the status rests on: the new version where a rollout is looked at, all together otherwise.
	Judged Measure `json:"judged"`
	// Old and New are the sides of the rollout, where they can be told apart.
	Old *Measure `json:"old,omitempty"`
	New *Measure `json:"new,omitempty"`
	// Trend is the value in each of equal parts of the window, oldest first; null where nothing came.
	Trend []*float64 `json:"trend"`
}

// Measure is a value with its interval. Without enough data there is no interval, and with none no value.
type Measure struct {
	N        int64    `json:"n"`
	Estimate *float64 `json:"estimate,omitempty"`
	Low      *float64 `json:"low,omitempty"`
	High     *float64 `json:"high,omitempty"`
}
