package sqldb

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/siteproof/belay/internal/proposal"
)

var _ proposal.Store = (*Proposals)(nil)

// Proposals keeps change requests.
type Proposals struct{ *DB }

// NewProposals makes the store.
func NewProposals(db *DB) *Proposals { return &Proposals{db} }

// SaveProposal writes a request, new or not.
func (s *Proposals) SaveProposal(ctx context.Context, p proposal.Proposal, dueAt *time.Time) error {
	body, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("write change request %s: %w", p.ID, err)
	}
	_, err = s.q(ctx).ExecContext(ctx, `INSERT INTO proposals (id, environment_id, open, due_at, body) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (id) DO UPDATE SET open = excluded.open, due_at = excluded.due_at, body = excluded.body`,
		p.ID, p.EnvironmentID, p.State.Open(), optionalMicros(dueAt), string(body))
	return err
}

// FindProposal reads one request.
func (s *Proposals) FindProposal(ctx context.Context, proposalID string) (proposal.Proposal, error) {
	var body string
	err := s.q(ctx).QueryRowContext(ctx, `SELECT body FROM proposals WHERE id = $1`, proposalID).Scan(&body)
	if err != nil {
		return proposal.Proposal{}, absent(err, "change request")
	}
	return readProposal(body)
}

// Proposals lists requests of one environment, the newest first.
func (s *Proposals) Proposals(ctx context.Context, f proposal.Filter) ([]proposal.Proposal, error) {
	return s.read(s.q(ctx).QueryContext(ctx, `SELECT body FROM proposals
		WHERE environment_id = $1 AND (NOT $2 OR open) ORDER BY id DESC LIMIT $3`, f.EnvironmentID, f.Open, f.Limit))
}

// DueProposals lists those to which something has to happen by itself, the earliest first.
func (s *Proposals) DueProposals(ctx context.Context, now time.Time) ([]proposal.Proposal, error) {
	return s.read(s.q(ctx).QueryContext(ctx, `SELECT body FROM proposals WHERE due_at <= $1 ORDER BY due_at, id`, micros(now)))
}

// CountOpen counts the requests of an environment of which something can still become.
func (s *Proposals) CountOpen(ctx context.Context, environmentID string) (int, error) {
	var n int
	err := s.q(ctx).QueryRowContext(ctx, `SELECT COUNT(*) FROM proposals WHERE environment_id = $1 AND open`, environmentID).Scan(&n)
	return n, err
}

func (*Proposals) read(rows *sql.Rows, err error) ([]proposal.Proposal, error) {
	return collect(rows, err, func(r *sql.Rows) (proposal.Proposal, error) {
		var body string
		if err := r.Scan(&body); err != nil {
			return proposal.Proposal{}, err
		}
		return readProposal(body)
	})
}

func readProposal(body string) (proposal.Proposal, error) {
	var p proposal.Proposal
	if err := json.Unmarshal([]byte(body), &p); err != nil {
		return p, fmt.Errorf("read a change request: %w", err)
	}
	return p, nil
}
