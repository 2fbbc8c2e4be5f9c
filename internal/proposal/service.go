package proposal

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/id"
	"github.com/siteproof/belay/internal/lease"
	"github.com/siteproof/belay/internal/tenant"
)

const (
	// expiresAfter is how long a request may wait: after two weeks nobody remembers what it was for.
	expiresAfter = 14 * 24 * time.Hour
	// lateAfter is how long after its time a change is still made by itself; after it, a person has to say so.
	lateAfter = time.Hour
	// farthest is how far ahead a change can be given a time.
	farthest = 366 * 24 * time.Hour
	// mostOpen keeps the list of an environment one that people can read.
	mostOpen     = 500
	mostSteps    = 20
	mostComments = 200
	mostText     = 2000 // characters of a comment
	mostListed   = 200
)

// belay is Belay itself in the journal.
var belay = change.Actor{Kind: change.System, ID: "belay", Name: "Belay"}

// Rollouts starts a rollout that was approved.
type Rollouts interface {
	Start(ctx context.Context, actor change.Actor, reason, rolloutID string) error
}

// Options are what a Service needs. All are required but Now and Every.
type Options struct {
	Store    Store
	Journal  *change.Journal
	Tenants  *tenant.Service
	Flags    *flag.Service
	People   People
	Rollouts Rollouts
	Lease    *lease.Leases
	Logger   *slog.Logger
	Now      func() time.Time // time.Now when nil
	Every    time.Duration    // how often due requests are looked for; a second when 0
}

// Service keeps change requests and makes them when they may be made.
type Service struct {
	Options
	clock
}

// New makes the service. It becomes the journal's gate at once; Start has it look after times.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Every == 0 {
		o.Every = time.Second
	}
	s := &Service{Options: o, clock: clock{holder: id.New("nod")}}
	o.Journal.Guard(s)
	return s
}

func (s *Service) moment() time.Time { return s.Now().UTC().Truncate(time.Microsecond) }

// Find gives one request.
func (s *Service) Find(ctx context.Context, proposalID string) (Proposal, error) {
	return s.Store.FindProposal(ctx, proposalID)
}

// List gives requests, the newest first; 200 at most.
func (s *Service) List(ctx context.Context, f Filter) ([]Proposal, error) {
	if f.Limit <= 0 || f.Limit > mostListed {
		f.Limit = mostListed
	}
	return s.Store.Proposals(ctx, f)
}

// add keeps a new request, and makes it at once when nothing is missing.
func (s *Service) add(ctx context.Context, actor change.Actor, reason string, steps []Batch) (Proposal, error) {
	now := s.moment()
	var all []change.Change
	for _, step := range steps {
		all = append(all, step.Changes...)
	}
	needed, extra, err := s.asks(ctx, actor, all)
	if err != nil {
		return Proposal{}, err
	}
	environment, err := s.environmentOf(ctx, all)
	if err != nil {
		return Proposal{}, err
	}
	p := Proposal{
		ID: id.New("chg"), EnvironmentID: environment, Title: title(all), Reason: reason, By: actor,
		CreatedAt: now, ExpiresAt: now.Add(expiresAfter), Needed: needed, Extra: extra, State: Scheduled,
		Base: s.Journal.Head(), Steps: steps, Approvals: []Consent{}, Comments: []Comment{},
	}
	if last := steps[len(steps)-1].At; last != nil && last.After(p.ExpiresAt) {
		p.ExpiresAt = *last
	}
	if p.Needed > 0 {
		p.State = Waiting
	}
	err = s.keep(ctx, actor, reason, "created", &p, func(ctx context.Context) error {
		n, err := s.Store.CountOpen(ctx, p.EnvironmentID)
		if err == nil && n >= mostOpen {
			err = fault.New(fault.Limited, "%d change requests are open already", n).Hint("withdraw those that nobody needs any more")
		}
		return err
	})
	if err != nil {
		return Proposal{}, err
	}
	return s.runNow(ctx, p)
}

// environmentOf is where a request is listed: the first environment that asks for approvals, or else the first.
func (s *Service) environmentOf(ctx context.Context, changes []change.Change) (string, error) {
	found := ""
	for _, ch := range changes {
		n, err := s.needed(ctx, []change.Change{ch})
		if err != nil {
			return "", err
		}
		if n > 0 {
			return ch.EnvironmentID, nil
		}
		if found == "" {
			found = ch.EnvironmentID
		}
	}
	return found, nil
}

// keep writes a request in a commit of its own, after check.
func (s *Service) keep(ctx context.Context, actor change.Actor, reason, verb string, p *Proposal, check func(context.Context) error) error {
	_, err := s.Journal.Commit(marked(ctx, mark{admitted: true}), actor, reason, func(ctx context.Context) error {
		if err := check(ctx); err != nil {
			return err
		}
		return s.save(ctx, verb, p)
	})
	return err
}

// save writes a request inside the commit under way and records what became of it.
func (s *Service) save(ctx context.Context, verb string, p *Proposal) error {
	if err := s.Store.SaveProposal(ctx, *p, p.dueAt()); err != nil {
		return err
	}
	said := map[string]any{"title": p.Title, "state": p.State}
	if p.Why != "" {
		said["why"] = p.Why
	}
	if len(p.Approvals) > 0 {
		var names []string
		for _, a := range p.Approvals {
			names = append(names, a.By.Name)
		}
		said["approved_by"] = names
	}
	if verb == "applied" {
		said["proposed_by"] = p.By.Name
		if step := p.Steps[max(p.next()-1, 0)]; step.Note != "" {
			said["note"] = step.Note
		}
	}
	after, err := json.Marshal(said)
	if err != nil {
		return err
	}
	return change.Record(ctx, change.Change{Kind: prefix + verb, EnvironmentID: p.EnvironmentID, Subject: p.ID, After: after})
}

// turn changes a request in a commit of its own: edit sees it as it is and says what is wrong with the wish.
func (s *Service) turn(ctx context.Context, actor change.Actor, reason, proposalID, verb string, edit func(context.Context, *Proposal) error) (Proposal, error) {
	var p Proposal
	if markOf(ctx).at != nil {
		return p, fault.New(fault.Invalid, "what is done with a change request cannot be given a time").Hint("the request itself can")
	}
	err := s.keep(ctx, actor, reason, verb, &p, func(ctx context.Context) (err error) {
		if p, err = s.Store.FindProposal(ctx, proposalID); err != nil {
			return err
		}
		return edit(ctx, &p)
	})
	return p, err
}

// Approve is one person's yes. Nobody approves what they asked for, tokens approve nothing, everybody counts once, and
// who was given their account, password or role lately counts as one person with the giver: fault.Forbidden says so.
// With the last approval that is needed the change is made, or keeps its time.
func (s *Service) Approve(ctx context.Context, actor change.Actor, reason, proposalID string) (Proposal, error) {
	p, err := s.turn(ctx, actor, reason, proposalID, "approved", func(ctx context.Context, p *Proposal) error {
		switch {
		case p.State != Waiting:
			return refuse(p, "approved")
		case actor.Kind != change.Person:
			return fault.New(fault.Forbidden, "a token cannot approve: who used it is not known").Hint("sign in to the console and approve there")
		case same(actor, p.By):
			return fault.New(fault.Forbidden, "nobody approves their own change").Hint("ask a colleague; whoever may change flags can approve")
		case slices.ContainsFunc(p.Approvals, func(a Consent) bool { return same(a.By, actor) }):
			return fault.New(fault.Conflict, "you have approved this already")
		}
		ties, err := s.ties(ctx, recorded(p.Steps))
		if err != nil {
			return err
		}
		if o := ties.obstacle(*p, actor); o != nil {
			return o.refusal()
		}
		p.Approvals = append(p.Approvals, Consent{By: actor, At: s.moment(), Reason: reason})
		if len(p.Approvals) >= p.Needed {
			p.State = Scheduled
		}
		return nil
	})
	if err != nil {
		return Proposal{}, err
	}
	return s.runNow(ctx, p)
}

// Reject closes a request with a no.
func (s *Service) Reject(ctx context.Context, actor change.Actor, reason, proposalID string) (Proposal, error) {
	return s.turn(ctx, actor, reason, proposalID, "rejected", func(_ context.Context, p *Proposal) error {
		if !p.State.Open() {
			return refuse(p, "rejected")
		}
		if same(actor, p.By) {
			return fault.New(fault.Conflict, "this is your own change request").Hint("withdraw it")
		}
		p.close(Rejected, actor.Name+": "+reason, s.moment())
		return nil
	})
}

// Withdraw closes a request that is not needed any more, or cancels what has a time.
func (s *Service) Withdraw(ctx context.Context, actor change.Actor, reason, proposalID string) (Proposal, error) {
	return s.turn(ctx, actor, reason, proposalID, "withdrawn", func(_ context.Context, p *Proposal) error {
		if !p.State.Open() {
			return refuse(p, "withdrawn")
		}
		p.close(Withdrawn, actor.Name+": "+reason, s.moment())
		return nil
	})
}

// Comment adds a remark.
func (s *Service) Comment(ctx context.Context, actor change.Actor, text, proposalID string) (Proposal, error) {
	text = strings.TrimSpace(text)
	if n := utf8.RuneCountInString(text); n == 0 || n > mostText {
		return Proposal{}, fault.New(fault.Invalid, "a comment has 1 to %d characters", mostText).At("text", "1 to %d characters", mostText)
	}
	return s.turn(ctx, actor, "a comment on a change request", proposalID, "commented", func(_ context.Context, p *Proposal) error {
		if len(p.Comments) >= mostComments {
			return fault.New(fault.TooLarge, "a change request has at most %d comments", mostComments)
		}
		p.Comments = append(p.Comments, Comment{By: actor, At: s.moment(), Text: text})
		return nil
	})
}

func refuse(p *Proposal, verb string) error {
	e := fault.New(fault.Conflict, "a change request that is %s cannot be %s", p.State, verb)
	if p.State == Stale {
		e = e.Hint("what it touches has changed; compute its differences anew first")
	}
	return e
}

// waitsFor says in one sentence what is missing.
func (p *Proposal) waitsFor() string {
	switch p.State {
	case Waiting:
		return fmt.Sprintf("change request %s (%s) waits for %s", p.ID, p.Title, approvals(p.Needed-len(p.Approvals)))
	case Scheduled:
		if n := p.next(); n < len(p.Steps) && p.Steps[n].At != nil {
			return fmt.Sprintf("change request %s (%s) is to be made at %s", p.ID, p.Title, sayTime(p.Steps[n]))
		}
		return fmt.Sprintf("change request %s (%s) is about to be made", p.ID, p.Title)
	case Stale, Late, Rejected, Withdrawn, Expired, Failed:
		return fmt.Sprintf("change request %s (%s) is %s: %s", p.ID, p.Title, p.State, p.Why)
	case Applied:
	}
	return fmt.Sprintf("change request %s (%s) is %s", p.ID, p.Title, p.State)
}

func approvals(n int) string {
	if n == 1 {
		return "the approval of one other person"
	}
	return fmt.Sprintf("the approval of %d other people", n)
}

// mostNamed is how many things a title names; the rest is counted.
const mostNamed = 2

// title says in a few words what changes do.
func title(changes []change.Change) string {
	if at := slices.IndexFunc(changes, func(c change.Change) bool { return c.Kind == rolloutStarted }); at >= 0 {
		return sayChange(changes[at]) // the flags are the rollout's
	}
	var said []string
	for _, ch := range changes {
		text := sayChange(ch)
		if text != "" && !slices.Contains(said, text) {
			said = append(said, text)
		}
	}
	if len(said) > mostNamed {
		said = append(said[:mostNamed:mostNamed], fmt.Sprintf("%d more", len(said)-mostNamed))
	}
	if len(said) == 0 {
		return "change nothing"
	}
	return strings.Join(said, ", ")
}

func sayChange(ch change.Change) string {
	kind := noun(ch.Kind)
	switch {
	case ch.Kind == Undone:
		return "undo " + ch.Subject
	case ch.Kind == tenant.KeyAdded:
		return "adopt a client key"
	case ch.Kind == rolloutStarted:
		var r struct{ Name string }
		_ = json.Unmarshal(ch.After, &r) // without a name its id stands there
		if r.Name == "" {
			r.Name = ch.Subject
		}
		return "start the rollout " + r.Name
	case len(ch.Before) == 0:
		return "make the " + kind + " " + ch.Subject
	case len(ch.After) == 0:
		return "remove the " + kind + " " + ch.Subject
	}
	before, errBefore := split(ch.Before)
	after, errAfter := split(ch.After)
	if errBefore == nil && errAfter == nil && kind == "flag" && !equal(before["enabled"], after["enabled"]) {
		if equal(after["enabled"], json.RawMessage("true")) {
			return "turn " + ch.Subject + " on"
		}
		return "turn " + ch.Subject + " off"
	}
	return "change the " + kind + " " + ch.Subject
}
