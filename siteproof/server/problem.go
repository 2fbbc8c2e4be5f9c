package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// problem is an error for people, answered as application/problem+json (RFC 9457).
type problem struct {
	Type   string         `json:"type"`
	Title  string         `json:"title"`
	Status int            `json:"status"`
	Detail string         `json:"detail"`
	Hint   string         `json:"hint,omitempty"`
	Fields []fieldProblem `json:"fields,omitempty"`

	retryAfter string // seconds; empty: no Retry-After header
}

// fieldProblem is what is wrong with one field of a form.
type fieldProblem struct {
	Name    string `json:"name"`
	Message string `json:"message"`
}

func (p *problem) Error() string { return p.Detail }

func refuse(status int, kind, title, format string, args ...any) *problem {
	return &problem{Type: "/problems/" + kind, Title: title, Status: status, Detail: fmt.Sprintf(format, args...)}
}

func (p *problem) withHint(hint string) *problem {
	p.Hint = hint
	return p
}

func notFound(what string) *problem {
	return refuse(http.StatusNotFound, "not-found", "Not found", "There is no such %s.", what)
}

func malformed(format string, args ...any) *problem {
	return refuse(http.StatusBadRequest, "malformed", "The request cannot be read", format, args...)
}

// against the rules of a workflow. Not 409: a client may repeat a 409, and this will not change by repeating.
func forbiddenStep(format string, args ...any) *problem {
	return refuse(http.StatusUnprocessableEntity, "workflow", "Not possible now", format, args...)
}

// writeError answers with the problem inside err; anything else is a fault of ours, logged and not shown.
func (a *app) writeError(w http.ResponseWriter, r *http.Request, err error) {
	var p *problem
	if !errors.As(err, &p) {
		if r.Context().Err() != nil {
			return // the caller has gone
		}
		a.log.ErrorContext(r.Context(), "request failed", "path", r.URL.Path, "error", err)
		p = refuse(http.StatusInternalServerError, "internal", "SiteProof made a mistake", "The request could not be completed.").
			withHint("Nothing was changed. Try again in a moment.")
	}
	if p.retryAfter != "" {
		w.Header().Set("Retry-After", p.retryAfter)
	}
	body, err := json.Marshal(p)
	if err != nil {
		a.log.ErrorContext(r.Context(), "problem not encodable", "error", err)
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_, _ = w.Write(body)
}

func writeJSON(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
