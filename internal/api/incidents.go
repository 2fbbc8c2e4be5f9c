package api

import (
	"context"
	"net/http"

	"github.com/siteproof/belay/internal/auth"
	"github.com/siteproof/belay/internal/incident"
)

// IncidentPath is the part of a path that names an incident.
type IncidentPath struct {
	ID string `path:"id" maxLength:"60"`
}

func (a *API) incidents() {
	route(a, http.MethodGet, "/environments/{env}/incidents", auth.Read, "Every incident, newest first",
		func(ctx context.Context, in *EnvironmentPath) (*body[[]incident.Incident], error) {
			env, err := a.environment(in.Environment)
			if err != nil {
				return nil, err
			}
			all, err := a.Incidents.List(ctx, env.ID, false)
			if err != nil {
				return nil, err
			}
			return list(all), nil
		})
	route(a, http.MethodGet, "/incidents/{id}", auth.Read, "One incident with its timeline",
		func(ctx context.Context, in *IncidentPath) (*body[incident.Incident], error) {
			found, err := a.Incidents.Find(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			return answer(found), nil
		})
	route(a, http.MethodPatch, "/incidents/{id}", auth.Operate, "Add to the timeline, or move the incident on",
		func(ctx context.Context, in *struct {
			IncidentPath
			Body IncidentNote
		},
		) (*body[incident.Incident], error) {
			who := principal(ctx).Actor()
			entry := incident.Entry{Text: in.Body.Text, Evidence: in.Body.Evidence}
			var err error
			if in.Body.Status == "" {
				err = a.Incidents.Note(ctx, who, in.ID, entry)
			} else {
				err = a.Incidents.Move(ctx, who, in.ID, in.Body.Status, entry)
			}
			if err != nil {
				return nil, err
			}
			found, err := a.Incidents.Find(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			return answer(found), nil
		})
}
