package api

import (
	"context"
	"net/http"
	"time"

	"github.com/siteproof/belay/internal/auth"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/issue"
)

const (
	defaultSince = 24 * time.Hour
	longestSince = 90 * 24 * time.Hour
)

func (a *API) issues() {
	route(a, http.MethodGet, "/environments/{env}/issues", auth.Read, "Groups of like errors, most users first",
		func(ctx context.Context, in *struct {
			EnvironmentPath
			Since     string `query:"since" doc:"how far back, such as 24h"`
			Component string `query:"component" maxLength:"100"`
			Limit     int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
		},
		) (*body[[]IssueSummary], error) {
			env, err := a.environment(in.Environment)
			if err != nil {
				return nil, err
			}
			since, err := span(in.Since)
			if err != nil {
				return nil, err
			}
			found, err := a.Issues.List(ctx, env.ID, issue.Filter{Since: time.Now().Add(-since), Limit: in.Limit, Component: in.Component})
			if err != nil {
				return nil, err
			}
			return list(a.issueSummaries(ctx, env.ID, found)), nil
		})
	route(a, http.MethodGet, "/environments/{env}/issues/{fingerprint}", auth.Read, "One issue with an example",
		func(ctx context.Context, in *struct {
			EnvironmentPath
			Fingerprint string `path:"fingerprint" maxLength:"100"`
		},
		) (*body[Issue], error) {
			env, err := a.environment(in.Environment)
			if err != nil {
				return nil, err
			}
			found, err := a.Issues.Find(ctx, env.ID, in.Fingerprint)
			if err != nil {
				return nil, err
			}
			return answer(Issue{
				IssueSummary: a.issueSummaries(ctx, env.ID, []issue.Issue{found.Issue})[0],
				Stack:        found.Stack, Releases: orEmpty(found.Releases), Browsers: found.Browsers, Pages: found.Pages,
			}), nil
		})
}

func span(text string) (time.Duration, error) {
	if text == "" {
		return defaultSince, nil
	}
	since, err := time.ParseDuration(text)
	if err != nil || since <= 0 || since > longestSince {
		return 0, fault.New(fault.Invalid, "since is a duration such as 24h, at most %s, not %q", longestSince, text)
	}
	return since, nil
}

// issueSummaries puts issues into the console's words; new is what appeared since the running rollout began.
func (a *API) issueSummaries(ctx context.Context, environmentID string, issues []issue.Issue) []IssueSummary {
	began := a.rolloutBegan(ctx, environmentID)
	out := []IssueSummary{}
	for _, i := range issues {
		out = append(out, IssueSummary{
			Fingerprint: i.Fingerprint, Title: i.Title, Component: i.Component, Page: i.Page, Source: i.Source,
			Events: i.Events, Users: i.Users, ByVariant: i.ByVariant, FirstAt: i.FirstAt, LastAt: i.LastAt,
			New: !began.IsZero() && i.FirstAt.After(began), Minutes: orEmpty(i.Minutes),
		})
	}
	return out
}

// rolloutBegan is when the newest rollout that started did so; zero when none has.
func (a *API) rolloutBegan(ctx context.Context, environmentID string) time.Time {
	all, err := a.Rollouts.List(ctx, environmentID)
	if err != nil {
		return time.Time{}
	}
	var began time.Time
	for _, r := range all {
		if r.StartedAt != nil && r.StartedAt.After(began) {
			began = *r.StartedAt
		}
	}
	return began
}
