package experiment

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"

	"github.com/siteproof/belay/internal/report"
)

//go:embed report.gohtml
var pageText string

var pageOf = report.New(pageText, template.FuncMap{
	"moment":   moment,
	"percent":  percent,
	"count":    func(n int64) string { return number(float64(n)) },
	"expected": number,
})

// tones are how outcomes and statuses look.
var (
	outcomeTones = map[Outcome]string{
		TooEarly: "open", Undecided: "open", Winner: "good", ControlWins: "good", NoMatter: "good", Conflicted: "bad", Broken: "bad",
	}
	statusTones   = map[Status]string{Better: "good", Safe: "good", Worse: "bad", Harmed: "bad", Waiting: "open", Open: "open", Same: "open"}
	statusClasses = map[string]string{"good": "safe", "bad": "harmful", "open": ""}
)

// part is one metric as the page shows it.
type part struct {
	MetricResult
	Control   string
	Arms      []told
	Intervals report.Intervals
	Bands     []report.Band
}

// told is an arm as the page shows it.
type told struct {
	Key, Mean, Text, Class string
	People                 int64
}

// WriteHTML writes the result as one page for people who do not have Belay at hand; it needs nothing else.
func (r Result) WriteHTML(w io.Writer, environment, belay string) error {
	var parts []part
	for _, m := range r.Measures {
		parts = append(parts, m.part(r))
	}
	return pageOf.ExecuteTemplate(w, "page", struct {
		Result
		Title, Environment, Belay, Tone, Certainty string
		Parts                                      []part
	}{r, r.Name, environment, belay, outcomeTones[r.Verdict.Outcome], times(r.Confidence), parts})
}

func (m MetricResult) part(r Result) part {
	unit, in, limit := " %", "percent", -m.Margin
	if m.Share {
		unit, in = " pt", "percentage points"
	}
	if m.Better == Less {
		limit = m.Margin
	}
	p := part{MetricResult: m, Control: m.Arms[0].Key}
	p.Intervals = report.Intervals{Title: m.Title, Unit: unit, Limit: limit, LimitText: "tolerated up to here"}
	for _, a := range m.Arms {
		p.Arms = append(p.Arms, told{a.Key, m.mean(a), a.Text, statusClasses[statusTones[a.Status]], a.People})
		if a.Change == nil {
			continue
		}
		p.Intervals.Rows = append(p.Intervals.Rows, report.Interval{
			Label: a.Key, Estimate: a.Change.Estimate, Low: a.Change.Low, High: a.Change.High, Tone: statusTones[a.Status],
		})
		const enough = 3 // looks that make a course
		if len(a.Course) < enough {
			continue
		}
		band := report.Band{
			Title: fmt.Sprintf("%s against %s over time, in %s", a.Key, p.Control, in), Unit: unit, Begin: r.From,
			Limit: limit, LimitText: p.Intervals.LimitText,
		}
		for _, l := range a.Course {
			band.Looks = append(band.Looks, report.Look{T: l.At.Sub(r.From).Milliseconds(), Estimate: l.Estimate, Low: l.Low, High: l.High})
		}
		p.Bands = append(p.Bands, band)
	}
	return p
}

func (m MetricResult) mean(a ArmResult) string {
	switch {
	case a.People == 0:
		return "–"
	case m.Share:
		return fmt.Sprintf("%.2f %%", 100*a.Mean)
	}
	return value(a.Mean)
}
