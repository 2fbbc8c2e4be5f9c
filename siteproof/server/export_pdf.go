package main

import (
	"bytes"
	"fmt"
	"net/http"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
)

// Sizes of the sheet in millimetres.
const (
	sheetMargin = 18.0
	sheetWidth  = 210 - 2*sheetMargin
	sheetBottom = 297 - 22.0
	labelWidth  = 26.0
)

var (
	inkColour  = [3]int{28, 36, 48}
	softColour = [3]int{98, 108, 122}
	lineColour = [3]int{216, 221, 228}
	markColour = [3]int{196, 84, 22}
)

// sheet draws a diary on A4.
type sheet struct {
	*fpdf.Fpdf
}

func (a *app) exportPDF(w http.ResponseWriter, r *http.Request) error {
	p, entries, who, err := a.exported(r)
	if err != nil {
		return err
	}
	document, err := diaryPDF(p, entries, who.Name, a.now())
	if err != nil {
		return err
	}
	attach(w, "application/pdf", p, "pdf")
	_, err = w.Write(document)
	return err
}

func diaryPDF(p project, entries []diaryEntry, by string, now time.Time) ([]byte, error) {
	s := sheet{fpdf.New("P", "mm", "A4", "")}
	// The Go fonts cover Latin, Greek and Cyrillic; what they lack is shown as an empty box, never left out.
	s.AddUTF8FontFromBytes("Go", "", goregular.TTF)
	s.AddUTF8FontFromBytes("Go", "B", gobold.TTF)
	s.SetMargins(sheetMargin, sheetMargin, sheetMargin)
	s.SetAutoPageBreak(true, 22)
	s.SetTitle("Site diary "+p.Name, true)
	s.SetAuthor(by, true)
	s.SetCreationDate(now)
	s.AliasNbPages("{pages}")
	s.SetFooterFunc(func() {
		s.SetY(-14)
		s.font("", 8, softColour)
		s.CellFormat(sheetWidth/2, 4, p.Code+"  "+p.Name, "", 0, "L", false, 0, "")
		s.CellFormat(sheetWidth/2, 4, fmt.Sprintf("%d / {pages}", s.PageNo()), "", 0, "R", false, 0, "")
	})
	s.AddPage()
	s.title(p, entries, by, now)
	for _, e := range entries {
		s.entry(e)
	}
	if len(entries) == 0 {
		s.font("", 10, softColour)
		s.MultiCell(sheetWidth, 6, "There is no entry in these days.", "", "L", false)
	}
	var out bytes.Buffer
	if err := s.Output(&out); err != nil {
		return nil, fmt.Errorf("write the document: %w", err)
	}
	return out.Bytes(), nil
}

func (s sheet) font(style string, size float64, colour [3]int) {
	s.SetFont("Go", style, size)
	s.SetTextColor(colour[0], colour[1], colour[2])
}

// title is the head of the first page.
func (s sheet) title(p project, entries []diaryEntry, by string, now time.Time) {
	s.SetFillColor(markColour[0], markColour[1], markColour[2])
	s.Rect(sheetMargin, sheetMargin, 12, 1.4, "F")
	s.SetY(sheetMargin + 4)
	s.font("B", 20, inkColour)
	s.MultiCell(sheetWidth, 9, "Site diary", "", "L", false)
	s.font("", 10, inkColour)
	s.MultiCell(sheetWidth, 5.4, p.Name+"\n"+p.Address+"\nClient: "+p.Client, "", "L", false)
	s.Ln(3)
	workers, days := 0, "No days"
	for _, e := range entries {
		workers += e.workers()
	}
	if len(entries) > 0 {
		days = longDay(entries[0].Day) + " to " + longDay(entries[len(entries)-1].Day)
	}
	s.font("", 9, softColour)
	s.MultiCell(sheetWidth, 5, fmt.Sprintf("%s  ·  %d entries  ·  %d person days\nExported by %s on %s",
		days, len(entries), workers, by, now.UTC().Format("2 January 2006, 15:04 UTC")), "", "L", false)
	s.Ln(4)
}

// entry is one day: a head that is not left alone at the foot of a page, then its lines.
func (s sheet) entry(e diaryEntry) {
	if s.GetY() > sheetBottom-42 {
		s.AddPage()
	}
	y := s.GetY() + 2
	s.SetDrawColor(lineColour[0], lineColour[1], lineColour[2])
	s.Line(sheetMargin, y, sheetMargin+sheetWidth, y)
	s.SetY(y + 3)
	s.font("B", 12, inkColour)
	s.CellFormat(sheetWidth*0.6, 6, longDay(e.Day), "", 0, "L", false, 0, "")
	s.font("", 9, softColour)
	s.CellFormat(sheetWidth*0.4, 6, e.Author, "", 1, "R", false, 0, "")
	s.Ln(1)
	s.line("Weather", fmt.Sprintf("%s, %s °C", weatherWords[e.Weather], number(e.Temperature)))
	if len(e.Crew) > 0 {
		s.line("Crew", fmt.Sprintf("%d: ", e.workers())+crewText(e.Crew))
	}
	if len(e.Plant) > 0 {
		s.line("Plant", plantText(e.Plant))
	}
	s.line("Notes", e.Notes)
	if e.Delays != "" {
		s.line("Delays", e.Delays)
	}
	s.Ln(2)
}

func (s sheet) line(label, text string) {
	page, y := s.PageNo(), s.GetY()
	s.font("B", 9, softColour)
	s.CellFormat(labelWidth, 5, label, "", 0, "L", false, 0, "")
	s.font("", 9.5, inkColour)
	s.SetLeftMargin(sheetMargin + labelWidth)
	s.MultiCell(sheetWidth-labelWidth, 5, text, "", "L", false)
	s.SetLeftMargin(sheetMargin)
	s.SetX(sheetMargin)
	if s.PageNo() == page && s.GetY() < y+5 {
		s.SetY(y + 5)
	}
}

func longDay(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return t.Format("Monday 2 January 2006")
}
