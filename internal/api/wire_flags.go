package api

import (
	"encoding/json"
	"time"

	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/rollout"
)

// FlagChange changes a flag; what is left out stays.
type FlagChange struct {
	// Version is the version that the change was made from. When the flag has another one, the answer is 409 and says what
	// changed since. Left out, the change is made to whatever is there.
	Version     int64            `json:"version,omitempty" minimum:"0"`
	Enabled     *bool            `json:"enabled,omitempty"`
	Value       json.RawMessage  `json:"value,omitempty"`
	Description *string          `json:"description,omitempty" maxLength:"500"`
	Parent      *string          `json:"parent,omitempty" maxLength:"150" doc:"\"\" for none"`
	ServerOnly  *bool            `json:"server_only,omitempty"`
	Tags        *[]string        `json:"tags,omitempty"`
	Owner       *string          `json:"owner,omitempty" maxLength:"200"`
	Experiment  *FlagExperiment  `json:"experiment,omitempty"`
	Variants    *[]flag.Variant  `json:"variants,omitempty"`
	Segments    *[]flag.Override `json:"segments,omitempty" doc:"the lowest priority wins; priorities that are not unique are given anew in that order"`
	Identities  *[]flag.Override `json:"identities,omitempty"`
	Reason      string           `json:"reason" minLength:"3" maxLength:"500"`
}

// FlagExperiment begins, renames or ends a flag's experiment.
type FlagExperiment struct {
	Name   string `json:"name" maxLength:"150" doc:"\"\" ends the experiment"`
	Number int64  `json:"number,omitempty" minimum:"0" doc:"left out, it is the flag's own number"`
}

func (c FlagChange) patch() flag.Patch {
	p := flag.Patch{
		Version: c.Version, Enabled: c.Enabled, Value: c.Value, Description: c.Description, Parent: c.Parent, ServerOnly: c.ServerOnly,
		Tags: c.Tags, Owner: c.Owner, Variants: c.Variants, Segments: c.Segments, Identities: c.Identities,
	}
	if c.Experiment != nil {
		p.Experiment = &flag.Experiment{Number: c.Experiment.Number, Name: c.Experiment.Name}
	}
	return p
}

// Removal deletes something.
type Removal struct {
	Reason string `json:"reason" minLength:"3" maxLength:"500"`
}

// FlagPage is one flag with all around it.
type FlagPage struct {
	Flag      flag.Flag       `json:"flag"`
	Ancestors []FlagAround    `json:"ancestors"` // the nearest first
	Children  []FlagAround    `json:"children"`
	Segments  []SegmentAround `json:"segments"` // every segment of the environment, by key
	// Prerequisites are the flags that segments of its overrides ask for; Dependents the segments that ask for this flag.
	Prerequisites []FlagAround    `json:"prerequisites"`
	Dependents    []string        `json:"dependents"`
	Rollout       *FlagRollout    `json:"rollout,omitempty"` // the newest that holds or held it
	LastUsedAt    *time.Time      `json:"last_used_at,omitempty"`
	Stale         *flag.StaleFlag `json:"stale,omitempty"`
	Deletion      FlagDeletion    `json:"deletion"`
	Limits        FlagLimits      `json:"limits"`
}

// FlagAround is another flag as a flag's page names it.
type FlagAround struct {
	Key     string   `json:"key"`
	Enabled bool     `json:"enabled"`
	Percent *float64 `json:"percent,omitempty"` // of people that a rollout has turned it on for
}

// SegmentAround is a segment that an override can be for.
type SegmentAround struct {
	Key           string   `json:"key"`
	Description   string   `json:"description"`
	Prerequisites []string `json:"prerequisites"` // flags that its conditions ask for
}

// FlagRollout is the rollout of a flag.
type FlagRollout struct {
	ID    string        `json:"id"`
	Name  string        `json:"name"`
	State rollout.State `json:"state"`
	Holds bool          `json:"holds"` // it decides for how many people the flag is on
}

// FlagDeletion is what deleting a flag would do.
type FlagDeletion struct {
	Blocked []string `json:"blocked"` // why it cannot be deleted now
	Effects []string `json:"effects"`
}

// FlagLimits are the most that a flag can have.
type FlagLimits struct {
	Variants   int `json:"variants"`
	Segments   int `json:"segments"`
	Identities int `json:"identities"`
	Value      int `json:"value"` // bytes
}
