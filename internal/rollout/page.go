package rollout

import (
	"context"
	"fmt"
	"time"

	"github.com/siteproof/belay/internal/stats"
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
		p.Parts = w.evidence.parts()
		w.mu.Unlock()
	} else {
		for _, c := range r.Components {
			p.Parts = append(p.Parts, Part{Component: c, On: true})
		}
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

func (e *Evidence) cohorts() []Cohort {
	all := []Cohort{}
	for n, s := range e.spans {
		all = append(all, Cohort{Phase: e.rollout.Spans[n].Phase, Treatment: s.users[1], Control: s.users[0]})
	}
	return all
}

func (e *Evidence) parts() []Part {
	all := []Part{}
	treatment, control := e.users()
	for _, component := range e.rollout.Components {
		p := Part{Component: component, On: e.rollout.State != RolledBack, Exposed: int64(len(e.exposed[component])), Boundary: int64(len(e.boundary[component]))}
		p.Treatment.Users, p.Control.Users = treatment, control
		for _, s := range e.scopeSpans(component) {
			p.Treatment.Affected += s.Treatment
			p.Control.Affected += s.Control
		}
		for n := range e.rollout.Lost {
			if e.rollout.Lost[n].Component == component {
				lost := e.rollout.Lost[n]
				p.Lost, p.On = &lost, false
			}
		}
		p.WorstIssue = e.worstFresh(component)
		all = append(all, p)
	}
	return all
}

// worstFresh is the title of the component's new issue with most evidence.
func (e *Evidence) worstFresh(component string) string {
	var title, fingerprint string
	most := 0.0
	for _, f := range e.fresh {
		if f.component() != component {
			continue
		}
		if logE := stats.FreshHarm(f.spans); logE > most || (logE == most && f.fingerprint < fingerprint) {
			title, fingerprint, most = f.title, f.fingerprint, logE
		}
	}
	return title
}
