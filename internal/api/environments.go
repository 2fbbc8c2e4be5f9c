package api

import (
	"context"
	"net/http"
	"time"

	"github.com/siteproof/belay/internal/auth"
	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/httpd"
	"github.com/siteproof/belay/internal/issue"
	"github.com/siteproof/belay/internal/telemetry"
	"github.com/siteproof/belay/internal/tenant"
)

const (
	overviewIssues  = 5
	overviewCommits = 10
	overviewMinutes = 30
)

func (a *API) environments() {
	route(a, http.MethodGet, "/instance", anyone, "Which Belay this is",
		func(context.Context, *struct{}) (*body[Instance], error) {
			return answer(Instance{Version: a.Version, Demo: a.Demo}), nil
		})
	route(a, http.MethodGet, "/environments", auth.Read, "Every environment with its keys",
		func(ctx context.Context, _ *struct{}) (*body[[]Environment], error) {
			var all []Environment
			for _, e := range a.Tenants.Environments() {
				all = append(all, environmentFor(principal(ctx), e))
			}
			return list(all), nil
		})
	route(a, http.MethodGet, "/environments/{env}/clients", auth.Read, "Browsers whose stream is open",
		func(_ context.Context, in *EnvironmentPath) (*body[Clients], error) {
			env, err := a.environment(in.Environment)
			if err != nil {
				return nil, err
			}
			return answer(a.clients(env.ID)), nil
		})
	route(a, http.MethodGet, "/environments/{env}/overview", auth.Read, "What somebody should see first", a.overview)
	a.mux.HandleFunc("GET /api/v1/environments/{env}/events", a.events)
}

func environmentFor(who auth.Principal, e tenant.Environment) Environment {
	out := Environment{ID: e.ID, Key: e.Key, Name: e.Name, Project: e.Project, ClientKey: e.ClientKey, Settings: e.Settings}
	if auth.May(who.Role, auth.Administer) {
		out.ServerKey = e.ServerKey
	}
	return out
}

func (a *API) clients(environmentID string) Clients {
	c := a.Stream.Clients(environmentID)
	return Clients{Connected: c.Connected, Confirmed: c.Confirmed, Unknown: c.Unknown, Revision: c.Revision}
}

func (a *API) overview(ctx context.Context, in *EnvironmentPath) (*body[Overview], error) {
	env, err := a.environment(in.Environment)
	if err != nil {
		return nil, err
	}
	out := Overview{Environment: environmentFor(principal(ctx), env), Clients: a.clients(env.ID)}
	if out.Rollouts, err = a.summaries(ctx, env.ID); err != nil {
		return nil, err
	}
	if out.Incidents, err = a.Incidents.List(ctx, env.ID, true); err != nil {
		return nil, err
	}
	found, err := a.Issues.List(ctx, env.ID, issue.Filter{Since: time.Now().Add(-time.Hour), Limit: overviewIssues})
	if err != nil {
		return nil, err
	}
	out.Issues = a.issueSummaries(ctx, env.ID, found)
	if out.Traffic, err = a.traffic(ctx, env.ID); err != nil {
		return nil, err
	}
	if out.Commits, err = a.Journal.List(ctx, change.Filter{EnvironmentID: env.ID, Limit: overviewCommits}); err != nil {
		return nil, err
	}
	out.Incidents, out.Commits = orEmpty(out.Incidents), orEmpty(out.Commits)
	return answer(out), nil
}

func (a *API) traffic(ctx context.Context, environmentID string) (Traffic, error) {
	minutes, err := a.Telemetry.Traffic(ctx, environmentID, overviewMinutes)
	if err != nil {
		return Traffic{}, err
	}
	out := Traffic{Minutes: []TrafficMinute{}}
	for _, m := range minutes {
		out.Minutes = append(out.Minutes, trafficMinute(m))
	}
	if last := a.Telemetry.LastEventAt(environmentID); !last.IsZero() {
		out.LastAt = &last
	}
	return out, nil
}

func trafficMinute(m telemetry.Minute) TrafficMinute {
	return TrafficMinute{At: m.At, Sessions: m.Sessions, Errors: m.Errors}
}

// events is the console's own stream: what changed, so that it asks again for just that.
func (a *API) events(w http.ResponseWriter, r *http.Request) {
	if _, err := a.identifySession(r.Context(), r.Method, r.Header.Get("Cookie"), ""); err != nil {
		httpd.WriteProblem(w, r, err)
		return
	}
	env, err := a.environment(r.PathValue("env"))
	if err != nil {
		httpd.WriteProblem(w, r, err)
		return
	}
	a.Stream.ServeConsole(w, r, env.ID)
}

func orEmpty[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}
