package rollout

import (
	"fmt"
	"slices"

	"github.com/siteproof/belay/internal/stats"
)

// What a harm may be traced to besides the dimensions of segments.
const (
	ByComponent   Dimension = "component"
	ByFingerprint Dimension = "fingerprint"
)

// blame traces a proven harm: the component, the error, the browser, system, tier and release with most evidence of the
// same harm. None of them is proven by itself; each says where to look first.
func (e *Evidence) blame(g Guard, r Reading, scope int) []Culprit {
	all := []Culprit{}
	if r.Scope == "" {
		if c, found := e.componentCulprit(g, r); found {
			all = append(all, c)
		}
	}
	if g.Kind != SilentClients {
		if f := e.worstIssue(scope, r.Fingerprint); f != nil {
			t, c := people(f.spans)
			all = append(all, Culprit{Dimension: ByFingerprint, Value: f.fingerprint, Title: f.title, LogE: f.logE, Treatment: t, Control: c})
		}
	}
	if t := e.tallyOf(g, scope); t != nil {
		all = append(all, e.valueCulprits(t, g.ratio())...)
	}
	return all
}

// tallyOf are the people whose bad events a guard counts, nil when it does not know who they are.
func (e *Evidence) tallyOf(g Guard, scope int) *tally {
	switch g.Kind {
	case Errors, NewIssue, Segments, Brake:
		return &e.firsts[scope]
	case SilentClients:
		return &e.silence.firsts
	case LCP, INP, CLS, TTFB, PageLoad, Metric:
		name, _ := g.measures()
		for _, m := range e.measures {
			if m.name == name && m.repeats == (g.Kind != Metric) {
				return &m.slow
			}
		}
	case Conversion, SampleRatio, Ingest: // what does not happen has no browser
	}
	return nil
}

// componentCulprit is the component that holds most of the evidence of a harm found in everything together: by all of its
// errors, or by one that nobody had before, which chance cannot hide among those of every day.
func (e *Evidence) componentCulprit(g Guard, r Reading) (Culprit, bool) {
	best := Culprit{Dimension: ByComponent}
	for part := 1; part < len(e.parts); part++ {
		if e.isLost(part) {
			continue
		}
		labels := e.firsts[part].all
		switch g.Kind { //nolint:exhaustive // nothing else knows components
		case Errors, Brake:
		case Segments:
			if labels = nil; r.Culprit != nil {
				labels = e.inSegment(part, *r.Culprit)
			}
		default:
			labels = nil
		}
		logE := stats.Harm(labels, g.ratio())
		if f := e.worstIssue(part, ""); f != nil && f.logE > logE && (g.Kind == Errors || g.Kind == Brake) {
			logE, labels = f.logE, f.spans
		}
		if logE > best.LogE {
			best.Value, best.LogE = e.parts[part], logE
			best.Treatment, best.Control = people(labels)
		}
	}
	return best, best.Value != ""
}

// inSegment are the people of a component's errors in one segment.
func (e *Evidence) inSegment(part int, c Culprit) []stats.Labels {
	d := slices.IndexFunc(rooms, func(r room) bool { return r.dimension == c.Dimension })
	number, known := e.segments.number[d][c.Value]
	if !known {
		return nil
	}
	return e.firsts[part].by[number]
}

// valueCulprits are, of each dimension, the value with most evidence.
func (e *Evidence) valueCulprits(t *tally, ratio float64) []Culprit {
	var all []Culprit
	from := 0
	for _, r := range rooms {
		best := -1
		var most float64
		for n := from; n < from+r.room; n++ {
			if logE := stats.Harm(t.by[n], ratio); t.by[n] != nil && logE > 0 && (best < 0 || logE > most) {
				best, most = n, logE
			}
		}
		if best >= 0 {
			all = append(all, e.valueCulprit(t, best, ratio))
		}
		from += r.room
	}
	return all
}

func (e *Evidence) valueCulprit(t *tally, number int, ratio float64) Culprit {
	c := Culprit{Dimension: dimensionOf(number), Value: e.segments.value[number], LogE: stats.Harm(t.by[number], ratio)}
	c.Treatment, c.Control = people(t.by[number])
	return c
}

// worstIssue is the new issue named, or else the one with most evidence in a component (0 means anywhere still on); nil
// when there is none.
func (e *Evidence) worstIssue(scope int, fingerprint string) *freshIssue {
	if fingerprint != "" {
		return e.fresh.issues[fingerprint]
	}
	var worst *freshIssue
	for _, f := range e.fresh.issues {
		part := f.part()
		if f.order == 0 || f.logE <= 0 || (scope > 0 && part != scope) || e.isLost(part) {
			continue
		}
		if worst == nil || f.logE > worst.logE || (f.logE == worst.logE && f.order < worst.order) {
			worst = f
		}
	}
	return worst
}

// mostOf is how much of the evidence against everything together a component must hold to be the one at fault.
const mostOf = 0.6

// takeBack is the smallest thing that explains a harm: the component in whose own scope it was found, or that holds most
// of the evidence of a harm found in everything together. If that already went back and the harm is still there, it is
// what stands above it, and in the end everything.
func takeBack(r Rollout, harm Reading) Verdict {
	component := harm.Scope
	if component == "" {
		component = suspect(harm)
	}
	said := sentence(harm)
	if component != "" && r.isLost(component) {
		said = fmt.Sprintf("%s went back and people who had the new version still meet errors there: %s", component, counted(harm))
		for component != "" && r.isLost(component) {
			component = r.Parents[component]
		}
	}
	if component == "" || !slices.Contains(r.Components, component) || len(r.below(component)) == len(r.Components)-len(r.Lost) {
		return Verdict{Action: RollBackAll, Reason: said + "; everything goes back"}
	}
	return Verdict{Action: RollBackPart, Component: component, Reason: said + "; only " + component + " goes back"}
}

// suspect is the component that holds most of the evidence of a harm that was proven for everything together.
func suspect(harm Reading) string {
	for _, c := range harm.Blame {
		if c.Dimension == ByComponent && c.LogE >= mostOf*harm.LogE {
			return c.Value
		}
	}
	return ""
}

// below is a component and what stands below it, as far as it has not gone back yet.
func (r *Rollout) below(component string) []string {
	var all []string
	for _, c := range r.Components {
		above := c
		for above != "" && above != component {
			above = r.Parents[above]
		}
		if above == component && !r.isLost(c) {
			all = append(all, c)
		}
	}
	return all
}
