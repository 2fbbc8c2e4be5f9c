package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// exported reads what an export holds, for both formats alike.
func (a *app) exported(r *http.Request) (project, []diaryEntry, account, error) {
	who, err := a.who(r)
	if err != nil {
		return project{}, nil, who, err
	}
	p, first, last, err := a.diaryRange(r)
	if err != nil {
		return p, nil, who, err
	}
	entries, err := loadDiary(r.Context(), a.db.read, p.ID, first, last)
	return p, entries, who, err
}

func (a *app) exportCSV(w http.ResponseWriter, r *http.Request) error {
	p, entries, _, err := a.exported(r)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	out.WriteString("\uFEFF") // without it, Excel takes UTF-8 for another encoding
	table := csv.NewWriter(&out)
	table.UseCRLF = true
	rows := [][]string{{"Day", "Weather", "Temperature (°C)", "Workers", "Crew", "Plant hours", "Plant", "Notes", "Delays", "Written by"}}
	for _, e := range entries {
		rows = append(rows, []string{
			e.Day, weatherWords[e.Weather], number(e.Temperature), strconv.Itoa(e.workers()), crewText(e.Crew),
			number(e.plantHours()), plantText(e.Plant), cell(e.Notes), cell(e.Delays), cell(e.Author),
		})
	}
	if err := table.WriteAll(rows); err != nil {
		return fmt.Errorf("write the table: %w", err)
	}
	attach(w, "text/csv; charset=utf-8", p, "csv")
	_, err = w.Write(out.Bytes())
	return err
}

func attach(w http.ResponseWriter, kind string, p project, extension string) {
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' {
			return r
		}
		return '-'
	}, p.Code)
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", "site-diary-"+name+"."+extension))
}

var weatherWords = map[string]string{
	"fine": "Fine", "overcast": "Overcast", "showers": "Showers", "rain": "Rain", "wind": "High wind", "storm": "Storm",
}

// cell keeps a spreadsheet from taking a person's words for a formula (OWASP, CSV injection).
func cell(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}

func crewText(lines []crewLine) string {
	parts := make([]string, len(lines))
	for n, line := range lines {
		parts[n] = fmt.Sprintf("%s %d", line.Trade, line.Count)
	}
	return cell(strings.Join(parts, "; "))
}

func plantText(lines []plantLine) string {
	parts := make([]string, len(lines))
	for n, line := range lines {
		parts[n] = fmt.Sprintf("%s %s h", line.Name, number(line.Hours))
	}
	return cell(strings.Join(parts, "; "))
}

func number(value float64) string { return strconv.FormatFloat(value, 'f', -1, 64) }
