package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"
)

// builtInAccounts are made when no file of accounts was given.
func builtInAccounts() []newAccount {
	return []newAccount{
		{account{"usr_dana", "Dana Whitfield", "dana@siteproof.test", "site engineer"}, "siteproof"},
		{account{"usr_omar", "Omar Haddad", "omar@siteproof.test", "site manager"}, "siteproof"},
		{account{"usr_priya", "Priya Nair", "priya@siteproof.test", "quality manager"}, "siteproof"},
	}
}

// The quality manager signs hold points and closes reports.
const (
	holdSigner = "Priya Nair"
	verified   = "Checked on site against the drawing; photographs on file."
)

// seeding fills an empty data file with two sites as they might stand today.
type seeding struct {
	context.Context
	tx      *sql.Tx
	now     time.Time
	account string // signs what is signed
}

// seed fills the data file when it holds no project yet.
func (a *app) seed(ctx context.Context) error {
	return a.db.change(ctx, func(tx *sql.Tx) error {
		var projects int
		if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM projects").Scan(&projects); err != nil || projects > 0 {
			return err
		}
		s := seeding{Context: ctx, tx: tx, now: a.now().UTC()}
		if err := tx.QueryRowContext(ctx, "SELECT id FROM accounts ORDER BY created_at, id LIMIT 1").Scan(&s.account); err != nil {
			return fmt.Errorf("find somebody who signs: %w", err)
		}
		mill := project{"prj_harbour-mill", "HM-B", "Harbour Mill, Block B", "14 Quayside Road, Port Wren", "Northlight Living"}
		school := project{"prj_elm-school", "ELM", "Elm Road Primary School", "2 Elm Road, Port Wren", "Wren County Council"}
		for _, p := range []project{mill, school} {
			if err := s.exec("INSERT INTO projects VALUES ($1, $2, $3, $4, $5)", p.ID, p.Code, p.Name, p.Address, p.Client); err != nil {
				return err
			}
		}
		for _, fill := range []func() error{
			func() error { return s.plans(mill.ID, millPlans) },
			func() error { return s.plans(school.ID, schoolPlans) },
			func() error { return s.reports(mill.ID, millReports) },
			func() error { return s.reports(school.ID, schoolReports) },
			func() error { return s.diary(mill.ID) },
		} {
			if err := fill(); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s seeding) exec(query string, args ...any) error {
	_, err := s.tx.ExecContext(s, query, args...)
	return err
}

// ago is a working hour so many days back; the hour differs from day to day.
func (s seeding) ago(days int) time.Time {
	at := s.now.AddDate(0, 0, -days).Truncate(24 * time.Hour).Add(time.Duration(7+days*5%9)*time.Hour + time.Duration(days*17%60)*time.Minute)
	if at.After(s.now) {
		return s.now.Add(-time.Hour)
	}
	return at
}

func (s seeding) note(projectID string, days int, who, what, path string) error {
	return note(s, s.tx, projectID, s.ago(days), who, what, path)
}

func (s seeding) plans(projectID string, plans []seedPlan) error {
	for n, p := range plans {
		id := fmt.Sprintf("itp_%s-%02d", projectID[4:], n+1)
		number := fmt.Sprintf("ITP-%03d", n+1)
		if err := s.exec("INSERT INTO itps VALUES ($1, $2, $3, $4, $5, $6, $7)",
			id, projectID, number, p.title, p.trade, p.location, s.ago(n%6).UnixMicro()); err != nil {
			return fmt.Errorf("seed %s: %w", number, err)
		}
		for at, i := range p.items {
			if err := s.item(id, at, p, i); err != nil {
				return fmt.Errorf("seed item %d of %s: %w", at+1, number, err)
			}
		}
		if p.done > 0 {
			last, who, did := p.items[p.done-1], p.by, "passed"
			if last.kind == kindHold {
				who, did = holdSigner, "released hold point"
			}
			what := fmt.Sprintf("%s %s in %s", did, lower(last.activity), number)
			if err := s.note(projectID, n%6, who, what, "/itps/"+id); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s seeding) item(planID string, at int, p seedPlan, i seedItem) error {
	id := fmt.Sprintf("%s-%02d", planID, at+1)
	result, by, inspectedAt, planned := resultOpen, "", int64(0), ""
	if at < p.done {
		// Earlier items were done earlier: two days for each that follows.
		result, by, inspectedAt = resultPass, p.by, s.ago(1+2*(p.done-at)).UnixMicro()
		if i.kind == kindHold {
			by = holdSigner
		}
	} else if i.kind != kindInspection {
		planned = s.now.AddDate(0, 0, p.ahead+3*(at-p.done)).Format(time.DateOnly)
	}
	if err := s.exec(`INSERT INTO itp_items (id, itp_id, position, activity, acceptance, reference, kind, result, inspected_by,
		inspected_at, planned_on) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		id, planID, at+1, i.activity, i.acceptance, i.reference, i.kind, result, by, inspectedAt, planned); err != nil {
		return err
	}
	if i.kind != kindHold || result != resultPass {
		return nil
	}
	return s.exec("INSERT INTO signatures VALUES ($1, $2, $3, 'typed', '', $4)", id, s.account, holdSigner, inspectedAt)
}

// reports walks every seeded report through the workflow up to its state.
func (s seeding) reports(projectID string, reports []seedReport) error {
	path := []ncrStatus{raised, investigating, disposition, verification, closed}
	for n, r := range reports {
		id := fmt.Sprintf("ncr_%s-%03d", projectID[4:], n+1)
		step, closedAt := 0, int64(0)
		for step < len(path)-1 && path[step] != r.status {
			step++
		}
		full := func(from int, text string) string {
			if step >= from {
				return text
			}
			return ""
		}
		if r.status == closed {
			closedAt = s.ago(max(r.age-4*r.pace, 0)).UnixMicro()
		}
		if err := s.exec(`INSERT INTO ncrs (id, project_id, serial, title, location, severity, category, description, immediate_action,
			root_cause, disposition, corrective_action, verification, status, raised_by, raised_at, assignee, due_on, closed_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)`,
			id, projectID, n+1, r.title, r.location, r.severity, r.category, r.description, r.immediate, full(2, r.cause),
			full(3, r.disposition), full(3, r.correction), full(4, verified), r.status,
			r.by, s.ago(r.age).UnixMicro(), r.assignee, s.now.AddDate(0, 0, r.due-r.age).Format(time.DateOnly), closedAt); err != nil {
			return fmt.Errorf("seed report %d: %w", n+1, err)
		}
		for at := 0; at <= step; at++ {
			from, by := ncrStatus(""), r.by
			if at > 0 {
				from, by = path[at-1], r.assignee
			}
			text := ""
			if path[at] == closed {
				text, by = verified, holdSigner
			}
			if err := s.exec("INSERT INTO ncr_events VALUES ($1, $2, $3, $4, $5, $6, $7)", fmt.Sprintf("%s-%d", id, at), id,
				s.ago(max(r.age-at*r.pace, 0)).UnixMicro(), by, from, path[at], text); err != nil {
				return fmt.Errorf("seed the history of report %d: %w", n+1, err)
			}
		}
		if r.age <= 10 {
			if err := s.note(projectID, r.age, r.by, fmt.Sprintf("raised NCR-%03d: %s", n+1, r.title), "/ncrs/"+id); err != nil {
				return err
			}
		}
	}
	return nil
}

// diary writes twenty working days, up to yesterday; a day two weeks and a half ago was forgotten.
func (s seeding) diary(projectID string) error {
	written, forgotten := 0, false
	for back := 1; written < 20; back++ {
		at := s.now.AddDate(0, 0, -back)
		if at.Weekday() == time.Saturday || at.Weekday() == time.Sunday {
			continue
		}
		if written == 13 && !forgotten {
			forgotten = true
			continue
		}
		d := seedDays[written%len(seedDays)]
		crew, crewErr := json.Marshal(d.crew)
		plant, plantErr := json.Marshal(d.plant)
		if crewErr != nil || plantErr != nil {
			return fmt.Errorf("seed the diary: %w %w", crewErr, plantErr)
		}
		author := []string{"Omar Haddad", "Dana Whitfield"}[written%2]
		if err := s.exec("INSERT INTO diary VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1)", projectID, at.Format(time.DateOnly),
			d.weather, d.temperature, string(crew), string(plant), d.notes, d.delays, author,
			at.Truncate(24*time.Hour).Add(16*time.Hour+40*time.Minute).UnixMicro()); err != nil {
			return fmt.Errorf("seed the diary: %w", err)
		}
		written++
	}
	return nil
}
