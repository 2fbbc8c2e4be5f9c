package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// project is a building site. Everyone with an account works on all of them.
type project struct {
	ID      string `json:"id"`
	Code    string `json:"code"`
	Name    string `json:"name"`
	Address string `json:"address"`
	Client  string `json:"client"`
}

func scanProject(rows *sql.Rows) (project, error) {
	var p project
	return p, rows.Scan(&p.ID, &p.Code, &p.Name, &p.Address, &p.Client)
}

// listProjects gives them in the order in which they were made: the first is where a new person begins.
func (a *app) listProjects(r *http.Request, _ account) (any, error) {
	return list(r.Context(), a.db.read, scanProject, "SELECT id, code, name, address, client FROM projects ORDER BY rowid")
}

// listPeople gives the names of those who may be asked to correct something.
func (a *app) listPeople(r *http.Request, _ account) (any, error) {
	return list(r.Context(), a.db.read, func(rows *sql.Rows) (string, error) {
		var name string
		return name, rows.Scan(&name)
	}, "SELECT name FROM accounts UNION SELECT assignee FROM ncrs WHERE assignee <> '' ORDER BY 1")
}

func findProject(ctx context.Context, q querier, id string) (project, error) {
	var p project
	err := q.QueryRowContext(ctx, "SELECT id, code, name, address, client FROM projects WHERE id = $1", id).
		Scan(&p.ID, &p.Code, &p.Name, &p.Address, &p.Client)
	if errors.Is(err, sql.ErrNoRows) {
		return p, notFound("project")
	}
	return p, err
}

// note writes a line into the project's activity.
func note(ctx context.Context, tx *sql.Tx, projectID string, at time.Time, who, what, path string) error {
	_, err := tx.ExecContext(ctx, "INSERT INTO activity VALUES ($1, $2, $3, $4, $5, $6)",
		newID("act"), projectID, at.UnixMicro(), who, what, path)
	if err != nil {
		return fmt.Errorf("note the activity: %w", err)
	}
	return nil
}
