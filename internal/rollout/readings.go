package rollout

import (
	"math"
	"slices"
	"time"

	"github.com/siteproof/belay/internal/stats"
)

// The absolute brake: this share of people with an error within this time, this many of them, and the guard's ratio to
// the old version, and nothing else is asked.
const (
	BrakeWindow = 2 * time.Minute
	BrakeRate   = 0.05
	BrakePeople = 20
	// brakeControl is how many people with the old version it takes to know its rate.
	brakeControl = 20
)

// The statuses of a reading.
const (
	StatusHarmful  = "harmful"
	StatusWatching = "watching"
	StatusSafe     = "safe"
	StatusWaiting  = "waiting" // too little data to tell anything
	StatusOff      = "off"     // taken back
	StatusBroken   = "broken"  // not the new version is at fault, but the data that verdicts rest on
)

// At reads every guard at a moment: for everything still on and for each component.
//
// While everybody has the new version there is no old one to compare with: the evidence of the guards that compare stands
// still where the phases before left it, and only the brake watches.
func (e *Evidence) At(now time.Time) []Reading {
	e.settle(now)
	var all []Reading
	measures := e.measures
	for _, g := range e.rollout.Plan.Guards {
		switch g.Kind {
		case Errors:
			all = append(all, e.errorReadings(g)...)
		case SilentClients:
			all = append(all, e.silenceReading(g))
		case NewIssue:
			all = append(all, e.freshReadings(g)...)
		case Segments:
			all = append(all, e.segmentReading(g))
		case LCP, INP, CLS, TTFB, PageLoad, Metric:
			all = append(all, e.measureReading(g, measures[0]))
			measures = measures[1:]
		case Conversion:
			all = append(all, e.conversionReading(g))
		case SampleRatio:
			all = append(all, e.ratioReading(g))
		case Ingest:
			all = append(all, e.ingestReading(g, now))
		case Brake:
			all = append(all, e.brakeReadings(g)...)
		}
	}
	return all
}

// threshold is what evidence must reach to prove harm: the logarithm of one over this scope's part of the guard's share
// of the budget. Half of a share belongs to everything together, half is split evenly over the components.
func (e *Evidence) threshold(g Guard, scope int) float64 {
	alpha := e.rollout.Plan.Budget * g.Share
	switch components := len(e.parts) - 1; {
	case components == 0:
	case scope == 0:
		alpha /= 2
	default:
		alpha /= 2 * float64(components)
	}
	return -math.Log(alpha)
}

// alone is the threshold of a guard that looks at everything together only, and has its whole share for it.
func (e *Evidence) alone(g Guard) float64 { return -math.Log(e.rollout.Plan.Budget * g.Share) }

func (e *Evidence) errorReadings(g Guard) []Reading {
	var all []Reading
	for scope := range e.parts {
		r := e.reading(g, scope, e.firsts[scope].all)
		r.Threshold = e.threshold(g, scope)
		r.LogE = stats.Harm(e.firsts[scope].all, g.ratio())
		if scope == 0 {
			e.readSafety(&r, g, func(s spanCounts) stats.Pair { return s.visits })
		}
		if scope > 0 && e.isLost(scope) {
			e.readAfterwards(&r, g, scope)
		}
		all = append(all, e.judged(g, r, scope))
	}
	return all
}

// reading fills in who was affected, of how many: of a component, those who saw it.
func (e *Evidence) reading(g Guard, scope int, spans []stats.Labels) Reading {
	r := Reading{Guard: g.Kind, Scope: e.parts[scope], Unit: traits[g.Kind].unit, Action: g.action()}
	r.Treatment.Affected, r.Control.Affected = people(spans)
	r.Labels, r.Ratio = slices.Clone(spans), g.ratio()
	seen := e.ever
	if scope > 0 && e.mounted[scope] != [2]int64{} {
		seen = e.mounted[scope]
	}
	r.Control.Users, r.Treatment.Users = seen[0], seen[1]
	return r
}

// margin is the harm that a guard must exclude before the present phase is left; gates is false when there is none.
func (e *Evidence) margin(g Guard) (margin float64, gates bool) {
	if e.rollout.Phase >= len(g.Margins) || e.rollout.Phase >= len(e.rollout.Plan.Phases)-1 {
		return 0, false
	}
	return g.Margins[e.rollout.Phase], true
}

// readSafety adds the evidence that harm is below the present phase's margin, when the guard has one.
func (e *Evidence) readSafety(r *Reading, g Guard, pick func(spanCounts) stats.Pair) {
	margin, gates := e.margin(g)
	if !gates {
		return
	}
	r.Margin = margin
	r.SafeNeed = -math.Log(e.rollout.Plan.PromotionError)
	r.SafeLogE = stats.Safe(e.pairs(pick), margin)
}

func (e *Evidence) pairs(pick func(spanCounts) stats.Pair) []stats.Pair {
	pairs := make([]stats.Pair, 0, len(e.spans))
	for _, s := range e.spans {
		pairs = append(pairs, pick(s))
	}
	return pairs
}

// freshReadings gives the issue with most evidence of each scope that has one, and always one for what no component
// owns. Each issue pays for its order of arrival, so that any number of issues spends the guard's share once; arrival
// is reaching a second person, which does not depend on anybody's side.
func (e *Evidence) freshReadings(g Guard) []Reading {
	worst := make([]*freshIssue, len(e.parts))
	for _, f := range e.fresh.issues {
		if f.order == 0 {
			continue
		}
		part := f.part()
		if w := worst[part]; w == nil || f.logE > w.logE || (f.logE == w.logE && f.order < w.order) {
			worst[part] = f
		}
	}
	var all []Reading
	for scope, f := range worst {
		if f == nil && scope > 0 {
			continue
		}
		var r Reading
		if f == nil {
			r = e.reading(g, scope, nil)
		} else {
			r = e.reading(g, scope, f.spans)
			r.Fingerprint, r.Order, r.LogE = f.fingerprint, f.order, f.logE
		}
		r.Threshold = e.alone(g)
		all = append(all, e.judged(g, r, scope))
	}
	return all
}

// brakeReadings count people with an error in the last two minutes. LogE is how much of the brake's condition is met:
// it acts at 1.
func (e *Evidence) brakeReadings(g Guard) []Reading {
	var all []Reading
	for scope := range e.parts {
		failing := e.failing[scope].count
		if scope > 0 && failing[1] == 0 {
			continue
		}
		r := Reading{
			Guard: g.Kind, Scope: e.parts[scope], Threshold: 1, Unit: traits[g.Kind].unit, Action: g.action(),
			Treatment: Arm{Users: e.active.count[1], Affected: failing[1]}, Control: Arm{Users: e.active.count[0], Affected: failing[0]},
		}
		r.LogE = braked(r, e.usual(r, scope), g.ratio())
		all = append(all, e.judged(g, r, scope))
	}
	return all
}

// usual is the old version's error rate: of the last two minutes when enough people had it then, else of the whole
// rollout, which is rather too high than too low because people had more time. 0 when nobody knows.
func (e *Evidence) usual(r Reading, scope int) float64 {
	if r.Control.Users >= brakeControl {
		return float64(r.Control.Affected) / float64(r.Control.Users)
	}
	if e.ever[0] < brakeControl {
		return 0
	}
	failed := int64(0)
	for _, s := range e.firsts[scope].all {
		failed += s.Control
	}
	return float64(failed) / float64(e.ever[0])
}

// braked is the least met of the brake's three conditions, each as a part of what it needs.
func braked(r Reading, usual, ratio float64) float64 {
	if r.Treatment.Users == 0 {
		return 0
	}
	rate := float64(r.Treatment.Affected) / float64(r.Treatment.Users)
	met := min(1, float64(r.Treatment.Affected)/BrakePeople, rate/BrakeRate)
	if usual > 0 {
		met = min(met, rate/usual/ratio)
	}
	return met
}

// judged says what a reading comes to. A component that went back is off, unless what happened since is harm again.
func (e *Evidence) judged(g Guard, r Reading, scope int) Reading {
	proven := r.LogE >= r.Threshold
	switch {
	case scope > 0 && e.isLost(scope) && (r.Since == nil || !proven):
		r.Status = StatusOff
	case proven && traits[g.Kind].data:
		r.Status = StatusBroken
	case proven:
		r.Status = StatusHarmful
		r.Blame = e.blame(g, r, scope)
	case r.SafeNeed > 0 && r.SafeLogE >= r.SafeNeed:
		r.Status = StatusSafe
	case r.Treatment.Users == 0 || r.Control.Users == 0:
		r.Status = StatusWaiting
	default:
		r.Status = StatusWatching
	}
	return r
}

// present are the people of the new version in the span in force.
func (e *Evidence) present() int64 {
	if len(e.spans) == 0 {
		return 0
	}
	return e.spans[len(e.spans)-1].users[1]
}

func (e *Evidence) cohorts() []Cohort {
	all := []Cohort{}
	for n, s := range e.spans {
		all = append(all, Cohort{Phase: e.rollout.Spans[n].Phase, Treatment: s.users[1], Control: s.users[0]})
	}
	return all
}

// components gives the state of each component.
func (e *Evidence) components() []Part {
	all := partsOf(e.rollout)
	for n := range all {
		p := &all[n]
		part := e.numbers[p.Component]
		r := e.reading(Guard{}, part, e.firsts[part].all)
		p.Treatment, p.Control = r.Treatment, r.Control
		p.Exposed, p.Boundary = e.mounted[part][1], e.thrown[part]
		p.WorstIssue, p.WorstFingerprint = e.worstFresh(part)
	}
	return all
}

// worstFresh is the component's new issue with most evidence of harm, by its title and fingerprint; "" when none has any.
func (e *Evidence) worstFresh(part int) (title, fingerprint string) {
	var worst *freshIssue
	for _, f := range e.fresh.issues {
		if f.order > 0 && f.part() == part && f.logE > 0 && (worst == nil || f.logE > worst.logE || (f.logE == worst.logE && f.order < worst.order)) {
			worst = f
		}
	}
	if worst == nil {
		return "", ""
	}
	return worst.title, worst.fingerprint
}
