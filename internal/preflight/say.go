package preflight

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/id"
)

// kinds of changes in the journal.
const (
	changedKind  = "checklist.changed"
	onCallKind   = "checklist.on_call"
	recordedKind = "checklist.recorded"
	reportedKind = "checklist.check_reported"
	tickedKind   = "checklist.ticked"
	untickedKind = "checklist.unticked"
	releaseKind  = "checklist.release_named"
)

// Change replaces the checklist of an environment.
func (s *Service) Change(ctx context.Context, actor change.Actor, reason, environmentID string, items []Item) (Checklist, error) {
	next := Checklist{EnvironmentID: environmentID, Items: make([]Item, len(items))}
	for n, i := range items {
		next.Items[n] = i.tidy()
	}
	return s.change(ctx, actor, reason, next)
}

// Use gives an environment the checklist of a template.
func (s *Service) Use(ctx context.Context, actor change.Actor, reason, environmentID, name string) (Checklist, error) {
	next, known := template(name)
	if !known {
		return Checklist{}, fault.New(fault.NotFound, "there is no template %q", name).Hint("there are: %s, %s", DefaultTemplate, ProductionTemplate)
	}
	next.EnvironmentID = environmentID
	return s.change(ctx, actor, reason, next)
}

func (s *Service) change(ctx context.Context, actor change.Actor, reason string, next Checklist) (Checklist, error) {
	if err := next.Validate(); err != nil {
		return Checklist{}, err
	}
	_, err := s.Journal.Commit(ctx, actor, reason, func(ctx context.Context) error {
		before, err := s.Checklist(ctx, next.EnvironmentID)
		if err != nil {
			return err
		}
		if err := s.Store.SaveChecklist(ctx, next); err != nil {
			return err
		}
		return change.RecordValues(ctx, change.Change{Kind: changedKind, EnvironmentID: next.EnvironmentID, Subject: "checklist"}, &before, &next)
	})
	return next, err
}

// SetOnCall names who is on call until when; "" names nobody.
func (s *Service) SetOnCall(ctx context.Context, actor change.Actor, reason, environmentID, who, contact string, until time.Time) (OnCallNow, error) {
	now := s.moment()
	next := OnCallNow{
		EnvironmentID: environmentID, Who: strings.TrimSpace(who), Contact: strings.TrimSpace(contact), Until: until.UTC().Truncate(time.Microsecond),
		By: actor.Name, At: now,
	}
	if next.Who == "" {
		next.Contact, next.Until = "", now
	}
	f := fault.New(fault.Invalid, "nobody can be put on call like this")
	f.Check(next.Who == "" || named(next.Who), "who", "at most %d characters on one line", mostName)
	f.Check(next.Contact == "" || named(next.Contact), "contact", "at most %d characters on one line", mostName)
	f.Check(next.Who == "" || next.Until.After(now), "until", "later than now")
	if err := f.Found(); err != nil {
		return OnCallNow{}, err
	}
	_, err := s.Journal.Commit(ctx, actor, reason, func(ctx context.Context) error {
		before, err := s.Store.FindOnCall(ctx, environmentID)
		if err != nil {
			return err
		}
		if err := s.Store.SaveOnCall(ctx, next); err != nil {
			return err
		}
		return change.RecordValues(ctx, change.Change{Kind: onCallKind, EnvironmentID: environmentID, Subject: "on-call"}, &before, &next)
	})
	return next, err
}

// Record keeps that something was done. A zero At is now.
func (s *Service) Record(ctx context.Context, actor change.Actor, r Record) (Record, error) {
	r.ID, r.By, r.RecordedAt, r.Note = id.New("rec"), actor.Name, s.moment(), strings.TrimSpace(r.Note)
	if r.At.IsZero() {
		r.At = r.RecordedAt
	}
	r.At = r.At.UTC().Truncate(time.Microsecond)
	if err := r.validate(r.RecordedAt); err != nil {
		return Record{}, err
	}
	what := map[Kind]string{Backup: "restoring a backup was exercised: ", Drill: "the rollback was practised: "}[r.Kind]
	_, err := s.Journal.Commit(ctx, actor, what+r.Note, func(ctx context.Context) error {
		if err := s.Store.AddRecord(ctx, r); err != nil {
			return err
		}
		return change.RecordValues(ctx, change.Change{Kind: recordedKind, EnvironmentID: r.EnvironmentID, Subject: string(r.Kind)}, nil, &r)
	})
	return r, err
}

// ReportCheck keeps what CI says of one check of one release.
func (s *Service) ReportCheck(ctx context.Context, actor change.Actor, v Verdict) (Verdict, error) {
	v.By, v.At = actor.Name, s.moment()
	if err := v.validate(); err != nil {
		return Verdict{}, err
	}
	colour := "red"
	if v.Passed {
		colour = "green"
	}
	_, err := s.Journal.Commit(ctx, actor, v.Name+" of "+v.Release+" is "+colour, func(ctx context.Context) error {
		if err := s.Store.SaveVerdict(ctx, v); err != nil {
			return err
		}
		return change.RecordValues(ctx, change.Change{Kind: reportedKind, EnvironmentID: v.EnvironmentID, Subject: v.Release}, nil, &v)
	})
	return v, err
}

// Tick keeps that somebody has seen to an item of a rollout's checklist, before its next phase.
func (s *Service) Tick(ctx context.Context, actor change.Actor, note, rolloutID, item string) error {
	if utf8.RuneCountInString(note) > mostNote {
		return fault.New(fault.Invalid, "the note is too long").At("note", "at most %d characters", mostNote)
	}
	return s.say(ctx, actor, note, rolloutID, item, tickedKind, func(p *Progress, i Item, phase int) error {
		if t, ticked := p.tick(i, phase); ticked {
			return fault.New(fault.Conflict, "%s has ticked %q already", t.By, i.Title)
		}
		p.Ticks = append(p.Ticks, Tick{Item: i.Key, Phase: i.tickedFor(phase), By: actor.Name, Note: note, At: s.moment()})
		return nil
	})
}

// Untick takes a tick back.
func (s *Service) Untick(ctx context.Context, actor change.Actor, reason, rolloutID, item string) error {
	return s.say(ctx, actor, reason, rolloutID, item, untickedKind, func(p *Progress, i Item, phase int) error {
		if _, ticked := p.tick(i, phase); !ticked {
			return fault.New(fault.Conflict, "nobody has ticked %q", i.Title)
		}
		p.Ticks = slices.DeleteFunc(p.Ticks, func(t Tick) bool { return t.Item == i.Key && t.Phase == i.tickedFor(phase) })
		return nil
	})
}

// say changes what was said about one manual item of a rollout, in one commit.
func (s *Service) say(ctx context.Context, actor change.Actor, reason, rolloutID, item, kind string, edit func(p *Progress, i Item, phase int) error) error {
	_, err := s.Journal.Commit(ctx, actor, reason, func(ctx context.Context) error {
		r, err := s.Rollout(ctx, rolloutID)
		if err != nil {
			return err
		}
		phase, enters := r.Entering()
		if !enters {
			return fault.New(fault.Conflict, "no phase follows: there is nothing to tick")
		}
		list, err := s.Checklist(ctx, r.EnvironmentID)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(list.Items, func(i Item) bool { return i.Key == item })
		switch {
		case at < 0:
			return fault.New(fault.NotFound, "the checklist has no item %q", item).Hint("belay preflight %s shows them", rolloutID)
		case list.Items[at].Kind != Manual:
			return fault.New(fault.Conflict, "Belay answers %q itself", list.Items[at].Title)
		}
		before, err := s.progress(ctx, r.ID, r.EnvironmentID)
		if err != nil {
			return err
		}
		next := before
		next.Ticks = slices.Clone(before.Ticks)
		if err := edit(&next, list.Items[at], phase); err != nil {
			return err
		}
		return s.keep(ctx, kind, before, next)
	})
	return err
}

// SetRelease says which build a rollout brings, so that checks are asked of that one; "" takes the newest reported one.
func (s *Service) SetRelease(ctx context.Context, actor change.Actor, reason, rolloutID, release string) error {
	if release != "" && !named(release) {
		return fault.New(fault.Invalid, "this is no name of a release").At("release", "at most %d characters on one line", mostName)
	}
	_, err := s.Journal.Commit(ctx, actor, reason, func(ctx context.Context) error {
		r, err := s.Rollout(ctx, rolloutID)
		if err != nil {
			return err
		}
		before, err := s.progress(ctx, r.ID, r.EnvironmentID)
		if err != nil {
			return err
		}
		next := before
		next.Release = release
		return s.keep(ctx, releaseKind, before, next)
	})
	return err
}

func (s *Service) progress(ctx context.Context, rolloutID, environmentID string) (Progress, error) {
	p, err := s.Store.FindProgress(ctx, rolloutID)
	p.RolloutID, p.EnvironmentID = rolloutID, environmentID
	if p.Ticks == nil {
		p.Ticks = []Tick{}
	}
	return p, err
}

func (s *Service) keep(ctx context.Context, kind string, before, next Progress) error {
	if err := s.Store.SaveProgress(ctx, next); err != nil {
		return err
	}
	return change.RecordValues(ctx, change.Change{Kind: kind, EnvironmentID: next.EnvironmentID, Subject: next.RolloutID}, &before, &next)
}

// moment is now, as exactly as the store keeps it.
func (s *Service) moment() time.Time { return s.Now().UTC().Truncate(time.Microsecond) }

// Overview is what an environment asks for, with what was recorded.
type Overview struct {
	Checklist Checklist   `json:"checklist"`
	Templates []Checklist `json:"templates"`
	OnCall    OnCallNow   `json:"on_call"`
	Records   []Record    `json:"records"` // newest first
	Release   string      `json:"release"` // the newest that CI has reported of
	Checks    []Verdict   `json:"checks"`  // of that release
	Report    Report      `json:"report"`  // what can be said without a rollout
}

// shownRecords is how many records of each kind an overview shows.
const shownRecords = 10

// Overview gathers what is known of an environment's checklist.
func (s *Service) Overview(ctx context.Context, environmentID string) (o Overview, err error) {
	o = Overview{Templates: Templates(), Records: []Record{}, Checks: []Verdict{}}
	if o.Checklist, err = s.Checklist(ctx, environmentID); err != nil {
		return o, err
	}
	if o.OnCall, err = s.Store.FindOnCall(ctx, environmentID); err != nil {
		return o, err
	}
	o.OnCall.EnvironmentID = environmentID
	records, err := s.Store.Records(ctx, environmentID, shownRecords)
	if err != nil {
		return o, err
	}
	o.Records = append(o.Records, records...)
	if o.Release, err = s.Store.NewestRelease(ctx, environmentID); err != nil {
		return o, err
	}
	verdicts, err := s.Store.Verdicts(ctx, environmentID, o.Release)
	if err != nil {
		return o, err
	}
	o.Checks = append(o.Checks, verdicts...)
	o.Report, err = s.ReportEnvironment(ctx, environmentID)
	return o, err
}
