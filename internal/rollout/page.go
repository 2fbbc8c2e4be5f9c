package rollout

import (
	"context"
	"fmt"
	"time"

	"github.com/siteproof/belay/internal/fault"
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
	Boundary   int64  `json:"boundary_hits"`         // people for whom the new one threw and the old one was shown
	WorstIssue string `json:"worst_issue,omitempty"` // title of its new error with most evidence of harm
	// WorstFingerprint is that error's.
	WorstFingerprint string `json:"worst_fingerprint,omitempty"`
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
	p := Page{
		Rollout: r, Cohorts: []Cohort{}, Readings: []Reading{}, Parts: partsOf(r), Decisions: orEmpty(decisions),
		Health: Health{OK: true, Text: "Nothing is being judged."},
	}
	now := s.Now()
	in := Input{Rollout: r, Now: now, Healthy: true}
	found, watched := s.watches.Load(rolloutID)
	switch {
	case live(&r) && watched:
		in = s.fill(&p, found.(*watch), now)
	case live(&r):
		p.Health = Health{Text: "Nobody judges this rollout now. It stays where it is."}
	default:
		record, err := s.Store.FindRecord(ctx, rolloutID)
		switch {
		case err == nil:
			p.Cohorts, p.Readings, p.Parts = orEmpty(record.Cohorts), orEmpty(record.Readings), orEmpty(record.Parts)
		case !fault.Is(err, fault.NotFound):
			return Page{}, err
		}
	}
	p.Next = next(in)
	return p, nil
}

// fill writes what is being counted onto a page.
func (s *Service) fill(p *Page, w *watch, now time.Time) Input {
	in, counted := s.input(w, now)
	in.Rollout = p.Rollout
	w.mu.Lock()
	defer w.mu.Unlock()
	p.Health = s.health(p.Rollout, w.evidence, now)
	if counted && w.evidence != nil {
		p.Readings, p.Cohorts, p.Parts = orEmpty(w.evidence.Explain(in.Readings)), w.evidence.cohorts(), w.evidence.components()
	}
	return in
}

// record is what is known at the end.
func (w *watch) record(at time.Time) Record {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.evidence == nil {
		return Record{}
	}
	return Record{
		Readings: w.evidence.Explain(w.evidence.At(at)), Cohorts: w.evidence.cohorts(), Parts: w.evidence.components(), Lines: w.series.list(keptPoints),
	}
}

// keptPoints is how many points of a line are kept of a rollout that has ended.
const keptPoints = 150

const (
	quietMost  = time.Minute     // without any event data counts as missing …
	quietLeast = 5 * time.Second // … and no plan, however fast, asks for more than an event in this time
)

// QuietFor is how long an environment may be without any event before a rollout with this plan stops going on.
func (p Plan) QuietFor() time.Duration {
	return min(quietMost, max(quietLeast, time.Duration(p.Maturity)))
}

// health says whether the data that verdicts rest on is arriving. Missing data stops the ladder; it is never harm.
func (s *Service) health(r Rollout, e *Evidence, now time.Time) Health {
	h := Health{OK: true, Text: "Telemetry arrives."}
	last := s.Telemetry.LastEventAt(r.EnvironmentID)
	if !last.IsZero() {
		h.LastEventAt = &last
	}
	switch {
	case e == nil:
		h.OK, h.Text = false, "The evidence so far is being counted again. The rollout stays where it is until that is done."
	case last.IsZero():
		h.OK, h.Text = false, "No telemetry has ever arrived. The rollout stays where it is."
	case now.Sub(last) > r.Plan.QuietFor():
		h.OK, h.Text = false, fmt.Sprintf("No telemetry for %s. The rollout stays where it is until it arrives again.", words(now.Sub(last)))
	case e.blind():
		h.OK, h.Text = false, "Pages fetch their flags and most report nothing, also with the old version. The rollout stays where it is until they report."
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
