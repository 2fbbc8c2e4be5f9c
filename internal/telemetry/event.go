package telemetry

import (
	"encoding/json"
	"time"
)

// Kind says what an event tells. Each kind uses the fields named beside it.
type Kind string

// The kinds of events.
const (
	Fetch     Kind = "fetch"     // the server gave this session its flags (made by Belay itself: Seq 0 at the first fetch, 1 at another before the page is ready)
	Exposure  Kind = "exposure"  // a component that depends on a flag mounted: Flag, Variant, Component
	Ready     Kind = "ready"     // the page was first usable: Value = ms since navigation start
	Error     Kind = "error"     // Name = type, Message, Stack, Source, Handled, Component, Fingerprint
	Vital     Kind = "vital"     // Name = LCP INP CLS FCP TTFB, Value in ms (CLS: score)
	Render    Kind = "render"    // Component, Variant, Value = ms
	Custom    Kind = "event"     // Name, Properties
	Heartbeat Kind = "heartbeat" // the session is alive
	Confirm   Kind = "confirm"   // this page has applied flag revision Value
	Metric    Kind = "metric"    // a server reports: Name, and Value or Properties with units and bad, of User or of a side
	Data      Kind = "data"      // browser data safety: Name = backup_ok, restore_ok, draft_restored …, Value, Properties
)

// The sides that a Metric of no single person speaks of, as its Variant.
const (
	Treatment = "treatment"
	Control   = "control"
)

// Evaluations is the name of the custom event whose properties count how often each flag was evaluated.
const Evaluations = "flag_evaluations"

// kinds in the order of their codes within this process; nothing stored depends on it.
var kinds = []Kind{Fetch, Exposure, Ready, Error, Vital, Render, Custom, Heartbeat, Confirm, Data, Metric}

// Event is one thing that happened to one visitor: the single model that every protocol door translates into.
// (Session, Kind, Seq) names it: the same event sent twice is stored once.
type Event struct {
	// Position is the event's place in the order of storing: it rises by one from event to event, across environments
	// and restarts. Zero until the event is stored.
	Position      int64
	EnvironmentID string
	Session       string
	User          string // targeting key
	Kind          Kind
	Seq           int64
	At            time.Time // when it happened, client clock corrected by sent_at and kept within limits
	ReceivedAt    time.Time // when Belay had it; decides the rollout phase it belongs to
	Release       string
	Page          string
	Browser       string // family only: Chrome, Safari, Firefox, Edge, Bot, Other
	OS            string
	Tier          string            // of the person's tenant, such as enterprise or trial; "" when nobody said
	Variants      map[string]string // flag key → variant in force on the page when this happened
	Flag          string
	Variant       string
	Component     string
	Name          string
	Value         float64
	Message       string
	Stack         string
	Source        string // of an error: window, rejection, boundary, console, manual
	Handled       bool
	Fingerprint   string // of an error: the same for the same fault across releases
	Properties    json.RawMessage
}
