package api

import (
	"context"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"github.com/siteproof/belay/internal/proposal"
)

const (
	// atHeader on any call that changes flags gives the change a time; zoneHeader says by whose clocks.
	atHeader   = "Belay-At"
	zoneHeader = "Belay-Zone"
	// requestHeader of an answer names the change request that keeps what was not made yet.
	requestHeader = "Belay-Change-Request"
)

// Accepted answers a call whose change was not made yet.
type Accepted struct {
	Status        int            `json:"status"`
	Title         string         `json:"title"`
	Detail        string         `json:"detail"`
	ChangeRequest string         `json:"change_request"` // its id
	State         proposal.State `json:"state"`
	EnvironmentID string         `json:"environment_id"`
}

// waiting makes Accepted an answer that huma can write in place of the usual one.
type waiting struct{ Accepted }

func (w *waiting) Error() string               { return w.Detail }
func (w *waiting) GetStatus() int              { return http.StatusAccepted }
func (w *waiting) ContentType(_ string) string { return "application/json" }

// GetHeaders names the request where programs look for it.
func (w *waiting) GetHeaders() http.Header {
	return http.Header{requestHeader: {w.ChangeRequest}, "Location": {"/api/v1/changes/" + w.ChangeRequest}}
}

func accepted(h *proposal.HeldError) *waiting {
	return &waiting{Accepted{
		Status: http.StatusAccepted, Title: http.StatusText(http.StatusAccepted), Detail: h.Error(),
		ChangeRequest: h.Request.ID, State: h.Request.State, EnvironmentID: h.Request.EnvironmentID,
	}}
}

// deferrable describes that a call may be given a time, and may have to wait for approvals.
func (a *API) deferrable(op *huma.Operation) {
	text := func(name, doc string) *huma.Param {
		return &huma.Param{Name: name, In: "header", Description: doc, Schema: &huma.Schema{Type: "string"}}
	}
	op.Parameters = append(op.Parameters,
		text(atHeader, "make the change then: 2026-11-30T09:00 by the clocks of "+zoneHeader+", or with an offset"),
		text(zoneHeader, "such as Europe/Berlin; UTC when absent"))
	schema := a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Accepted](), true, "Accepted")
	op.Responses["202"] = &huma.Response{
		Description: "Not made yet: it waits for approvals or for its time, as a change request",
		Content:     map[string]*huma.MediaType{"application/json": {Schema: schema}},
	}
}

// deferred has what the call commits made later, if it says so.
func (a *API) deferred(ctx huma.Context) (context.Context, error) {
	text := ctx.Header(atHeader)
	if text == "" {
		return ctx.Context(), nil
	}
	zone := ctx.Header(zoneHeader)
	at, err := a.Proposals.ParseTime(text, zone)
	if err != nil {
		return nil, err
	}
	return proposal.At(ctx.Context(), at, zone), nil
}
