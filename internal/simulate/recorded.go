package simulate

import (
	"math"
	"slices"
	"time"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/recording"
	"github.com/siteproof/belay/internal/rollout"
	"github.com/siteproof/belay/internal/telemetry"
)

// newRecorded begins a trace that a rollout of the past left. It knows what other traces do not: its components, its
// plan, which applies unless another is named, the hours of the day, and what people did. Nobody else says yes.
func newRecorded(start Record, terms Terms) (*Judge, error) {
	s := start.Recorded
	if !terms.Start.IsZero() {
		return nil, fault.New(fault.Invalid, "a recorded rollout says itself when it began: %s", s.StartedAt.Format(time.RFC3339))
	}
	made := s.Plan
	if terms.Plan != nil {
		made = *terms.Plan
	}
	if err := made.Validate(); err != nil {
		return nil, err
	}
	at := s.StartedAt
	r := rollout.Rollout{
		ID: s.Rollout, EnvironmentID: environment, Name: "Recorded", Flag: s.Flag, Components: s.Components, Parents: s.Parents, Salt: "simulation",
		Plan: made, State: rollout.Running, CreatedAt: at, StartedAt: &at, Spans: []rollout.Span{{Percent: made.Share(0), From: at}},
	}
	past := rollout.Past{Fingerprints: start.KnownFingerprints, Percentiles: s.Percentiles}
	j := &Judge{
		plan: made, rollout: r, began: at, known: true, recorded: true, fixed: terms.Plan != nil, copies: newCopies(), past: past,
		evidence: rollout.NewEvidence(r, past),
	}
	j.evidence.PlaceBy(j.place)
	return j, nil
}

// observeRecorded counts one event of a recorded rollout, just as it was stored.
func (j *Judge) observeRecorded(r Record) {
	e := r.Event
	j.current = &r
	j.count(telemetry.Event{
		EnvironmentID: environment, Session: r.Session, User: r.User, Kind: e.Kind, Seq: e.Seq, At: j.at(e.At), ReceivedAt: j.at(r.T), Release: r.Release,
		Browser: r.Browser, OS: r.OS, Tier: e.Tier, Variants: e.Variants, Flag: e.Flag, Variant: e.Variant, Component: r.Component, Name: e.Name,
		Value: e.Value, Message: e.Message, Source: e.Source, Fingerprint: r.Fingerprint, Properties: e.Properties,
	})
}

// act does what a person did.
func (j *Judge) act(t int64, a recording.Act) {
	before := j.rollout
	if a.Action == rollout.ChangePolicy {
		j.change(a.Plan, j.at(t))
	} else {
		j.rollout = j.rollout.Obeyed(a.Action, a.Component, a.By, a.Reason, j.at(t))
	}
	j.evidence.Follow(j.rollout)
	j.ended = j.rollout.State == rollout.RolledBack || j.rollout.State == rollout.Completed
	if before.State != j.rollout.State || before.Phase != j.rollout.Phase || len(before.Lost) != len(j.rollout.Lost) ||
		len(before.Approvals) != len(j.rollout.Approvals) ||
		before.PolicyChanges != j.rollout.PolicyChanges {
		j.Log = append(j.Log, Entry{
			T: t, Action: string(a.Action), By: a.By, Phase: j.rollout.Phase, Percent: j.Share() * 100, Component: a.Component, Reason: a.Reason,
		})
	}
}

// change puts the rollout under another policy, unless one was named that it has to go by throughout. When it judges
// otherwise, evidence is counted anew.
func (j *Judge) change(plan *rollout.Plan, at time.Time) {
	if plan == nil || j.fixed {
		return
	}
	before := len(j.rollout.Tests)
	j.rollout = j.rollout.Changed(*plan, at)
	j.plan = j.rollout.Plan
	if len(j.rollout.Tests) != before {
		j.evidence = rollout.NewEvidence(j.rollout, j.past)
		j.evidence.PlaceBy(j.place)
	}
}

// at is a moment of the trace.
func (j *Judge) at(t int64) time.Time { return j.began.Add(time.Duration(t) * time.Millisecond) }

// spanOf is the last span of a share in the present test. Where there is none it is the present one, but in a recorded
// rollout, whose shares are exact, none (-1): under a policy that came later to that share, nobody chose by it.
func (j *Judge) spanOf(weight float64) int {
	spans := j.rollout.Spans
	if n := len(j.rollout.Tests); n > 0 {
		spans = spans[min(j.rollout.Tests[n-1].Span, len(spans)):]
	}
	for n, s := range slices.Backward(spans) {
		if math.Abs(s.Percent-weight*100) < sameShare {
			return n
		}
	}
	if j.recorded {
		return -1
	}
	return len(spans) - 1
}
