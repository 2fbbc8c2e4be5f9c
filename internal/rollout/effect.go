package rollout

import (
	"slices"

	"github.com/siteproof/belay/internal/stats"
)

const (
	// effectAlpha is the chance that an effect's bounds ever miss it.
	effectAlpha = .05
	// effectScale is the difference of shares at which its bounds are tightest.
	effectScale = .03
)

// Explain adds to readings how large each difference is. It takes longer than the judging itself, so it is for those
// that somebody looks at.
func (e *Evidence) Explain(readings []Reading) []Reading {
	explained := slices.Clone(readings)
	for n := range explained {
		explained[n].Effect = e.effect(explained[n])
	}
	return explained
}

func (e *Evidence) effect(r Reading) *Effect {
	if name, counts := (Guard{Kind: r.Guard, Metric: r.Metric}).measures(); counts {
		return e.differenceOf(name, r.Guard != Metric)
	}
	var labels []stats.Labels
	part := e.numbers[r.Scope]
	switch r.Guard { //nolint:exhaustive // the others compare nothing
	case Errors:
		if labels = e.firsts[part].all; r.Since != nil {
			labels = e.after[part].labels
		}
	case SilentClients:
		labels = e.silence.firsts.all
	case Conversion:
		labels = e.converted.all
	case NewIssue:
		if f := e.fresh.issues[r.Fingerprint]; f != nil {
			labels = f.spans
		}
	}
	i, known := stats.RatioInterval(labels, effectAlpha)
	if !known {
		return nil
	}
	return &Effect{Kind: "ratio", Estimate: i.Estimate, Low: i.Low, High: i.High}
}

func (e *Evidence) differenceOf(name string, repeats bool) *Effect {
	for _, m := range e.measures {
		if m.name != name || m.repeats != repeats {
			continue
		}
		all, later := m.pairs()
		if repeats {
			all = later
		}
		if i, known := stats.DifferenceInterval(all, effectScale, effectAlpha); known {
			return &Effect{Kind: "difference", Estimate: i.Estimate, Low: i.Low, High: i.High}
		}
	}
	return nil
}
