package preflight

import (
	"net/url"
	"time"
	"unicode/utf8"

	"github.com/siteproof/belay/internal/fault"
)

// OnCallNow is the person to call, until when. Who is "" when nobody was named.
type OnCallNow struct {
	EnvironmentID string    `json:"environment_id"`
	Who           string    `json:"who"`
	Contact       string    `json:"contact,omitempty"` // where to reach them
	Until         time.Time `json:"until"`
	By            string    `json:"by"` // who said so
	At            time.Time `json:"at"`
}

// Record is something that was done on a day: a backup restored, a rollback practised. It is never changed.
type Record struct {
	ID            string    `json:"id"`
	EnvironmentID string    `json:"environment_id"`
	Kind          Kind      `json:"kind" enum:"backup,drill"`
	At            time.Time `json:"at"` // when it was done
	By            string    `json:"by"` // who recorded it
	Note          string    `json:"note"`
	URL           string    `json:"url,omitempty"`
	RecordedAt    time.Time `json:"recorded_at"`
}

// Verdict is what CI said of one check of one release. A later report of the same check replaces it.
type Verdict struct {
	EnvironmentID string    `json:"environment_id"`
	Release       string    `json:"release"`
	Name          string    `json:"name"`
	Passed        bool      `json:"passed"`
	URL           string    `json:"url,omitempty"`
	Note          string    `json:"note,omitempty"`
	By            string    `json:"by"`
	At            time.Time `json:"at"`
}

// Progress is what people have said about one rollout's checklist.
type Progress struct {
	RolloutID     string `json:"rollout_id"`
	EnvironmentID string `json:"environment_id"`
	// Release is the build that the rollout brings; "" takes the newest one that CI has reported of.
	Release string `json:"release,omitempty"`
	Ticks   []Tick `json:"ticks"`
}

// Tick is one person's word that an item is done.
type Tick struct {
	Item  string    `json:"item"`
	Phase int       `json:"phase"` // that it was ticked for; -1 stands for all
	By    string    `json:"by"`
	Note  string    `json:"note"`
	At    time.Time `json:"at"`
}

// everyPhase is the phase of a tick that holds for the whole rollout.
const everyPhase = -1

func (p Progress) tick(item Item, phase int) (Tick, bool) {
	for _, t := range p.Ticks {
		if t.Item == item.Key && t.Phase == item.tickedFor(phase) {
			return t, true
		}
	}
	return Tick{}, false
}

// tickedFor is the phase that a tick of an item belongs to.
func (i Item) tickedFor(phase int) int {
	if i.EachPhase {
		return phase
	}
	return everyPhase
}

// sooner is how far a clock of somebody else may be ahead.
const sooner = time.Minute

func (r Record) validate(now time.Time) error {
	f := fault.New(fault.Invalid, "this cannot be recorded")
	f.Check(r.Kind == Backup || r.Kind == Drill, "kind", "backup or drill")
	f.Check(!r.At.After(now.Add(sooner)), "at", "not in the future: only what was done counts")
	f.Check(r.Note != "" && utf8.RuneCountInString(r.Note) <= mostNote, "note", "what was done, in 1 to %d characters", mostNote)
	f.Check(link(r.URL), "url", "an http or https address of at most %d characters", mostURL)
	return f.Found()
}

func (v Verdict) validate() error {
	f := fault.New(fault.Invalid, "this check cannot be taken")
	f.Check(named(v.Release), "release", "between 1 and %d characters on one line", mostName)
	f.Check(named(v.Name), "name", "between 1 and %d characters on one line", mostName)
	f.Check(utf8.RuneCountInString(v.Note) <= mostNote, "note", "at most %d characters", mostNote)
	f.Check(link(v.URL), "url", "an http or https address of at most %d characters", mostURL)
	return f.Found()
}

// link says whether a text is no address, or one that a page may link to.
func link(text string) bool {
	if text == "" {
		return true
	}
	u, err := url.Parse(text)
	return err == nil && len(text) <= mostURL && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}
