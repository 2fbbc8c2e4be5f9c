package rollout

import (
	"context"
	"slices"
	"strings"
	"time"
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
	guard GuardKind
	scope string
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
		name := lineName{r.Guard, r.Scope}
		line, known := s.lines[name]
		if !known {
			line = &Line{Guard: r.Guard, Scope: r.Scope}
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
		kept := line.Points[:0]
		for n, p := range line.Points {
			if n%2 == 0 || n == len(line.Points)-1 {
				kept = append(kept, p)
			}
		}
		line.Points = kept
	}
}

// replay takes points from the past, as they would have been taken then.
func (s *series) replay(e *Evidence, at time.Time) {
	if at.Sub(s.last) >= s.every {
		s.add(at, e.At(at))
	}
}

// Series gives the evidence of a rollout over time; a rollout that never started has none.
func (s *Service) Series(ctx context.Context, rolloutID string) (Series, error) {
	if _, err := s.Store.FindRollout(ctx, rolloutID); err != nil {
		return Series{}, err
	}
	all := Series{Lines: []Line{}}
	found, watched := s.watches.Load(rolloutID)
	if !watched {
		return all, nil
	}
	w := found.(*watch)
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, line := range w.series.lines {
		copied := *line
		copied.Points = slices.Clone(line.Points)
		all.Lines = append(all.Lines, copied)
	}
	slices.SortFunc(all.Lines, func(x, y Line) int {
		return strings.Compare(string(x.Guard)+" "+x.Scope, string(y.Guard)+" "+y.Scope)
	})
	return all, nil
}
