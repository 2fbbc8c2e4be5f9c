package simulate

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"

	"github.com/siteproof/belay/internal/report"
)

//go:embed report.gohtml
var reportText string

var reportPage = report.New(reportText, template.FuncMap{
	"percent": func(v float64) string { return fmt.Sprintf("%g %%", v) },
	"nats":    func(v float64) string { return fmt.Sprintf("%.2f", v) },
})

// WriteReport writes the result as one HTML page that needs nothing else.
func (r Result) WriteReport(w io.Writer, trace string) error {
	var marks []report.Mark
	for _, e := range r.Log {
		marks = append(marks, report.Mark{T: e.T, Text: e.Action + " after " + report.Clock(e.T) + ": " + e.Reason, Bad: e.Action == Rollback})
	}
	charts := []report.Chart{{Title: "Share of people with the new version", Unit: " %", Points: r.Shares, Step: true, Marks: marks}}
	lines := slices.Clone(r.Lines)
	slices.SortFunc(lines, func(a, b Line) int { return int(100 * (b.last() - a.last())) })
	for _, l := range lines {
		charts = append(charts, report.Chart{
			Title: "Evidence of harm: " + l.Guard.Words(), Unit: " nats", Points: l.Points, Limit: l.Threshold, LimitText: "harm is proven above", Marks: marks,
		})
	}
	charts = append(charts, report.Chart{Title: "Sessions a minute", Points: r.Sessions})
	return reportPage.ExecuteTemplate(w, "page", struct {
		Result
		Title   string
		Charts  []report.Chart
		Verdict string
		Bad     bool
	}{r, "Simulation of " + trace, charts, r.Verdict(), r.Outcome == RolledBack})
}

// last is how near the evidence came at the end, as a part of the threshold.
func (l Line) last() float64 {
	if len(l.Points) == 0 || l.Threshold == 0 {
		return 0
	}
	return l.Points[len(l.Points)-1].V / l.Threshold
}

// Verdict says the result in one sentence.
func (r Result) Verdict() string {
	hurt := ""
	if r.Hit > 0 {
		hurt = fmt.Sprintf(" %d people had met the harm by then.", r.Hit)
	}
	switch r.Outcome {
	case RolledBack:
		last := r.Log[len(r.Log)-1]
		what := "Everything"
		if last.Component != "" {
			what = last.Component
		}
		return fmt.Sprintf("%s would have gone back after %s: %s.%s", what, report.Clock(last.T), last.Reason, hurt)
	case Completed:
		whom := "everybody"
		if share := r.share(); share < 100 {
			whom = fmt.Sprintf("%g %% of people", share)
		}
		return fmt.Sprintf("The new version would have reached %s and stayed, after %s.%s", whom, report.Clock(r.For.Milliseconds()), hurt)
	case Undecided:
	}
	return fmt.Sprintf("After %s nothing was decided for good; the new version was at %g %%.%s", report.Clock(r.For.Milliseconds()), r.share(), hurt)
}

func (r Result) share() float64 {
	if len(r.Shares) == 0 {
		return r.Plan.Phases[0].Percent
	}
	return r.Shares[len(r.Shares)-1].V
}
