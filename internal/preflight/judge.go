package preflight

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/rollout"
)

// State is how an item stands.
type State string

// The states.
const (
	Green      State = "green"
	Red        State = "red"        // required, and not so: the phase is not entered
	Advice     State = "advice"     // not so, and not required
	Overridden State = "overridden" // red, and somebody said why it goes on all the same
)

// Line is one item with what was found.
type Line struct {
	Item
	State State      `json:"state" enum:"green,red,advice,overridden"`
	Text  string     `json:"text"`           // what was found, one sentence
	Way   string     `json:"way,omitempty"`  // how to make it so
	By    string     `json:"by,omitempty"`   // who ticked, recorded or reported it
	Note  string     `json:"note,omitempty"` // what they said
	At    *time.Time `json:"at,omitempty"`   // when
	URL   string     `json:"url,omitempty"`
	// Override covers the item before this phase.
	Override *rollout.Override `json:"override,omitempty"`
}

// Report is a checklist looked at.
type Report struct {
	Environment string `json:"environment"`
	// Rollout is "" when the environment alone was looked at; then items that are about a rollout are left out.
	Rollout string  `json:"rollout,omitempty"`
	Enters  bool    `json:"enters"` // a phase follows
	Phase   int     `json:"phase"`  // that would be entered
	Name    string  `json:"name,omitempty"`
	Percent float64 `json:"percent,omitempty"`
	Release string  `json:"release,omitempty"` // the build that checks are asked of
	Green   bool    `json:"green"`             // nothing is red
	Red     int     `json:"red"`
	Lines   []Line  `json:"lines"`
}

// facts are all that a judgement may look at.
type facts struct {
	now       time.Time
	rollout   *rollout.Rollout // nil: the environment alone
	phase     int
	flags     *flag.Snapshot
	lastEvent time.Time
	visits    int64
	onCall    OnCallNow
	records   map[Kind]Record // newest of each kind
	release   string
	verdicts  map[string]Verdict // of the release, by name
	progress  Progress
}

// silence is how long no event may have come for telemetry to count as arriving, before a rollout runs; then its plan says it.
const silence = 10 * time.Minute

// judge is pure: the same facts give the same line.
func judge(i Item, f facts) Line {
	l := Line{Item: i}
	found := false
	switch i.Kind {
	case Flag:
		found = l.judgeFlags(f)
	case Telemetry:
		found = l.judgeTelemetry(f)
	case Baseline:
		found = f.visits >= i.Visits
		l.Text = fmt.Sprintf("%d visits in the last seven days; it takes %d", f.visits, i.Visits)
		if !found {
			l.Way = "let pages report with the old version first; they count from the first day on"
		}
	case OnCall:
		found = l.judgeOnCall(f)
	case Backup, Drill:
		found = l.judgeRecord(f)
	case Check:
		found = l.judgeVerdict(f)
	case Manual:
		found = l.judgeTick(f)
	}
	l.State = Red
	switch {
	case found:
		l.State = Green
	case !i.Required:
		l.State = Advice
	case f.rollout != nil:
		if o, covered := f.rollout.Overridden(f.phase, i.Key); covered {
			l.State, l.Override = Overridden, &o
		}
	}
	return l
}

func (l *Line) judgeFlags(f facts) bool {
	r := f.rollout
	if _, err := f.flags.Find(r.Flag); err != nil {
		l.Text, l.Way = fmt.Sprintf("the flag %s does not exist", r.Flag), "belay flag list shows the flags"
		return false
	}
	below := map[string]bool{}
	for level := []string{r.Flag}; len(level) > 0; {
		var next []string
		for _, parent := range level {
			for _, child := range f.flags.Children(parent) {
				if !below[child] {
					below[child] = true
					next = append(next, child)
				}
			}
		}
		level = next
	}
	var loose []string
	for _, c := range r.Components {
		if !below[c] {
			loose = append(loose, c)
		}
	}
	if len(loose) > 0 {
		l.Text = fmt.Sprintf("%s would not go back with %s: not below it", strings.Join(loose, ", "), r.Flag)
		l.Way = "put them below the master flag, or plan the rollout anew"
		return false
	}
	l.Text = fmt.Sprintf("%s is there, with %d components below it", r.Flag, len(r.Components))
	return true
}

func (l *Line) judgeTelemetry(f facts) bool {
	if f.lastEvent.IsZero() {
		l.Text, l.Way = "no event has ever arrived", "docs/guides/belay-sdk.md shows how pages report"
		return false
	}
	last := f.lastEvent
	l.At = &last
	age := f.now.Sub(last)
	l.Text = fmt.Sprintf("the last event arrived %s ago", span(age))
	limit := silence
	if f.rollout != nil && f.rollout.State == rollout.Running {
		limit = f.rollout.Plan.QuietFor()
	}
	if age > limit {
		l.Way = "belay doctor looks for what is wrong"
		return false
	}
	return true
}

func (l *Line) judgeOnCall(f facts) bool {
	l.Way = `belay checklist on-call "NAME" --until 8h`
	switch {
	case f.onCall.Who == "":
		l.Text = "nobody is named"
		return false
	case !f.now.Before(f.onCall.Until):
		l.Text = fmt.Sprintf("%s was on call until %s", f.onCall.Who, clock(f.onCall.Until))
		return false
	}
	at := f.onCall.At
	l.Text, l.Way, l.By, l.Note, l.At = fmt.Sprintf("%s until %s", f.onCall.Who, clock(f.onCall.Until)), "", f.onCall.By, f.onCall.Contact, &at
	return true
}

func (l *Line) judgeRecord(f facts) bool {
	done, known := f.records[l.Kind]
	l.Way = fmt.Sprintf(`belay checklist record %s "what was done"`, l.Kind)
	if !known {
		l.Text = "never recorded"
		return false
	}
	at := done.At
	l.By, l.Note, l.At, l.URL = done.By, done.Note, &at, done.URL
	age := f.now.Sub(at)
	l.Text = fmt.Sprintf("done %s ago; at most %d days are allowed", span(age), l.Days)
	if age > time.Duration(l.Days)*24*time.Hour {
		return false
	}
	l.Way = ""
	return true
}

func (l *Line) judgeVerdict(f facts) bool {
	l.Way = fmt.Sprintf(`CI reports it: belay checklist check "%s" green --release RELEASE`, l.Check)
	if f.release == "" {
		l.Text = "CI has reported of no release yet"
		return false
	}
	v, known := f.verdicts[l.Check]
	if !known {
		l.Text = fmt.Sprintf("%s was not reported of %s", l.Check, f.release)
		return false
	}
	at := v.At
	l.By, l.Note, l.At, l.URL = v.By, v.Note, &at, v.URL
	if !v.Passed {
		l.Text, l.Way = fmt.Sprintf("%s is red for %s", l.Check, f.release), ""
		return false
	}
	l.Text, l.Way = fmt.Sprintf("%s is green for %s", l.Check, f.release), ""
	return true
}

func (l *Line) judgeTick(f facts) bool {
	t, ticked := f.progress.tick(l.Item, f.phase)
	if !ticked {
		l.Text, l.Way = "nobody has ticked it", fmt.Sprintf(`belay checklist tick %s %s "what you saw"`, f.rollout.ID, l.Key)
		return false
	}
	at := t.At
	l.Text, l.By, l.Note, l.At = "ticked by "+t.By, t.By, t.Note, &at
	return true
}

// aboutRollout says whether an item can be judged only of a rollout.
func (i Item) aboutRollout() bool { return slices.Contains([]Kind{Flag, Check, Manual}, i.Kind) }

// clock is a moment as messages say it.
func clock(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// span is a time span in its largest unit.
func span(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", max(0, int(d.Seconds())))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}
