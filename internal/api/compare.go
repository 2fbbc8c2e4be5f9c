package api

import (
	"context"
	"net/http"

	"github.com/siteproof/belay/internal/auth"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/tenant"
)

// Comparison is how two environments differ.
type Comparison struct {
	flag.Comparison
	Here          string `json:"here"` // keys of the environments
	There         string `json:"there"`
	HereRevision  int64  `json:"here_revision"`
	ThereRevision int64  `json:"there_revision"`
}

// CopySelection is what to copy, and from where.
type CopySelection struct {
	From     string   `json:"from" maxLength:"100" doc:"key or id of the environment to copy from"`
	Flags    []string `json:"flags,omitempty" maxItems:"1000" doc:"keys"`
	Segments []string `json:"segments,omitempty" maxItems:"1000" doc:"keys"`
}

// Copy carries a selection out.
type Copy struct {
	CopySelection
	// Revision is that of the target's flags when the difference was looked at; with another one the answer is 409.
	Revision int64  `json:"revision,omitempty" minimum:"0"`
	Reason   string `json:"reason" minLength:"3" maxLength:"500"`
}

func (a *API) compare() {
	route(a, http.MethodGet, "/environments/{env}/compare", auth.Read, "How flags and segments differ from those of another environment",
		func(_ context.Context, in *struct {
			EnvironmentPath
			With string `query:"with" required:"true" minLength:"1" maxLength:"100" doc:"key or id of the other environment"`
		},
		) (*body[Comparison], error) {
			here, there, err := a.twoEnvironments(in.Environment, in.With)
			if err != nil {
				return nil, err
			}
			one, other := a.Flags.Snapshot(here.ID), a.Flags.Snapshot(there.ID)
			return answer(Comparison{
				Comparison: flag.Compare(one, other), Here: here.Key, There: there.Key, HereRevision: one.Revision(), ThereRevision: other.Revision(),
			}), nil
		})
	route(a, http.MethodPost, "/environments/{env}/copy/plan", auth.Operate, "What copying from another environment would change here",
		func(_ context.Context, in *struct {
			EnvironmentPath
			Body CopySelection
		},
		) (*body[flag.Copying], error) {
			here, from, err := a.twoEnvironments(in.Environment, in.Body.From)
			if err != nil {
				return nil, err
			}
			plan, err := flag.PlanCopy(a.Flags.Snapshot(from.ID), a.Flags.Snapshot(here.ID), in.Body.selection())
			if err != nil {
				return nil, err
			}
			return answer(plan), nil
		})
	route(a, http.MethodPost, "/environments/{env}/copy", auth.Operate, "Copy flags and segments from another environment, in one commit",
		func(ctx context.Context, in *struct {
			EnvironmentPath
			Body Copy
		},
		) (*body[flag.Copying], error) {
			here, from, err := a.twoEnvironments(in.Environment, in.Body.From)
			if err != nil {
				return nil, err
			}
			done, err := a.Flags.Copy(ctx, principal(ctx).Actor(), in.Body.Reason, a.Flags.Snapshot(from.ID), here.ID, in.Body.Revision, in.Body.selection())
			if err != nil {
				return nil, err
			}
			return answer(done), nil
		})
}

func (s CopySelection) selection() flag.Selection {
	return flag.Selection{Flags: s.Flags, Segments: s.Segments}
}

func (a *API) twoEnvironments(one, other string) (here, there tenant.Environment, err error) {
	if here, err = a.environment(one); err != nil {
		return here, there, err
	}
	if there, err = a.environment(other); err != nil {
		return here, there, err
	}
	if here.ID == there.ID {
		return here, there, fault.New(fault.Invalid, "%s is compared with itself", here.Name).Hint("name another environment")
	}
	if here.ProjectID != there.ProjectID {
		return here, there, fault.New(fault.Invalid, "%s and %s belong to different projects", here.Name, there.Name)
	}
	return here, there, nil
}
