package auth

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/id"
)

const (
	// invitedFor is how long a link to choose a password works: over a weekend, and not much longer.
	invitedFor = 3 * 24 * time.Hour
	maxName    = 100 // characters
	maxEmail   = 200
	mostPeople = 1000
)

// Link lets one person choose a password, once.
type Link struct {
	Secret    string
	ExpiresAt time.Time
}

// NewPerson is somebody to be let in. Without a password they get a link to choose one.
type NewPerson struct {
	Name, Email string
	Role        Role
	Password    string
}

// PersonChange is what is to change about somebody; what is nil stays.
type PersonChange struct {
	Name   *string
	Role   *Role
	Active *bool
}

// People lists everybody, by name.
func (s *Service) People(ctx context.Context) ([]Person, error) { return s.Store.People(ctx) }

// AddPerson lets somebody in. The link is nil when they were given a password. It answers fault.Conflict when the
// address is taken.
func (s *Service) AddPerson(ctx context.Context, actor change.Actor, reason string, n NewPerson) (Person, *Link, error) {
	name, email := tidy(n.Name, n.Email)
	if err := checkPerson(name, email); err != nil {
		return Person{}, nil, err
	}
	if err := checkRole(n.Role); err != nil {
		return Person{}, nil, err
	}
	p := Person{ID: id.New("per"), Name: name, Email: email, Role: n.Role, Active: true}
	if n.Password != "" {
		if err := checkPassword(n.Password); err != nil {
			return Person{}, nil, err
		}
		hash, err := s.hash(ctx, n.Password)
		if err != nil {
			return Person{}, nil, err
		}
		p.Password = hash
	}
	var link *Link
	_, err := s.Journal.Commit(ctx, actor, reason, func(ctx context.Context) error {
		all, err := s.Store.People(ctx)
		if err != nil {
			return err
		}
		if len(all) >= mostPeople {
			return fault.New(fault.TooLarge, "there are %d people already, which is the most", len(all))
		}
		if slices.ContainsFunc(all, func(other Person) bool { return other.Email == email }) {
			return fault.New(fault.Conflict, "somebody has the address %s already", email).At("email", "taken").Hint("change that person's role, or let them in again")
		}
		if err := s.Store.AddPerson(ctx, p); err != nil {
			return err
		}
		if p.Password == "" {
			if link, err = s.invite(ctx, p); err != nil {
				return err
			}
		}
		return recordPerson(ctx, "person.created", nil, &p)
	})
	return p, link, err
}

// ChangePerson renames somebody, gives them another role, or locks them out and lets them in again. Who is locked out is
// signed out everywhere at once. The last administrator stays one: it answers fault.Conflict.
func (s *Service) ChangePerson(ctx context.Context, actor change.Actor, reason, personID string, c PersonChange) (Person, error) {
	var p Person
	_, err := s.Journal.Commit(ctx, actor, reason, func(ctx context.Context) error {
		before, err := s.Store.FindPerson(ctx, personID)
		if err != nil {
			return err
		}
		if p, err = c.apply(before); err != nil || p == before {
			return err
		}
		if err := s.checkLast(ctx, before, p); err != nil {
			return err
		}
		if err := s.Store.SavePerson(ctx, p); err != nil {
			return err
		}
		if !p.Active {
			if err := s.Store.RemoveSessionsOf(ctx, p.ID); err != nil {
				return err
			}
			if err := s.Store.RemoveInvitationsOf(ctx, p.ID); err != nil {
				return err
			}
		}
		return recordPerson(ctx, "person.updated", &before, &p)
	})
	return p, err
}

func (c PersonChange) apply(p Person) (Person, error) {
	if c.Name != nil {
		p.Name, _ = tidy(*c.Name, "")
	}
	if c.Role != nil {
		p.Role = *c.Role
	}
	if c.Active != nil {
		p.Active = *c.Active
	}
	if err := checkPerson(p.Name, p.Email); err != nil {
		return p, err
	}
	return p, checkRole(p.Role)
}

// checkLast refuses to leave an installation without an administrator who can sign in.
func (s *Service) checkLast(ctx context.Context, before, after Person) error {
	if !administers(before) || administers(after) {
		return nil
	}
	all, err := s.Store.People(ctx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(all, func(p Person) bool { return p.ID != before.ID && administers(p) }) {
		return fault.New(fault.Conflict, "%s is the last administrator", before.Name).Hint("make somebody else an administrator first; they have to have signed in once")
	}
	return nil
}

// administers says whether somebody can sign in and manage people.
func administers(p Person) bool { return p.Active && p.Role == Administrator && p.Password != "" }

// Invite gives somebody a new link to choose a password, also when they have forgotten theirs. Earlier links are void;
// the password they have stays until the link is used.
func (s *Service) Invite(ctx context.Context, actor change.Actor, reason, personID string) (Person, *Link, error) {
	var p Person
	var link *Link
	_, err := s.Journal.Commit(ctx, actor, reason, func(ctx context.Context) error {
		var err error
		if p, err = s.Store.FindPerson(ctx, personID); err != nil {
			return err
		}
		if !p.Active {
			return fault.New(fault.Conflict, "%s is locked out", p.Name).Hint("let them in again first")
		}
		if link, err = s.invite(ctx, p); err != nil {
			return err
		}
		return recordPerson(ctx, "person.invited", nil, &p)
	})
	return p, link, err
}

func (s *Service) invite(ctx context.Context, p Person) (*Link, error) {
	link := &Link{Secret: rand.Text() + rand.Text(), ExpiresAt: s.now().Add(invitedFor).UTC().Truncate(time.Second)}
	return link, s.Store.PutInvitation(ctx, digest(link.Secret), p.ID, link.ExpiresAt)
}

// Welcome sets the password of whoever holds a link, and signs them in. The link works once; sessions that were open end.
func (s *Service) Welcome(ctx context.Context, secret, password string) (Session, error) {
	if err := checkPassword(password); err != nil {
		return Session{}, err
	}
	p, err := s.invited(ctx, secret)
	if err != nil {
		return Session{}, err
	}
	hash, err := s.hash(ctx, password)
	if err != nil {
		return Session{}, err
	}
	actor := change.Actor{Kind: change.Person, ID: p.ID, Name: p.Name}
	_, err = s.Journal.Commit(ctx, actor, "chose a password", func(ctx context.Context) error {
		var err error
		if p, err = s.invited(ctx, secret); err != nil { // it may have been used while the password was hashed
			return err
		}
		p.Password = hash
		if err := s.Store.SavePerson(ctx, p); err != nil {
			return err
		}
		if err := s.Store.RemoveInvitationsOf(ctx, p.ID); err != nil {
			return err
		}
		if err := s.Store.RemoveSessionsOf(ctx, p.ID); err != nil {
			return err
		}
		return recordPerson(ctx, "person.welcomed", nil, &p)
	})
	if err != nil {
		return Session{}, err
	}
	return s.open(ctx, p)
}

// invited finds whose link it is.
func (s *Service) invited(ctx context.Context, secret string) (Person, error) {
	personID, expiresAt, err := s.Store.FindInvitation(ctx, digest(secret))
	var p Person
	if err == nil {
		p, err = s.Store.FindPerson(ctx, personID)
	}
	if err != nil && !fault.Is(err, fault.NotFound) {
		return Person{}, err
	}
	if err != nil || !p.Active || s.now().After(expiresAt) {
		return Person{}, fault.New(fault.Unauthenticated, "this link does not work any more").Hint("it works once, for three days; ask an administrator for a new one")
	}
	return p, nil
}

// hash hashes a password, a few at once at most.
func (s *Service) hash(ctx context.Context, password string) (string, error) {
	select {
	case s.hashing <- struct{}{}:
	case <-ctx.Done():
		return "", ctx.Err()
	}
	defer func() { <-s.hashing }()
	return hashPassword(password), nil
}

func recordPerson(ctx context.Context, kind string, before, after *Person) error {
	return change.RecordValues(ctx, change.Change{Kind: kind, Subject: after.ID}, before, after)
}

func tidy(name, email string) (string, string) {
	return strings.TrimSpace(name), strings.ToLower(strings.TrimSpace(email))
}

func checkPerson(name, email string) error {
	switch {
	case name == "" || utf8.RuneCountInString(name) > maxName:
		return fault.New(fault.Invalid, "a person needs a name of at most %d characters", maxName).At("name", "it stands beside everything they change")
	case !strings.Contains(email, "@") || len(email) > maxEmail:
		return fault.New(fault.Invalid, "a person needs an e-mail address").At("email", "such as dana@example.org")
	}
	return nil
}

func checkPassword(password string) error {
	if len([]rune(password)) < minPassword {
		return fault.New(fault.Invalid, "the password is too short").At("password", "at least %d characters", minPassword)
	}
	return nil
}

func checkRole(r Role) error {
	if !slices.Contains([]Role{Administrator, Operator, Viewer}, r) {
		return fault.New(fault.Invalid, "there is no role %q", r).At("role", "admin, operator or viewer")
	}
	return nil
}
