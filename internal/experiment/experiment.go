package experiment

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/telemetry"
)

// State is where an experiment stands.
type State string

// The states.
const (
	Running State = "running"
	Stopped State = "stopped"
)

const (
	usualRisk    = 0.05
	usualPlanned = 10_000 // people, when nobody has planned any
	mostMetrics  = 10
	mostArms     = 10
	mostPlanned  = 1 << 40
	longestWords = 2000
)

// Arm is one variant in an experiment.
type Arm struct {
	Key   string  `json:"key"`
	Share float64 `json:"share"` // of people, between 0 and 1
}

// Design is what an experiment begins with.
type Design struct {
	Name       string   `json:"name" minLength:"1" maxLength:"150"`
	Hypothesis string   `json:"hypothesis,omitempty" maxLength:"2000" doc:"what is expected, and why"`
	Flag       string   `json:"flag" maxLength:"150" doc:"key of a flag with variants"`
	Control    string   `json:"control,omitempty" maxLength:"150" doc:"variant that the others are compared with; control, or else the first one"`
	Metrics    []Metric `json:"metrics" minItems:"1" maxItems:"10" doc:"exactly one is primary"`
	// Effect is the smallest difference of the primary metric that would matter: percentage points of a share, percent of
	// a value. 0 is none.
	Effect  float64 `json:"effect,omitempty" minimum:"0" maximum:"1000"`
	Risk    float64 `json:"risk,omitempty" minimum:"0" maximum:"0.5" doc:"chance of a wrong answer that is accepted; 0.05 without one"`
	Planned int64   `json:"planned,omitempty" minimum:"0" doc:"people in all arms together that the plan asks for; the intervals are tightest there"`
}

// Experiment is a comparison of the variants of one flag in one environment.
type Experiment struct {
	ID            string `json:"id"`
	EnvironmentID string `json:"environment_id"`
	Design
	State      State      `json:"state"`
	Arms       []Arm      `json:"arms"`     // as they were when it started, control first
	Revision   int64      `json:"revision"` // of the commit that started it
	StartedAt  time.Time  `json:"started_at"`
	StartedBy  string     `json:"started_by"`
	StoppedAt  *time.Time `json:"stopped_at,omitempty"`
	StoppedBy  string     `json:"stopped_by,omitempty"`
	Conclusion string     `json:"conclusion,omitempty"` // what was made of it, said by who stopped it
}

// complete fills in what is left to Belay.
func (n Design) complete() Design {
	n.Metrics = slices.Clone(n.Metrics)
	for i := range n.Metrics {
		n.Metrics[i] = n.Metrics[i].complete()
	}
	if n.Risk == 0 {
		n.Risk = usualRisk
	}
	if n.Planned == 0 {
		n.Planned = usualPlanned
	}
	n.Name, n.Hypothesis = strings.TrimSpace(n.Name), strings.TrimSpace(n.Hypothesis)
	return n
}

// check says everything that is wrong with what is complete.
func (n Design) check() error {
	f := fault.New(fault.Invalid, "the experiment cannot be started as it is")
	if n.Name == "" || telemetry.TooLong(n.Name, 150) {
		_ = f.At("name", "has 1 to 150 characters")
	}
	if telemetry.TooLong(n.Hypothesis, longestWords) {
		_ = f.At("hypothesis", "has at most %d characters", longestWords)
	}
	if len(n.Metrics) == 0 || len(n.Metrics) > mostMetrics {
		_ = f.At("metrics", "are 1 to %d", mostMetrics)
	}
	primaries, seen := 0, map[string]bool{}
	for i, m := range n.Metrics {
		m.check(f, fmt.Sprintf("metrics[%d]", i))
		if m.Role == Primary {
			primaries++
		}
		if seen[m.Title()] {
			_ = f.At(fmt.Sprintf("metrics[%d]", i), "has the same name as another one: %s", m.Title())
		}
		seen[m.Title()] = true
	}
	if primaries != 1 {
		_ = f.At("metrics", "have exactly one primary metric, which decides; there are %d", primaries)
	}
	if n.Risk <= 0 || n.Risk > .5 || math.IsNaN(n.Risk) {
		_ = f.At("risk", "lies above 0 and is at most 0.5")
	}
	if n.Effect < 0 || n.Effect > 1000 || math.IsNaN(n.Effect) {
		_ = f.At("effect", "lies between 0 and 1000")
	}
	if n.Planned < 0 || n.Planned > mostPlanned {
		_ = f.At("planned", "is a number of people")
	}
	if len(f.Fields) > 0 {
		return f
	}
	return nil
}

// armsOf are the variants that people can be given by chance, the control first. It answers fault.Invalid when there are
// not two of them, or the control is none of them.
func armsOf(f *flag.Flag, control string) ([]Arm, error) {
	arms, rest := []Arm{}, 100.0
	for _, v := range f.Variants {
		rest -= v.Weight
		if v.Weight > 0 {
			arms = append(arms, Arm{Key: v.Key, Share: v.Weight / 100})
		}
	}
	const rounding = 1e-9
	if rest > rounding && len(f.Variants) > 0 {
		arms = slices.Insert(arms, 0, Arm{Key: flag.Control, Share: rest / 100})
	}
	switch {
	case len(arms) < 2:
		return nil, fault.New(fault.Invalid, "nobody can be compared: the flag %q gives everybody the same", f.Key).
			At("flag", "needs two variants with a weight, one of which may be its own value").Hint("belay flag set, or the flag's page, gives it variants")
	case len(arms) > mostArms:
		return nil, fault.New(fault.Invalid, "the flag %q has %d variants with a weight, and at most %d can be compared", f.Key, len(arms), mostArms).
			At("flag", "has too many variants")
	case control == "":
		return arms, nil
	}
	i := slices.IndexFunc(arms, func(a Arm) bool { return a.Key == control })
	if i < 0 {
		return nil, fault.New(fault.Invalid, "the flag %q gives nobody the variant %q", f.Key, control).
			At("control", "is one of %s", strings.Join(keysOf(arms), ", "))
	}
	first := arms[i]
	return slices.Insert(slices.Delete(arms, i, i+1), 0, first), nil
}

func keysOf(arms []Arm) []string {
	keys := make([]string, 0, len(arms))
	for _, a := range arms {
		keys = append(keys, a.Key)
	}
	return keys
}

// sameArms says whether people get the same from two states of a flag, as far as arms are concerned.
func sameArms(before, after *flag.Flag) bool {
	if string(before.Value) != string(after.Value) || len(before.Variants) != len(after.Variants) || before.HashSeed() != after.HashSeed() {
		return false
	}
	for i, v := range before.Variants {
		w := after.Variants[i]
		if v.Key != w.Key || v.Weight != w.Weight || string(v.Value) != string(w.Value) {
			return false
		}
	}
	return true
}

// flagOf reads a flag from the journal; nil when there was none.
func flagOf(text json.RawMessage) (*flag.Flag, error) {
	if len(text) == 0 {
		return nil, nil //nolint:nilnil // there was no flag, which is no error
	}
	f := new(flag.Flag)
	return f, json.Unmarshal(text, f)
}
