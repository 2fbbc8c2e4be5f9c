package rollout

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/siteproof/belay/internal/fault"
)

// mostPoints bounds a line; when it is full every other point is dropped and points come half as often.
const mostPoints = 600

// Series are the guards' evidence over time.
type Series struct {
	Lines []Line `json:"lines"`
}

// Line is one guard and scope; points are oldest first.
type Line struct {
	Guard     GuardKind `json:"guard"`
	Metric    string    `json:"metric,omitempty"` // of the guard Metric: which one
	Scope     string    `json:"scope"`
	Threshold float64   `json:"threshold"`
	SafeNeed  float64   `json:"safe_need"`
	Points    []Point   `json:"points"`
}

// Point is evidence at one moment, nats.
type Point struct {
	At   time.Time `json:"at"`
	LogE float64   `json:"log_e"`
	Safe float64   `json:"safe_log_e"`
}

// series collects points.
type series struct {
	every time.Duration
	last  time.Time
	lines map[lineName]*Line
}

type lineName struct {
	guard         GuardKind
	metric, scope string
}

func newSeries() *series {
	return &series{every: time.Second, lines: map[lineName]*Line{}}
}

// add takes a point of each reading, unless the last ones are too fresh.
func (s *series) add(at time.Time, readings []Reading) {
	if at.Sub(s.last) < s.every {
		return
	}
	s.last = at
	full := false
	for _, r := range readings {
		name := lineName{r.Guard, r.Metric, r.Scope}
		line, known := s.lines[name]
		if !known {
			line = &Line{Guard: r.Guard, Metric: r.Metric, Scope: r.Scope}
			s.lines[name] = line
		}
		line.Threshold, line.SafeNeed = r.Threshold, max(line.SafeNeed, r.SafeNeed)
		line.Points = append(line.Points, Point{At: at, LogE: r.LogE, Safe: r.SafeLogE})
		full = full || len(line.Points) >= mostPoints
	}
	if full {
		s.thin()
	}
}

func (s *series) thin() {
	s.every *= 2
	for _, line := range s.lines {
		line.Points = everyOther(line.Points)
	}
}

// everyOther drops every other point in place, never the last.
func everyOther(points []Point) []Point {
	kept := points[:0]
	for n, p := range points {
		if n%2 == 0 || n == len(points)-1 {
			kept = append(kept, p)
		}
	}
	return kept
}

// replay takes points from the past, as they would have been taken then.
func (s *series) replay(e *Evidence, at time.Time) {
	if at.Sub(s.last) >= s.every {
		s.add(at, e.At(at))
	}
}

// list gives copies of the lines, of at most so many points each, in a steady order.
func (s *series) list(most int) []Line {
	all := []Line{}
	for _, line := range s.lines {
		copied := *line
		copied.Points = slices.Clone(line.Points)
		for len(copied.Points) > most {
			copied.Points = everyOther(copied.Points)
		}
		all = append(all, copied)
	}
	slices.SortFunc(all, func(x, y Line) int {
		return cmp.Or(cmp.Compare(x.Guard, y.Guard), cmp.Compare(x.Metric, y.Metric), cmp.Compare(x.Scope, y.Scope))
	})
	return all
}

// Series gives the evidence of a rollout over time; a rollout that never started has none.
func (s *Service) Series(ctx context.Context, rolloutID string) (Series, error) {
	r, err := s.Store.FindRollout(ctx, rolloutID)
	if err != nil {
		return Series{}, err
	}
	if found, watched := s.watches.Load(rolloutID); watched && live(&r) {
		w := found.(*watch)
		w.mu.Lock()
		defer w.mu.Unlock()
		return Series{Lines: w.series.list(mostPoints)}, nil
	}
	record, err := s.Store.FindRecord(ctx, rolloutID)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return Series{}, err
	}
	return Series{Lines: orEmpty(record.Lines)}, nil
}
