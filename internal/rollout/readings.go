package rollout

import (
	"math"
	"slices"
	"time"

	"github.com/siteproof/belay/internal/stats"
)

// The absolute brake: this share of people with an error within this time, this many of them, and this ratio to the old
// version, and nothing else is asked.
const (
	brakeWindow = 2 * time.Minute
	brakeRate   = 0.05
	brakePeople = 20
)

// At reads every guard at a moment: for everything still on and for each component.
func (e *Evidence) At(now time.Time) []Reading {
	e.expire(now)
	var all []Reading
	for _, g := range e.rollout.Plan.Guards {
		switch g.Kind {
		case Errors:
			all = append(all, e.errorReadings(g)...)
		case SilentClients:
			all = append(all, e.silenceReading(g))
		case NewIssue:
			all = append(all, e.freshReadings(g)...)
		case Brake:
			all = append(all, e.brakeReadings(g, now)...)
		}
	}
	return all
}

// threshold is what evidence must reach to prove harm: the logarithm of one over this scope's part of the guard's share
// of the budget. Half of a share belongs to everything together, half is split evenly over the components.
func (e *Evidence) threshold(g Guard, scope string) float64 {
	alpha := e.rollout.Plan.Budget * g.Share
	switch {
	case len(e.rollout.Components) == 0:
	case scope == "":
		alpha /= 2
	default:
		alpha /= 2 * float64(len(e.rollout.Components))
	}
	return -math.Log(alpha)
}

// safety is what excludes the phase's margin, 0 when the guard does not gate this phase.
func (e *Evidence) safety(g Guard) (margin, need float64) {
	if e.rollout.Phase >= len(g.Margins) || e.rollout.Phase >= len(e.rollout.Plan.Phases)-1 {
		return 0, 0
	}
	return g.Margins[e.rollout.Phase], -math.Log(e.rollout.Plan.PromotionError)
}

func (e *Evidence) errorReadings(g Guard) []Reading {
	var all []Reading
	for _, scope := range append([]string{""}, e.rollout.Components...) {
		r := e.labelReading(g, scope, e.scopeSpans(scope))
		r.LogE = stats.Harm(e.scopeSpans(scope), g.Ratio)
		if scope == "" {
			e.readSafety(&r, g, func(s spanCounts) stats.Pair { return s.errors })
		}
		all = append(all, e.judged(r))
	}
	return all
}

func (e *Evidence) scopeSpans(scope string) []stats.Labels {
	if c, seen := e.scopes[scope]; seen {
		return c.spans
	}
	return nil
}

// labelReading fills in who was affected.
func (e *Evidence) labelReading(g Guard, scope string, spans []stats.Labels) Reading {
	r := Reading{Guard: g.Kind, Scope: scope, Threshold: e.threshold(g, scope)}
	for _, s := range spans {
		r.Treatment.Affected += s.Treatment
		r.Control.Affected += s.Control
	}
	r.Treatment.Users, r.Control.Users = e.users()
	return r
}

// users are the most people seen on each side in any span.
func (e *Evidence) users() (treatment, control int64) {
	for _, s := range e.spans {
		treatment, control = max(treatment, s.users[1]), max(control, s.users[0])
	}
	return treatment, control
}

// readSafety adds the evidence that harm is below the present phase's margin.
func (e *Evidence) readSafety(r *Reading, g Guard, pick func(spanCounts) stats.Pair) {
	margin, need := e.safety(g)
	if need == 0 {
		return
	}
	pairs := make([]stats.Pair, 0, len(e.spans))
	for _, s := range e.spans {
		pairs = append(pairs, pick(s))
	}
	r.SafeNeed = need
	r.SafeLogE = stats.Safe(pairs, margin)
}

func (e *Evidence) silenceReading(g Guard) Reading {
	r := e.labelReading(g, "", e.silent)
	r.Threshold = -math.Log(e.rollout.Plan.Budget * g.Share) // silence has no component: the whole share is its own
	r.LogE = stats.Harm(e.silent, g.Ratio)
	e.readSafety(&r, g, func(s spanCounts) stats.Pair { return s.silence })
	return e.judged(r)
}

// freshReadings gives the worst issue of each scope that has one. Each issue's threshold grows with its order of
// arrival, so that any number of issues spends the guard's share once.
func (e *Evidence) freshReadings(g Guard) []Reading {
	worst := map[string]Reading{}
	for _, f := range e.fresh {
		scope := f.component()
		if f.order == 0 || e.lost[scope] {
			continue
		}
		r := e.labelReading(g, scope, f.spans)
		r.Fingerprint = f.fingerprint
		r.Threshold = -math.Log(e.rollout.Plan.Budget*g.Share) + stats.Arrival(f.order)
		r.LogE = stats.FreshHarm(f.spans)
		before, seen := worst[scope]
		if closer := r.LogE/r.Threshold - before.LogE/before.Threshold; !seen || closer > 0 || (closer == 0 && r.Fingerprint < before.Fingerprint) {
			worst[scope] = r
		}
	}
	if len(worst) == 0 {
		return []Reading{{Guard: g.Kind, Threshold: -math.Log(e.rollout.Plan.Budget*g.Share) + stats.Arrival(1), Status: StatusWatching}}
	}
	all := make([]Reading, 0, len(worst))
	for _, scope := range append([]string{""}, e.rollout.Components...) {
		if r, seen := worst[scope]; seen {
			all = append(all, e.judged(r))
		}
	}
	return all
}

// brakeReadings count people with an error in the last two minutes. LogE is how much of the brake's condition is met:
// it acts at 1.
func (e *Evidence) brakeReadings(g Guard, now time.Time) []Reading {
	from := now.Add(-brakeWindow)
	first := slices.IndexFunc(e.recent, func(r recentError) bool { return r.at.After(from) })
	if first < 0 {
		first = len(e.recent)
	}
	e.recent = e.recent[first:]
	var all []Reading
	for _, scope := range append([]string{""}, e.rollout.Components...) {
		people := [2]map[string]bool{{}, {}}
		for _, r := range e.recent {
			if !e.lost[r.component] && (scope == "" || scope == r.component) {
				people[side(r.treatment)][r.user] = true
			}
		}
		r := Reading{Guard: g.Kind, Scope: scope, Threshold: 1}
		r.Treatment.Affected, r.Control.Affected = int64(len(people[1])), int64(len(people[0]))
		r.Treatment.Users, r.Control.Users = e.present()
		r.LogE = braked(r, g.Ratio)
		all = append(all, e.judged(r))
	}
	return all
}

// present are the people of the span in force.
func (e *Evidence) present() (treatment, control int64) {
	if len(e.spans) == 0 {
		return 0, 0
	}
	last := e.spans[len(e.spans)-1]
	return last.users[1], last.users[0]
}

// braked is the least met of the brake's three conditions, each as a part of what it needs.
func braked(r Reading, ratio float64) float64 {
	if r.Treatment.Users == 0 {
		return 0
	}
	rate := float64(r.Treatment.Affected) / float64(r.Treatment.Users)
	met := min(float64(r.Treatment.Affected)/brakePeople, rate/brakeRate)
	if r.Control.Affected > 0 && r.Control.Users > 0 {
		old := float64(r.Control.Affected) / float64(r.Control.Users)
		met = min(met, rate/old/ratio)
	}
	return min(met, 1)
}

// The statuses of a reading.
const (
	StatusHarmful  = "harmful"
	StatusWatching = "watching"
	StatusSafe     = "safe"
	StatusWaiting  = "waiting"
	StatusOff      = "off"
)

func (e *Evidence) judged(r Reading) Reading {
	switch {
	case e.lost[r.Scope]:
		r.Status = StatusOff
	case r.LogE >= r.Threshold:
		r.Status = StatusHarmful
	case r.SafeNeed > 0 && r.SafeLogE >= r.SafeNeed:
		r.Status = StatusSafe
	case r.Treatment.Users == 0 || r.Control.Users == 0:
		r.Status = StatusWaiting
	default:
		r.Status = StatusWatching
	}
	return r
}
