package preflight

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/siteproof/belay/internal/fault"
)

// Kind says who answers an item.
type Kind string

// The kinds. Belay answers all but Manual itself.
const (
	Flag      Kind = "flag"      // the rollout's flags are there, each component below the master
	Telemetry Kind = "telemetry" // events arrive
	Baseline  Kind = "baseline"  // enough visits lately for the guards to know what is usual
	OnCall    Kind = "on_call"   // a named person is on call now
	Backup    Kind = "backup"    // restoring a backup was exercised, not too long ago
	Drill     Kind = "drill"     // a rollback was practised, not too long ago
	Check     Kind = "check"     // CI reported a named check of the release green
	Manual    Kind = "manual"    // somebody ticked it
)

// kinds in the order that forms offer them.
var kinds = []Kind{Flag, Telemetry, Baseline, OnCall, Backup, Drill, Check, Manual}

// Item is one thing that has to be so before phases are entered.
type Item struct {
	Key   string `json:"key"`
	Kind  Kind   `json:"kind" enum:"flag,telemetry,baseline,on_call,backup,drill,check,manual"`
	Title string `json:"title"` // what has to be so, as a statement
	// Required items stop a rollout while they are not green; others are advice.
	Required bool `json:"required"`
	// From is the smallest share, in percent, before which it is asked for; 0 asks before every phase.
	From      float64 `json:"from,omitempty"`
	Days      int     `json:"days,omitempty"`       // of backup and drill: at most so old
	Visits    int64   `json:"visits,omitempty"`     // of baseline: at least so many in the last seven days
	Check     string  `json:"check,omitempty"`      // of check: the name that CI reports
	EachPhase bool    `json:"each_phase,omitempty"` // of manual: to be ticked anew before every phase
}

// Checklist is what an environment asks for.
type Checklist struct {
	EnvironmentID string `json:"environment_id"`
	// Template is the name of the template it is, "" when somebody wrote it.
	Template string `json:"template"`
	Items    []Item `json:"items"`
}

const (
	// leastVisits is enough for a percentile to mean something: the guards need fifty views, and one visit in six is by a
	// browser that reports no vitals.
	leastVisits = 300
	drillDays   = 30 // a drill a month
	backupDays  = 90 // a restore a quarter
)

// Names of the templates.
const (
	DefaultTemplate    = "default"
	ProductionTemplate = "production"
)

// Templates are the checklists that come with Belay. An environment that nobody has set up has the default one.
func Templates() []Checklist {
	return []Checklist{
		{Template: DefaultTemplate, Items: usual(false)},
		{Template: ProductionTemplate, Items: append(usual(true),
			Item{Key: "told", Kind: Manual, Required: true, Title: "Support and the people affected know what changes, and when"},
			Item{Key: "watched", Kind: Manual, Required: true, From: 25, EachPhase: true, Title: "Somebody looks at the rollout while it grows"},
		)},
	}
}

// usual are the items that every checklist begins with. Without the flags nothing can start, so these are always required.
func usual(required bool) []Item {
	return []Item{
		{Key: "flags", Kind: Flag, Required: true, Title: "The master flag and its components are there"},
		{Key: "telemetry", Kind: Telemetry, Required: required, Title: "Telemetry arrives"},
		{Key: "baseline", Kind: Baseline, Required: required, Visits: leastVisits, Title: "There is enough traffic to know what is usual"},
		{Key: "on-call", Kind: OnCall, Required: required, Title: "Somebody is on call"},
		{Key: "backup", Kind: Backup, Required: required, Days: backupDays, Title: "Restoring a backup was exercised"},
		{Key: "drill", Kind: Drill, Required: required, Days: drillDays, Title: "The rollback was practised"},
	}
}

func template(name string) (Checklist, bool) {
	for _, t := range Templates() {
		if t.Template == name {
			return t, true
		}
	}
	return Checklist{}, false
}

// Bounds of a checklist.
const (
	mostItems  = 50
	mostTitle  = 200 // characters
	mostDays   = 3650
	mostVisits = 1_000_000_000
	mostName   = 100 // characters of a check, a release, a person
	mostNote   = 500
	mostURL    = 2000
)

var keyForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,59}$`)

// tidy takes away what an item's kind does not use and fills in what it needs.
func (i Item) tidy() Item {
	if i.Kind != Backup && i.Kind != Drill {
		i.Days = 0
	} else if i.Days == 0 {
		i.Days = map[Kind]int{Backup: backupDays, Drill: drillDays}[i.Kind]
	}
	if i.Kind != Baseline {
		i.Visits = 0
	} else if i.Visits == 0 {
		i.Visits = leastVisits
	}
	if i.Kind != Check {
		i.Check = ""
	}
	i.EachPhase = i.EachPhase && i.Kind == Manual
	i.Title = strings.TrimSpace(i.Title)
	return i
}

// Validate says everything that is wrong with a checklist, each at its place.
func (c Checklist) Validate() error {
	f := fault.New(fault.Invalid, "this checklist cannot be kept")
	f.Check(len(c.Items) <= mostItems, "items", "at most %d", mostItems)
	seen := map[string]bool{}
	for n, i := range c.Items {
		at := fmt.Sprintf("items[%d]", n)
		f.Check(keyForm.MatchString(i.Key) && !seen[i.Key], at+".key", "1 to 60 of a–z 0–9 -, each once")
		seen[i.Key] = true
		f.Check(slices.Contains(kinds, i.Kind), at+".kind", "one of flag, telemetry, baseline, on_call, backup, drill, check, manual")
		f.Check(i.Title != "" && utf8.RuneCountInString(i.Title) <= mostTitle, at+".title", "between 1 and %d characters", mostTitle)
		f.Check(i.From >= 0 && i.From <= 100, at+".from", "between 0 and 100 %%")
		f.Check(i.Days >= 0 && i.Days <= mostDays, at+".days", "between 1 and %d", mostDays)
		f.Check(i.Visits >= 0 && i.Visits <= mostVisits, at+".visits", "between 1 and %d", mostVisits)
		f.Check(i.Kind != Check || named(i.Check), at+".check", "the name that CI reports, between 1 and %d characters", mostName)
	}
	return f.Found()
}

// named says whether a text can be a name: something, on one line, not too long.
func named(text string) bool {
	return strings.TrimSpace(text) != "" && utf8.RuneCountInString(text) <= mostName && !strings.ContainsAny(text, "\n\r\t\x00")
}
