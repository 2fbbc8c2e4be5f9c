package api

import (
	"context"
	"net/http"

	"github.com/siteproof/belay/internal/auth"
	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/proposal"
)

// NewChange is a change request of one or several steps.
type NewChange struct {
	Reason string             `json:"reason" minLength:"3" maxLength:"500"`
	Steps  []proposal.NewStep `json:"steps" minItems:"1" maxItems:"20"`
}

// Word is what somebody says when they act on a change request.
type Word struct {
	Reason string `json:"reason" minLength:"3" maxLength:"500"`
}

// NewComment is a remark on a change request.
type NewComment struct {
	Text string `json:"text" minLength:"1" maxLength:"2000"`
}

// ChangeRequest is a change request as the one who asks for it sees it.
type ChangeRequest struct {
	proposal.Proposal
	// Obstacle is why the approval of whoever asks would not count; absent when it would, and when it is not theirs to give.
	Obstacle  *proposal.Obstacle  `json:"obstacle,omitempty"`
	Approvers []proposal.Approver `json:"approvers,omitempty"` // of one that waits: who else may approve it; not in lists
}

// ChangePath is the part of a path that names a change request.
type ChangePath struct {
	ID string `path:"id" maxLength:"60"`
}

func (a *API) changes() {
	route(a, http.MethodGet, "/environments/{env}/changes", auth.Read, "Change requests, newest first; what exactly they change is in each of them", a.listChanges)
	route(a, http.MethodPost, "/environments/{env}/changes", auth.Operate, "Ask for a change of one or several steps, each at its time",
		func(ctx context.Context, in *struct {
			EnvironmentPath
			Body NewChange
		},
		) (*body[proposal.Proposal], error) {
			env, err := a.environment(in.Environment)
			if err != nil {
				return nil, err
			}
			return changed(a.Proposals.Propose(ctx, principal(ctx).Actor(), in.Body.Reason, env.ID, in.Body.Steps))
		})
	route(a, http.MethodGet, "/changes/{id}", auth.Read, "One change request with before and after",
		func(ctx context.Context, in *ChangePath) (*body[ChangeRequest], error) {
			p, err := a.Proposals.Find(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			out := ChangeRequest{Proposal: p}
			if out.Approvers, err = a.Proposals.Approvers(ctx, p); err != nil {
				return nil, err
			}
			for _, one := range out.Approvers {
				if one.ID == principal(ctx).Actor().ID {
					out.Obstacle = one.Obstacle
				}
			}
			return answer(out), nil
		})
	acts := []struct {
		name, summary string
		do            func(context.Context, change.Actor, string, string) (proposal.Proposal, error)
	}{
		{"approve", "Say yes to somebody else's change; with the last yes it is made", a.Proposals.Approve},
		{"reject", "Say no to somebody else's change", a.Proposals.Reject},
		{"withdraw", "Close a request, or cancel what has a time", a.Proposals.Withdraw},
		{"refresh", "Compute a stale request anew; approvals are needed anew", a.Proposals.Refresh},
		{"run", "Make what is late now: it still holds", a.Proposals.Run},
	}
	for _, act := range acts {
		route(a, http.MethodPost, "/changes/{id}/"+act.name, auth.Operate, act.summary,
			func(ctx context.Context, in *struct {
				ChangePath
				Body Word
			},
			) (*body[proposal.Proposal], error) {
				return changed(act.do(ctx, principal(ctx).Actor(), in.Body.Reason, in.ID))
			})
	}
	route(a, http.MethodPost, "/changes/{id}/comments", auth.Operate, "Remark on a change request",
		func(ctx context.Context, in *struct {
			ChangePath
			Body NewComment
		},
		) (*body[proposal.Proposal], error) {
			return changed(a.Proposals.Comment(ctx, principal(ctx).Actor(), in.Body.Text, in.ID))
		})
}

func changed(p proposal.Proposal, err error) (*body[proposal.Proposal], error) {
	if err != nil {
		return nil, err
	}
	return answer(p), nil
}

// listChanges leaves out the values: an import may change a thousand flags.
func (a *API) listChanges(ctx context.Context, in *struct {
	EnvironmentPath
	Open bool `query:"open" doc:"only those of which something can still become"`
},
) (*body[[]ChangeRequest], error) {
	env, err := a.environment(in.Environment)
	if err != nil {
		return nil, err
	}
	all, err := a.Proposals.List(ctx, proposal.Filter{EnvironmentID: env.ID, Open: in.Open})
	if err != nil {
		return nil, err
	}
	obstacles, err := a.Proposals.Obstacles(ctx, principal(ctx).Actor(), all)
	if err != nil {
		return nil, err
	}
	var out []ChangeRequest
	for _, p := range all {
		for _, step := range p.Steps {
			for i := range step.Changes {
				step.Changes[i].Before, step.Changes[i].After, step.Changes[i].Needs = nil, nil, nil
			}
		}
		shown := ChangeRequest{Proposal: p}
		if o, there := obstacles[p.ID]; there {
			shown.Obstacle = &o
		}
		out = append(out, shown)
	}
	return list(out), nil
}

// RevisionPath is the part of a path that names a commit.
type RevisionPath struct {
	Revision int64 `path:"revision" minimum:"1"`
}

func (a *API) undo() {
	route(a, http.MethodGet, "/commits/{revision}", auth.Read, "One commit",
		func(ctx context.Context, in *RevisionPath) (*body[change.Commit], error) {
			return committed(a.Journal.Find(ctx, in.Revision))
		})
	route(a, http.MethodGet, "/commits/{revision}/undo", auth.Read, "What undoing a commit would do now",
		func(ctx context.Context, in *RevisionPath) (*body[proposal.Undo], error) {
			found, err := a.Proposals.PreviewUndo(ctx, in.Revision)
			if err != nil {
				return nil, err
			}
			return answer(found), nil
		})
	route(a, http.MethodPost, "/commits/{revision}/undo", auth.Operate, "Undo a commit with one that does the opposite",
		func(ctx context.Context, in *struct {
			RevisionPath
			Body Word
		},
		) (*body[change.Commit], error) {
			return committed(a.Proposals.Undo(ctx, principal(ctx).Actor(), in.Body.Reason, in.Revision))
		})
}

func committed(c change.Commit, err error) (*body[change.Commit], error) {
	if err != nil {
		return nil, err
	}
	c.Changes = orEmpty(c.Changes)
	return answer(c), nil
}
