package api

import (
	"context"
	"net/http"
	"time"

	"github.com/siteproof/belay/internal/auth"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/rollout"
)

// usualStaleDays is how long a reason has to hold before a flag counts as stale: two releases of most teams.
const usualStaleDays = 30

func (a *API) stale() {
	route(a, http.MethodGet, "/environments/{env}/stale", auth.Read, "Flags that may have done their work, and what to do about each",
		func(ctx context.Context, in *struct {
			EnvironmentPath
			Days  int             `query:"days" minimum:"1" maximum:"3650" default:"30" doc:"how long a reason has to hold"`
			Owner string          `query:"owner" maxLength:"200"`
			Tag   string          `query:"tag" maxLength:"100"`
			Order flag.StaleOrder `query:"order" enum:"age,key,owner" default:"age"`
		},
		) (*body[flag.StaleReport], error) {
			env, err := a.environment(in.Environment)
			if err != nil {
				return nil, err
			}
			facts, err := a.staleFacts(ctx, env.ID, in.Days)
			if err != nil {
				return nil, err
			}
			return answer(flag.Stale(a.Flags.Snapshot(env.ID), facts).Narrow(in.Owner, in.Tag, in.Order)), nil
		})
}

// staleFacts gathers what a report of stale flags needs to know besides the flags.
func (a *API) staleFacts(ctx context.Context, environmentID string, days int) (flag.StaleFacts, error) {
	facts := flag.StaleFacts{
		Now: time.Now().UTC(), Days: days, FirstUse: map[string]time.Time{}, LastUse: map[string]time.Time{},
		Completed: map[string]flag.CompletedRollout{},
	}
	uses, err := a.Telemetry.Uses(ctx, environmentID)
	if err != nil {
		return facts, err
	}
	for key, use := range uses {
		facts.FirstUse[key], facts.LastUse[key] = use.First, use.Last
	}
	rollouts, err := a.Rollouts.List(ctx, environmentID)
	if err != nil {
		return facts, err
	}
	seen := map[string]bool{} // the newest rollout of a flag decides, those under way are first
	for _, r := range rollouts {
		for _, key := range append([]string{r.Flag}, r.Components...) {
			if r.State == rollout.Completed && r.EndedAt != nil && !seen[key] && !lost(r, key) {
				facts.Completed[key] = flag.CompletedRollout{Name: r.Name, At: *r.EndedAt}
			}
			seen[key] = true
		}
	}
	return facts, nil
}

// lost says whether a rollout has taken a component back.
func lost(r rollout.Rollout, key string) bool {
	for _, l := range r.Lost {
		if l.Component == key {
			return true
		}
	}
	return false
}
