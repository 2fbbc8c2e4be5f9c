package sqldb

import (
	"context"
	"database/sql"
	"time"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/incident"
)

var _ incident.Store = (*Incidents)(nil)

// Incidents keeps incidents and their timelines.
type Incidents struct{ *DB }

// NewIncidents makes the store.
func NewIncidents(db *DB) *Incidents { return &Incidents{db} }

// AddIncident writes an incident and gives it the next number.
func (s *Incidents) AddIncident(ctx context.Context, i incident.Incident) (int64, error) {
	var number int64
	err := s.q(ctx).QueryRowContext(ctx, `INSERT INTO incidents
		(id, number, environment_id, title, severity, status, rollout, component, opened_at, resolved_at)
		SELECT $1, COALESCE(MAX(number), 0) + 1, $2, $3, $4, $5, $6, $7, $8, $9 FROM incidents RETURNING number`,
		i.ID, i.EnvironmentID, i.Title, string(i.Severity), string(i.Status), i.Rollout, i.Component, micros(i.OpenedAt),
		optionalMicros(i.ResolvedAt)).Scan(&number)
	return number, err
}

// SetStatus moves an incident on.
func (s *Incidents) SetStatus(ctx context.Context, incidentID string, status incident.Status, resolvedAt *time.Time) error {
	_, err := s.q(ctx).ExecContext(ctx, `UPDATE incidents SET status = $2, resolved_at = $3 WHERE id = $1`,
		incidentID, string(status), optionalMicros(resolvedAt))
	return err
}

// AddEntry writes the next line of a timeline.
func (s *Incidents) AddEntry(ctx context.Context, incidentID string, e incident.Entry) error {
	_, err := s.q(ctx).ExecContext(ctx, `INSERT INTO incident_entries (incident_id, position, at, by_whom, text, evidence)
		SELECT $1, COALESCE(MAX(position), 0) + 1, $2, $3, $4, $5 FROM incident_entries WHERE incident_id = $1`,
		incidentID, micros(e.At), e.By, e.Text, string(e.Evidence))
	return err
}

const incidentColumns = `SELECT id, number, environment_id, title, severity, status, rollout, component, opened_at, resolved_at FROM incidents`

func scanIncident(r *sql.Rows) (incident.Incident, error) {
	var i incident.Incident
	var opened int64
	var resolved sql.NullInt64
	err := r.Scan(&i.ID, &i.Number, &i.EnvironmentID, &i.Title, &i.Severity, &i.Status, &i.Rollout, &i.Component, &opened, &resolved)
	i.OpenedAt, i.ResolvedAt = fromMicros(opened), fromOptionalMicros(resolved)
	return i, err
}

// FindIncident reads one incident by its id.
func (s *Incidents) FindIncident(ctx context.Context, incidentID string) (incident.Incident, error) {
	rows, err := s.q(ctx).QueryContext(ctx, incidentColumns+` WHERE id = $1`, incidentID)
	found, err := collect(rows, err, scanIncident)
	if err != nil {
		return incident.Incident{}, err
	}
	if len(found) == 0 {
		return incident.Incident{}, fault.New(fault.NotFound, "there is no incident %q", incidentID)
	}
	return s.withTimeline(ctx, found[0])
}

// FindOpen reads the incident about a rollout's component that is not resolved.
func (s *Incidents) FindOpen(ctx context.Context, environmentID, rollout, component string) (incident.Incident, error) {
	rows, err := s.q(ctx).QueryContext(ctx, incidentColumns+` WHERE environment_id = $1 AND rollout = $2 AND component = $3
		AND status <> 'resolved' ORDER BY number DESC LIMIT 1`, environmentID, rollout, component)
	found, err := collect(rows, err, scanIncident)
	if err != nil {
		return incident.Incident{}, err
	}
	if len(found) == 0 {
		return incident.Incident{}, fault.New(fault.NotFound, "there is no open incident about %s", component)
	}
	return s.withTimeline(ctx, found[0])
}

// Incidents lists the newest 200 of an environment.
func (s *Incidents) Incidents(ctx context.Context, environmentID string, openOnly bool) ([]incident.Incident, error) {
	rows, err := s.q(ctx).QueryContext(ctx, incidentColumns+` WHERE environment_id = $1 AND ($2 = 0 OR status <> 'resolved') ORDER BY number DESC LIMIT 200`,
		environmentID, boolean(openOnly))
	found, err := collect(rows, err, scanIncident)
	if err != nil {
		return nil, err
	}
	for n := range found {
		if found[n], err = s.withTimeline(ctx, found[n]); err != nil {
			return nil, err
		}
	}
	return found, nil
}

func (s *Incidents) withTimeline(ctx context.Context, i incident.Incident) (incident.Incident, error) {
	rows, err := s.q(ctx).QueryContext(ctx, `SELECT at, by_whom, text, evidence FROM incident_entries WHERE incident_id = $1 ORDER BY position`, i.ID)
	i.Timeline, err = collect(rows, err, func(r *sql.Rows) (incident.Entry, error) {
		var e incident.Entry
		var at int64
		var evidence string
		err := r.Scan(&at, &e.By, &e.Text, &evidence)
		e.At, e.Evidence = fromMicros(at), raw(evidence)
		return e, err
	})
	return i, err
}

// boolean is a truth as a number, for parameters that are compared with one.
func boolean(b bool) int {
	if b {
		return 1
	}
	return 0
}
