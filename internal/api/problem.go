package api

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/httpd"
)

// problem makes problem details an error that huma can write.
type problem struct{ httpd.Problem }

func (p *problem) Error() string               { return p.Detail }
func (p *problem) GetStatus() int              { return p.Status }
func (p *problem) ContentType(_ string) string { return problemType }

const problemType = "application/problem+json"

// problemOf maps a fault to its answer; what is not a fault is logged and hidden.
func (a *API) problemOf(ctx context.Context, err error) *problem {
	status := httpd.Status(fault.CodeOf(err))
	p := &problem{httpd.Problem{
		Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: err.Error(), RequestID: httpd.ID(ctx),
	}}
	if f := asFault(err); f != nil {
		p.Hint, p.Fields = f.Way, f.Fields
	}
	if status >= http.StatusInternalServerError && ctx.Err() == nil { // whoever has hung up reads no answer, and nobody is to be waked by it
		a.Log.ErrorContext(ctx, "request failed", "request_id", p.RequestID, "error", err)
	}
	if fault.CodeOf(err) == fault.Internal {
		p.Detail = "Something went wrong inside Belay; its log says what, under this request id."
	}
	return p
}

// asProblem turns huma's own refusals into the form that all others have.
func asProblem(ctx huma.Context, _ string, v any) (any, error) {
	e, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	p := &problem{httpd.Problem{
		Type: "about:blank", Title: http.StatusText(e.Status), Status: e.Status, Detail: e.Detail, RequestID: httpd.ID(ctx.Context()),
	}}
	for _, d := range e.Errors {
		p.Fields = append(p.Fields, fault.Field{Path: d.Location, Message: d.Message})
	}
	return p, nil
}

// refusals describes problem details as what every route answers when it refuses.
func (a *API) refusals() map[string]*huma.Response {
	schema := a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[httpd.Problem](), true, "Problem")
	return map[string]*huma.Response{"default": {
		Description: "What went wrong, and the way out", Content: map[string]*huma.MediaType{problemType: {Schema: schema}},
	}}
}

// strictJSON refuses text that is not UTF-8, which encoding/json would change without a word.
var strictJSON = huma.Format{
	Marshal: huma.DefaultJSONFormat.Marshal,
	Unmarshal: func(data []byte, v any) error {
		if !utf8.Valid(data) {
			return fault.New(fault.Invalid, "the body is not UTF-8 text")
		}
		return json.Unmarshal(data, v)
	},
}
