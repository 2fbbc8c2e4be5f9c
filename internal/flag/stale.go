package flag

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Permanent is the tag of flags that stay for good, such as switches for emergencies. They are never stale.
const Permanent = "permanent"

// StaleKind is why a flag may have done its work.
type StaleKind string

// The reasons.
const (
	Unchanging StaleKind = "unchanging" // everybody gets the same
	Unused     StaleKind = "unused"     // no client says that it uses it
	Completed  StaleKind = "completed"  // its rollout reached everybody
)

// StaleReason is one reason with the time since which it holds.
type StaleReason struct {
	Kind  StaleKind `json:"kind"`
	Text  string    `json:"text"`
	Since time.Time `json:"since"`
}

// StaleFlag is a flag that may have done its work.
type StaleFlag struct {
	Key         string          `json:"key"`
	Description string          `json:"description"`
	Type        Type            `json:"type"`
	Owner       string          `json:"owner,omitempty"`
	Tags        []string        `json:"tags"`
	Enabled     bool            `json:"enabled"`
	Value       json.RawMessage `json:"value,omitempty"`        // what everybody gets; absent when that is not the same, or off
	LastUsedAt  *time.Time      `json:"last_used_at,omitempty"` // when a client last said so
	Since       time.Time       `json:"since"`                  // the oldest reason's
	Days        int             `json:"days"`                   // whole days since then
	Reasons     []StaleReason   `json:"reasons"`
	Advice      string          `json:"advice"` // what to do, in order
}

// StaleReport is every flag of an environment that may have done its work, the oldest first.
type StaleReport struct {
	Days      int         `json:"days"` // how long a reason has to hold
	Flags     []StaleFlag `json:"flags"`
	Looked    int         `json:"looked"`    // flags looked at
	Permanent int         `json:"permanent"` // of them, those that stay for good
	// UsesSince is since when clients say which flags they use; absent when none ever did, and then no flag counts as unused.
	UsesSince *time.Time `json:"uses_since,omitempty"`
}

// StaleFacts are what a report needs to know besides the flags.
type StaleFacts struct {
	Now       time.Time
	Days      int                         // how long a reason has to hold
	FirstUse  map[string]time.Time        // by flag: when a client first said that it used it
	LastUse   map[string]time.Time        // by flag: when one last did
	Completed map[string]CompletedRollout // by flag
}

// CompletedRollout is a rollout that reached everybody.
type CompletedRollout struct {
	Name string
	At   time.Time
}

// Stale looks for flags that may have done their work: what they give has been the same for everybody, or no client has
// used them, for a number of days, or their rollout is complete.
func Stale(s *Snapshot, facts StaleFacts) StaleReport {
	flags := s.Flags()
	report := StaleReport{Days: facts.Days, Flags: []StaleFlag{}, Looked: len(flags)}
	e := newEffects(flags)
	for _, first := range facts.FirstUse {
		if report.UsesSince == nil || first.Before(*report.UsesSince) {
			report.UsesSince = &first
		}
	}
	limit := facts.Now.Add(-time.Duration(facts.Days) * 24 * time.Hour)
	for _, f := range flags {
		if slices.Contains(f.Tags, Permanent) {
			report.Permanent++
			continue
		}
		if found, stale := e.stale(f, facts, limit, report.UsesSince); stale {
			found.Advice = found.advise(s.Children(f.Key))
			report.Flags = append(report.Flags, found)
		}
	}
	slices.SortStableFunc(report.Flags, func(a, b StaleFlag) int { return a.Since.Compare(b.Since) })
	return report
}

func (e effects) stale(f Flag, facts StaleFacts, limit time.Time, usesSince *time.Time) (StaleFlag, bool) {
	out := StaleFlag{Key: f.Key, Description: f.Description, Type: f.Type, Owner: f.Owner, Tags: f.Tags, Enabled: f.Enabled}
	if gets, same := e.everybody(f); same {
		out.Enabled, out.Value = gets.on, gets.value
		if steady := e.steadyAt(f); steady.Before(limit) {
			out.Reasons = append(out.Reasons, StaleReason{Unchanging, "Everybody has got the same: " + gets.String() + ".", steady})
		}
	}
	if last, used := facts.LastUse[f.Key]; used {
		out.LastUsedAt = &last
		if last.Before(limit) && f.SteadyAt.Before(limit) {
			out.Reasons = append(out.Reasons, StaleReason{Unused, "No client has used it.", last})
		}
	} else if usesSince != nil && usesSince.Before(limit) && f.SteadyAt.Before(limit) {
		since := f.SteadyAt
		if usesSince.After(since) {
			since = *usesSince
		}
		out.Reasons = append(out.Reasons, StaleReason{Unused, "No client has ever said that it used it.", since})
	}
	if r, complete := facts.Completed[f.Key]; complete {
		out.Reasons = append(out.Reasons, StaleReason{Completed, fmt.Sprintf("Its rollout “%s” reached everybody.", r.Name), r.At})
	}
	if len(out.Reasons) == 0 {
		return out, false
	}
	out.Since = slices.MinFunc(out.Reasons, func(a, b StaleReason) int { return a.Since.Compare(b.Since) }).Since
	out.Days = int(facts.Now.Sub(out.Since) / (24 * time.Hour))
	return out, true
}

func (o outcome) String() string {
	switch {
	case !o.on:
		return "off"
	case len(o.value) == 0:
		return "on"
	}
	const most = 60 // characters of a value that a sentence can hold
	value := []rune(string(o.value))
	if len(value) > most {
		return string(value[:most]) + "…"
	}
	return string(value)
}

// advise says what to do, in order.
func (f StaleFlag) advise(children []string) string {
	var steps []string
	unused := slices.ContainsFunc(f.Reasons, func(r StaleReason) bool { return r.Kind == Unused })
	switch {
	case unused:
		steps = append(steps, "Look whether the code still names it, and take that out.")
	case f.Enabled && f.Type == Boolean:
		steps = append(steps, "In the code, keep the way for “on” and delete the other, and release that.")
	case f.Enabled:
		steps = append(steps, "In the code, write the value in its place, and release that.")
	default:
		steps = append(steps, "In the code, delete the way for “on”, and release that.")
	}
	if len(children) > 0 {
		steps = append(steps, fmt.Sprintf("Delete what is below it (%s).", strings.Join(children, ", ")))
	}
	steps = append(steps, fmt.Sprintf("Then delete the flag here. If it shall stay, give it the tag %s.", Permanent))
	return strings.Join(steps, " ")
}

// StaleOrder says how a report is sorted.
type StaleOrder string

// The orders.
const (
	ByAge   StaleOrder = "age" // the oldest first
	ByKey   StaleOrder = "key"
	ByOwner StaleOrder = "owner" // those without an owner first
)

// Narrow gives the report with only the flags of an owner and with a tag ("" for any), in an order.
func (r StaleReport) Narrow(owner, tag string, order StaleOrder) StaleReport {
	r.Flags = slices.DeleteFunc(slices.Clone(r.Flags), func(f StaleFlag) bool {
		return owner != "" && !strings.EqualFold(f.Owner, owner) || tag != "" && !slices.Contains(f.Tags, tag)
	})
	switch order { //nolint:exhaustive // by age is the order they are in
	case ByKey:
		slices.SortStableFunc(r.Flags, func(a, b StaleFlag) int { return cmp.Compare(a.Key, b.Key) })
	case ByOwner:
		slices.SortStableFunc(r.Flags, func(a, b StaleFlag) int { return cmp.Compare(a.Owner, b.Owner) })
	}
	return r
}
