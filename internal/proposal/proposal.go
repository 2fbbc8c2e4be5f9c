package proposal

import (
	"context"
	"time"

	"github.com/siteproof/belay/internal/change"
)

// State is where a change request stands.
type State string

// The states. The first four are open.
const (
	Waiting   State = "waiting"   // for approvals
	Scheduled State = "scheduled" // all that is missing is its time
	Stale     State = "stale"     // what it touches has changed since; somebody has to look at it again
	Late      State = "late"      // its time passed so long ago that somebody has to say whether it still holds
	Applied   State = "applied"
	Rejected  State = "rejected"
	Withdrawn State = "withdrawn"
	Expired   State = "expired" // nobody approved it in time
	Failed    State = "failed"  // it could not be made; Why says what was in the way
)

// Open says whether something can still become of a request in this state.
func (s State) Open() bool {
	return s == Waiting || s == Scheduled || s == Stale || s == Late
}

// Proposal is a change request: what is to change, who wants it and why, and who agrees.
type Proposal struct {
	ID            string       `json:"id"`
	EnvironmentID string       `json:"environment_id"`
	Title         string       `json:"title"` // "turn checkout on"
	Reason        string       `json:"reason"`
	By            change.Actor `json:"by"`
	CreatedAt     time.Time    `json:"created_at"`
	ExpiresAt     time.Time    `json:"expires_at"`      // a request that still waits then is closed
	Needed        int          `json:"needed"`          // how many people other than By have to approve it; one more when who By is is not known
	Extra         string       `json:"extra,omitempty"` // why that is one person more than the environment asks for, one sentence
	State         State        `json:"state"`
	Why           string       `json:"why,omitempty"` // of a state that needs explaining, one sentence
	Base          int64        `json:"base"`          // the newest revision when its differences were computed
	Conflicts     []Conflict   `json:"conflicts,omitempty"`
	Steps         []Batch      `json:"steps"`
	Approvals     []Consent    `json:"approvals"`
	Comments      []Comment    `json:"comments"`
	ClosedAt      *time.Time   `json:"closed_at,omitempty"`
}

// Batch is one step: what is made together, in one commit.
type Batch struct {
	At        *time.Time      `json:"at,omitempty"`   // absent: as soon as it may be made
	Zone      string          `json:"zone,omitempty"` // in which At was meant, for showing: Europe/Berlin
	Changes   []change.Change `json:"changes"`        // as they would be made at Base
	AppliedAt *time.Time      `json:"applied_at,omitempty"`
	Revision  int64           `json:"revision,omitempty"` // of the commit that made it
	Note      string          `json:"note,omitempty"`     // "made 12 minutes late"
}

// Consent is one person's yes.
type Consent struct {
	By     change.Actor `json:"by"`
	At     time.Time    `json:"at"`
	Reason string       `json:"reason"`
}

// Comment is one remark.
type Comment struct {
	By   change.Actor `json:"by"`
	At   time.Time    `json:"at"`
	Text string       `json:"text"`
}

// Filter narrows a list of requests of one environment.
type Filter struct {
	EnvironmentID string
	Open          bool // only those of which something can still become
	Limit         int  // at most this many, the newest first
}

// Store keeps change requests. Its methods run in the transaction of ctx when there is one.
type Store interface {
	SaveProposal(ctx context.Context, p Proposal, dueAt *time.Time) error
	FindProposal(ctx context.Context, proposalID string) (Proposal, error) // or fault.NotFound
	Proposals(ctx context.Context, f Filter) ([]Proposal, error)
	// DueProposals gives the open ones whose due time is not after now, the earliest first.
	DueProposals(ctx context.Context, now time.Time) ([]Proposal, error)
	CountOpen(ctx context.Context, environmentID string) (int, error)
}

// next is the index of the first step that is not made yet; len(p.Steps) when all are.
func (p *Proposal) next() int {
	for i, s := range p.Steps {
		if s.AppliedAt == nil {
			return i
		}
	}
	return len(p.Steps)
}

// dueAt is when something has to happen to the request by itself, nil when nothing does.
func (p *Proposal) dueAt() *time.Time {
	at := p.ExpiresAt
	n := p.next()
	if !p.State.Open() || n == len(p.Steps) {
		return nil
	}
	switch step := p.Steps[n].At; {
	case p.State == Scheduled && step != nil:
		at = *step
	case p.State == Scheduled:
		at = p.CreatedAt
	case p.State == Waiting && step != nil && step.Before(at):
		at = *step
	}
	return &at
}

func (p *Proposal) close(state State, why string, now time.Time) {
	p.State, p.Why, p.ClosedAt = state, why, &now
}

// same says whether two actors are one.
func same(a, b change.Actor) bool { return a.Kind == b.Kind && a.ID == b.ID }
