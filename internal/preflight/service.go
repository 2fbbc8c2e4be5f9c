package preflight

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/rollout"
)

// Visits counts visits that were seen.
type Visits interface {
	Visits(ctx context.Context, environmentID string, from, to time.Time) (int64, error)
}

// Options are what the service needs. Now has a default.
type Options struct {
	Store   Store
	Journal *change.Journal
	Visits  Visits
	// Flags gives the flags of an environment as they are served.
	Flags func(environmentID string) *flag.Snapshot
	// Rollout gives one rollout.
	Rollout func(ctx context.Context, rolloutID string) (rollout.Rollout, error)
	// LastEventAt is when an environment last received an event.
	LastEventAt func(environmentID string) time.Time
	// Environment gives the key of an environment, for messages.
	Environment func(environmentID string) string
	Now         func() time.Time
}

// Service keeps checklists and looks at them.
type Service struct {
	Options
	mu     sync.Mutex
	counts map[string]count // visits by environment
}

// count is a number of visits that was counted at a moment.
type count struct {
	visits int64
	at     time.Time
}

const (
	baselineOf = 7 * 24 * time.Hour // what is usual is looked for in so long a time
	// countFor is how long a count of visits is used again: counting a week reads much.
	countFor = time.Minute
)

var _ rollout.Checks = (*Service)(nil)

// New makes the service.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Service{Options: o, counts: map[string]count{}}
}

// Checklist gives what an environment asks for.
func (s *Service) Checklist(ctx context.Context, environmentID string) (Checklist, error) {
	c, err := s.Store.FindChecklist(ctx, environmentID)
	if fault.Is(err, fault.NotFound) {
		c, _ = template(DefaultTemplate)
		c.EnvironmentID, err = environmentID, nil
	}
	return c, err
}

// Missing says what a rollout lacks before it may enter a phase.
func (s *Service) Missing(ctx context.Context, r rollout.Rollout, phase int) ([]rollout.Lack, error) {
	r.Overrides = nil // the rollout itself knows what they cover
	report, err := s.look(ctx, r.EnvironmentID, &r, phase)
	if err != nil {
		return nil, err
	}
	var lacks []rollout.Lack
	for _, l := range report.Lines {
		if l.State == Red {
			lacks = append(lacks, rollout.Lack{Item: l.Key, Text: l.Title + ": " + l.Text})
		}
	}
	return lacks, nil
}

// Report looks at the checklist of a rollout before its next phase. Where no phase follows the report is empty and green.
func (s *Service) Report(ctx context.Context, rolloutID string) (Report, error) {
	r, err := s.Rollout(ctx, rolloutID)
	if err != nil {
		return Report{}, err
	}
	phase, enters := r.Entering()
	if !enters {
		return Report{Environment: s.Environment(r.EnvironmentID), Rollout: r.ID, Phase: r.Phase, Green: true, Lines: []Line{}}, nil
	}
	return s.look(ctx, r.EnvironmentID, &r, phase)
}

// ReportEnvironment looks at what an environment's checklist asks for whatever the rollout.
func (s *Service) ReportEnvironment(ctx context.Context, environmentID string) (Report, error) {
	return s.look(ctx, environmentID, nil, 0)
}

// look judges every item of a checklist that applies.
func (s *Service) look(ctx context.Context, environmentID string, r *rollout.Rollout, phase int) (Report, error) {
	list, err := s.Checklist(ctx, environmentID)
	if err != nil {
		return Report{}, err
	}
	out := Report{Environment: s.Environment(environmentID), Lines: []Line{}}
	items := list.Items
	if r == nil {
		items = slices.DeleteFunc(slices.Clone(items), Item.aboutRollout)
	} else {
		p := r.Plan.Phases[phase]
		out.Rollout, out.Enters, out.Phase, out.Name, out.Percent = r.ID, true, phase, p.Name, p.Percent
		items = slices.DeleteFunc(slices.Clone(items), func(i Item) bool { return i.From > p.Percent })
		items = append(items, wanted(p, items)...)
	}
	f, err := s.gather(ctx, environmentID, r, phase, items)
	if err != nil {
		return Report{}, err
	}
	for _, i := range items {
		l := judge(i, f)
		if l.Kind == Check {
			out.Release = f.release
		}
		if l.State == Red {
			out.Red++
		}
		out.Lines = append(out.Lines, l)
	}
	out.Green = out.Red == 0
	return out, nil
}

// wanted are the checks that a policy wants green before a phase, as far as the checklist does not require them already.
func wanted(p rollout.Phase, items []Item) []Item {
	var all []Item
	for _, name := range p.Checks {
		same := func(i Item) bool { return i.Kind == Check && i.Check == name && i.Required }
		if !slices.ContainsFunc(items, same) && !slices.ContainsFunc(all, same) {
			all = append(all, Item{Key: "policy:" + name, Kind: Check, Required: true, Check: name, Title: "The policy wants the check " + name})
		}
	}
	return all
}

// gather reads what the items are judged by, and nothing else.
func (s *Service) gather(ctx context.Context, environmentID string, r *rollout.Rollout, phase int, items []Item) (facts, error) {
	asked := map[Kind]bool{}
	for _, i := range items {
		asked[i.Kind] = true
	}
	f := facts{now: s.Now(), rollout: r, phase: phase, records: map[Kind]Record{}, verdicts: map[string]Verdict{}}
	var err error
	if asked[Flag] {
		f.flags = s.Flags(environmentID)
	}
	if asked[Telemetry] {
		f.lastEvent = s.LastEventAt(environmentID)
	}
	if asked[Baseline] {
		if f.visits, err = s.visits(ctx, environmentID, f.now); err != nil {
			return f, err
		}
	}
	if asked[OnCall] {
		if f.onCall, err = s.Store.FindOnCall(ctx, environmentID); err != nil {
			return f, err
		}
	}
	if asked[Backup] || asked[Drill] {
		records, err := s.Store.Records(ctx, environmentID, 1)
		if err != nil {
			return f, err
		}
		for _, done := range records {
			f.records[done.Kind] = done
		}
	}
	if asked[Manual] || asked[Check] {
		if f.progress, err = s.Store.FindProgress(ctx, r.ID); err != nil {
			return f, err
		}
	}
	if asked[Check] {
		err = s.gatherVerdicts(ctx, environmentID, &f)
	}
	return f, err
}

func (s *Service) gatherVerdicts(ctx context.Context, environmentID string, f *facts) (err error) {
	if f.release = f.progress.Release; f.release == "" {
		if f.release, err = s.Store.NewestRelease(ctx, environmentID); err != nil {
			return err
		}
	}
	verdicts, err := s.Store.Verdicts(ctx, environmentID, f.release)
	for _, v := range verdicts {
		f.verdicts[v.Name] = v
	}
	return err
}

// visits counts those of the last week, once a minute at most.
func (s *Service) visits(ctx context.Context, environmentID string, now time.Time) (int64, error) {
	s.mu.Lock()
	known, counted := s.counts[environmentID]
	s.mu.Unlock()
	if counted && now.Sub(known.at) < countFor && !now.Before(known.at) {
		return known.visits, nil
	}
	n, err := s.Visits.Visits(ctx, environmentID, now.Add(-baselineOf), now)
	if err != nil {
		return 0, fmt.Errorf("count the visits of the last week: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts[environmentID] = count{visits: n, at: now}
	return n, nil
}
