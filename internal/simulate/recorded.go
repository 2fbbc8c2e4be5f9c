package simulate

import (
	"math"
	"slices"
	"time"

	"github.com/siteproof/belay/internal/recording"
	"github.com/siteproof/belay/internal/rollout"
	"github.com/siteproof/belay/internal/telemetry"
)

// newRecorded begins a trace that a rollout of the past left. It knows what other traces do not: its components, its
// plan, which applies unless another is named, the hours of the day, and what people did. Nobody else says yes.
func newRecorded(start Record, plan *rollout.Plan) (*Judge, error) {
	s := start.Recorded
	made := s.Plan
	if plan != nil {
		made = *plan
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
	j := &Judge{plan: made, rollout: r, began: at, recorded: true, copies: newCopies(), evidence: rollout.NewEvidence(r, past)}
	j.evidence.PlaceBy(j.place)
	return j, nil
}

// observeRecorded counts one event of a recorded rollout, just as it was stored.
func (j *Judge) observeRecorded(r Record) {
	e := r.Event
	j.current = &r
	j.count(telemetry.Event{
		EnvironmentID: environment, Session: r.Session, User: r.User, Kind: e.Kind, At: j.at(e.At), ReceivedAt: j.at(r.T), Release: r.Release,
		Browser: r.Browser, OS: r.OS, Tier: e.Tier, Variants: e.Variants, Flag: e.Flag, Variant: e.Variant, Component: r.Component, Name: e.Name,
		Value: e.Value, Message: e.Message, Source: e.Source, Fingerprint: r.Fingerprint, Properties: e.Properties,
	})
}

// act does what a person did.
func (j *Judge) act(t int64, a recording.Act) {
	before := j.rollout
	j.rollout = j.rollout.Obeyed(a.Action, a.Component, a.By, a.Reason, j.at(t))
	j.evidence.Follow(j.rollout)
	j.ended = j.rollout.State == rollout.RolledBack || j.rollout.State == rollout.Completed
	if before.State != j.rollout.State || before.Phase != j.rollout.Phase || len(before.Lost) != len(j.rollout.Lost) {
		j.Log = append(j.Log, Entry{
			T: t, Action: string(a.Action), By: a.By, Phase: j.rollout.Phase, Percent: j.Share() * 100, Component: a.Component, Reason: a.Reason,
		})
	}
}

// at is a moment of the trace.
func (j *Judge) at(t int64) time.Time { return j.began.Add(time.Duration(t) * time.Millisecond) }

// spanOf is the last span of a share, the present one when there is none.
func (j *Judge) spanOf(weight float64) int {
	for n, s := range slices.Backward(j.rollout.Spans) {
		if math.Abs(s.Percent-weight*100) < sameShare {
			return n
		}
	}
	return len(j.rollout.Spans) - 1
}
