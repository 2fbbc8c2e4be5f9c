package rollout

import (
	"math"
	"time"

	"github.com/siteproof/belay/internal/stats"
)

// ratioAlpha is the chance that a fair split is ever called broken.
const ratioAlpha = .001

// ratioReading says whether the people to whom Belay gave flags are split as the shares say. Its arms count the people
// of both sides together, of whom so many are on this one.
func (e *Evidence) ratioReading(g Guard) Reading {
	treatment, control := people(e.fetched)
	r := Reading{
		Guard: g.Kind, Unit: traits[g.Kind].unit, Action: g.action(), LogE: stats.Imbalance(e.fetched), Threshold: -math.Log(ratioAlpha),
		Treatment: Arm{Users: treatment + control, Affected: treatment}, Control: Arm{Users: treatment + control, Affected: control},
	}
	return e.judged(g, r, 0)
}

// conversionReading says whether too few people of the new version do what people come for.
func (e *Evidence) conversionReading(g Guard) Reading {
	r := e.reading(g, 0, e.converted.all)
	r.Threshold = e.alone(g)
	r.LogE = stats.Fewer(e.converted.all, 1/g.ratio())
	return e.judged(g, r, 0)
}

// ingestReading says whether the data that verdicts rest on arrives: 0 while it does, 1 when it does not.
func (e *Evidence) ingestReading(g Guard, now time.Time) Reading {
	r := Reading{Guard: g.Kind, Unit: traits[g.Kind].unit, Action: g.action(), Threshold: 1}
	if !e.Healthy(now) {
		r.LogE = 1
	}
	r.Treatment.Users, r.Control.Users = e.ever[1], e.ever[0]
	return e.judged(g, r, 0)
}

// Healthy says whether the data that a decision rests on arrives, as far as the rollout's own events tell: there was an
// event lately, and pages that fetch their flags report as well.
func (e *Evidence) Healthy(now time.Time) bool {
	return now.UnixMicro()-e.lastAt <= e.rollout.Plan.QuietFor().Microseconds() && !e.blind()
}
