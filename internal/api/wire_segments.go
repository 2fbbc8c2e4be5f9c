package api

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/siteproof/belay/internal/flag"
)

// SegmentEntry is a segment with who uses it and what is to be said about it.
type SegmentEntry struct {
	flag.Segment
	Sentence string         `json:"sentence"` // the rules as people say them
	Users    []SegmentUse   `json:"users"`    // flags with an override for it; while there are any it cannot be deleted
	Findings []flag.Finding `json:"findings"` // conditions on which clients disagree
}

// SegmentUse is one flag's override for a segment.
type SegmentUse struct {
	Flag     string `json:"flag"`
	Enabled  bool   `json:"enabled"`
	Priority int    `json:"priority"`
}

// SegmentChange makes a segment or replaces what people write of it.
type SegmentChange struct {
	Description string      `json:"description,omitempty" maxLength:"500"`
	Rules       []flag.Rule `json:"rules"`
	// Create refuses to replace a segment that is there already.
	Create bool `json:"create,omitempty"`
	// SeenAt is the updated_at of the segment that was edited; when somebody else has changed it since, nothing is kept.
	SeenAt *time.Time `json:"seen_at,omitempty"`
	Reason string     `json:"reason" minLength:"3" maxLength:"500"`
}

// Because is the reason of a change that needs nothing else said.
type Because struct {
	Reason string `json:"reason" minLength:"3" maxLength:"500"`
}

// SegmentDraft is a segment that is not kept yet.
type SegmentDraft struct {
	Key   string      `json:"key,omitempty" maxLength:"150"` // of a segment that is there: its splits are spread as they will be
	Rules []flag.Rule `json:"rules"`
}

// SegmentPreview says who would be in a segment, of the people Belay knows.
type SegmentPreview struct {
	Sentence string         `json:"sentence"`
	Findings []flag.Finding `json:"findings"`
	Matching int            `json:"matching"` // of Examined
	Examined int            `json:"examined"`
	// Known is how many people Belay knows: those whose traits it keeps, and some of those that asked for flags lately.
	Known  int `json:"known"`
	Recent int `json:"recent"` // of Known, those that only asked lately
	// In and Out are some of those who would be in and out, at most ten each.
	In  []string `json:"in"`
	Out []string `json:"out"`
}

// Property is something that a condition can ask for.
type Property struct {
	Name  string    `json:"name"`
	Kind  flag.Kind `json:"kind"`
	Known int       `json:"known"` // people who have it, of those looked at
}

// LintEntry is one finding with the segment or flag it is about.
type LintEntry struct {
	Subject string       `json:"subject" enum:"segment,flag"`
	Key     string       `json:"key"`
	Finding flag.Finding `json:"finding"`
}

// Traits are the traits of somebody; null takes one away.
type Traits map[string]any

// UnmarshalJSON keeps numbers as they were written.
func (t *Traits) UnmarshalJSON(text []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	return decoder.Decode((*map[string]any)(t))
}

// ExplainRequest asks why somebody gets what they get.
type ExplainRequest struct {
	Identifier string `json:"identifier,omitempty" maxLength:"2000"` // empty: somebody unknown
	Traits     Traits `json:"traits,omitempty"`
	// UseStoredTraits adds the traits that are kept of the identity; those given here come before them.
	UseStoredTraits bool `json:"use_stored_traits,omitempty"`
}

// Explanation is the answer.
type Explanation struct {
	Trace  flag.Trace `json:"trace"`
	Traits Traits     `json:"traits"` // all that were used
	Stored Traits     `json:"stored"` // those that are kept
	Recent Traits     `json:"recent"` // those sent with a request lately, which are not kept
	// Findings are places of this flag and its segments that clients which evaluate locally may decide otherwise.
	Findings []LintEntry `json:"findings"`
}

// IdentityEntry is one identity as lists show it.
type IdentityEntry struct {
	Identifier string    `json:"identifier"`
	Traits     int       `json:"traits"`
	UpdatedAt  time.Time `json:"updated_at"`
}

// IdentityList is a part of those whose traits are kept.
type IdentityList struct {
	Identities []IdentityEntry `json:"identities"`
	Known      int             `json:"known"` // all whose traits are kept
}

// IdentityPage is what support needs to know about one identity.
type IdentityPage struct {
	Identifier string         `json:"identifier"`
	Known      bool           `json:"known"` // traits are kept
	Traits     Traits         `json:"traits"`
	Recent     Traits         `json:"recent"` // those sent with a request lately, which are not kept
	UpdatedAt  *time.Time     `json:"updated_at,omitempty"`
	Segments   []string       `json:"segments"` // it is in these now
	Flags      []IdentityFlag `json:"flags"`
}

// IdentityFlag is what an identity gets from one flag now.
type IdentityFlag struct {
	Key      string          `json:"key"`
	Enabled  bool            `json:"enabled"`
	Value    json.RawMessage `json:"value,omitempty"`
	Variant  string          `json:"variant"`
	Reason   flag.Reason     `json:"reason"`
	OffBy    string          `json:"off_by,omitempty"`
	Override bool            `json:"override"` // an exception names this identity
}

// IdentityChange sets traits by hand.
type IdentityChange struct {
	Identifier string `json:"identifier" minLength:"1" maxLength:"2000"`
	Traits     Traits `json:"traits"` // null takes one away
	Reason     string `json:"reason" minLength:"3" maxLength:"500"`
}

// IdentityRemoval forgets all that is kept about somebody.
type IdentityRemoval struct {
	Identifier string `json:"identifier" minLength:"1" maxLength:"2000"`
	Reason     string `json:"reason" minLength:"3" maxLength:"500"`
}
