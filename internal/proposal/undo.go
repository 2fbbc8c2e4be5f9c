package proposal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/fault"
)

// Undo is what taking a commit back would do now.
type Undo struct {
	Revision  int64           `json:"revision"`
	Changes   []change.Change `json:"changes"`   // what would be changed now; empty when everything is as before already
	Conflicts []Conflict      `json:"conflicts"` // what later commits did to the same fields; undoing waits until they are undone
	Obstacle  string          `json:"obstacle,omitempty"`
}

// errDry ends a commit that was only to be tried.
var errDry = errors.New("only tried")

func asHeld(err error) (*HeldError, bool) { return errors.AsType[*HeldError](err) }

// PreviewUndo says what undoing a commit would do now. It changes nothing.
func (s *Service) PreviewUndo(ctx context.Context, revision int64) (Undo, error) {
	changes, err := s.takeBack(ctx, revision)
	if err != nil {
		return Undo{}, err
	}
	u := Undo{Revision: revision, Changes: []change.Change{}, Conflicts: []Conflict{}}
	err = s.try(ctx, func(ctx context.Context) error { return s.apply(ctx, belay, "try to undo", revision, changes) }, func(all []change.Change) {
		for _, c := range all {
			if c.Kind != Undone {
				u.Changes = append(u.Changes, c)
			}
		}
	})
	if changed, is := errors.AsType[*staleError](err); is {
		u.Conflicts = changed.conflicts
		return u, nil
	}
	if code := fault.CodeOf(err); code == fault.Conflict || code == fault.Invalid || code == fault.TooLarge {
		u.Obstacle = err.Error()
		return u, nil
	}
	return u, err
}

// Undo takes a commit back with one that does the opposite. Only what the commit changed is put back; what others
// changed elsewhere stays. It answers fault.Conflict when later commits changed the same fields, or when the commit
// is of a kind that is taken back in another way. As any change it may have to wait, which *HeldError says.
func (s *Service) Undo(ctx context.Context, actor change.Actor, reason string, revision int64) (change.Commit, error) {
	changes, err := s.takeBack(ctx, revision)
	if err != nil {
		return change.Commit{}, err
	}
	commit, err := s.Journal.Commit(ctx, actor, reason, func(ctx context.Context) error {
		if err := s.apply(ctx, actor, reason, revision, changes); err != nil {
			return err
		}
		if !slices.ContainsFunc(change.Recorded(ctx), func(c change.Change) bool { return c.Kind != Undone }) {
			return fault.New(fault.Conflict, "revision %d is undone already: everything is as it was before it", revision)
		}
		return nil
	})
	if changed, is := errors.AsType[*staleError](err); is {
		f := fault.New(fault.Conflict, "revision %d cannot be undone: %s", revision, changed.Error()).Hint("undo the later change first, or change the field by hand")
		for _, c := range changed.conflicts {
			f = f.At(c.Kind+"."+c.Subject+"."+c.Field, "%s; it was %s and is %s", c.say(), orNothing(c.Expected), orNothing(c.Now))
		}
		return change.Commit{}, f
	}
	return commit, err
}

// orNothing is a value for people; a whole flag or segment would be too much.
func orNothing(text []byte) string {
	const most = 200
	switch {
	case len(text) == 0:
		return "nothing"
	case len(text) > most:
		return fmt.Sprintf("%d bytes of JSON", len(text))
	}
	return string(text)
}

// takeBack is what undoes a commit.
func (s *Service) takeBack(ctx context.Context, revision int64) ([]change.Change, error) {
	commit, err := s.Journal.Find(ctx, revision)
	if err != nil {
		return nil, err
	}
	var changes []change.Change
	environment := ""
	for _, c := range commit.Changes {
		switch n := noun(c.Kind); {
		case changesFlags(c) || c.Kind == environmentUpdated:
			changes = append(changes, c)
			environment = c.EnvironmentID
		case n == "change_request" || n == "approval" || n == "commit": // notes beside what was changed
		case n == "rollout":
			return nil, fault.New(fault.Conflict, "revision %d is a move of a rollout", revision).Hint("roll the rollout back, or hold it")
		default:
			return nil, fault.New(fault.Conflict, "revision %d changed %s %q, which is not undone from here", revision, n, c.Subject).
				Hint("flags, segments and settings are; change the rest where it is shown")
		}
	}
	if len(changes) == 0 {
		return nil, fault.New(fault.Conflict, "revision %d changed no flag, no segment and no setting", revision)
	}
	if slices.ContainsFunc(changes, movesSplit) {
		return nil, fault.New(fault.Conflict, "revision %d moved the share of a rollout", revision).Hint("roll the rollout back, or hold it")
	}
	note := change.Change{Kind: Undone, EnvironmentID: environment, Subject: "revision " + strconv.FormatInt(revision, 10)}
	return append(inverse(changes), note), nil
}

// movesSplit says whether a change is about a rollout's share of a flag.
func movesSplit(c change.Change) bool {
	before, errBefore := split(c.Before)
	after, errAfter := split(c.After)
	return errBefore != nil || errAfter != nil || !equal(before["split"], after["split"])
}

// try runs do in a commit that is never kept, and hands over what it would have recorded.
func (s *Service) try(ctx context.Context, do func(context.Context) error, see func([]change.Change)) error {
	_, err := s.Journal.Commit(marked(ctx, mark{admitted: true}), belay, "only tried", func(ctx context.Context) error {
		if err := do(ctx); err != nil {
			return err
		}
		see(change.Recorded(ctx))
		return errDry
	})
	if loading := s.Tenants.Load(context.WithoutCancel(ctx)); loading != nil { // memory held what was only tried
		return errors.Join(err, loading)
	}
	if errors.Is(err, errDry) {
		return nil
	}
	return err
}

// rebase computes each step of a request anew on top of what is there now: the fields it changes shall be what it says.
func (s *Service) rebase(ctx context.Context, actor change.Actor, p Proposal) ([]Batch, error) {
	n := p.next()
	steps := slices.Clone(p.Steps[:n])
	now := s.Now()
	err := s.try(ctx, func(ctx context.Context) error {
		for _, step := range p.Steps[n:] {
			from := len(change.Recorded(ctx))
			if err := s.force(ctx, actor, p.Reason, step.Changes); err != nil {
				return err
			}
			made := change.Recorded(ctx)[from:]
			if len(made) == 0 {
				continue // somebody else has made it so meanwhile
			}
			if step.Changes = made; step.At != nil && !step.At.After(now) {
				step.At = nil
			}
			steps = append(steps, step)
		}
		return nil
	}, func([]change.Change) {})
	if err == nil && len(steps) == n {
		err = fault.New(fault.Conflict, "there is nothing left to change: everything is as this request wants it").Hint("withdraw it")
	}
	return steps, err
}

// force makes changes whatever has happened to the fields that they are about.
func (s *Service) force(ctx context.Context, actor change.Actor, reason string, changes []change.Change) error {
	own := make([]change.Change, 0, len(changes))
	for _, c := range changes {
		if !changesFlags(c) {
			own = append(own, c)
			continue
		}
		items, err := s.items(ctx, c.EnvironmentID)
		if err != nil {
			return err
		}
		if c, err = onto(c, items[noun(c.Kind)+"/"+c.Subject]); err != nil {
			return err
		}
		own = append(own, c)
	}
	return s.apply(ctx, actor, reason, s.Journal.Head(), own)
}
