package flag

import (
	"encoding/json"
	"strconv"
	"time"
)

// Type is what kind of value a flag carries.
type Type string

// The types. A boolean flag always answers Enabled; the others answer Value while enabled and no value while not.
const (
	Boolean Type = "boolean"
	String  Type = "string"
	Number  Type = "number"
	JSON    Type = "json"
)

// Flag is one flag as it stands in one environment.
type Flag struct {
	ID     string `json:"id"`
	Number int64  `json:"number"` // Flagsmith's numeric feature id, never 0
	// Seed spreads identities over the variants. It is empty unless the flag came from elsewhere with its own, which keeps
	// everybody the variant they had; see HashSeed.
	Seed          string          `json:"seed,omitempty"`
	EnvironmentID string          `json:"environment_id"`
	Key           string          `json:"key"` // ^[a-z0-9][a-z0-9._-]*$, unique case-insensitively
	Description   string          `json:"description"`
	Type          Type            `json:"type"`
	Enabled       bool            `json:"enabled"`
	Value         json.RawMessage `json:"value,omitempty"`
	Parent        string          `json:"parent,omitempty"` // key of the master flag: off there means off here
	ServerOnly    bool            `json:"server_only"`
	Tags          []string        `json:"tags"`
	Owner         string          `json:"owner,omitempty"` // who answers for it: a person, a team or an address
	Experiment    *Experiment     `json:"experiment,omitempty"`
	Variants      []Variant       `json:"variants"`
	Segments      []Override      `json:"segments"`
	Identities    []Override      `json:"identities"`
	Split         *Split          `json:"split,omitempty"`
	Version       int64           `json:"version"` // revision of the last change
	UpdatedAt     time.Time       `json:"updated_at"`
	// SteadyAt is when what people get from it last changed: its description, owner and tags do not count.
	SteadyAt time.Time `json:"steady_at"`
}

// HashSeed is what identities are hashed with to find their variant: the flag's own seed, or else its number.
func (f *Flag) HashSeed() string { return seedOr(f.Seed, f.Number) }

// HashSeed is what identities are hashed with in percentage splits: the segment's own seed, or else its number.
func (g *Segment) HashSeed() string { return seedOr(g.Seed, g.Number) }

func seedOr(seed string, number int64) string {
	if seed != "" {
		return seed
	}
	return strconv.FormatInt(number, 10)
}

// Variant is one of several values of a multivariate flag, given to Weight percent of identities.
type Variant struct {
	Key    string          `json:"key"`
	Value  json.RawMessage `json:"value"`
	Weight float64         `json:"weight"` // percent, 0 to 100; what is left over gets the flag's own value, "control"
}

// Experiment is the experiment that a multivariate flag takes part in.
type Experiment struct {
	Number int64  `json:"number"` // never 0; Flagsmith's clients send it back with each exposure
	Name   string `json:"name"`
}

// Override is another state of the flag for a segment (For = segment key) or one identity (For = identifier).
type Override struct {
	For      string          `json:"for"`
	Priority int             `json:"priority"` // of segments: the lowest number wins
	Enabled  bool            `json:"enabled"`
	Value    json.RawMessage `json:"value,omitempty"`
}

// Split is the share of identities that a rollout has turned the flag on for. It is sticky and monotone:
// an identity is in when hash(Salt, identity) < Percent, so growing Percent never moves anyone out.
type Split struct {
	Rollout string  `json:"rollout"` // id of the rollout that owns it
	Salt    string  `json:"salt"`
	Percent float64 `json:"percent"`
}

// Segment is a named group of identities.
type Segment struct {
	ID            string    `json:"id"`
	Number        int64     `json:"number"`
	Seed          string    `json:"seed,omitempty"` // spreads identities in percentage splits, as that of a flag
	EnvironmentID string    `json:"environment_id"`
	Key           string    `json:"key"`
	Description   string    `json:"description"`
	Rules         []Rule    `json:"rules"` // all must hold
	UpdatedAt     time.Time `json:"updated_at"`
}

// Rule joins conditions and further rules: ALL, ANY or NONE of them must hold.
type Rule struct {
	Type       string      `json:"type"`
	Conditions []Condition `json:"conditions"`
	Rules      []Rule      `json:"rules"`
}

// Condition compares one trait with a value by one of Flagsmith's operators.
type Condition struct {
	Property string `json:"property"`
	Operator string `json:"operator"`
	Value    string `json:"value"`
}
