package api

import (
	"context"
	"net/http"
	"time"

	"github.com/siteproof/belay/internal/auth"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/preflight"
	"github.com/siteproof/belay/internal/rollout"
)

// ChecklistChange gives an environment another checklist: a template's, or items of one's own.
type ChecklistChange struct {
	Template string           `json:"template,omitempty" maxLength:"60"`
	Items    []preflight.Item `json:"items,omitempty" maxItems:"50"`
	Reason   string           `json:"reason" minLength:"3" maxLength:"500"`
}

// OnCallChange names who is on call; an empty who names nobody.
type OnCallChange struct {
	Who     string    `json:"who" maxLength:"100"`
	Contact string    `json:"contact,omitempty" maxLength:"100" doc:"where to reach them"`
	Until   time.Time `json:"until"`
	Reason  string    `json:"reason" minLength:"3" maxLength:"500"`
}

// NewRecord is something that was done on a day.
type NewRecord struct {
	Kind preflight.Kind `json:"kind" enum:"backup,drill"`
	At   *time.Time     `json:"at,omitempty" doc:"when it was done; now when left out"`
	Note string         `json:"note" minLength:"3" maxLength:"500"`
	URL  string         `json:"url,omitempty" maxLength:"2000"`
}

// NewVerdict is what CI says of one check of one release.
type NewVerdict struct {
	Release string `json:"release" minLength:"1" maxLength:"100"`
	Name    string `json:"name" minLength:"1" maxLength:"100"`
	Passed  bool   `json:"passed"`
	URL     string `json:"url,omitempty" maxLength:"2000"`
	Note    string `json:"note,omitempty" maxLength:"500"`
}

// ItemTick ticks an item of a rollout's checklist, or takes the tick back.
type ItemTick struct {
	Item   string `json:"item" maxLength:"60"`
	Ticked bool   `json:"ticked"`
	Note   string `json:"note" minLength:"3" maxLength:"500" doc:"what was seen, or why the tick is taken back"`
}

// ReleaseChange says which build a rollout brings.
type ReleaseChange struct {
	Release string `json:"release" maxLength:"100" doc:"empty takes the newest that CI has reported of"`
	Reason  string `json:"reason" minLength:"3" maxLength:"500"`
}

// ChecklistOverride lets a rollout enter its next phase although the checklist is red.
type ChecklistOverride struct {
	Reason string `json:"reason" minLength:"3" maxLength:"500"`
}

// Overridden is what an override covers.
type Overridden struct {
	Lacks []rollout.Lack `json:"lacks"` // empty when nothing was missing, and nothing was kept
}

func (a *API) preflight() {
	a.environmentChecklist()
	route(a, http.MethodGet, "/rollouts/{id}/checklist", auth.Read, "What has to be so before the next phase, and whether it is",
		func(ctx context.Context, in *RolloutPath) (*body[preflight.Report], error) {
			return a.checklistReport(ctx, in.ID)
		})
	route(a, http.MethodPost, "/rollouts/{id}/checklist/ticks", auth.Operate, "Tick a manual item of the checklist, or take the tick back",
		func(ctx context.Context, in *struct {
			RolloutPath
			Body ItemTick
		},
		) (*body[preflight.Report], error) {
			do := a.Preflight.Untick
			if in.Body.Ticked {
				do = a.Preflight.Tick
			}
			if err := do(ctx, principal(ctx).Actor(), in.Body.Note, in.ID, in.Body.Item); err != nil {
				return nil, err
			}
			return a.checklistReport(ctx, in.ID)
		})
	route(a, http.MethodPut, "/rollouts/{id}/checklist/release", auth.Operate, "Say which build the rollout brings, so that checks are asked of that one",
		func(ctx context.Context, in *struct {
			RolloutPath
			Body ReleaseChange
		},
		) (*body[preflight.Report], error) {
			if err := a.Preflight.SetRelease(ctx, principal(ctx).Actor(), in.Body.Reason, in.ID, in.Body.Release); err != nil {
				return nil, err
			}
			return a.checklistReport(ctx, in.ID)
		})
	route(a, http.MethodPost, "/rollouts/{id}/checklist/override", auth.Operate, "Let the rollout enter its next phase although the checklist is red",
		func(ctx context.Context, in *struct {
			RolloutPath
			Body ChecklistOverride
		},
		) (*body[Overridden], error) {
			lacks, err := a.Rollouts.OverrideChecklist(ctx, principal(ctx).Actor(), in.Body.Reason, in.ID)
			if err != nil {
				return nil, err
			}
			return answer(Overridden{Lacks: orEmpty(lacks)}), nil
		})
}

func (a *API) environmentChecklist() {
	route(a, http.MethodGet, "/environments/{env}/checklist", auth.Read, "What the environment asks for before phases, and what was recorded",
		func(ctx context.Context, in *EnvironmentPath) (*body[preflight.Overview], error) {
			return a.checklistOverview(ctx, in.Environment)
		})
	route(a, http.MethodPut, "/environments/{env}/checklist", auth.Operate, "Replace the environment's checklist",
		func(ctx context.Context, in *struct {
			EnvironmentPath
			Body ChecklistChange
		},
		) (*body[preflight.Overview], error) {
			env, err := a.environment(in.Environment)
			if err != nil {
				return nil, err
			}
			switch b := in.Body; {
			case b.Template != "" && len(b.Items) > 0:
				err = fault.New(fault.Invalid, "either a template or items, not both").At("items", "none with a template")
			case b.Template != "":
				_, err = a.Preflight.Use(ctx, principal(ctx).Actor(), b.Reason, env.ID, b.Template)
			default:
				_, err = a.Preflight.Change(ctx, principal(ctx).Actor(), b.Reason, env.ID, b.Items)
			}
			if err != nil {
				return nil, err
			}
			return a.checklistOverview(ctx, env.ID)
		})
	route(a, http.MethodPut, "/environments/{env}/on-call", auth.Operate, "Name who is on call now, until when",
		func(ctx context.Context, in *struct {
			EnvironmentPath
			Body OnCallChange
		},
		) (*body[preflight.OnCallNow], error) {
			env, err := a.environment(in.Environment)
			if err != nil {
				return nil, err
			}
			b := in.Body
			named, err := a.Preflight.SetOnCall(ctx, principal(ctx).Actor(), b.Reason, env.ID, b.Who, b.Contact, b.Until)
			if err != nil {
				return nil, err
			}
			return answer(named), nil
		})
	route(a, http.MethodPost, "/environments/{env}/checklist/records", auth.Operate, "Record that a backup was exercised or a rollback practised",
		func(ctx context.Context, in *struct {
			EnvironmentPath
			Body NewRecord
		},
		) (*body[preflight.Record], error) {
			env, err := a.environment(in.Environment)
			if err != nil {
				return nil, err
			}
			r := preflight.Record{EnvironmentID: env.ID, Kind: in.Body.Kind, Note: in.Body.Note, URL: in.Body.URL}
			if in.Body.At != nil {
				r.At = *in.Body.At
			}
			if r, err = a.Preflight.Record(ctx, principal(ctx).Actor(), r); err != nil {
				return nil, err
			}
			return answer(r), nil
		})
	route(a, http.MethodPost, "/environments/{env}/checks", auth.Operate, "Report a named check of a release, green or red; CI calls this",
		func(ctx context.Context, in *struct {
			EnvironmentPath
			Body NewVerdict
		},
		) (*body[preflight.Verdict], error) {
			env, err := a.environment(in.Environment)
			if err != nil {
				return nil, err
			}
			b := in.Body
			kept, err := a.Preflight.ReportCheck(ctx, principal(ctx).Actor(), preflight.Verdict{
				EnvironmentID: env.ID, Release: b.Release, Name: b.Name, Passed: b.Passed, URL: b.URL, Note: b.Note,
			})
			if err != nil {
				return nil, err
			}
			return answer(kept), nil
		})
}

func (a *API) checklistReport(ctx context.Context, rolloutID string) (*body[preflight.Report], error) {
	report, err := a.Preflight.Report(ctx, rolloutID)
	if err != nil {
		return nil, err
	}
	return answer(report), nil
}

func (a *API) checklistOverview(ctx context.Context, environment string) (*body[preflight.Overview], error) {
	env, err := a.environment(environment)
	if err != nil {
		return nil, err
	}
	overview, err := a.Preflight.Overview(ctx, env.ID)
	if err != nil {
		return nil, err
	}
	return answer(overview), nil
}

// override keeps why a phase is entered although the checklist is red, before the act that enters it.
func (a *API) override(ctx context.Context, verb, rolloutID string, act Act) error {
	if act.Override == "" {
		return nil
	}
	if verb != "start" && verb != "advance" {
		return fault.New(fault.Invalid, "%s enters no phase: there is nothing to override", verb).At("override", "only of start and advance")
	}
	_, err := a.Rollouts.OverrideChecklist(ctx, principal(ctx).Actor(), act.Override, rolloutID)
	return err
}
