package api

import (
	"context"
	"net/http"

	"github.com/siteproof/belay/internal/auth"
	"github.com/siteproof/belay/internal/change"
)

func (a *API) commits() {
	route(a, http.MethodGet, "/environments/{env}/commits", auth.Read, "Who changed what, when and why; newest first",
		func(ctx context.Context, in *struct {
			EnvironmentPath
			Before  int64  `query:"before" minimum:"0" doc:"revisions below this one"`
			Kind    string `query:"kind" maxLength:"50" doc:"beginning of the kind, such as flag."`
			Subject string `query:"subject" maxLength:"150"`
			Limit   int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
		},
		) (*body[[]change.Commit], error) {
			env, err := a.environment(in.Environment)
			if err != nil {
				return nil, err
			}
			found, err := a.Journal.List(ctx, change.Filter{
				EnvironmentID: env.ID, KindPrefix: in.Kind, Subject: in.Subject, Before: in.Before, Limit: in.Limit,
			})
			if err != nil {
				return nil, err
			}
			return list(found), nil
		})
}
