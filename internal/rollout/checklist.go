package rollout

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/fault"
)

const (
	// checkEvery is how old what a checklist lacks may be before it is looked at again. Entering a phase looks anew.
	checkEvery = 5 * time.Second
	// checkFor bounds one look.
	checkFor = 20 * time.Second
)

// ChecklistOverriddenKind is the kind under which the journal holds that somebody let a rollout go on although its
// checklist lacks something.
const ChecklistOverriddenKind = "rollout.checklist_overridden"

// Lack is something that has to be so before a phase is entered, and is not.
type Lack struct {
	Item string `json:"item"` // its key in the checklist
	Text string `json:"text"` // one sentence for people
}

// Checks knows the checklist of every rollout.
type Checks interface {
	// Missing says what a rollout lacks before it may enter a phase.
	Missing(ctx context.Context, r Rollout, phase int) ([]Lack, error)
}

// Override is one person's word that a phase is entered although its checklist lacks something. It covers what was
// lacking when it was said: what turns red later has to be overridden anew.
type Override struct {
	Phase  int       `json:"phase"` // that is entered
	Lacks  []Lack    `json:"lacks"`
	By     string    `json:"by"`
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
}

// Entering is the phase that the rollout would enter next; enters is false when none follows.
func (r Rollout) Entering() (phase int, enters bool) {
	switch {
	case r.State == Draft:
		return 0, true
	case live(&r) && r.Phase < len(r.Plan.Phases)-1:
		return r.Phase + 1, true
	}
	return 0, false
}

// Overridden gives the override that covers an item of the checklist before a phase.
func (r Rollout) Overridden(phase int, item string) (Override, bool) {
	for _, o := range r.Overrides {
		if o.Phase == phase && slices.ContainsFunc(o.Lacks, func(l Lack) bool { return l.Item == item }) {
			return o, true
		}
	}
	return Override{}, false
}

// uncovered are the lacks that nobody has overridden.
func (r Rollout) uncovered(phase int, lacks []Lack) []Lack {
	var open []Lack
	for _, l := range lacks {
		if _, covered := r.Overridden(phase, l.Item); !covered {
			open = append(open, l)
		}
	}
	return open
}

// lacking asks the checklist what is missing before a phase and not overridden.
func (s *Service) lacking(ctx context.Context, r Rollout, phase int) (all, open []Lack, err error) {
	if s.Checks == nil {
		return nil, nil, nil
	}
	if all, err = s.Checks.Missing(ctx, r, phase); err != nil {
		return nil, nil, fmt.Errorf("read the checklist of the rollout: %w", err)
	}
	return all, r.uncovered(phase, all), nil
}

// ready looks at the checklist before a phase is entered: nothing may be missing that nobody has overridden. It gives
// the phase that was looked at and what is missing and overridden. Where no phase follows there is nothing to look at.
func (s *Service) ready(ctx context.Context, o order) (phase int, overridden []Lack, err error) {
	r, err := s.Store.FindRollout(ctx, o.rolloutID)
	if err != nil {
		return 0, nil, err
	}
	phase, enters := r.Entering()
	if !enters {
		return r.Phase, nil, nil
	}
	all, open, err := s.lacking(ctx, r, phase)
	if err != nil {
		return 0, nil, err
	}
	if len(open) == 0 {
		return phase, all, nil
	}
	if o.judged != nil { // Belay waits, and says for what
		if found, watched := s.watches.Load(r.ID); watched {
			found.(*watch).note(checked{phase: phase, at: s.Now(), lacks: all})
		}
		return 0, nil, errOvertaken
	}
	verb := "advance"
	if r.State == Draft {
		verb = "start"
	}
	red := fault.New(fault.Conflict, "the checklist before %q is red: %s", r.Plan.Phases[phase].Name, sentences(open)).
		Hint("see to it, or say why it may go on all the same: belay rollout %s %s \"reason\" --override \"why\"", verb, r.ID)
	for _, l := range open {
		red = red.At("checklist."+l.Item, "%s", l.Text)
	}
	return 0, nil, red
}

// OverrideChecklist lets a rollout enter its next phase although the checklist lacks something, and gives what it lacks.
// When nothing is missing nothing is kept.
func (s *Service) OverrideChecklist(ctx context.Context, actor change.Actor, reason, rolloutID string) ([]Lack, error) {
	r, err := s.Store.FindRollout(ctx, rolloutID)
	if err != nil {
		return nil, err
	}
	phase, enters := r.Entering()
	if !enters {
		return nil, fault.New(fault.Conflict, "no phase follows: there is no checklist to override")
	}
	_, open, err := s.lacking(ctx, r, phase)
	if err != nil || len(open) == 0 {
		return nil, err
	}
	o := order{actor: actor, reason: reason, rolloutID: rolloutID}
	_, _, _, err = s.act(ctx, o, func(_ context.Context, r *Rollout, d *Decision) (string, error) {
		if now, enters := r.Entering(); !enters || now != phase {
			return "", movedMeanwhile()
		}
		r.Overrides = append(r.Overrides, Override{Phase: phase, Lacks: open, By: actor.Name, Reason: reason, At: d.At})
		d.Action, d.Phase, d.Lacks = OverrideChecklist, phase, open
		return ChecklistOverriddenKind, nil
	})
	if err == nil {
		s.nudge()
	}
	return open, err
}

func movedMeanwhile() error {
	return fault.New(fault.Conflict, "the rollout has moved meanwhile").Hint("look at it again: belay rollout list")
}

func sentences(lacks []Lack) string {
	texts := make([]string, len(lacks))
	for i, l := range lacks {
		texts[i] = l.Text
	}
	return strings.Join(texts, "; ")
}

// checked is what a checklist lacked when it was last looked at.
type checked struct {
	phase int
	at    time.Time // zero: never
	lacks []Lack
}

// unseen is what a rollout lacks whose checklist has not been looked at yet.
var unseen = []Lack{{Item: "checklist", Text: "the checklist has still to be looked at"}}

func (w *watch) note(c checked) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.checked, w.checking = c, false
}

// lacks says what the watched rollout lacks before its next phase, as of the last look; w.mu is held.
func (w *watch) lacks() []string {
	phase, enters := w.rollout.Entering()
	if !enters {
		return nil
	}
	lacks := w.checked.lacks
	if w.checked.at.IsZero() || w.checked.phase != phase {
		lacks = unseen
	}
	var texts []string
	for _, l := range w.rollout.uncovered(phase, lacks) {
		texts = append(texts, "checklist: "+l.Text)
	}
	return texts
}

// waits keeps what stands in the way of a watched rollout, when that is not what was kept last. Sentences may count
// something; what decides is how many there are. What lacks before another phase lacks from when the present one began,
// and never as of the moment before.
func (s *Service) waits(ctx context.Context, w *watch, in Input, lacking []string) {
	if s.Checks == nil {
		return
	}
	at := in.Now
	if began := in.Rollout.Spans[len(in.Rollout.Spans)-1].From; began.After(at) {
		at = began
	}
	if w.kept == nil {
		before, err := s.Store.Lacked(ctx, w.rollout.ID)
		if err != nil {
			s.Logger.WarnContext(ctx, "what a rollout waited for cannot be read", "rollout", w.rollout.ID, "error", err)
			return
		}
		w.kept = []string{}
		if len(before) > 0 {
			w.kept = before[len(before)-1].Lacking
		}
	}
	if len(lacking) == len(w.kept) {
		return
	}
	if err := s.Store.AddLacked(ctx, w.rollout.ID, Lacked{At: at, Lacking: orEmpty(lacking)}); err != nil {
		s.Logger.WarnContext(ctx, "what a rollout waits for cannot be kept; the next tick tries again", "rollout", w.rollout.ID, "error", err)
		return
	}
	w.kept = orEmpty(lacking)
}

// waitsAnew is waits after a verdict was not carried out: the checklist may have been found red on the way.
func (s *Service) waitsAnew(ctx context.Context, w *watch, in Input) {
	w.mu.Lock()
	lacking := w.lacks()
	w.mu.Unlock()
	s.waits(ctx, w, in, lacking)
}

// Lacked lists what stood in the way of a rollout's phases, oldest first.
func (s *Service) Lacked(ctx context.Context, rolloutID string) ([]Lacked, error) {
	return s.Store.Lacked(ctx, rolloutID)
}

// check looks at the checklist of a watched rollout in the background, when the last look is too old: a verdict about
// harm must not wait for it.
func (s *Service) check(w *watch, now time.Time) {
	if s.Checks == nil {
		return
	}
	w.mu.Lock()
	r := clone(w.rollout)
	phase, enters := r.Entering()
	due := enters && !w.checking && (w.checked.phase != phase || now.Sub(w.checked.at) >= checkEvery || now.Before(w.checked.at))
	w.checking = w.checking || due
	w.mu.Unlock()
	if !due {
		return
	}
	s.recalls.Go(func() {
		ctx, cancel := context.WithTimeout(s.running, checkFor)
		defer cancel()
		all, _, err := s.lacking(ctx, r, phase)
		if err != nil && s.running.Err() == nil {
			s.Logger.WarnContext(ctx, "the checklist of a rollout cannot be read; it waits", "rollout", r.ID, "error", err)
			all = []Lack{{Item: "checklist", Text: "the checklist cannot be read; the server's log says why"}}
		}
		w.note(checked{phase: phase, at: s.Now(), lacks: all})
		s.nudge()
	})
}
