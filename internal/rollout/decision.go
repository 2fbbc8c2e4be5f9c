package rollout

import (
	"encoding/json"
	"strings"
	"time"
)

// Decision is one verdict that changed something, or a person's act, with the evidence it rested on.
type Decision struct {
	ID        string    `json:"id"`
	RolloutID string    `json:"rollout_id"`
	At        time.Time `json:"at"`
	By        string    `json:"by"` // "Belay" or a person's name
	Action    Action    `json:"action"`
	// Components are what was taken back, with what stands below it; none when it was everything.
	Components []string        `json:"components,omitempty"`
	Phase      int             `json:"phase"`
	Reason     string          `json:"reason"`           // one sentence for people
	Evidence   json.RawMessage `json:"evidence"`         // []Reading at that moment
	Inputs     *Inputs         `json:"inputs,omitempty"` // of Belay's own: what else it rested on
	// Lacks is what the checklist lacked: of an override what it covers, of entering a phase what was overridden.
	Lacks []Lack `json:"lacks,omitempty"`
	// Missing is what a person went on without, one sentence each; Note is what follows from a person's act.
	Missing []string `json:"missing,omitempty"`
	Note    string   `json:"note,omitempty"`
}

// Inputs are what a verdict looks at besides the rollout and the readings.
type Inputs struct {
	Users   Arm       `json:"users"` // people of the span in force
	Healthy bool      `json:"healthy"`
	Now     time.Time `json:"now"`
	Lacking []string  `json:"lacking,omitempty"` // of the checklist
}

// UnmarshalJSON reads a decision, also of those that were kept when several components were one text, "a, b".
func (d *Decision) UnmarshalJSON(text []byte) error {
	type plain Decision
	var read struct {
		plain
		Component string `json:"component"`
	}
	if err := json.Unmarshal(text, &read); err != nil {
		return err
	}
	*d = Decision(read.plain)
	if read.Component != "" && d.Components == nil {
		d.Components = strings.Split(read.Component, ", ")
	}
	return nil
}
