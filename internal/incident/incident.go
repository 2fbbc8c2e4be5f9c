package incident

import (
	"encoding/json"
	"time"
)

// Severity says how bad it is, P0 the worst.
type Severity string

// The severities.
const (
	P0 Severity = "P0" // app unusable or data lost for many
	P1 Severity = "P1" // a key flow broken
	P2 Severity = "P2" // a component degraded
	P3 Severity = "P3" // cosmetic
)

// Status is where the work on an incident stands.
type Status string

// The statuses, in order.
const (
	Open         Status = "open"
	Acknowledged Status = "acknowledged"
	Mitigated    Status = "mitigated" // the rollback is verified
	Resolved     Status = "resolved"
)

// Incident is people at work on a problem.
type Incident struct {
	ID            string     `json:"id"`
	Number        int64      `json:"number"` // INC-7
	EnvironmentID string     `json:"environment_id"`
	Title         string     `json:"title"`
	Severity      Severity   `json:"severity"`
	Status        Status     `json:"status"`
	Rollout       string     `json:"rollout,omitempty"`
	Component     string     `json:"component,omitempty"`
	OpenedAt      time.Time  `json:"opened_at"`
	ResolvedAt    *time.Time `json:"resolved_at,omitempty"`
	Timeline      []Entry    `json:"timeline"`
}

// Entry is one line of an incident's timeline; it is never changed once written.
type Entry struct {
	At       time.Time       `json:"at"`
	By       string          `json:"by"`
	Text     string          `json:"text"`
	Evidence json.RawMessage `json:"evidence,omitempty"`
}
