package proposal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/tenant"
)

// staleError is why a change cannot be made as it was meant.
type staleError struct{ conflicts []Conflict }

func (e *staleError) Error() string {
	c := e.conflicts[0]
	text := c.say()
	if more := len(e.conflicts) - 1; more > 0 {
		text += fmt.Sprintf(" (and %d more)", more)
	}
	return text
}

func (c Conflict) say() string {
	since := "has changed since"
	if c.Revision > 0 {
		since = fmt.Sprintf("was changed by %s in revision %d", c.By, c.Revision)
	}
	switch {
	case c.Field != "":
		return fmt.Sprintf("%s of %s %s %s", c.Field, c.Kind, c.Subject, since)
	case len(c.Now) == 0:
		return fmt.Sprintf("%s %s is not there any more: it %s", c.Kind, c.Subject, since)
	case len(c.Expected) == 0:
		return fmt.Sprintf("there is a %s %s already: it %s", c.Kind, c.Subject, since)
	}
	return fmt.Sprintf("%s %s is another one now: it %s", c.Kind, c.Subject, since)
}

// runNow makes the steps of a request that may be made now, and gives what has become of it.
func (s *Service) runNow(ctx context.Context, p Proposal) (Proposal, error) {
	for p.State == Scheduled {
		n := p.next()
		if n == len(p.Steps) || (p.Steps[n].At != nil && p.Steps[n].At.After(s.Now())) {
			break
		}
		var err error
		if p, err = s.run(ctx, p.ID, Scheduled); err != nil {
			return p, err
		}
	}
	return p, nil
}

// Run makes the next step of a request whose time has passed long ago, now that a person says that it still holds.
func (s *Service) Run(ctx context.Context, actor change.Actor, reason, proposalID string) (Proposal, error) {
	p, err := s.turn(ctx, actor, reason, proposalID, "confirmed", func(_ context.Context, p *Proposal) error {
		if p.State != Late {
			return refuse(p, "made now")
		}
		now := s.moment()
		p.State, p.Why = Scheduled, ""
		p.Steps[p.next()].At = &now
		return nil
	})
	if err != nil {
		return Proposal{}, err
	}
	return s.runNow(ctx, p)
}

// run makes the next step of a request, once: what was made and that it was made are one commit.
func (s *Service) run(ctx context.Context, proposalID string, from State) (Proposal, error) {
	var p Proposal
	settle := func(ctx context.Context) (err error) {
		if p, err = s.Store.FindProposal(ctx, proposalID); err != nil {
			return err
		}
		if p.State != from || p.next() == len(p.Steps) {
			return fault.New(fault.Conflict, "somebody was faster: change request %s is %s", p.ID, p.State)
		}
		revision, err := s.Journal.Next(ctx)
		if err != nil {
			return err
		}
		s.done(&p, revision)
		return s.save(ctx, "applied", &p)
	}
	current, err := s.Store.FindProposal(ctx, proposalID)
	if err != nil {
		return Proposal{}, err
	}
	if n := current.next(); n < len(current.Steps) {
		err = s.make(ctx, current, current.Steps[n].Changes, settle)
	}
	if err == nil {
		return p, nil
	}
	if code := fault.CodeOf(err); ctx.Err() != nil || (code == fault.Internal && !stale(err)) || code == fault.Unavailable {
		return Proposal{}, err // it may work later; nothing of it was kept
	}
	return s.give(ctx, proposalID, from, err)
}

func stale(err error) bool {
	_, is := errors.AsType[*staleError](err)
	return is
}

// make makes changes and has settle keep in the same commit that they were made.
func (s *Service) make(ctx context.Context, p Proposal, changes []change.Change, settle func(context.Context) error) error {
	if at := slices.IndexFunc(changes, func(c change.Change) bool { return c.Kind == rolloutStarted }); at >= 0 {
		return s.Rollouts.Start(marked(ctx, mark{admitted: true, seal: settle}), p.By, p.Reason, changes[at].Subject)
	}
	_, err := s.Journal.Commit(marked(ctx, mark{admitted: true}), p.By, p.Reason, func(ctx context.Context) error {
		if err := s.apply(ctx, p.By, p.Reason, p.Base, changes); err != nil {
			return err
		}
		return settle(ctx)
	})
	if err != nil && slices.ContainsFunc(changes, func(c change.Change) bool { return c.Kind == environmentUpdated || adopts(c) }) {
		return errors.Join(err, s.Tenants.Load(context.WithoutCancel(ctx))) // memory held settings or a key that were taken back
	}
	return err
}

// done marks the next step as made.
func (s *Service) done(p *Proposal, revision int64) {
	now := s.moment()
	step := &p.Steps[p.next()]
	step.AppliedAt, step.Revision = &now, revision
	if step.At != nil && now.Sub(*step.At) >= time.Minute {
		step.Note = fmt.Sprintf("made %s after its time, when Belay was running again", now.Sub(*step.At).Round(time.Minute))
	}
	p.Conflicts, p.Why = nil, ""
	if p.next() == len(p.Steps) {
		p.close(Applied, "", now)
	}
}

// give keeps that a request could not be made, and why.
func (s *Service) give(ctx context.Context, proposalID string, from State, cause error) (Proposal, error) {
	verb := "failed"
	if stale(cause) {
		verb = "stale"
	}
	return s.turn(ctx, belay, "the change could not be made: "+shorten(cause.Error()), proposalID, verb, func(_ context.Context, p *Proposal) error {
		if p.State != from {
			return fault.New(fault.Conflict, "somebody was faster: change request %s is %s", p.ID, p.State)
		}
		if changed, is := errors.AsType[*staleError](cause); is {
			p.State, p.Why, p.Conflicts, p.Approvals = Stale, cause.Error(), changed.conflicts, []Consent{}
			return nil
		}
		p.close(Failed, cause.Error(), s.moment())
		return nil
	})
}

func shorten(text string) string {
	const most = 300
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "…"
	}
	return text
}

// apply makes changes inside the commit under way, each against what is there now. since is the newest revision that
// they knew; what has changed after it may be in the way, which *staleError says.
func (s *Service) apply(ctx context.Context, actor change.Actor, reason string, since int64, changes []change.Change) error {
	var order []string
	var conflicts []Conflict
	byEnvironment := map[string][]change.Change{}
	for _, c := range changes {
		switch {
		case c.Kind == environmentUpdated:
			found, err := s.changeEnvironment(ctx, actor, reason, c)
			if err != nil {
				return err
			}
			conflicts = append(conflicts, found...)
		case adopts(c):
			if err := s.adopt(ctx, actor, reason, c); err != nil {
				return err
			}
		case changesFlags(c):
			if byEnvironment[c.EnvironmentID] == nil {
				order = append(order, c.EnvironmentID)
			}
			byEnvironment[c.EnvironmentID] = append(byEnvironment[c.EnvironmentID], c)
		case c.Kind == Undone:
			if err := change.Record(ctx, c); err != nil {
				return err
			}
		default:
			return fault.New(fault.Conflict, "%s of %q cannot be made from here", strings.ReplaceAll(c.Kind, "_", " "), c.Subject)
		}
	}
	for _, environment := range order {
		operations, found, err := s.operations(ctx, environment, byEnvironment[environment])
		if err != nil {
			return err
		}
		if conflicts = append(conflicts, found...); conflicts != nil {
			continue
		}
		if _, err := s.Flags.Apply(ctx, actor, reason, environment, flag.AnyRevision, operations); err != nil {
			return err
		}
	}
	if conflicts != nil {
		if err := s.blame(ctx, conflicts, since); err != nil {
			return err
		}
		return &staleError{conflicts}
	}
	return nil
}

// changeEnvironment changes the name and the settings of an environment.
func (s *Service) changeEnvironment(ctx context.Context, actor change.Actor, reason string, c change.Change) ([]Conflict, error) {
	now, there, err := s.Tenants.Stored(ctx, c.EnvironmentID)
	if err != nil || !there {
		if err == nil {
			err = fault.New(fault.Conflict, "the environment %s is not there any more", c.Subject)
		}
		return nil, err
	}
	present, err := json.Marshal(now)
	if err != nil {
		return nil, err
	}
	text, conflicts, err := merge(c, present)
	if err != nil || conflicts != nil {
		return conflicts, err
	}
	var next tenant.Environment
	if err := json.Unmarshal(text, &next); err != nil {
		return nil, err
	}
	patch := tenant.Patch{Name: &next.Name, Settings: &next.Settings}
	_, err = s.Tenants.Change(ctx, actor, reason, c.EnvironmentID, patch, func(ctx context.Context, e tenant.Environment) error {
		return s.Flags.Restamp(ctx, e.ID)
	})
	return nil, err
}

// adopt lets a key open an environment. Flags that are made beside it are made after it.
func (s *Service) adopt(ctx context.Context, actor change.Actor, reason string, c change.Change) error {
	var a tenant.Adoption
	if err := json.Unmarshal(c.Needs, &a); err != nil {
		return err
	}
	if a.Spread {
		flags, segments, err := s.Flags.Stored(ctx, c.EnvironmentID)
		if err != nil {
			return err
		}
		if len(flags)+len(segments) > 0 {
			return fault.New(fault.Conflict, "%s has flags by now, so its people cannot be spread by the adopted key any more", c.Subject).
				Hint("apply the file again")
		}
	}
	_, err := s.Tenants.AdoptKey(ctx, actor, reason, c.EnvironmentID, a.Secret, a.Spread)
	return err
}

// operations computes what changes of one environment's flags and segments come to now.
func (s *Service) operations(ctx context.Context, environmentID string, changes []change.Change) ([]flag.Operation, []Conflict, error) {
	items, err := s.items(ctx, environmentID)
	if err != nil {
		return nil, nil, err
	}
	var operations []flag.Operation
	var conflicts []Conflict
	for _, c := range changes {
		kind, present := noun(c.Kind), items[noun(c.Kind)+"/"+c.Subject]
		next, found, err := merge(c, present)
		if err != nil {
			return nil, nil, err
		}
		if found != nil {
			conflicts = append(conflicts, found...)
			continue
		}
		items[kind+"/"+c.Subject] = next
		o, err := operation(kind, c.Subject, next)
		if err != nil {
			return nil, nil, err
		}
		if len(next) > 0 || len(present) > 0 {
			operations = append(operations, o)
		}
	}
	return operations, conflicts, nil
}

// items are the flags and segments of an environment as the store has them inside the commit under way: "flag/key" → JSON.
func (s *Service) items(ctx context.Context, environmentID string) (map[string]json.RawMessage, error) {
	flags, segments, err := s.Flags.Stored(ctx, environmentID)
	if err != nil {
		return nil, err
	}
	all := make(map[string]json.RawMessage, len(flags)+len(segments))
	for _, f := range flags {
		if all["flag/"+f.Key], err = json.Marshal(f); err != nil {
			return nil, err
		}
	}
	for _, g := range segments {
		if all["segment/"+g.Key], err = json.Marshal(g); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// operation makes a thing as it shall be, or its removal, into what flags are changed by.
func operation(kind, key string, next json.RawMessage) (flag.Operation, error) {
	var f flag.Flag
	var g flag.Segment
	switch {
	case kind == "flag" && len(next) == 0:
		return flag.RemoveFlag(key), nil
	case kind == "flag":
		err := json.Unmarshal(next, &f)
		return flag.PutFlag(f), err
	case len(next) == 0:
		return flag.RemoveSegment(key), nil
	}
	err := json.Unmarshal(next, &g)
	return flag.PutSegment(g), err
}

// mostBlamed is how many commits about one thing are looked through for who was in the way.
const mostBlamed = 50

// blame finds the newest commit that made each conflict.
func (s *Service) blame(ctx context.Context, conflicts []Conflict, since int64) error {
	for i := range conflicts {
		c := &conflicts[i]
		commits, err := s.Journal.List(ctx, change.Filter{EnvironmentID: c.EnvironmentID, KindPrefix: c.Kind + ".", Subject: c.Subject, Limit: mostBlamed})
		if err != nil {
			return err
		}
		for _, commit := range commits {
			if commit.Revision > since && touches(commit, *c) {
				c.By, c.Revision = commit.Actor.Name, commit.Revision
				break
			}
		}
	}
	return nil
}

func touches(commit change.Commit, c Conflict) bool {
	return slices.ContainsFunc(commit.Changes, func(ch change.Change) bool {
		if noun(ch.Kind) != c.Kind || ch.Subject != c.Subject || ch.EnvironmentID != c.EnvironmentID {
			return false
		}
		before, errBefore := split(ch.Before)
		after, errAfter := split(ch.After)
		return errBefore == nil && errAfter == nil && (c.Field == "" || !equal(before[c.Field], after[c.Field]))
	})
}
