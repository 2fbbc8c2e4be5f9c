package evidence

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/rollout"
)

// Check is one thing that was looked at.
type Check struct {
	Name   string   `json:"name"`
	Holds  bool     `json:"holds"`
	Text   string   `json:"text"`             // what was found, one sentence
	Faults []string `json:"faults,omitempty"` // each thing that does not hold
}

// Verify checks a report by itself. head, if not "", is a hash that somebody kept of the journal at the report's newest
// revision.
func Verify(f File, head change.Hash) []Check {
	return []Check{commits(f), linked(f), kept(f, head), recorded(f), follow(f), add(f), left(f)}
}

// Holds says whether all of it does.
func Holds(checks []Check) bool {
	return !slices.ContainsFunc(checks, func(c Check) bool { return !c.Holds })
}

func checked(name, text string, faults []string) Check {
	if len(faults) > 0 {
		text = fmt.Sprintf("%d things do not hold", len(faults))
		if len(faults) == 1 {
			text = faults[0]
		}
	}
	return Check{Name: name, Holds: len(faults) == 0, Text: text, Faults: faults}
}

// commits compares what each commit says with its digest in the chain.
func commits(f File) Check {
	var faults []string
	for _, c := range f.Commits {
		at := c.Revision - f.Chain.From
		switch {
		case at < 0 || at >= int64(len(f.Chain.Digests)):
			faults = append(faults, fmt.Sprintf("revision %d is not in the chain", c.Revision))
		case c.Digest() != f.Chain.Digests[at]:
			faults = append(faults, fmt.Sprintf("revision %d does not say what the journal said", c.Revision))
		}
	}
	if len(f.Commits) == 0 {
		faults = append(faults, "the report has no commit")
	}
	return checked("commits", fmt.Sprintf("%d commits say what the journal said", len(f.Commits)), faults)
}

// linked makes the chain anew.
func linked(f File) Check {
	var faults []string
	at := f.Chain.Before
	for _, digest := range f.Chain.Digests {
		at = at.Next(digest)
	}
	if n := f.Chain.Revision - f.Chain.From + 1; int64(len(f.Chain.Digests)) != n {
		faults = append(faults, fmt.Sprintf("revisions %d to %d are %d commits, the chain has %d", f.Chain.From, f.Chain.Revision, n, len(f.Chain.Digests)))
	}
	if f.Chain.From == 1 && f.Chain.Before != "" {
		faults = append(faults, "something stands before the first commit")
	}
	if at != f.Chain.Head {
		faults = append(faults, "the chain does not lead to its head")
	}
	return checked("chain", fmt.Sprintf("the chain leads from revision %d to %d", f.Chain.From, f.Chain.Revision), faults)
}

// kept compares the head with one that was kept elsewhere.
func kept(f File, head change.Hash) Check {
	switch head {
	case "":
		return Check{Name: "head", Holds: true, Text: "not compared: compare the hash " + string(f.Chain.Head) + " with one kept elsewhere"}
	case f.Chain.Head:
		return Check{Name: "head", Holds: true, Text: "the head is the one that was kept elsewhere"}
	}
	return checked("head", "", []string{"the head is not the one that was kept elsewhere"})
}

// decision is what a commit recorded of a decision.
type decision struct {
	commit  change.Commit
	decided rollout.Decision
}

// decisions are those that the commits recorded, by their id.
func decisions(f File) map[string]decision {
	all := map[string]decision{}
	for _, c := range f.Commits {
		for _, ch := range c.Changes {
			var d rollout.Decision
			if ch.Kind == rollout.DecidedKind && json.Unmarshal(ch.After, &d) == nil {
				all[d.ID] = decision{c, d}
			}
		}
	}
	return all
}

// recorded compares the decisions with what the journal recorded of them.
func recorded(f File) Check {
	known := decisions(f)
	var faults []string
	for _, d := range f.Decisions {
		was, is := known[d.ID]
		delete(known, d.ID)
		switch {
		case !is:
			faults = append(faults, fmt.Sprintf("the journal knows nothing of decision %s", d.ID))
		case !same(d, was.decided):
			faults = append(faults, fmt.Sprintf("decision %s is not the one that the journal recorded", d.ID))
		}
	}
	for id := range known {
		faults = append(faults, fmt.Sprintf("decision %s was left out", id))
	}
	slices.Sort(faults)
	return checked("decisions", fmt.Sprintf("%d decisions are as the journal recorded them", len(f.Decisions)), faults)
}

// follow decides again, from what each of Belay's own decisions rested on.
func follow(f File) Check {
	known := decisions(f)
	again := 0
	var faults []string
	for _, d := range f.Decisions {
		if d.Inputs == nil { // a person's
			continue
		}
		in := rollout.Input{Users: d.Inputs.Users, Healthy: d.Inputs.Healthy, Now: d.Inputs.Now, Lacking: d.Inputs.Lacking}
		err := json.Unmarshal(d.Evidence, &in.Readings)
		if before, found := rolloutBefore(known[d.ID].commit, d.RolloutID); err == nil && found {
			in.Rollout = before
		} else {
			faults = append(faults, fmt.Sprintf("what decision %s rested on is not there", d.ID))
			continue
		}
		again++
		if v := rollout.Decide(in); !carriedOut(v, d) {
			faults = append(faults, fmt.Sprintf("decision %s was %s, its evidence asks for %s", d.ID, d.Action, v.Action))
		}
	}
	return checked("verdicts", fmt.Sprintf("%d decisions of Belay's own follow from their evidence", again), faults)
}

// carriedOut says whether a decision is what a verdict asks for. With the last component everything goes back.
func carriedOut(v rollout.Verdict, d rollout.Decision) bool {
	switch {
	case v.Action == rollout.RollBackPart && d.Action == rollout.RollBackPart:
		return slices.Contains(d.Components, v.Component)
	case v.Action == rollout.RollBackPart:
		return d.Action == rollout.RollBackAll
	}
	return v.Action == d.Action
}

// rolloutBefore is the rollout as a commit found it.
func rolloutBefore(c change.Commit, rolloutID string) (r rollout.Rollout, found bool) {
	for _, ch := range c.Changes {
		if ch.Subject == rolloutID && ch.Kind != rollout.DecidedKind && len(ch.Before) > 0 {
			return r, json.Unmarshal(ch.Before, &r) == nil
		}
	}
	return r, false
}

// add makes the statistic of every reading that carries its counts anew.
func add(f File) Check {
	again := 0
	var faults []string
	for _, d := range f.Decisions {
		var readings []rollout.Reading
		if json.Unmarshal(d.Evidence, &readings) != nil {
			faults = append(faults, fmt.Sprintf("the evidence of decision %s cannot be read", d.ID))
			continue
		}
		for _, r := range readings {
			logE, carries := r.Recount()
			if !carries {
				continue
			}
			if again++; math.Abs(logE-r.LogE) > rounding*max(1, math.Abs(logE)) {
				faults = append(faults, fmt.Sprintf("decision %s: the counts of %s in %s make %v nats, not %v", d.ID, r.Guard, scope(r), logE, r.LogE))
			}
		}
	}
	return checked("statistics", fmt.Sprintf("%d statistics follow from their counts", again), faults)
}

// left compares the rollout, with its policy and its tests, with how the last commit left it.
func left(f File) Check {
	for _, c := range slices.Backward(f.Commits) {
		for _, ch := range slices.Backward(c.Changes) {
			if ch.Subject != f.Rollout.ID || ch.Kind == rollout.DecidedKind {
				continue
			}
			var was rollout.Rollout
			var faults []string
			if json.Unmarshal(ch.After, &was) != nil || !same(f.Rollout, was) {
				faults = append(faults, fmt.Sprintf("the rollout is not as revision %d left it", c.Revision))
			}
			return checked("rollout", fmt.Sprintf("the rollout, its policy and its tests are as revision %d left them", c.Revision), faults)
		}
	}
	return checked("rollout", "", []string{"no commit says how the rollout was left"})
}

// rounding is by how much two machines may differ in the last places of the same statistic.
const rounding = 1e-9

func scope(r rollout.Reading) string {
	if r.Scope == "" {
		return "everything"
	}
	return r.Scope
}

// same says whether two decisions, or rollouts, say the same, in whichever form each was kept.
func same[T any](a, b T) bool {
	one, err := json.Marshal(a)
	other, failed := json.Marshal(b)
	return err == nil && failed == nil && bytes.Equal(one, other)
}
