package rollout

import (
	"slices"
	"strings"
)

// proven says whether a guard has found what it looks for.
func (r Reading) proven() bool { return r.Status == StatusHarmful || r.Status == StatusBroken }

// stops says whether a guard lets no phase be left now.
func (r Reading) stops() bool { return r.proven() && r.Action == HoldOnHarm }

// told says whether a guard has told of a scope already, in the present test.
func (r *Rollout) told(reading Reading) bool {
	return slices.ContainsFunc(r.Alerts, func(a Alert) bool {
		return (len(r.Tests) == 0 || !a.At.Before(r.testedFrom())) && a.Guard == reading.Guard && a.Metric == reading.Metric && a.Scope == reading.Scope
	})
}

// alert is what guards tell that do not roll back, as far as they have not: the rollout is held if one of them freezes
// it, and goes on otherwise.
func alert(in Input) (Verdict, bool) {
	v := Verdict{Action: Notify, Readings: in.Readings}
	var said []string
	for _, reading := range in.Readings {
		if !reading.proven() || reading.Action == RollBackOnHarm || in.Rollout.told(reading) {
			continue
		}
		if reading.Guard == Ingest && reading.Action == HoldOnHarm { // a quiet night wakes nobody; the ladder waits all the same
			continue
		}
		reason := sentence(reading)
		v.Alerts = append(v.Alerts, Alert{
			Guard: reading.Guard, Metric: reading.Metric, Scope: reading.Scope, Action: reading.Action, Reason: reason, At: in.Now,
		})
		said = append(said, reason)
		if reading.Action == FreezeOnHarm && in.Rollout.State != Held {
			v.Action = Hold
		}
	}
	v.Reason = strings.Join(said, "; ")
	return v, len(v.Alerts) > 0
}
