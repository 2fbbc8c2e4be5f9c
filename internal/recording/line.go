package recording

import (
	"encoding/json"
	"time"

	"github.com/siteproof/belay/internal/rollout"
	"github.com/siteproof/belay/internal/telemetry"
)

// Kind is what one line of a trace tells.
type Kind string

// Line is one line of a trace, in the order of arrival at the server. Recorded, Event and Act hold what only a recorded
// rollout knows, and others may pass over.
type Line struct {
	T           int64    `json:"t"` // ms since the rollout started
	Type        Kind     `json:"type"`
	User        string   `json:"user,omitempty"`
	Session     string   `json:"session,omitempty"`
	Variant     string   `json:"variant,omitempty"`
	Weight      float64  `json:"weight,omitempty"` // treatment's share when the session was assigned, 0 to 1; of a recorded rollout the one in force when it arrived
	Browser     string   `json:"browser,omitempty"`
	OS          string   `json:"os,omitempty"`
	Release     string   `json:"release,omitempty"`
	Fingerprint string   `json:"fingerprint,omitempty"`
	Count       int      `json:"count,omitempty"`
	Component   string   `json:"component,omitempty"`
	LCP         *float64 `json:"lcp,omitempty"` // ms
	INP         *float64 `json:"inp,omitempty"` // ms
	CLS         *float64 `json:"cls,omitempty"`
	At          *int64   `json:"at,omitempty"` // when it happened, ms, where the trace says so; T is when it arrived

	// Of the first line.
	Stages            []float64 `json:"stages,omitempty"` // treatment's shares before 1, rising
	KnownFingerprints []string  `json:"known_fingerprints,omitempty"`
	HistoryLCP        float64   `json:"history_lcp_p75,omitempty"` // ms
	HistoryErrorRate  float64   `json:"history_error_rate,omitempty"`

	Recorded *Start `json:"recorded,omitempty"` // of the first line
	Event    *Event `json:"event,omitempty"`
	Act      *Act   `json:"act,omitempty"`
	// Lacking is what the checklist before the next phase lacks from here on, one sentence each; of Checklist.
	Lacking []string `json:"lacking,omitempty"`
}

// The types of lines that a recorded rollout has besides those of every trace.
const (
	Other     Kind = "other"     // an event that traces have no type of their own for
	Acted     Kind = "act"       // somebody did something
	Checklist Kind = "checklist" // what has to be so before the next phase changed
)

// Start is what a recorded rollout began with.
type Start struct {
	Rollout     string             `json:"rollout"`
	StartedAt   time.Time          `json:"started_at"`
	Flag        string             `json:"flag"`
	Components  []string           `json:"components"`
	Parents     map[string]string  `json:"parents,omitempty"`
	Plan        rollout.Plan       `json:"plan"`
	Percentiles map[string]float64 `json:"percentiles,omitempty"` // the usual 75th ones, by vital and metric
}

// Event is an event as it was stored, but for whom it is of.
type Event struct {
	Kind       telemetry.Kind    `json:"kind"`
	Name       string            `json:"name,omitempty"`
	Value      float64           `json:"value,omitempty"`
	Message    string            `json:"message,omitempty"`
	Source     string            `json:"source,omitempty"`
	Tier       string            `json:"tier,omitempty"`
	Flag       string            `json:"flag,omitempty"`
	Variant    string            `json:"variant,omitempty"`
	Variants   map[string]string `json:"variants,omitempty"`
	Properties json.RawMessage   `json:"properties,omitempty"`
	At         int64             `json:"at"`            // when it happened, ms since the start
	Seq        int64             `json:"seq,omitempty"` // of another fetch of a session
}

// Act is something that a person did, which no verdict would have done.
type Act struct {
	Action    rollout.Action `json:"action"`
	Component string         `json:"component,omitempty"`
	By        string         `json:"by"`
	Reason    string         `json:"reason"`
	Plan      *rollout.Plan  `json:"plan,omitempty"` // of a change of policy: the one that applies from here on
}
