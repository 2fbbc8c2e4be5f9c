package rollout

import (
	"encoding/json"

	"github.com/siteproof/belay/internal/telemetry"
)

// mostUnits bounds what one report may count, so that no sum loses its exactness.
const mostUnits = 1_000_000

// counts are what a server reports of one person or one side: so many units, so many of them bad.
type counts struct {
	Units uint32 `json:"units"`
	Bad   uint32 `json:"bad"`
}

// countsOf reads what a report counts; counted is false for one that brings a value instead.
func countsOf(event telemetry.Event) (c counts, counted bool) {
	if len(event.Properties) == 0 {
		return c, false
	}
	if err := json.Unmarshal(event.Properties, &c); err != nil {
		return c, false
	}
	c.Units = min(c.Units, mostUnits)
	c.Bad = min(c.Bad, c.Units)
	return c, c.Units > 0
}

// metric counts what a server reports of one person.
func (e *Evidence) metric(event telemetry.Event, who uint32, span int, where numbers) {
	for _, m := range e.measures {
		if m.repeats || m.name != event.Name {
			continue
		}
		if c, counted := countsOf(event); counted {
			e.units(m, who, span, e.happened(event), c.Units, c.Bad, where)
			m.reported = m.reported || e.side(who, span) == 0
		} else {
			e.value(m, event, who, span, where)
		}
	}
}

// report counts what a server reports of a whole side at once: Variant says which, Flag of which rollout. Each report
// is a cluster of its own, since nobody knows whose units it holds.
func (e *Evidence) report(event telemetry.Event) {
	span := e.spanAt(event.ReceivedAt)
	if span < 0 || event.Flag != e.rollout.Flag {
		return
	}
	c, counted := countsOf(event)
	if !counted {
		return
	}
	for _, m := range e.measures {
		if m.repeats || m.name != event.Name {
			continue
		}
		switch sums := &m.spans[span].all; event.Variant {
		case telemetry.Treatment:
			sums.Treatment.Add(0, 0, float64(c.Units), float64(c.Bad))
		case telemetry.Control:
			sums.Control.Add(0, 0, float64(c.Units), float64(c.Bad))
			m.reported = true
		}
	}
}
