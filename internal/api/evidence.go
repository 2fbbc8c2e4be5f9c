package api

import (
	"context"
	"io"
	"net/http"

	"github.com/siteproof/belay/internal/auth"
	"github.com/siteproof/belay/internal/evidence"
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
	a.page(w, r, func(to io.Writer) error {
		file, err := a.evidenceOf(r.Context(), r.PathValue("id"))
		if err != nil {
			return err
		}
		return file.WriteHTML(to, evidence.Verify(file, ""))
	})
}
