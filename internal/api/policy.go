package api

import (
	"cmp"
	"context"
	"net/http"

	"github.com/siteproof/belay/internal/auth"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/policy"
	"github.com/siteproof/belay/internal/rollout"
)

// PolicyChange puts a rollout under another policy: a plan, or the text of a file with one.
type PolicyChange struct {
	Plan   *rollout.Plan `json:"plan,omitempty"`
	Text   string        `json:"text,omitempty" doc:"A policy as a file, YAML or JSON, in place of plan."`
	Name   string        `json:"name,omitempty" maxLength:"200" doc:"What messages call the file."`
	Reason string        `json:"reason" minLength:"3" maxLength:"500"`
}

// Retry plans a rollout once more that went back.
type Retry struct {
	Plan   *rollout.Plan `json:"plan,omitempty"` // nil: the one before
	Reason string        `json:"reason" minLength:"3" maxLength:"500"`
}

// PolicyText is a policy as a file.
type PolicyText struct {
	Text string `json:"text"`
}

func (a *API) policies() {
	route(a, http.MethodPut, "/rollouts/{id}/plan", auth.Operate, "Put a rollout under another policy; when it judges otherwise, a new test begins",
		func(ctx context.Context, in *struct {
			RolloutPath
			Body PolicyChange
		},
		) (*body[rollout.Rollout], error) {
			plan, err := in.Body.plan()
			if err != nil {
				return nil, err
			}
			if err := a.Rollouts.ChangePlan(ctx, principal(ctx).Actor(), in.Body.Reason, in.ID, plan); err != nil {
				return nil, err
			}
			return a.rollout(ctx, in.ID)
		})
	route(a, http.MethodGet, "/rollouts/{id}/policy", auth.Read, "The policy of a rollout as a file (YAML)",
		func(ctx context.Context, in *RolloutPath) (*body[PolicyText], error) {
			found, err := a.Rollouts.Find(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			text, err := policy.Write(found.Plan, "")
			if err != nil {
				return nil, err
			}
			return answer(PolicyText{Text: string(text)}), nil
		})
	route(a, http.MethodPost, "/rollouts/{id}/retry", auth.Operate, "Plan a rollout that went back once more, with other people and a new budget",
		func(ctx context.Context, in *struct {
			RolloutPath
			Body Retry
		},
		) (*body[rollout.Rollout], error) {
			made, err := a.Rollouts.Retry(ctx, principal(ctx).Actor(), in.Body.Reason, in.ID, in.Body.Plan)
			if err != nil {
				return nil, err
			}
			return answer(made), nil
		})
}

// plan is the plan that a change brings, whichever way it says it.
func (c PolicyChange) plan() (rollout.Plan, error) {
	switch {
	case (c.Plan == nil) == (c.Text == ""):
		return rollout.Plan{}, fault.New(fault.Invalid, "a change of the policy needs a plan or the text of a file, one of them").
			At("body.plan", "a plan, or text")
	case c.Plan != nil:
		return *c.Plan, nil
	}
	return policy.Read(cmp.Or(c.Name, "the policy"), []byte(c.Text))
}
