package incident

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/id"
)

// maxEvidence is the most evidence one line of a timeline holds, bytes.
const maxEvidence = 64 << 10

// Store keeps incidents and their timelines.
type Store interface {
	AddIncident(ctx context.Context, i Incident) (number int64, err error)
	SetStatus(ctx context.Context, incidentID string, status Status, resolvedAt *time.Time) error
	AddEntry(ctx context.Context, incidentID string, e Entry) error
	FindIncident(ctx context.Context, incidentID string) (Incident, error)
	// FindOpen gives the incident about a rollout's component that is not resolved, or fault.NotFound.
	FindOpen(ctx context.Context, environmentID, rollout, component string) (Incident, error)
	// Incidents lists newest first; only those not resolved when openOnly.
	Incidents(ctx context.Context, environmentID string, openOnly bool) ([]Incident, error)
}

// Service follows incidents.
type Service struct {
	store   Store
	journal *change.Journal
}

// New makes the service.
func New(store Store, journal *change.Journal) *Service {
	return &Service{store: store, journal: journal}
}

// Report is what an incident begins with.
type Report struct {
	EnvironmentID string
	Severity      Severity
	Title         string
	Text          string // first line of the timeline
	Rollout       string
	Component     string
	Evidence      json.RawMessage
}

// Open opens an incident. While one about the same rollout and component is not resolved, it gets the report as another
// line. Evidence that is too long for a line is left out, and the line says so: somebody has to hear of the rest.
func (s *Service) Open(ctx context.Context, actor change.Actor, reason string, r Report) (Incident, error) {
	if size := len(r.Evidence); size > maxEvidence {
		r.Evidence = nil
		r.Text += fmt.Sprintf(" (The evidence, %d kB, is too long to stand here.)", size>>10)
	}
	var opened Incident
	_, err := s.journal.Commit(ctx, actor, reason, func(ctx context.Context) error {
		now := time.Now().UTC()
		entry := Entry{At: now, By: actor.Name, Text: r.Text, Evidence: r.Evidence}
		if r.Rollout != "" {
			current, err := s.store.FindOpen(ctx, r.EnvironmentID, r.Rollout, r.Component)
			if err == nil {
				opened = current
				return s.note(ctx, current, entry)
			}
			if !fault.Is(err, fault.NotFound) {
				return err
			}
		}
		opened = Incident{
			ID: id.New("inc"), EnvironmentID: r.EnvironmentID, Title: r.Title, Severity: r.Severity, Status: Open,
			Rollout: r.Rollout, Component: r.Component, OpenedAt: now, Timeline: []Entry{entry},
		}
		var err error
		if opened.Number, err = s.store.AddIncident(ctx, opened); err != nil {
			return err
		}
		if err := s.store.AddEntry(ctx, opened.ID, entry); err != nil {
			return err
		}
		return record(ctx, "incident.opened", opened)
	})
	return opened, err
}

// Note adds a line to the timeline.
func (s *Service) Note(ctx context.Context, actor change.Actor, incidentID string, e Entry) error {
	_, err := s.journal.Commit(ctx, actor, "a line for the timeline", func(ctx context.Context) error {
		found, err := s.store.FindIncident(ctx, incidentID)
		if err != nil {
			return err
		}
		e.At, e.By = time.Now().UTC(), actor.Name
		return s.note(ctx, found, e)
	})
	return err
}

func (s *Service) note(ctx context.Context, i Incident, e Entry) error {
	if len(e.Evidence) > maxEvidence {
		return fault.New(fault.TooLarge, "the evidence of one line is at most %d kB", maxEvidence>>10).At("evidence", "keep it elsewhere and name the place")
	}
	if err := s.store.AddEntry(ctx, i.ID, e); err != nil {
		return err
	}
	return record(ctx, "incident.noted", i)
}

// order is how far along each status is.
var order = []Status{Open, Acknowledged, Mitigated, Resolved}

// Move moves an incident on and says so on its timeline. A resolved incident stays resolved.
func (s *Service) Move(ctx context.Context, actor change.Actor, incidentID string, to Status, e Entry) error {
	if !slices.Contains(order, to) {
		return fault.New(fault.Invalid, "there is no status %q", to).Hint("there are: open, acknowledged, mitigated, resolved")
	}
	_, err := s.journal.Commit(ctx, actor, "the incident is "+string(to), func(ctx context.Context) error {
		found, err := s.store.FindIncident(ctx, incidentID)
		if err != nil {
			return err
		}
		if found.Status == Resolved {
			return fault.New(fault.Conflict, "INC-%d is resolved", found.Number).Hint("open another incident when the problem is back")
		}
		var resolvedAt *time.Time
		now := time.Now().UTC()
		if to == Resolved {
			resolvedAt = &now
		}
		if err := s.store.SetStatus(ctx, found.ID, to, resolvedAt); err != nil {
			return err
		}
		e.At, e.By = now, actor.Name
		found.Status, found.ResolvedAt = to, resolvedAt
		return s.note(ctx, found, e)
	})
	return err
}

// Find gives one incident with its timeline.
func (s *Service) Find(ctx context.Context, incidentID string) (Incident, error) {
	return s.store.FindIncident(ctx, incidentID)
}

// List gives incidents, newest first.
func (s *Service) List(ctx context.Context, environmentID string, openOnly bool) ([]Incident, error) {
	return s.store.Incidents(ctx, environmentID, openOnly)
}

// record journals an incident without its timeline, which is kept beside it and only ever grows.
func record(ctx context.Context, kind string, i Incident) error {
	i.Timeline = nil
	after, err := json.Marshal(i)
	if err != nil {
		return err
	}
	return change.Record(ctx, change.Change{Kind: kind, EnvironmentID: i.EnvironmentID, Subject: i.ID, After: after})
}
