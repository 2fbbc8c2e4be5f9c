package evidence

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"github.com/siteproof/belay/internal/report"
	"github.com/siteproof/belay/internal/rollout"
)

//go:embed report.gohtml
var pageText string

var pageOf = report.New(pageText, template.FuncMap{
	"join": func(words []string) string { return strings.Join(words, ", ") },
	"nats": func(v float64) string { return fmt.Sprintf("%.2f", v) },
})

// told is a decision with its evidence as it can be read.
type told struct {
	rollout.Decision
	Number   int // of the phase, from 1
	Readings []rollout.Reading
	Harmful  bool
}

// WriteHTML writes the report as one page for people, with what was checked.
func (f File) WriteHTML(w io.Writer, checks []Check) error {
	var all []told
	for _, d := range f.Decisions {
		t := told{Decision: d, Number: d.Phase + 1}
		if json.Unmarshal(d.Evidence, &t.Readings) != nil { // add says so among the checks
			t.Readings = nil
		}
		t.Harmful = slices.ContainsFunc(t.Readings, func(r rollout.Reading) bool { return r.Status == rollout.StatusHarmful })
		all = append(all, t)
	}
	return pageOf.ExecuteTemplate(w, "page", struct {
		File
		Title  string
		Checks []Check
		Holds  bool
		Told   []told
	}{f, "Evidence of " + f.Rollout.Name, checks, Holds(checks), all})
}
