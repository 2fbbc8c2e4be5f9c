package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"slices"
)

// ncrStatus is a state of the workflow: raised → investigating → disposition → verification → closed.
type ncrStatus string

const (
	raised        ncrStatus = "raised"
	investigating ncrStatus = "investigating"
	disposition   ncrStatus = "disposition"
	verification  ncrStatus = "verification"
	closed        ncrStatus = "closed"
)

// steps are the moves of the workflow. Verification may send a correction back.
var steps = map[ncrStatus][]ncrStatus{
	raised:        {investigating},
	investigating: {disposition},
	disposition:   {verification},
	verification:  {closed, disposition},
	closed:        {},
}

// ncrSummary is a non-conformance report as lists show it.
type ncrSummary struct {
	ID        string    `json:"id"`
	ProjectID string    `json:"projectId"`
	Number    string    `json:"number"`
	Title     string    `json:"title"`
	Location  string    `json:"location"`
	Severity  string    `json:"severity"` // minor, major, critical
	Category  string    `json:"category"`
	Status    ncrStatus `json:"status"`
	RaisedBy  string    `json:"raisedBy"`
	RaisedAt  string    `json:"raisedAt"`
	Assignee  string    `json:"assignee"`
	DueOn     string    `json:"dueOn"`
	ClosedAt  string    `json:"closedAt"`
}

// ncr is a whole report with its history.
type ncr struct {
	ncrSummary
	Description      string      `json:"description"`
	ImmediateAction  string      `json:"immediateAction"`
	RootCause        string      `json:"rootCause"`
	Disposition      string      `json:"disposition"` // rework, repair, use-as-is, reject
	CorrectiveAction string      `json:"correctiveAction"`
	Verification     string      `json:"verification"`
	History          []ncrEvent  `json:"history"`
	Next             []ncrStatus `json:"next"`
}

// ncrEvent is one step in a report's life.
type ncrEvent struct {
	ID   string    `json:"id"`
	At   string    `json:"at"`
	By   string    `json:"by"`
	From ncrStatus `json:"from"`
	To   ncrStatus `json:"to"`
	Note string    `json:"note"`
}

const summaryColumns = `id, project_id, serial, title, location, severity, category, status, raised_by, raised_at, assignee, due_on, closed_at`

func (s *ncrSummary) scan(scan func(...any) error, more ...any) error {
	var serial int
	var raisedAt, closedAt int64
	err := scan(append([]any{
		&s.ID, &s.ProjectID, &serial, &s.Title, &s.Location, &s.Severity, &s.Category, &s.Status,
		&s.RaisedBy, &raisedAt, &s.Assignee, &s.DueOn, &closedAt,
	}, more...)...)
	s.Number, s.RaisedAt, s.ClosedAt = fmt.Sprintf("NCR-%03d", serial), instant(raisedAt), instant(closedAt)
	return err
}

func loadNCRs(ctx context.Context, q querier, projectID string) ([]ncrSummary, error) {
	// Without a project: all that there are.
	found, err := list(ctx, q, func(rows *sql.Rows) (ncrSummary, error) {
		var s ncrSummary
		return s, s.scan(rows.Scan)
	}, "SELECT "+summaryColumns+" FROM ncrs WHERE $1 = '' OR project_id = $1 ORDER BY raised_at DESC, id DESC", projectID)
	if err != nil {
		return nil, fmt.Errorf("read the reports: %w", err)
	}
	return found, nil
}

func loadNCR(ctx context.Context, q querier, id string) (ncr, error) {
	var n ncr
	err := n.scan(q.QueryRowContext(ctx, "SELECT "+summaryColumns+
		", description, immediate_action, root_cause, disposition, corrective_action, verification FROM ncrs WHERE id = $1", id).Scan,
		&n.Description, &n.ImmediateAction, &n.RootCause, &n.Disposition, &n.CorrectiveAction, &n.Verification)
	if errors.Is(err, sql.ErrNoRows) {
		return n, notFound("non-conformance report")
	}
	if err != nil {
		return n, fmt.Errorf("read the report: %w", err)
	}
	n.Next = steps[n.Status]
	n.History, err = list(ctx, q, func(rows *sql.Rows) (ncrEvent, error) {
		var e ncrEvent
		var at int64
		err := rows.Scan(&e.ID, &at, &e.By, &e.From, &e.To, &e.Note)
		e.At = instant(at)
		return e, err
	}, "SELECT id, at, by_name, from_status, to_status, note FROM ncr_events WHERE ncr_id = $1 ORDER BY at, id", id)
	if err != nil {
		return n, fmt.Errorf("read the history: %w", err)
	}
	return n, nil
}

func (a *app) listNCRs(r *http.Request, _ account) (any, error) {
	return loadNCRs(r.Context(), a.db.read, r.URL.Query().Get("projectId"))
}

func (a *app) findNCR(r *http.Request, _ account) (any, error) {
	return loadNCR(r.Context(), a.db.read, r.PathValue("id"))
}

// newNCR is what raising a report says.
type newNCR struct {
	ProjectID       string `json:"projectId"`
	Title           string `json:"title"`
	Location        string `json:"location"`
	Severity        string `json:"severity"`
	Category        string `json:"category"`
	Description     string `json:"description"`
	ImmediateAction string `json:"immediateAction"`
	RootCause       string `json:"rootCause"`
	Assignee        string `json:"assignee"`
	DueOn           string `json:"dueOn"`
}

func (n *newNCR) check() error {
	var c checks
	c.text("title", &n.Title, true, 120)
	c.text("location", &n.Location, true, 120)
	oneOf(&c, "severity", n.Severity, "minor", "major", "critical")
	if n.Category == "" {
		n.Category = "workmanship"
	}
	oneOf(&c, "category", n.Category, "workmanship", "materials", "documentation", "design", "safety")
	c.text("description", &n.Description, true, 4000)
	c.text("immediateAction", &n.ImmediateAction, false, 2000)
	c.text("rootCause", &n.RootCause, false, 2000)
	c.text("assignee", &n.Assignee, false, 100)
	c.day("dueOn", n.DueOn, false)
	return c.err()
}

func (a *app) raiseNCR(c call) (int, any, error) {
	var given newNCR
	if err := decode(c.body, &given); err != nil {
		return 0, nil, err
	}
	if err := given.check(); err != nil {
		return 0, nil, err
	}
	if _, err := findProject(c, c.tx, given.ProjectID); err != nil {
		return 0, nil, err
	}
	id := newID("ncr")
	if _, err := c.tx.ExecContext(c, `INSERT INTO ncrs (id, project_id, serial, title, location, severity, category, description,
		immediate_action, root_cause, status, raised_by, raised_at, assignee, due_on)
		VALUES ($1, $2, (SELECT coalesce(max(serial), 0) + 1 FROM ncrs WHERE project_id = $2), $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		id, given.ProjectID, given.Title, given.Location, given.Severity, given.Category, given.Description,
		given.ImmediateAction, given.RootCause, raised, c.who.Name, c.now.UnixMicro(), given.Assignee, given.DueOn); err != nil {
		return 0, nil, fmt.Errorf("keep the report: %w", err)
	}
	if err := noteStep(c, id, "", raised, ""); err != nil {
		return 0, nil, err
	}
	made, err := loadNCR(c, c.tx, id)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusCreated, made, note(c, c.tx, given.ProjectID, c.now, c.who.Name, "raised "+made.Number+": "+made.Title, "/ncrs/"+id)
}

// ncrMove is what moving a report on says.
type ncrMove struct {
	To               ncrStatus `json:"to"`
	Note             string    `json:"note"`
	RootCause        string    `json:"rootCause"`
	Disposition      string    `json:"disposition"`
	CorrectiveAction string    `json:"correctiveAction"`
}

// check says what a step needs that was not entered.
func (m *ncrMove) check(n ncr) error {
	var c checks
	back := n.Status == verification && m.To == disposition
	c.text("note", &m.Note, m.To == closed || back, 2000)
	c.text("rootCause", &m.RootCause, n.Status == investigating, 2000)
	c.text("correctiveAction", &m.CorrectiveAction, m.To == verification, 2000)
	if m.To == verification {
		oneOf(&c, "disposition", m.Disposition, "rework", "repair", "use-as-is", "reject")
	}
	return c.err()
}

func (a *app) moveNCR(c call) (int, any, error) {
	var given ncrMove
	if err := decode(c.body, &given); err != nil {
		return 0, nil, err
	}
	n, err := loadNCR(c, c.tx, c.r.PathValue("id"))
	if err != nil {
		return 0, nil, err
	}
	if !slices.Contains(n.Next, given.To) {
		return 0, nil, forbiddenStep("%s is in %q and cannot go to %q from there.", n.Number, n.Status, given.To)
	}
	if err := given.check(n); err != nil {
		return 0, nil, err
	}
	switch {
	case n.Status == investigating:
		n.RootCause = given.RootCause
	case given.To == verification:
		n.Disposition, n.CorrectiveAction = given.Disposition, given.CorrectiveAction
	case given.To == closed:
		n.Verification = given.Note
	}
	closedAt := int64(0)
	if given.To == closed {
		closedAt = c.now.UnixMicro()
	}
	if _, err := c.tx.ExecContext(c, `UPDATE ncrs SET status = $1, root_cause = $2, disposition = $3, corrective_action = $4,
		verification = $5, closed_at = $6 WHERE id = $7`,
		given.To, n.RootCause, n.Disposition, n.CorrectiveAction, n.Verification, closedAt, n.ID); err != nil {
		return 0, nil, fmt.Errorf("move the report: %w", err)
	}
	if err := noteStep(c, n.ID, n.Status, given.To, given.Note); err != nil {
		return 0, nil, err
	}
	what := "moved " + n.Number + " to " + string(given.To)
	if given.To == closed {
		what = "closed " + n.Number
	}
	if err := note(c, c.tx, n.ProjectID, c.now, c.who.Name, what, "/ncrs/"+n.ID); err != nil {
		return 0, nil, err
	}
	moved, err := loadNCR(c, c.tx, n.ID)
	return http.StatusOK, moved, err
}

func noteStep(c call, id string, from, to ncrStatus, text string) error {
	_, err := c.tx.ExecContext(c, "INSERT INTO ncr_events VALUES ($1, $2, $3, $4, $5, $6, $7)",
		newID("ncv"), id, c.now.UnixMicro(), c.who.Name, from, to, text)
	if err != nil {
		return fmt.Errorf("note the step: %w", err)
	}
	return nil
}
