package change

import (
	"context"
	"encoding/json"
	"time"
)

// ActorKind tells people from programs in the journal.
type ActorKind string

// Who can change things.
const (
	Person ActorKind = "person" // somebody signed in
	Token  ActorKind = "token"  // an API token, the command line among them
	System ActorKind = "system" // Belay by its own decision
)

// Actor is who made a change.
type Actor struct {
	Kind ActorKind `json:"kind"`
	ID   string    `json:"id"`
	Name string    `json:"name"`
}

// Change is one thing that a commit changed.
type Change struct {
	Kind          string          `json:"kind"` // noun.verb: flag.updated, rollout.rolled_back
	EnvironmentID string          `json:"environment_id,omitempty"`
	Subject       string          `json:"subject"`          // key or id of what changed
	Before        json.RawMessage `json:"before,omitempty"` // absent when it was made
	After         json.RawMessage `json:"after,omitempty"`  // absent when it was removed
	// Needs is what it takes to make the change later and the journal does not keep, such as a key. Only what keeps a
	// commit that was withheld has it.
	Needs json.RawMessage `json:"needs,omitempty"`
}

// Commit is one revision of the control plane: what changed together, when, by whom and why.
type Commit struct {
	Revision int64     `json:"revision"` // strictly increasing over the whole installation
	At       time.Time `json:"at"`
	Actor    Actor     `json:"actor"`
	Reason   string    `json:"reason"`
	Changes  []Change  `json:"changes"`
}

// Filter narrows a reading of the journal. Zero values mean "any".
type Filter struct {
	EnvironmentID string
	KindPrefix    string // "flag." gives every change of flags
	Subject       string
	Actor         string    // id or name of who made it, whatever the case of its letters
	Since, Until  time.Time // made at or after Since, and before Until
	Before        int64     // revisions below this one; 0 starts at the newest
	Limit         int       // at most this many, and never more than 500; 0 means 50
}

// Store keeps commits. Transact runs fn in one transaction that the capability stores find in ctx.
type Store interface {
	Transact(ctx context.Context, fn func(ctx context.Context) error) error
	AppendCommit(ctx context.Context, c Commit) (revision int64, err error)
	Commits(ctx context.Context, f Filter) ([]Commit, error)
	Head(ctx context.Context) (int64, error)
	// Links gives the chain of the commits from one revision to another, both included, oldest first.
	Links(ctx context.Context, from, to int64) ([]Link, error)
}
