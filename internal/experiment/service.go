package experiment

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/id"
)

// Kinds of changes in the journal.
const (
	StartedChange = "experiment.started"
	StoppedChange = "experiment.stopped"
)

// freshFor is how long a result of a running experiment is shown before it is counted again.
const freshFor = 5 * time.Second

// Store keeps experiments.
type Store interface {
	SaveExperiment(ctx context.Context, e Experiment) error
	// FindExperiment gives one, or fault.NotFound.
	FindExperiment(ctx context.Context, id string) (Experiment, error)
	// Experiments lists those of an environment, newest first.
	Experiments(ctx context.Context, environmentID string) ([]Experiment, error)
	// SaveResult keeps the result that an experiment ended with.
	SaveResult(ctx context.Context, id string, r Result) error
	// FindResult gives what SaveResult kept; known is false when it kept none.
	FindResult(ctx context.Context, id string) (r Result, known bool, err error)
}

// Options are what a Service needs. All but Now are required.
type Options struct {
	Store    Store
	Journal  *change.Journal
	Flags    *flag.Service
	Outcomes Outcomes
	Now      func() time.Time
}

// Service starts, stops and reads experiments. It is safe for concurrent use.
type Service struct {
	Options
	counting sync.Mutex // one result at a time: each reads much
	fresh    map[string]Result
}

// New makes the service.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Service{Options: o, fresh: map[string]Result{}}
}

// Start begins an experiment and marks its flag, in one commit. It answers fault.Invalid for what cannot be compared, and
// fault.Conflict while the flag is off, in another experiment, or held by a rollout.
func (s *Service) Start(ctx context.Context, actor change.Actor, reason, environmentID string, n Design) (Experiment, error) {
	n = n.complete()
	if err := n.check(); err != nil {
		return Experiment{}, err
	}
	e := Experiment{ID: id.New("exp"), EnvironmentID: environmentID, Design: n, State: Running, StartedBy: actor.Name}
	_, err := s.Journal.Commit(ctx, actor, reason, func(ctx context.Context) error {
		e.StartedAt = s.Now().UTC().Truncate(time.Microsecond)
		var err error
		if e.Revision, err = s.Journal.Next(ctx); err != nil {
			return err
		}
		f, err := s.Flags.Snapshot(environmentID).Find(n.Flag)
		if err != nil {
			return err
		}
		if err := s.free(ctx, environmentID, &f); err != nil {
			return err
		}
		if e.Arms, err = armsOf(&f, n.Control); err != nil {
			return err
		}
		e.Control = e.Arms[0].Key
		if err := s.Store.SaveExperiment(ctx, e); err != nil {
			return err
		}
		if _, err := s.Flags.Change(ctx, actor, reason, environmentID, n.Flag, flag.Patch{Experiment: &flag.Experiment{Name: n.Name}}); err != nil {
			return err
		}
		return record(ctx, StartedChange, nil, &e)
	})
	return e, err
}

// free says what keeps a flag from being in an experiment.
func (s *Service) free(ctx context.Context, environmentID string, f *flag.Flag) error {
	all, err := s.Store.Experiments(ctx, environmentID)
	if err != nil {
		return err
	}
	for _, other := range all {
		if other.State == Running && other.Flag == f.Key {
			return fault.New(fault.Conflict, "the flag %q is in the experiment “%s”", f.Key, other.Name).Hint("belay experiment stop %s, and then start this one", other.ID)
		}
	}
	switch {
	case f.Split != nil:
		return fault.New(fault.Conflict, "the flag %q is held by the rollout %s", f.Key, f.Split.Rollout).Hint("finish or roll back that one first")
	case !f.Enabled:
		return fault.New(fault.Conflict, "the flag %q is off, so nobody would be in an arm", f.Key).Hint("belay flag on %s, and then start the experiment", f.Key)
	}
	return nil
}

// Stop ends an experiment and takes the mark off its flag, in one commit. The result it has now stays with it. People are
// still given their variants: what to do with the flag is for somebody to decide. It answers fault.Conflict when it is
// stopped already.
func (s *Service) Stop(ctx context.Context, actor change.Actor, reason, id string) (Experiment, error) {
	last, counted := s.Result(ctx, id)
	var e Experiment
	_, err := s.Journal.Commit(ctx, actor, reason, func(ctx context.Context) error {
		before, err := s.Store.FindExperiment(ctx, id)
		if err != nil {
			return err
		}
		if before.State != Running {
			return fault.New(fault.Conflict, "the experiment “%s” is stopped already", before.Name)
		}
		e = before
		now := s.Now().UTC().Truncate(time.Microsecond)
		e.State, e.StoppedAt, e.StoppedBy, e.Conclusion = Stopped, &now, actor.Name, strings.TrimSpace(reason)
		if err := s.Store.SaveExperiment(ctx, e); err != nil {
			return err
		}
		if counted == nil { // otherwise it is counted again when somebody asks
			last.Experiment = e
			if err := s.Store.SaveResult(ctx, e.ID, last); err != nil {
				return err
			}
		}
		if err := s.unmark(ctx, actor, reason, e); err != nil {
			return err
		}
		return record(ctx, StoppedChange, &before, &e)
	})
	return e, err
}

// marked says whether an experiment's flag is there and carries its name.
func (s *Service) marked(e Experiment) bool {
	f, err := s.Flags.Snapshot(e.EnvironmentID).Find(e.Flag)
	return err == nil && f.Experiment != nil && f.Experiment.Name == e.Name
}

// unmark takes the experiment's name off its flag, unless the flag is gone or carries another one by now.
func (s *Service) unmark(ctx context.Context, actor change.Actor, reason string, e Experiment) error {
	if !s.marked(e) {
		return nil
	}
	_, err := s.Flags.Change(ctx, actor, reason, e.EnvironmentID, e.Flag, flag.Patch{Experiment: &flag.Experiment{}})
	return err
}

func record(ctx context.Context, kind string, before, after *Experiment) error {
	return change.RecordValues(ctx, change.Change{Kind: kind, EnvironmentID: after.EnvironmentID, Subject: after.ID}, before, after)
}

// Find gives one experiment.
func (s *Service) Find(ctx context.Context, id string) (Experiment, error) {
	return s.Store.FindExperiment(ctx, id)
}

// List gives the experiments of an environment, running ones first, then the newest.
func (s *Service) List(ctx context.Context, environmentID string) ([]Experiment, error) {
	all, err := s.Store.Experiments(ctx, environmentID)
	if err != nil {
		return nil, err
	}
	out := make([]Experiment, 0, len(all))
	for _, state := range []State{Running, Stopped} {
		for _, e := range all {
			if e.State == state {
				out = append(out, e)
			}
		}
	}
	return out, nil
}

// Result gives what an experiment says now, or said when it was stopped.
func (s *Service) Result(ctx context.Context, id string) (Result, error) {
	e, err := s.Store.FindExperiment(ctx, id)
	if err != nil {
		return Result{}, err
	}
	if e.State == Stopped {
		if kept, known, err := s.Store.FindResult(ctx, id); err != nil || known {
			return kept, err
		}
	}
	s.counting.Lock()
	defer s.counting.Unlock()
	now := s.Now().UTC().Truncate(time.Microsecond)
	if r, counted := s.fresh[id]; counted && r.State == e.State && now.Sub(r.At) < freshFor {
		return r, nil
	}
	f, err := s.facts(ctx, e, now)
	if err != nil {
		return Result{}, fmt.Errorf("count the experiment %s: %w", id, err)
	}
	r := analyse(f)
	s.keep(id, r, now)
	return r, nil
}

// keep remembers a result for a while, and forgets those that are old.
func (s *Service) keep(id string, r Result, now time.Time) {
	for other, old := range s.fresh {
		if now.Sub(old.At) >= freshFor {
			delete(s.fresh, other)
		}
	}
	s.fresh[id] = r
}

// facts counts all that a result is made of.
func (s *Service) facts(ctx context.Context, e Experiment, now time.Time) (facts, error) {
	f := facts{experiment: e, arms: e.Arms, unmarked: e.State == Running && !s.marked(e)}
	to := now
	if e.StoppedAt != nil {
		to = *e.StoppedAt
	}
	from := e.StartedAt
	restart, changed, err := s.lastChange(ctx, e, to)
	if err != nil {
		return f, err
	}
	if restart != nil {
		f.restarted, from = restart, restart.At
		if f.arms, err = armsOf(changed, e.Control); err != nil {
			if f.arms, err = armsOf(changed, ""); err != nil {
				return f, fault.New(fault.Conflict, "the flag %q gives everybody the same since %s, so there is nothing to compare", e.Flag, moment(restart.At)).
					Hint("stop the experiment, or give two variants of the flag a weight")
			}
		}
	}
	f.window = Window{EnvironmentID: e.EnvironmentID, Flag: e.Flag, Arms: keysOf(f.arms), Since: e.StartedAt, From: from, To: to, Every: stepOf(from, to)}
	if f.counted, err = s.Outcomes.Exposures(ctx, f.window); err != nil {
		return f, err
	}
	for _, m := range e.Metrics {
		measured, err := s.Outcomes.Measure(ctx, f.window, m)
		if err != nil {
			return f, err
		}
		f.measured = append(f.measured, measured)
	}
	return f, nil
}

// lastChange finds when, since the start of an experiment, people were last given something else, and the flag as it was
// from then on.
func (s *Service) lastChange(ctx context.Context, e Experiment, to time.Time) (*Restart, *flag.Flag, error) {
	filter := change.Filter{EnvironmentID: e.EnvironmentID, KindPrefix: "flag.", Subject: e.Flag, Since: e.StartedAt, Until: to, Limit: 500}
	for {
		commits, err := s.Journal.List(ctx, filter)
		if err != nil || len(commits) == 0 {
			return nil, nil, err
		}
		for _, c := range commits {
			if c.Revision <= e.Revision {
				return nil, nil, nil
			}
			for _, ch := range c.Changes {
				if ch.Subject != e.Flag || ch.EnvironmentID != e.EnvironmentID || !strings.HasPrefix(ch.Kind, "flag.") {
					continue
				}
				before, errBefore := flagOf(ch.Before)
				after, errAfter := flagOf(ch.After)
				if err := errors.Join(errBefore, errAfter); err != nil {
					return nil, nil, fmt.Errorf("read revision %d of the journal: %w", c.Revision, err)
				}
				if after == nil || (before != nil && sameArms(before, after)) {
					continue // a flag that is gone gives nobody an arm; what was counted until then stays
				}
				return &Restart{At: c.At, By: c.Actor.Name, Reason: c.Reason}, after, nil
			}
		}
		filter.Before = commits[len(commits)-1].Revision
	}
}
