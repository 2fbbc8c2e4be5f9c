package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/siteproof/belay/internal/change"
)

// Gift is an account, a password or a role that somebody was given by somebody else, who may therefore be able to act
// under their name.
type Gift struct {
	To   string // id of the person
	Name string // their name then
	What string // "the account", "the password" or "the role"
	From change.Actor
	At   time.Time
}

// Gifts reads from the journal what people were given by others after a moment, oldest first. A password that was
// chosen by a link is a gift of whoever made the link, at the moment when it was used: they may have used it themselves.
func (s *Service) Gifts(ctx context.Context, since time.Time) ([]Gift, error) {
	commits, err := s.aboutPeople(ctx, since.Add(-invitedFor)) // a link may be that much older than its use
	if err != nil {
		return nil, err
	}
	var gifts []Gift
	links := map[string]change.Actor{} // who made the newest link of each person
	for _, c := range slices.Backward(commits) {
		for _, ch := range c.Changes {
			g := Gift{To: ch.Subject, From: c.Actor, At: c.At}
			if ch.Kind == "person.created" || ch.Kind == "person.invited" {
				links[ch.Subject] = c.Actor
			}
			if ch.Kind == "person.welcomed" {
				g.From = links[ch.Subject]
			}
			if g.Name, g.What, err = given(ch); err != nil {
				return nil, fmt.Errorf("read revision %d: %w", c.Revision, err)
			}
			if g.What != "" && g.From.ID != g.To && (g.From.Kind == change.Person || g.From.Kind == change.Token) && g.At.After(since) {
				gifts = append(gifts, g)
			}
		}
	}
	return gifts, nil
}

// aboutPeople reads the commits about people since a moment, newest first.
func (s *Service) aboutPeople(ctx context.Context, since time.Time) ([]change.Commit, error) {
	const page = 500
	var all []change.Commit
	f := change.Filter{KindPrefix: "person.", Since: since, Limit: page}
	for {
		commits, err := s.Journal.List(ctx, f)
		if all = append(all, commits...); err != nil || len(commits) < page {
			return all, err
		}
		f.Before = commits[page-1].Revision
	}
}

// given says what a change of a person gave them: "" when nothing by which somebody else could act as them.
func given(ch change.Change) (name, what string, err error) {
	if !strings.HasPrefix(ch.Kind, "person.") {
		return "", "", nil
	}
	before, errBefore := readPerson(ch.Before)
	after, errAfter := readPerson(ch.After)
	if err := errors.Join(errBefore, errAfter); err != nil {
		return "", "", err
	}
	switch {
	case ch.Kind == "person.created", ch.Kind == "person.updated" && after.Active && !before.Active:
		what = "the account"
	case ch.Kind == "person.welcomed":
		what = "the password"
	case ch.Kind == "person.updated" && after.Role != before.Role:
		what = "the role"
	}
	return after.Name, what, nil
}

// readPerson reads a person as the journal keeps them; nobody when there is nothing.
func readPerson(text json.RawMessage) (Person, error) {
	var p Person
	if len(text) == 0 {
		return p, nil
	}
	err := json.Unmarshal(text, &p)
	return p, err
}
