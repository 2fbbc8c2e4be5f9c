package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/siteproof/belay/internal/auth"
	"github.com/siteproof/belay/internal/telemetry"
)

// Event is one thing that a client reported, as it is stored. What its kind does not use is left out.
type Event struct {
	Kind       string            `json:"kind"`
	At         time.Time         `json:"at"`
	ReceivedAt time.Time         `json:"received_at"`
	Session    string            `json:"session"`
	User       string            `json:"user,omitempty"`
	Flag       string            `json:"flag,omitempty"`
	Variant    string            `json:"variant,omitempty"`
	Component  string            `json:"component,omitempty"`
	Name       string            `json:"name,omitempty"`
	Message    string            `json:"message,omitempty"`
	Value      float64           `json:"value,omitempty"`
	Page       string            `json:"page,omitempty"`
	Release    string            `json:"release,omitempty"`
	Browser    string            `json:"browser,omitempty"`
	Variants   map[string]string `json:"variants,omitempty"`
	Properties json.RawMessage   `json:"properties,omitempty"`
}

func (a *API) telemetry() {
	route(a, http.MethodGet, "/environments/{env}/telemetry", auth.Read, "What clients reported last, newest first",
		func(ctx context.Context, in *struct {
			EnvironmentPath
			Since string `query:"since" doc:"how far back, such as 24h"`
			Kind  string `query:"kind" maxLength:"20" doc:"such as exposure, error or event"`
			User  string `query:"user" maxLength:"200"`
			Flag  string `query:"flag" maxLength:"100"`
			Name  string `query:"name" maxLength:"200" doc:"of an event, or the type of an error"`
			Limit int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
		},
		) (*body[[]Event], error) {
			env, err := a.environment(in.Environment)
			if err != nil {
				return nil, err
			}
			since, err := span(in.Since)
			if err != nil {
				return nil, err
			}
			found, err := a.Telemetry.Latest(ctx, env.ID, telemetry.Which{
				Since: time.Now().Add(-since), Kind: telemetry.Kind(in.Kind), User: in.User, Flag: in.Flag, Name: in.Name,
			}, in.Limit)
			if err != nil {
				return nil, err
			}
			out := make([]Event, 0, len(found))
			for _, e := range found {
				out = append(out, Event{
					Kind: string(e.Kind), At: e.At, ReceivedAt: e.ReceivedAt, Session: e.Session, User: e.User, Flag: e.Flag, Variant: e.Variant,
					Component: e.Component, Name: e.Name, Message: e.Message, Value: e.Value, Page: e.Page, Release: e.Release,
					Browser: e.Browser, Variants: e.Variants, Properties: e.Properties,
				})
			}
			return list(out), nil
		})
}
