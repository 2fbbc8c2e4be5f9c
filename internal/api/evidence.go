package api

import (
	"bytes"
	"context"
	"net/http"

	"github.com/siteproof/belay/internal/auth"
	"github.com/siteproof/belay/internal/evidence"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/httpd"
)

func (a *API) evidence() {
	route(a, http.MethodGet, "/rollouts/{id}/evidence", auth.Read, "Every decision with what it rested on, tied to the journal by its hashes",
		func(ctx context.Context, in *RolloutPath) (*body[evidence.File], error) {
			file, err := a.evidenceOf(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			return answer(file), nil
		})
	a.mux.HandleFunc("GET /api/v1/rollouts/{id}/evidence.html", a.evidencePage)
}

func (a *API) evidenceOf(ctx context.Context, rolloutID string) (evidence.File, error) {
	file, err := evidence.Make(ctx, a.Journal, a.Rollouts, rolloutID)
	if err != nil {
		return file, err
	}
	environment, err := a.Tenants.Find(file.Rollout.EnvironmentID)
	file.Belay, file.Environment = a.Version, environment.Key
	return file, err
}

// evidencePage is the same for people: one page that needs nothing else.
func (a *API) evidencePage(w http.ResponseWriter, r *http.Request) {
	who, err := a.identifySession(r.Context(), r.Method, r.Header.Get("Cookie"), "")
	if err == nil && !auth.May(who.Role, auth.Read) {
		err = fault.New(fault.Forbidden, "the role %s may not read this", who.Role)
	}
	var page bytes.Buffer
	if err == nil {
		var file evidence.File
		if file, err = a.evidenceOf(r.Context(), r.PathValue("id")); err == nil {
			err = file.WriteHTML(&page, evidence.Verify(file, ""))
		}
	}
	if err != nil {
		httpd.WriteProblem(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	_, _ = w.Write(page.Bytes()) // the caller may be gone, which is its business
}
