package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/siteproof/belay/internal/auth"
	"github.com/siteproof/belay/internal/recording"
)

func (a *API) traces() {
	route(a, http.MethodGet, "/rollouts/{id}/trace", auth.Read, "What arrived and what was decided, as a trace for belay simulate, one JSON object a line",
		func(ctx context.Context, in *RolloutPath) (*huma.StreamResponse, error) {
			rec, err := recording.Open(ctx, a.Rollouts, a.Journal, in.ID, time.Now())
			if err != nil {
				return nil, err
			}
			return &huma.StreamResponse{Body: func(out huma.Context) {
				out.SetHeader("Content-Type", "application/jsonl")
				if err := rec.Write(out.Context(), a.Telemetry, out.BodyWriter()); err != nil && out.Context().Err() == nil {
					// The answer has begun: a trace without its end says to the reader that it is not whole.
					a.Log.ErrorContext(out.Context(), "a trace broke off", "rollout", in.ID, "error", err)
				}
			}}, nil
		})
}
