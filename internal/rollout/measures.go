package rollout

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/siteproof/belay/internal/stats"
	"github.com/siteproof/belay/internal/telemetry"
)

const (
	// slowShare is the percentile of the old version beyond which a view is slow.
	slowShare = .75
	// renewEvery is how often that percentile is taken anew; between, all views of both sides are held against the same.
	renewEvery = 10 * time.Minute
	// mostViews is how many views of the old version it is taken from, the latest ones.
	mostViews = 20_000
	// leastViews is how many it takes at least.
	leastViews = 200
)

// measure follows one kind of value, such as LCP: which share of it is beyond the percentile that the old version had
// before. Both sides are held against the same limit at the same time, so it may follow the day. The limit rests on
// what came before it alone.
type measure struct {
	name     string
	repeats  bool // harm is judged on what is not a person's first view in a span, when caches of both sides are warm
	limit    float64
	known    bool  // the limit
	renewAt  int64 // µs
	recent   sketch
	spans    []measured
	people   []viewer // by person, as far as any has a view
	slow     tally    // people at their first slow view that counts for harm, to say who they are
	reported bool     // by the old version, in this rollout or before
}

// measured are the sums of one span: of all views, and of all but each person's first.
type measured struct{ all, later stats.Pair }

// viewer is what one person added to a span's sums.
type viewer struct {
	firstAt    int64 // when the first view in the span happened, as of happened
	units, bad uint32
	first      uint8 // of the first view in the span: was it slow
	span       uint8 // number, from 1
	slow       bool  // counted in slow
}

// newMeasure begins with the usual limit, when that is known, for as long as one lasts.
func newMeasure(name string, repeats bool, past Past, started int64) *measure {
	limit, known := past.Percentiles[name]
	return &measure{
		name: name, repeats: repeats, limit: limit, known: known, reported: known, recent: newSketch(), renewAt: started + renewEvery.Microseconds(),
	}
}

// renew takes the limit anew when that is due.
func (m *measure) renew(at int64) {
	if m.known && at < m.renewAt {
		return
	}
	if m.recent.count >= leastViews {
		m.limit, m.known = m.recent.percentile(slowShare), true
		m.renewAt = at + renewEvery.Microseconds()
	}
}

// value counts one view, the one that an event tells of.
func (e *Evidence) value(m *measure, event telemetry.Event, who uint32, span int, seen numbers) {
	value := event.Value
	m.renew(event.ReceivedAt.UnixMicro())
	if m.known {
		bad := uint32(0)
		if value > m.limit {
			bad = 1
		}
		e.units(m, who, span, e.happened(event), 1, bad, seen)
	}
	if e.side(who, span) == 0 {
		m.recent.add(value)
		m.reported = true
	}
}

// happened is when an event happened, ms since the start, which is how exactly a recorded rollout says it.
func (e *Evidence) happened(event telemetry.Event) int64 {
	at := cmp.Or(event.At, event.ReceivedAt)
	if e.rollout.StartedAt == nil {
		return at.UnixMilli()
	}
	return at.Sub(*e.rollout.StartedAt).Milliseconds()
}

// units counts so many units of one person that happened at a moment, of which some are bad. The first view is the one
// that happened first: where an earlier one arrives later, it takes the place of what was taken for the first. Else cold
// caches would come to be judged, on the side of the new version alone.
func (e *Evidence) units(m *measure, who uint32, span int, at int64, units, bad uint32, seen numbers) {
	if n := len(e.people); len(m.people) < n {
		m.people = append(m.people, make([]viewer, n-len(m.people))...)
	}
	v := &m.people[who]
	if int(v.span) != span+1 {
		*v = viewer{span: uint8(span + 1), slow: v.slow} //nolint:gosec // maxPhases
	}
	sums, first := &m.spans[span], v.units == 0
	e.cluster(&sums.all, who, span).Add(float64(v.units), float64(v.bad), float64(units), float64(bad))
	wasFirst, judged := v.first, bad
	if first || (m.repeats && at < v.firstAt) {
		v.first, v.firstAt = uint8(min(bad, 1)), at //nolint:gosec // 0 or 1
		if m.repeats {
			judged = uint32(wasFirst) // of the view whose place it took; nothing when there was none
		}
	}
	if !first {
		e.cluster(&sums.later, who, span).Add(float64(v.units)-1, float64(v.bad)-float64(wasFirst), float64(units), float64(judged))
	}
	v.units += units
	v.bad += bad
	if judged > 0 && !v.slow {
		v.slow = true
		e.label(&m.slow, who, span, seen)
	}
}

// measureReading is of everything only: a page's speed does not say which component it is owed to.
//
// Harm is judged on what caches that are warm on both sides leave. Safety may be shown by all views, cold caches
// included, or by those: what is excluded is harm beyond the margin by both counts, so the evidence is averaged.
func (e *Evidence) measureReading(g Guard, m *measure) Reading {
	all, later := m.pairs()
	judged := all
	if m.repeats {
		judged = later
	}
	r := Reading{Guard: g.Kind, Metric: g.Metric, Unit: traits[g.Kind].unit, Action: g.action(), Limit: m.limit}
	for _, p := range judged {
		r.Treatment.add(p.Treatment)
		r.Control.add(p.Control)
	}
	r.Threshold = e.alone(g)
	r.LogE = stats.Worse(judged, g.Tolerance)
	if margin, gates := e.margin(g); gates && m.reported { // what nobody measures, also not with the old version, gates nothing
		r.Margin = margin
		r.SafeNeed = -math.Log(e.rollout.Plan.PromotionError)
		if r.SafeLogE = stats.Safe(all, margin); m.repeats {
			r.SafeLogE = stats.Average([]float64{r.SafeLogE, stats.Safe(later, margin)}, 2)
		}
	}
	return e.judged(g, r, 0)
}

func (m *measure) pairs() (all, later []stats.Pair) {
	all, later = make([]stats.Pair, len(m.spans)), make([]stats.Pair, len(m.spans))
	for n, s := range m.spans {
		all[n], later[n] = s.all, s.later
	}
	return all, later
}

func (a *Arm) add(c stats.Cluster) {
	a.Users += int64(c.Units)
	a.Affected += int64(c.Bad)
}

// sketch keeps the latest values, each to a fiftieth, and finds their percentile.
type sketch struct {
	ring   []uint16 // cells of the latest values
	next   int
	counts []int32 // by cell
	count  int
}

// Cells are a fiftieth wide: from a ten-thousandth, which is nothing of a layout shift, to eleven days in milliseconds.
const (
	leastValue = 1e-4
	cellWidth  = .02
	cells      = 1500
)

func newSketch() sketch { return sketch{counts: make([]int32, cells)} }

func cellOf(value float64) uint16 {
	if !(value > leastValue) {
		return 0
	}
	return uint16(min(cells-1, 1+math.Floor(math.Log(value/leastValue)/cellWidth))) //nolint:gosec // cells
}

// top is the largest value of a cell.
func top(cell int) float64 {
	if cell == 0 {
		return 0
	}
	return leastValue * math.Exp(float64(cell)*cellWidth)
}

func (s *sketch) add(value float64) {
	cell := cellOf(value)
	if len(s.ring) < mostViews {
		s.ring = append(s.ring, cell)
		s.count++
	} else {
		s.counts[s.ring[s.next]]--
		s.ring[s.next] = cell
		s.next = (s.next + 1) % mostViews
	}
	s.counts[cell]++
}

// percentile is the least cell's top that at least such a share of the values does not exceed.
func (s *sketch) percentile(share float64) float64 {
	need, below := int32(math.Ceil(share*float64(s.count))), int32(0)
	n := slices.IndexFunc(s.counts, func(c int32) bool {
		below += c
		return below >= need
	})
	return top(max(0, n))
}
