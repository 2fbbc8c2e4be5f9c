package rollout

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/siteproof/belay/internal/telemetry"
)

const (
	// knownFor is how far back an error is looked for to call it old.
	knownFor = 14 * 24 * time.Hour
	// usualFor is how far back values are looked at to know what is usual: a day, so that each hour is in it.
	usualFor = 24 * time.Hour
	// mostBacklog bounds the events that wait while evidence is counted again; when more come, they are read again.
	mostBacklog = 100_000
	// overlap is how far a second reading reaches back behind the last event of the first.
	overlap = time.Minute
)

// watch is one rollout that is judged, with its evidence.
type watch struct {
	mu       sync.Mutex
	rollout  Rollout
	evidence *Evidence // nil until the past has been counted
	series   *series
	// While evidence is nil, or a move is under way that changes which share is in force, events wait in backlog.
	counting bool // somebody counts the past
	moving   bool
	backlog  []telemetry.Event
	flooded  bool // backlog was too small, and is empty
	checked  checked
	checking bool // somebody looks at the checklist
	// kept is what the store knows of that the checklist lacks, nil before it was asked. Only who decides looks at it.
	kept []string
}

// observe counts events, or keeps them for later. It says whether one of them is an error.
func (w *watch) observe(events []telemetry.Event) (urgent bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.evidence != nil && !w.moving {
		for _, e := range events {
			w.evidence.Observe(e)
			urgent = urgent || e.Kind == telemetry.Error
		}
		return urgent
	}
	if w.flooded = w.flooded || len(w.backlog)+len(events) > mostBacklog; w.flooded {
		w.backlog = nil
		return false
	}
	w.backlog = append(w.backlog, events...)
	return false
}

// hold makes events wait until release: those that are received from then on may belong to another share.
func (w *watch) hold() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.moving = true
}

// release takes over what the rollout has become, r, or nothing when r is nil, and counts the events that waited.
func (w *watch) release(r *Rollout) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.moving = false
	if r != nil {
		if len(r.Tests) != len(w.rollout.Tests) { // what was counted belongs to the test before
			w.evidence = nil
		}
		w.rollout = *r
	}
	if w.evidence == nil {
		return // whoever counts the past goes on
	}
	if r != nil {
		w.evidence.Follow(*r)
	}
	w.drain()
}

// drain counts what waited. After a flood the past has to be counted again.
func (w *watch) drain() {
	if w.flooded {
		w.evidence, w.flooded = nil, false
		return
	}
	for _, e := range w.backlog {
		w.evidence.Observe(e)
	}
	w.backlog = nil
}

// adopt takes over a rollout as the store has it, which another node may have moved.
func (w *watch) adopt(r Rollout) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.moving {
		return
	}
	elsewhere := len(w.rollout.Spans) != len(r.Spans)
	w.rollout = r
	switch {
	case w.evidence == nil:
	case elsewhere: // some events were counted under a share that was in force no more
		w.evidence = nil
	default:
		w.evidence.Follow(r)
	}
}

// recall counts the past, unless that was done or is being done. It may take long.
func (s *Service) recall(ctx context.Context, w *watch) error {
	w.mu.Lock()
	if w.evidence != nil || w.counting {
		w.mu.Unlock()
		return nil
	}
	w.counting = true
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.counting = false
	}()
	for {
		w.mu.Lock()
		r := clone(w.rollout)
		w.backlog, w.flooded = nil, false
		w.mu.Unlock()
		e, lines, err := s.replay(ctx, r)
		if err != nil {
			return err
		}
		if s.takeUp(w, r, e, lines) {
			return nil
		}
	}
}

// takeUp puts counted evidence to work; false when the rollout has moved on meanwhile, or too much came.
func (s *Service) takeUp(w *watch, r Rollout, e *Evidence, lines *series) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.flooded || len(w.rollout.Spans) != len(r.Spans) {
		return false
	}
	e.Follow(w.rollout)
	w.evidence, w.series = e, lines
	if !w.moving {
		w.drain()
	}
	return true
}

// replay makes the evidence of a rollout's present test from its stored events, as it was made when they came. What was
// usual is what was so before the rollout, whichever test it is.
func (s *Service) replay(ctx context.Context, r Rollout) (*Evidence, *series, error) {
	started := r.testedFrom()
	past, err := s.past(ctx, r, *r.StartedAt)
	if err != nil {
		return nil, nil, err
	}
	e, lines := NewEvidence(asOf(r, started), past), newSeries()
	moments := slices.DeleteFunc(moments(r), func(at time.Time) bool { return at.Before(started) })
	last := started
	observe := func(event telemetry.Event) error {
		for len(moments) > 0 && !event.ReceivedAt.Before(moments[0]) {
			e.Follow(asOf(r, moments[0]))
			moments = moments[1:]
		}
		lines.replay(e, event.ReceivedAt)
		e.Observe(event)
		last = event.ReceivedAt
		return ctx.Err()
	}
	// The second reading is short: what was stored during the first. What is stored during the second waits in backlog.
	for _, from := range []*time.Time{&started, &last} {
		since := *from
		if from == &last && last.Sub(started) > overlap {
			since = last.Add(-overlap)
		}
		if err := s.Telemetry.Scan(ctx, r.EnvironmentID, since, time.Time{}, observe); err != nil {
			return nil, nil, fmt.Errorf("count the events of the rollout: %w", err)
		}
	}
	e.Follow(r)
	return e, lines, nil
}

// past is what was usual before a rollout.
func (s *Service) past(ctx context.Context, r Rollout, started time.Time) (Past, error) {
	past := Past{Percentiles: map[string]float64{}}
	fresh := started
	if r.FreshSince != nil {
		fresh = *r.FreshSince
	}
	var err error
	if past.Fingerprints, err = s.Telemetry.Fingerprints(ctx, r.EnvironmentID, fresh.Add(-knownFor), fresh); err != nil {
		return past, fmt.Errorf("list the errors before the rollout: %w", err)
	}
	for _, g := range r.Plan.Guards {
		name, counts := g.measures()
		if !counts {
			continue
		}
		kind, named := telemetry.Vital, name
		switch g.Kind { //nolint:exhaustive // all others are vitals
		case PageLoad:
			kind, named = telemetry.Ready, ""
		case Metric:
			kind = telemetry.Metric
		}
		value, values, err := s.Telemetry.Percentile(ctx, r.EnvironmentID, kind, named, slowShare, started.Add(-usualFor), started)
		if err != nil {
			return past, fmt.Errorf("find what %s was before the rollout: %w", name, err)
		}
		if values >= leastViews {
			past.Percentiles[name] = value
		}
	}
	return past, nil
}

// moments are when the rollout changed in a way that evidence sees.
func moments(r Rollout) []time.Time {
	var all []time.Time
	for _, s := range r.Spans {
		all = append(all, s.From)
	}
	for _, l := range r.Lost {
		all = append(all, l.At)
	}
	slices.SortFunc(all, time.Time.Compare)
	return all
}

// asOf is the rollout as it was at a moment.
func asOf(r Rollout, at time.Time) Rollout {
	r = clone(r)
	r.Spans = slices.DeleteFunc(r.Spans, func(s Span) bool { return s.From.After(at) })
	r.Lost = slices.DeleteFunc(r.Lost, func(l Lost) bool { return l.At.After(at) })
	if n := len(r.Spans); n > 0 {
		if to := r.Spans[n-1].To; to != nil && to.After(at) {
			r.Spans[n-1].To = nil
		}
		r.Phase = r.Spans[n-1].Phase
	}
	return r
}
