package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"time"
)

// maxDays bounds what one listing or export holds: two years.
const maxDays = 731

type crewLine struct {
	Trade string `json:"trade"`
	Count int    `json:"count"`
}

type plantLine struct {
	Name  string  `json:"name"`
	Hours float64 `json:"hours"`
}

// diaryEntry is one day on one site. A day exists once; its version grows with every save.
type diaryEntry struct {
	ProjectID   string      `json:"projectId"`
	Day         string      `json:"day"`
	Weather     string      `json:"weather"`
	Temperature float64     `json:"temperature"` // °C
	Crew        []crewLine  `json:"crew"`
	Plant       []plantLine `json:"plant"`
	Notes       string      `json:"notes"`
	Delays      string      `json:"delays"`
	Author      string      `json:"author"`
	UpdatedAt   string      `json:"updatedAt"`
	Version     int         `json:"version"`
}

func (e diaryEntry) workers() int {
	total := 0
	for _, line := range e.Crew {
		total += line.Count
	}
	return total
}

func (e diaryEntry) plantHours() float64 {
	total := 0.0
	for _, line := range e.Plant {
		total += line.Hours
	}
	return total
}

const diaryColumns = "project_id, day, weather, temperature, crew, plant, notes, delays, author, updated_at, version"

func (e *diaryEntry) scan(scan func(...any) error) error {
	var crew, plant string
	var updatedAt int64
	if err := scan(&e.ProjectID, &e.Day, &e.Weather, &e.Temperature, &crew, &plant, &e.Notes, &e.Delays,
		&e.Author, &updatedAt, &e.Version); err != nil {
		return err
	}
	e.UpdatedAt = instant(updatedAt)
	return errors.Join(json.Unmarshal([]byte(crew), &e.Crew), json.Unmarshal([]byte(plant), &e.Plant))
}

// loadDiary reads the days from first to last, oldest first. Empty limits are open.
func loadDiary(ctx context.Context, q querier, projectID, first, last string) ([]diaryEntry, error) {
	found, err := list(ctx, q, func(rows *sql.Rows) (diaryEntry, error) {
		var e diaryEntry
		return e, e.scan(rows.Scan)
	}, "SELECT "+diaryColumns+` FROM diary WHERE project_id = $1 AND ($2 = '' OR day >= $2) AND ($3 = '' OR day <= $3)
		ORDER BY day LIMIT $4`, projectID, first, last, maxDays)
	if err != nil {
		return nil, fmt.Errorf("read the diary: %w", err)
	}
	return found, nil
}

// diaryRange reads project and days from a query and checks them.
func (a *app) diaryRange(r *http.Request) (p project, first, last string, err error) {
	query := r.URL.Query()
	if p, err = findProject(r.Context(), a.db.read, query.Get("projectId")); err != nil {
		return p, "", "", err
	}
	first, last = query.Get("from"), query.Get("to")
	var c checks
	c.day("from", first, false)
	c.day("to", last, false)
	c.add(first == "" || last == "" || first <= last, "to", "The last day comes before the first.")
	return p, first, last, c.err()
}

func (a *app) listDiary(r *http.Request, _ account) (any, error) {
	p, first, last, err := a.diaryRange(r)
	if err != nil {
		return nil, err
	}
	return loadDiary(r.Context(), a.db.read, p.ID, first, last)
}

// diaryChange is what saving a day says.
type diaryChange struct {
	Weather     string      `json:"weather"`
	Temperature float64     `json:"temperature"`
	Crew        []crewLine  `json:"crew"`
	Plant       []plantLine `json:"plant"`
	Notes       string      `json:"notes"`
	Delays      string      `json:"delays"`
	Version     int         `json:"version"` // the one that was edited; 0 for a new day
}

func (d *diaryChange) check(day string, now time.Time) error {
	var c checks
	c.day("day", day, true)
	// Somewhere on Earth it may already be tomorrow.
	c.add(day <= now.UTC().Add(26*time.Hour).Format(time.DateOnly), "day", "This day has not come yet.")
	oneOf(&c, "weather", d.Weather, "fine", "overcast", "showers", "rain", "wind", "storm")
	c.add(math.Abs(d.Temperature) <= 60, "temperature", "Between -60 and 60 °C, please.")
	c.add(len(d.Crew) <= 40, "crew", "At most 40 lines, please.")
	for n := range d.Crew[:min(len(d.Crew), 40)] {
		c.text("crew", &d.Crew[n].Trade, true, 60)
		c.add(d.Crew[n].Count >= 0 && d.Crew[n].Count <= 10_000, "crew", "Workers: a number from 0 to 10,000.")
	}
	c.add(len(d.Plant) <= 40, "plant", "At most 40 lines, please.")
	for n := range d.Plant[:min(len(d.Plant), 40)] {
		c.text("plant", &d.Plant[n].Name, true, 60)
		c.add(d.Plant[n].Hours >= 0 && d.Plant[n].Hours <= 24, "plant", "Hours: a number from 0 to 24.")
	}
	c.text("notes", &d.Notes, true, 8000)
	c.text("delays", &d.Delays, false, 4000)
	return c.err()
}

func (a *app) saveDiary(c call) (int, any, error) {
	var given diaryChange
	if err := decode(c.body, &given); err != nil {
		return 0, nil, err
	}
	day := c.r.PathValue("day")
	if err := given.check(day, c.now); err != nil {
		return 0, nil, err
	}
	p, err := findProject(c, c.tx, c.r.PathValue("project"))
	if err != nil {
		return 0, nil, err
	}
	var known diaryEntry
	err = known.scan(c.tx.QueryRowContext(c, "SELECT "+diaryColumns+" FROM diary WHERE project_id = $1 AND day = $2", p.ID, day).Scan)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, nil, fmt.Errorf("read the day: %w", err)
	}
	if known.Version != given.Version {
		return 0, nil, refuse(http.StatusPreconditionFailed, "changed", "Changed meanwhile",
			"%s has saved this day since you opened it.", known.Author).withHint("Open the day again and add what is missing.")
	}
	crew, crewErr := json.Marshal(append([]crewLine{}, given.Crew...))
	plant, plantErr := json.Marshal(append([]plantLine{}, given.Plant...))
	if err := errors.Join(crewErr, plantErr); err != nil {
		return 0, nil, fmt.Errorf("encode the day: %w", err)
	}
	if _, err := c.tx.ExecContext(c, `INSERT INTO diary VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT (project_id, day) DO UPDATE SET weather = $3, temperature = $4, crew = $5, plant = $6, notes = $7,
		delays = $8, author = $9, updated_at = $10, version = $11`,
		p.ID, day, given.Weather, given.Temperature, string(crew), string(plant), given.Notes, given.Delays, c.who.Name,
		c.now.UnixMicro(), known.Version+1); err != nil {
		return 0, nil, fmt.Errorf("keep the day: %w", err)
	}
	what := "wrote the diary of "
	if known.Version > 0 {
		what = "changed the diary of "
	}
	if err := note(c, c.tx, p.ID, c.now, c.who.Name, what+day, "/diary"); err != nil {
		return 0, nil, err
	}
	var saved diaryEntry
	err = saved.scan(c.tx.QueryRowContext(c, "SELECT "+diaryColumns+" FROM diary WHERE project_id = $1 AND day = $2", p.ID, day).Scan)
	return http.StatusOK, saved, err
}
