package rollout

import (
	"context"
	"fmt"
	"time"
)

// Page is all that somebody needs to see of a rollout.
type Page struct {
	Rollout
	Cohorts   []Cohort   `json:"cohorts"`
	Readings  []Reading  `json:"readings"`
	Parts     []Part     `json:"parts"`
	Decisions []Decision `json:"decisions"` // newest first
	Next      Next       `json:"next"`
	Health    Health     `json:"health"`
}

// Cohort is how many people were seen on each side during one phase.
type Cohort struct {
	Phase     int   `json:"phase"`
	Treatment int64 `json:"treatment"`
	Control   int64 `json:"control"`
}

// Part is one component.
type Part struct {
	Component  string `json:"component"`
	On         bool   `json:"on"`
	Lost       *Lost  `json:"lost,omitempty"`
	Exposed    int64  `json:"exposed"` // people of the new version who saw it
	Treatment  Arm    `json:"treatment"`
	Control    Arm    `json:"control"`
	Boundary   int64  `json:"boundary_hits"` // people for whom the new one threw and the old one was shown
	WorstIssue string `json:"worst_issue,omitempty"`
}

// Health is whether the data that verdicts rest on is arriving.
type Health struct {
	OK          bool       `json:"ok"`
	Text        string     `json:"text"`
	LastEventAt *time.Time `json:"last_event_at,omitempty"`
}

// Page gathers what is known of a rollout now.
func (s *Service) Page(ctx context.Context, rolloutID string) (Page, error) {
	r, err := s.Store.FindRollout(ctx, rolloutID)
	if err != nil {
		return Page{}, err
	}
	decisions, err := s.Store.Decisions(ctx, rolloutID)
	if err != nil {
		return Page{}, err
	}
	p := Page{Rollout: r, Cohorts: []Cohort{}, Readings: []Reading{}, Parts: []Part{}, Decisions: orEmpty(decisions)}
	in := Input{Rollout: r, Now: s.Now(), Healthy: true}
	if found, watched := s.watches.Load(rolloutID); watched {
		w := found.(*watch)
		in = s.input(w, s.Now())
		in.Rollout = r
		p.Readings = orEmpty(in.Readings)
		w.mu.Lock()
		p.Cohorts = w.evidence.cohorts()
		p.Parts = w.evidence.components()
		w.mu.Unlock()
	} else {
		p.Parts = partsOf(r)
	}
	p.Next = next(in)
	p.Health = s.health(r, in)
	return p, nil
}

func (s *Service) health(r Rollout, in Input) Health {
	h := Health{OK: true, Text: "Telemetry arrives."}
	last := s.Telemetry.LastEventAt(r.EnvironmentID)
	if !last.IsZero() {
		h.LastEventAt = &last
	}
	switch {
	case !live(&r):
		h.Text = "Nothing is being judged."
	case last.IsZero():
		h.OK, h.Text = false, "No telemetry has ever arrived. The rollout stays where it is."
	case !in.Healthy:
		h.OK, h.Text = false, fmt.Sprintf("No telemetry for %s. The rollout stays where it is until it arrives again.", in.Now.Sub(last).Round(time.Second))
	}
	return h
}

// partsOf is every component as the rollout itself knows it.
func partsOf(r Rollout) []Part {
	all := []Part{}
	for _, component := range r.Components {
		p := Part{Component: component, On: live(&r) || r.State == Completed}
		for _, l := range r.Lost {
			if l.Component == component {
				p.Lost, p.On = &l, false
			}
		}
		all = append(all, p)
	}
	return all
}
