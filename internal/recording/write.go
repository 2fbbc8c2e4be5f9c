package recording

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/rollout"
	"github.com/siteproof/belay/internal/telemetry"
)

// Rollouts is what a recording reads of rollouts.
type Rollouts interface {
	Find(ctx context.Context, rolloutID string) (rollout.Rollout, error)
	Decisions(ctx context.Context, rolloutID string) ([]rollout.Decision, error)
	Lacked(ctx context.Context, rolloutID string) ([]rollout.Lacked, error)
	Past(ctx context.Context, r rollout.Rollout) (rollout.Past, error)
}

// Events is what a recording reads of telemetry.
type Events interface {
	Scan(ctx context.Context, environmentID string, from, to time.Time, fn func(telemetry.Event) error) error
}

const (
	tickEvery = 10 * time.Second
	// apart is how far ticks stay away from the moments of decisions: an event that arrived shortly before one may have
	// been stored after it.
	apart = 2 * time.Second
)

// Recording is a rollout that can be written as a trace.
type Recording struct {
	rollout   rollout.Rollout
	decisions []rollout.Decision // oldest first
	lacked    []rollout.Lacked   // oldest first
	plans     plans
	past      rollout.Past
	until     time.Time
}

// Open reads a rollout. It answers fault.Conflict for one that has not started.
func Open(ctx context.Context, rollouts Rollouts, journal Journal, rolloutID string, now time.Time) (*Recording, error) {
	r, err := rollouts.Find(ctx, rolloutID)
	switch {
	case err != nil:
		return nil, err
	case r.StartedAt == nil:
		return nil, fault.New(fault.Conflict, "the rollout %q has not started: there is nothing to write", r.Name)
	}
	rec := &Recording{rollout: r, until: now}
	if r.EndedAt != nil {
		rec.until = *r.EndedAt
	}
	if rec.decisions, err = rollouts.Decisions(ctx, rolloutID); err != nil {
		return nil, err
	}
	slices.SortStableFunc(rec.decisions, func(a, b rollout.Decision) int { return a.At.Compare(b.At) })
	if rec.lacked, err = rollouts.Lacked(ctx, rolloutID); err != nil {
		return nil, err
	}
	if rec.plans, err = plansOf(ctx, journal, r); err != nil {
		return nil, err
	}
	rec.past, err = rec.usual(ctx, rollouts)
	return rec, err
}

// usual is what was usual before the rollout, for the guards of every policy that it went by.
func (r *Recording) usual(ctx context.Context, rollouts Rollouts) (rollout.Past, error) {
	under := r.rollout
	under.Plan = r.plans.first
	past, err := rollouts.Past(ctx, under)
	if err != nil {
		return past, err
	}
	for _, d := range r.decisions {
		plan, changed := r.plans.later[d.ID]
		if !changed {
			continue
		}
		under.Plan = plan
		more, err := rollouts.Past(ctx, under)
		if err != nil {
			return past, err
		}
		maps.Copy(past.Percentiles, more.Percentiles)
	}
	return past, nil
}

// Write writes the trace, a line at a time.
func (r *Recording) Write(ctx context.Context, events Events, w io.Writer) error {
	out := &writer{Recording: r, lines: json.NewEncoder(w), moves: r.moves()}
	out.lines.SetEscapeHTML(false)
	if err := out.put(r.start()); err != nil {
		return err
	}
	err := events.Scan(ctx, r.rollout.EnvironmentID, *r.rollout.StartedAt, r.until, func(e telemetry.Event) error {
		if err := out.movesUntil(e.ReceivedAt); err != nil {
			return err
		}
		line, counts := r.line(e)
		if !counts || e.ReceivedAt.Before(out.tested) {
			return ctx.Err()
		}
		return out.put(line)
	})
	if err != nil {
		return fmt.Errorf("write the events of the rollout: %w", err)
	}
	if err := out.movesUntil(r.until.Add(apart)); err != nil {
		return err
	}
	return out.put(Line{T: out.last, Type: "end"})
}

func (r *Recording) start() Line {
	plan := r.plans.first
	var stages []float64
	for n := range plan.Phases {
		if share := plan.Share(n) / 100; share < 1 {
			stages = append(stages, share)
		}
	}
	return Line{
		Type: "start", Stages: stages, KnownFingerprints: r.past.Fingerprints, HistoryLCP: r.past.Percentiles["LCP"],
		Recorded: &Start{
			Rollout: r.rollout.ID, StartedAt: *r.rollout.StartedAt, Flag: r.rollout.Flag, Components: r.rollout.Components,
			Parents: r.rollout.Parents, Plan: plan, Percentiles: r.past.Percentiles,
		},
	}
}

// move is a line at a moment of the rollout.
type move struct {
	at   time.Time
	line Line
}

// moves are the ticks, what people did and what the checklist lacked, in their order.
func (r *Recording) moves() []move {
	var all []move
	for _, l := range r.lacked {
		all = append(all, move{l.At, Line{Type: Checklist, Lacking: l.Lacking}})
	}
	for _, d := range r.decisions {
		switch {
		case d.Action == rollout.Start || d.At.Before(*r.rollout.StartedAt):
		case d.Inputs != nil: // Belay's own
			all = append(all, move{d.Inputs.Now, Line{Type: "tick"}})
		case d.Action == rollout.RollBackPart:
			for _, l := range r.rollout.Lost {
				if l.DecisionID == d.ID {
					all = append(all, move{d.At, Line{Type: Acted, Act: &Act{Action: d.Action, Component: l.Component, By: d.By, Reason: d.Reason}}})
				}
			}
		default:
			act := Act{Action: d.Action, By: d.By, Reason: d.Reason}
			if plan, changed := r.plans.later[d.ID]; changed {
				act.Plan = &plan
			}
			all = append(all, move{d.At, Line{Type: Acted, Act: &act}})
		}
	}
	inOrder := func(a, b move) int { return a.at.Compare(b.at) }
	slices.SortStableFunc(all, inOrder)
	decided := slices.Clone(all)
	for at := r.rollout.StartedAt.Add(tickEvery); at.Before(r.until); at = at.Add(tickEvery) {
		near, _ := slices.BinarySearchFunc(decided, at.Add(-apart), func(m move, t time.Time) int { return m.at.Compare(t) })
		if near == len(decided) || decided[near].at.After(at.Add(apart)) {
			all = append(all, move{at, Line{Type: "tick"}})
		}
	}
	slices.SortStableFunc(all, inOrder)
	return all
}

// writer writes lines whose time never goes back.
type writer struct {
	*Recording
	lines *json.Encoder
	moves []move
	last  int64
	// tested is when the present test began, once that was written: what arrived before belongs to no test any more.
	tested time.Time
}

func (w *writer) put(l Line) error {
	l.T = max(l.T, w.last)
	w.last = l.T
	return w.lines.Encode(l)
}

// movesUntil writes the moves before a moment. A tick is rounded up, so that no time that has passed is missing.
func (w *writer) movesUntil(at time.Time) error {
	for len(w.moves) > 0 && w.moves[0].at.Before(at) {
		m := w.moves[0]
		w.moves = w.moves[1:]
		m.line.T = int64((m.at.Sub(*w.rollout.StartedAt) + time.Millisecond - 1) / time.Millisecond)
		m.line.Weight = w.share(m.at)
		if err := w.put(m.line); err != nil {
			return err
		}
		if slices.ContainsFunc(w.rollout.Tests, func(t rollout.Test) bool { return t.From.Equal(m.at) }) {
			w.tested = m.at
		}
	}
	return nil
}

// share is the part of people that had the new version at a moment, 0 to 1.
func (r *Recording) share(at time.Time) float64 {
	for _, s := range slices.Backward(r.rollout.Spans) {
		if !at.Before(s.From) {
			return s.Percent / 100
		}
	}
	return 0
}

// line is an event as a trace has it; counts is false for what no rollout counts.
func (r *Recording) line(e telemetry.Event) (l Line, counts bool) {
	if e.Browser == "Bot" || (e.User == "" && e.Kind != telemetry.Metric) {
		return l, false
	}
	share := r.share(e.ReceivedAt)
	l = Line{
		T: e.ReceivedAt.Sub(*r.rollout.StartedAt).Milliseconds(), Type: Other, Session: r.digest("s", e.Session), Weight: share, Variant: "control",
		Browser: e.Browser, OS: e.OS, Release: e.Release, Component: e.Component,
		Event: &Event{
			Kind: e.Kind, Name: e.Name, Value: e.Value, Message: e.Message, Source: e.Source, Tier: e.Tier, Flag: e.Flag, Variant: e.Variant,
			Variants: e.Variants, Properties: e.Properties, At: cmp.Or(e.At, e.ReceivedAt).Sub(*r.rollout.StartedAt).Milliseconds(),
		},
	}
	if e.User != "" {
		l.User = r.digest("u", e.User)
		if flag.Bucket(r.rollout.Salt, e.User) < share*100 {
			l.Variant = "treatment"
		}
	}
	switch e.Kind { //nolint:exhaustive // the others have no type of their own
	case telemetry.Fetch:
		l.Type, l.Event.Seq = "exposure", e.Seq
	case telemetry.Ready:
		l.Type = "ready"
	case telemetry.Error:
		l.Type, l.Fingerprint, l.Count = "error", e.Fingerprint, 1
	case telemetry.Vital:
		value := e.Value
		switch l.Type = "vitals"; e.Name {
		case "LCP":
			l.LCP = &value
		case "INP":
			l.INP = &value
		case "CLS":
			l.CLS = &value
		default:
			l.Type = Other
		}
	}
	return l, true
}

// digest tells names apart within this rollout without saying them.
func (r *Recording) digest(prefix, name string) string {
	if name == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(r.rollout.Salt + "\x00" + prefix + "\x00" + name))
	return prefix + hex.EncodeToString(sum[:8])
}
