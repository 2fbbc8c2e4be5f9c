package proposal

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag"
)

// Edit is one wish of a step: fields of a flag or segment as they shall be, or its removal.
type Edit struct {
	Flag    string                     `json:"flag,omitempty" maxLength:"150" doc:"key of the flag; give this or segment"`
	Segment string                     `json:"segment,omitempty" maxLength:"150" doc:"key of the segment"`
	Set     map[string]json.RawMessage `json:"set,omitempty" doc:"fields as they shall be, as the flag or segment shows them; of one that does not exist, all it shall have"`
	Remove  bool                       `json:"remove,omitempty"`
}

// NewStep is one step of a request to be written.
type NewStep struct {
	At    string `json:"at,omitempty" maxLength:"40" doc:"when: 2026-11-30T09:00 in the zone, or with an offset; empty: as soon as it may be made"`
	Zone  string `json:"zone,omitempty" maxLength:"60" doc:"such as Europe/Berlin; UTC when empty"`
	Edits []Edit `json:"edits" minItems:"1" maxItems:"1000"`
}

// Propose writes a request of several steps. Each is computed on top of the ones before. One that needs no approval and
// has no time is made at once.
func (s *Service) Propose(ctx context.Context, actor change.Actor, reason, environmentID string, steps []NewStep) (Proposal, error) {
	times, err := s.times(steps)
	if err != nil {
		return Proposal{}, err
	}
	var begins []int
	_, err = s.Journal.Commit(marked(ctx, mark{steps: &begins, times: times}), actor, reason, func(ctx context.Context) error {
		for n, step := range steps {
			begins = append(begins, len(change.Recorded(ctx)))
			if err := s.edit(ctx, actor, reason, environmentID, n, step.Edits); err != nil {
				return err
			}
			if len(change.Recorded(ctx)) == begins[n] {
				return fault.New(fault.Conflict, "step %d would change nothing", n+1).At(fmt.Sprintf("steps[%d]", n), "everything is so already")
			}
		}
		return nil
	})
	if held, is := asHeld(err); is {
		return held.Request, nil
	}
	return Proposal{}, err
}

// times reads when each step is to be made; they have to follow one another.
func (s *Service) times(steps []NewStep) ([]Batch, error) {
	if len(steps) == 0 || len(steps) > mostSteps {
		return nil, fault.New(fault.Invalid, "a change request has 1 to %d steps", mostSteps).At("steps", "1 to %d", mostSteps)
	}
	var out []Batch
	var last time.Time
	for n, step := range steps {
		made := Batch{Zone: step.Zone}
		if step.At != "" {
			at, err := s.ParseTime(step.At, step.Zone)
			if err != nil {
				return nil, err
			}
			if !at.After(last) {
				return nil, fault.New(fault.Invalid, "step %d is not after the one before", n+1).At(fmt.Sprintf("steps[%d].at", n), "later than step %d", n)
			}
			made.At, last = &at, at
		} else if n > 0 {
			return nil, fault.New(fault.Invalid, "step %d has no time", n+1).At(fmt.Sprintf("steps[%d].at", n), "only the first step may go without")
		}
		out = append(out, made)
	}
	return out, nil
}

// edit carries out one step's wishes inside the commit under way.
func (s *Service) edit(ctx context.Context, actor change.Actor, reason, environmentID string, n int, edits []Edit) error {
	items, err := s.items(ctx, environmentID)
	if err != nil {
		return err
	}
	var operations []flag.Operation
	for i, e := range edits {
		at := fmt.Sprintf("steps[%d].edits[%d]", n, i)
		o, err := e.operation(items, at)
		if err != nil {
			return err
		}
		operations = append(operations, o)
	}
	_, err = s.Flags.Apply(ctx, actor, reason, environmentID, flag.AnyRevision, operations)
	return err
}

// operation is what an edit comes to when it is made to what is there.
func (e Edit) operation(items map[string]json.RawMessage, at string) (flag.Operation, error) {
	kind, key := "flag", e.Flag
	if key == "" {
		kind, key = "segment", e.Segment
	}
	if key == "" || (e.Flag != "" && e.Segment != "") || e.Remove == (len(e.Set) > 0) {
		return flag.Operation{}, fault.New(fault.Invalid, "an edit names a flag or a segment, and either what to set or that it is to be removed").
			At(at, "flag or segment, and set or remove")
	}
	if e.Remove {
		return operation(kind, key, nil)
	}
	present, err := split(items[kind+"/"+key])
	if err != nil {
		return flag.Operation{}, err
	}
	next := fields{"key": json.RawMessage(fmt.Sprintf("%q", key))}
	maps.Copy(next, present)
	for field, value := range e.Set {
		if slices.Contains(unmerged, field) || field == "key" {
			return flag.Operation{}, fault.New(fault.Invalid, "%s cannot be set", field).At(at+".set."+field, "belongs to Belay")
		}
		next[field] = value
	}
	text, err := json.Marshal(next)
	if err != nil {
		return flag.Operation{}, err
	}
	if err := known(kind, text); err != nil {
		return flag.Operation{}, fault.New(fault.Invalid, "this is no %s: %w", kind, err).At(at+".set", "fields as GET shows them")
	}
	return operation(kind, key, text)
}

// known refuses fields that a flag or segment does not have.
func known(kind string, text json.RawMessage) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if kind == "flag" {
		return d.Decode(new(flag.Flag))
	}
	return d.Decode(new(flag.Segment))
}

// Refresh computes the differences of a request anew, against what is there now, when something else changed what it
// touches. What its fields shall be stays; approvals are needed anew, and times that have passed are dropped.
func (s *Service) Refresh(ctx context.Context, actor change.Actor, reason, proposalID string) (Proposal, error) {
	old, err := s.Store.FindProposal(ctx, proposalID)
	if err != nil {
		return Proposal{}, err
	}
	if old.State != Stale {
		return Proposal{}, refuse(&old, "computed anew")
	}
	steps, err := s.rebase(ctx, actor, old)
	if err != nil {
		return Proposal{}, err
	}
	needed, extra, err := s.asks(ctx, old.By, recorded(steps))
	if err != nil {
		return Proposal{}, err
	}
	p, err := s.turn(ctx, actor, reason, proposalID, "refreshed", func(_ context.Context, p *Proposal) error {
		if p.State != Stale {
			return refuse(p, "computed anew")
		}
		p.Steps, p.Base, p.Conflicts, p.Why, p.Approvals = steps, s.Journal.Head(), nil, "", []Consent{}
		if p.Needed, p.Extra = needed, extra; p.Needed > 0 {
			p.State = Waiting
		} else {
			p.State = Scheduled
		}
		if latest := s.moment().Add(expiresAfter); latest.After(p.ExpiresAt) {
			p.ExpiresAt = latest
		}
		return nil
	})
	if err != nil {
		return Proposal{}, err
	}
	return s.runNow(ctx, p)
}

func recorded(steps []Batch) []change.Change {
	var all []change.Change
	for _, step := range steps {
		all = append(all, step.Changes...)
	}
	return all
}
