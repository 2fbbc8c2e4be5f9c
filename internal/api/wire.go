package api

import (
	"encoding/json"
	"time"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/incident"
	"github.com/siteproof/belay/internal/rollout"
	"github.com/siteproof/belay/internal/tenant"
)

// Setup says whether somebody still has to make the first administrator.
type Setup struct {
	Needed bool `json:"needed"`
}

// NewAdministrator is the first person, made once.
type NewAdministrator struct {
	Name     string `json:"name" minLength:"1" maxLength:"100"`
	Email    string `json:"email" format:"email" maxLength:"200"`
	Password string `json:"password" minLength:"10" maxLength:"200"`
}

// Credentials sign a person in.
type Credentials struct {
	Email    string `json:"email" maxLength:"200"`
	Password string `json:"password" maxLength:"200"`
}

// Person is who is signed in.
type Person struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email"`
	Role  string `json:"role"`
}

// Instance describes this Belay.
type Instance struct {
	Version string `json:"version"`
	Demo    *Demo  `json:"demo,omitempty"` // only under belay demo
}

// Demo is what the console shows while it runs under belay demo.
type Demo struct {
	AppURL    string `json:"app_url"`    // where SiteProof listens
	FaultFlag string `json:"fault_flag"` // string flag; the value "ncr-form-throws" breaks the new NCR form
}

// Environment is one environment with the keys that open it.
type Environment struct {
	ID        string `json:"id"`
	Key       string `json:"key"`
	Name      string `json:"name"`
	Project   string `json:"project"`
	ClientKey string `json:"client_key"`           // public: it ships in web pages
	ServerKey string `json:"server_key,omitempty"` // secret: shown to administrators only

	Settings tenant.Settings `json:"settings"`
}

// Overview is the first page of the console.
type Overview struct {
	Environment Environment         `json:"environment"`
	Rollouts    []RolloutSummary    `json:"rollouts"`  // running ones first
	Incidents   []incident.Incident `json:"incidents"` // open ones
	Issues      []IssueSummary      `json:"issues"`    // the five with most users in the last hour
	Clients     Clients             `json:"clients"`
	Traffic     Traffic             `json:"traffic"`
	Commits     []change.Commit     `json:"commits"` // the last ten
}

// Traffic is what arrived lately, for small charts: one point per minute, oldest first.
type Traffic struct {
	Minutes []TrafficMinute `json:"minutes"`           // the last 30
	LastAt  *time.Time      `json:"last_at,omitempty"` // newest event; absent when none ever came
}

// TrafficMinute is one minute of traffic.
type TrafficMinute struct {
	At       time.Time `json:"at"`
	Sessions int64     `json:"sessions"`
	Errors   int64     `json:"errors"`
}

// Clients are the browsers whose stream is open.
type Clients struct {
	Connected int   `json:"connected"`
	Confirmed int   `json:"confirmed"` // of them, those that applied the current revision
	Unknown   int   `json:"unknown"`   // of them, clients that cannot confirm (other vendors' SDKs)
	Revision  int64 `json:"revision"`  // current flag revision of the environment
}

// FlagNode is a flag with its children, for the tree.
type FlagNode struct {
	flag.Flag
	Children []FlagNode `json:"children"`
	// Rollout is set when a running rollout holds this flag's split or has taken it back.
	Rollout string `json:"rollout,omitempty"`
	Lost    bool   `json:"lost"` // taken back by a rollout
}

// NewFlag makes a flag.
type NewFlag struct {
	Key         string          `json:"key" pattern:"^[a-z0-9][a-z0-9._-]*$" maxLength:"150"`
	Description string          `json:"description" maxLength:"500"`
	Type        flag.Type       `json:"type" enum:"boolean,string,number,json"`
	Enabled     bool            `json:"enabled"`
	Value       json.RawMessage `json:"value,omitempty"`
	Parent      string          `json:"parent,omitempty"`
	Tags        []string        `json:"tags,omitempty"`
	Owner       string          `json:"owner,omitempty" maxLength:"200"`
	ServerOnly  bool            `json:"server_only,omitempty"`
	Reason      string          `json:"reason" minLength:"3" maxLength:"500"`
}

// RolloutSummary is a rollout as lists show it.
type RolloutSummary struct {
	rollout.Rollout
	Treatment int64            `json:"treatment_users"`
	Control   int64            `json:"control_users"`
	Worst     *rollout.Reading `json:"worst,omitempty"` // the reading closest to its threshold
}

// NewRollout plans a rollout; an empty plan takes the default one.
type NewRollout struct {
	Name       string        `json:"name" minLength:"1" maxLength:"200"`
	Flag       string        `json:"flag"`
	Components []string      `json:"components,omitempty"` // empty: every child of the flag
	Plan       *rollout.Plan `json:"plan,omitempty"`
	Reason     string        `json:"reason" minLength:"3" maxLength:"500"`
}

// Act is something a person does to a rollout.
type Act struct {
	Reason     string   `json:"reason" minLength:"3" maxLength:"500"`
	Components []string `json:"components,omitempty"` // of rollback: only these; empty means everything
	// Override says why a phase is entered although the checklist is red; of start and advance. It is kept as an act of its own.
	Override string `json:"override,omitempty" minLength:"3" maxLength:"500"`
}

// IssueSummary is one group of like errors.
type IssueSummary struct {
	Fingerprint string           `json:"fingerprint"`
	Title       string           `json:"title"` // "TypeError: x is undefined"
	Component   string           `json:"component,omitempty"`
	Page        string           `json:"page,omitempty"`
	Source      string           `json:"source"`
	Events      int64            `json:"events"`
	Users       int64            `json:"users"`
	ByVariant   map[string]int64 `json:"by_variant"` // users by variant of the component's flag, or of the master
	FirstAt     time.Time        `json:"first_at"`
	LastAt      time.Time        `json:"last_at"`
	New         bool             `json:"new"`     // first seen since the running rollout began
	Minutes     []int64          `json:"minutes"` // events a minute, the last 30, oldest first
}

// Issue is one group with an example.
type Issue struct {
	IssueSummary
	Stack    string           `json:"stack"`
	Releases []string         `json:"releases"`
	Browsers map[string]int64 `json:"browsers"`
	Pages    map[string]int64 `json:"pages"`
}

// IncidentNote adds to an incident or moves it on.
type IncidentNote struct {
	Text   string          `json:"text" minLength:"1" maxLength:"5000"`
	Status incident.Status `json:"status,omitempty" enum:"open,acknowledged,mitigated,resolved"`
	// Evidence is kept beside the line, such as what verify found; at most 64 kB.
	Evidence json.RawMessage `json:"evidence,omitempty"`
}
