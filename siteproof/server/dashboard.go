package main

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"slices"
	"time"
)

const (
	maxHoldPoints  = 8
	maxActivity    = 12
	shownWorkdays  = 20
	shownWeeks     = 8
	streakLookback = 400 // days
)

type severityCount struct {
	Minor    int `json:"minor"`
	Major    int `json:"major"`
	Critical int `json:"critical"`
}

func (s *severityCount) add(severity string) {
	switch severity {
	case "minor":
		s.Minor++
	case "major":
		s.Major++
	case "critical":
		s.Critical++
	}
}

type openNCRs struct {
	severityCount
	Total   int `json:"total"`
	Overdue int `json:"overdue"`
}

type holdPoint struct {
	ITPID     string `json:"itpId"`
	ITPNumber string `json:"itpNumber"`
	ItemID    string `json:"itemId"`
	Activity  string `json:"activity"`
	Location  string `json:"location"`
	PlannedOn string `json:"plannedOn"`
	Signable  bool   `json:"signable"`
}

type activity struct {
	ID   string `json:"id"`
	At   string `json:"at"`
	Who  string `json:"who"`
	What string `json:"what"`
	Path string `json:"path"`
}

type ageBand struct {
	severityCount
	Label string `json:"label"`
}

type weekCount struct {
	Week   string `json:"week"`
	Raised int    `json:"raised"`
	Closed int    `json:"closed"`
}

type writtenDay struct {
	Day     string `json:"day"`
	Written bool   `json:"written"`
}

type diaryStreak struct {
	Streak int          `json:"streak"`
	Days   []writtenDay `json:"days"`
}

type planCount struct {
	Complete int `json:"complete"`
	Total    int `json:"total"`
}

// dashboardPage is all that the dashboard shows of one project.
type dashboardPage struct {
	Project    project     `json:"project"`
	OpenNCRs   openNCRs    `json:"openNcrs"`
	HoldPoints []holdPoint `json:"holdPoints"`
	Diary      diaryStreak `json:"diary"`
	Latest     *diaryEntry `json:"latest"`
	Activity   []activity  `json:"activity"`
	Ageing     []ageBand   `json:"ageing"`
	Weeks      []weekCount `json:"weeks"`
	ITPs       planCount   `json:"itps"`
}

func (a *app) dashboard(r *http.Request, _ account) (any, error) {
	ctx := r.Context()
	var page dashboardPage
	var err error
	if page.Project, err = findProject(ctx, a.db.read, r.URL.Query().Get("projectId")); err != nil {
		return nil, err
	}
	today, err := time.Parse(time.DateOnly, a.today(r))
	if err != nil {
		return nil, err
	}
	reports, err := loadNCRs(ctx, a.db.read, page.Project.ID)
	if err != nil {
		return nil, err
	}
	page.countNCRs(reports, today)
	plans, err := loadITPs(ctx, a.db.read, "project_id = $1", page.Project.ID)
	if err != nil {
		return nil, err
	}
	page.countPlans(plans)
	days, err := loadDiary(ctx, a.db.read, page.Project.ID, today.AddDate(0, 0, -streakLookback).Format(time.DateOnly), "")
	if err != nil {
		return nil, err
	}
	page.countDays(days, today)
	page.Activity, err = lastActivity(ctx, a.db.read, page.Project.ID)
	return page, err
}

// countNCRs fills what the reports tell: what is open, how old it is, and the last weeks.
func (p *dashboardPage) countNCRs(reports []ncrSummary, today time.Time) {
	limits := []int{7, 14, 30}
	p.Ageing = []ageBand{{Label: "0–7 days"}, {Label: "8–14 days"}, {Label: "15–30 days"}, {Label: "Over 30 days"}}
	monday := today.AddDate(0, 0, -(int(today.Weekday())+6)%7)
	weeks := map[string]int{}
	for n := range shownWeeks {
		week := monday.AddDate(0, 0, 7*(n-shownWeeks+1)).Format(time.DateOnly)
		weeks[week] = n
		p.Weeks = append(p.Weeks, weekCount{Week: week})
	}
	for _, n := range reports {
		if at, known := weeks[weekOf(n.RaisedAt)]; known {
			p.Weeks[at].Raised++
		}
		if n.Status == closed {
			if at, known := weeks[weekOf(n.ClosedAt)]; known {
				p.Weeks[at].Closed++
			}
			continue
		}
		p.OpenNCRs.Total++
		p.OpenNCRs.add(n.Severity)
		if n.DueOn != "" && n.DueOn < today.Format(time.DateOnly) {
			p.OpenNCRs.Overdue++
		}
		band := 0
		for band < len(limits) && daysSince(n.RaisedAt, today) > limits[band] {
			band++
		}
		p.Ageing[band].add(n.Severity)
	}
}

func (p *dashboardPage) countPlans(plans []itp) {
	p.HoldPoints = []holdPoint{}
	p.ITPs.Total = len(plans)
	for _, plan := range plans {
		if plan.Status == "complete" {
			p.ITPs.Complete++
		}
		before := true
		for _, i := range plan.Items {
			if i.Kind == kindHold && !i.done() {
				p.HoldPoints = append(p.HoldPoints, holdPoint{
					plan.ID, plan.Number, i.ID, i.Activity, plan.Location, i.PlannedOn, before,
				})
			}
			before = before && i.done()
		}
	}
	slices.SortStableFunc(p.HoldPoints, func(x, y holdPoint) int {
		// Those without a day come last.
		return cmp.Or(cmp.Compare(cmp.Or(x.PlannedOn, "9"), cmp.Or(y.PlannedOn, "9")), cmp.Compare(x.ITPNumber, y.ITPNumber))
	})
	p.HoldPoints = p.HoldPoints[:min(len(p.HoldPoints), maxHoldPoints)]
}

// countDays counts working days in a row with an entry, backwards from today; today itself may still be empty.
func (p *dashboardPage) countDays(entries []diaryEntry, today time.Time) {
	written := map[string]bool{}
	for _, e := range entries {
		written[e.Day] = true
	}
	if len(entries) > 0 {
		p.Latest = &entries[len(entries)-1]
	}
	broken := false
	for back := range streakLookback {
		at := today.AddDate(0, 0, -back)
		day := at.Format(time.DateOnly)
		if at.Weekday() == time.Saturday || at.Weekday() == time.Sunday {
			continue
		}
		if len(p.Diary.Days) < shownWorkdays {
			p.Diary.Days = append(p.Diary.Days, writtenDay{day, written[day]})
		}
		broken = broken || !written[day] && back > 0
		if written[day] && !broken {
			p.Diary.Streak++
		}
	}
	slices.Reverse(p.Diary.Days)
}

func lastActivity(ctx context.Context, q querier, projectID string) ([]activity, error) {
	found, err := list(ctx, q, func(rows *sql.Rows) (activity, error) {
		var a activity
		var at int64
		err := rows.Scan(&a.ID, &at, &a.Who, &a.What, &a.Path)
		a.At = instant(at)
		return a, err
	}, "SELECT id, at, who, what, path FROM activity WHERE project_id = $1 ORDER BY at DESC, id DESC LIMIT $2", projectID, maxActivity)
	if err != nil {
		return nil, fmt.Errorf("read the activity: %w", err)
	}
	return found, nil
}

// weekOf is the Monday of the week that an instant lies in.
func weekOf(at string) string {
	t, err := time.Parse(time.RFC3339, at)
	if err != nil {
		return ""
	}
	return t.AddDate(0, 0, -(int(t.Weekday())+6)%7).Format(time.DateOnly)
}

func daysSince(at string, today time.Time) int {
	t, err := time.Parse(time.RFC3339, at)
	if err != nil {
		return 0
	}
	return int(today.Sub(t.Truncate(24*time.Hour)).Hours() / 24)
}
