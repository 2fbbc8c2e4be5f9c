package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"sync"
	"time"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/id"
)

const (
	// sessionFor is how long a session lasts after it was last used.
	sessionFor = 14 * 24 * time.Hour
	// renewAfter keeps reads from writing: a session is prolonged at most this often.
	renewAfter = time.Hour
	// minPassword is the shortest password in characters.
	minPassword = 10
)

// Role is what a person or token may do.
type Role string

// The roles, each may do what the next may.
const (
	Administrator Role = "admin"
	Operator      Role = "operator"
	Viewer        Role = "viewer"
)

// Action is a kind of thing to do.
type Action string

// The actions.
const (
	Read       Action = "read"
	Operate    Action = "operate"    // change flags, rollouts and incidents
	Administer Action = "administer" // see secret keys, manage people
)

// May says whether a role may do an action.
func May(role Role, action Action) bool {
	switch action {
	case Read:
		return role == Viewer || role == Operator || role == Administrator
	case Operate:
		return role == Operator || role == Administrator
	case Administer:
		return role == Administrator
	}
	return false
}

// Person is somebody with a password.
type Person struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Email    string `json:"email"` // lower case
	Role     Role   `json:"role"`
	Active   bool   `json:"active"` // whether they may sign in
	Password string `json:"-"`      // argon2id hash; "" until they have chosen one
}

// Session is one sign-in. Only the hash of its token is stored.
type Session struct {
	Token     string
	PersonID  string
	ExpiresAt time.Time
}

// Token is an API token. Only the hash of its secret is stored.
type Token struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Role Role   `json:"role"`
}

// Principal is who calls: a person or a token.
type Principal struct {
	Person Person
	Token  Token
	Role   Role
}

// Actor is the principal as the journal names it.
func (p Principal) Actor() change.Actor {
	if p.Person.ID != "" {
		return change.Actor{Kind: change.Person, ID: p.Person.ID, Name: p.Person.Name}
	}
	return change.Actor{Kind: change.Token, ID: p.Token.ID, Name: p.Token.Name}
}

// Store keeps people, sessions and tokens. Find methods answer fault.NotFound.
type Store interface {
	CountPeople(ctx context.Context) (int, error)
	AddPerson(ctx context.Context, p Person) error
	FindPersonByEmail(ctx context.Context, email string) (Person, error)
	FindPerson(ctx context.Context, personID string) (Person, error)
	AddSession(ctx context.Context, hash, personID string, expiresAt time.Time) error
	FindSession(ctx context.Context, hash string) (personID string, expiresAt time.Time, err error)
	ProlongSession(ctx context.Context, hash string, expiresAt time.Time) error
	RemoveSession(ctx context.Context, hash string) error
	RemoveExpiredSessions(ctx context.Context, now time.Time) error
	People(ctx context.Context) ([]Person, error) // by name
	// SavePerson writes the name, role, password and whether they may sign in, of somebody who exists.
	SavePerson(ctx context.Context, p Person) error
	RemoveSessionsOf(ctx context.Context, personID string) error
	// PutInvitation gives a person a link, instead of the one they had.
	PutInvitation(ctx context.Context, hash, personID string, expiresAt time.Time) error
	FindInvitation(ctx context.Context, hash string) (personID string, expiresAt time.Time, err error)
	RemoveInvitationsOf(ctx context.Context, personID string) error
	PutToken(ctx context.Context, hash string, t Token) error
	FindToken(ctx context.Context, hash string) (Token, error)
}

// Options are what the service needs.
type Options struct {
	Store   Store
	Journal *change.Journal
}

// Service signs people in and recognises them.
type Service struct {
	Options
	now    func() time.Time
	setup  sync.Mutex
	throng *throttle
	// decoy is checked when nobody has the address, so that both answers take as long.
	decoy func() string
	// hashing bounds how many passwords are hashed at once: each takes tens of megabytes.
	hashing chan struct{}
}

// New makes the service.
func New(o Options) *Service {
	return &Service{
		Options: o, now: time.Now, throng: newThrottle(), hashing: make(chan struct{}, 2),
		decoy: sync.OnceValue(func() string { return hashPassword(rand.Text()) }),
	}
}

// SetupNeeded says whether there is nobody yet.
func (s *Service) SetupNeeded(ctx context.Context) (bool, error) {
	n, err := s.Store.CountPeople(ctx)
	return n == 0, err
}

// Setup makes the first administrator, exactly once.
func (s *Service) Setup(ctx context.Context, name, email, password string) (Person, error) {
	name, email = tidy(name, email)
	if err := checkPerson(name, email); err != nil {
		return Person{}, err
	}
	if err := checkPassword(password); err != nil {
		return Person{}, err
	}
	s.setup.Lock()
	defer s.setup.Unlock()
	if needed, err := s.SetupNeeded(ctx); err != nil || !needed {
		if err == nil {
			err = setUpAlready()
		}
		return Person{}, err
	}
	person := Person{ID: id.New("per"), Name: name, Email: email, Role: Administrator, Active: true, Password: hashPassword(password)}
	actor := change.Actor{Kind: change.Person, ID: person.ID, Name: person.Name}
	_, err := s.Journal.Commit(ctx, actor, "the first administrator", func(ctx context.Context) error {
		if n, err := s.Store.CountPeople(ctx); err != nil || n > 0 { // another node may have been first
			if err == nil {
				err = setUpAlready()
			}
			return err
		}
		if err := s.Store.AddPerson(ctx, person); err != nil {
			return err
		}
		after, err := json.Marshal(person)
		if err != nil {
			return err
		}
		return change.Record(ctx, change.Change{Kind: "person.created", Subject: person.ID, After: after})
	})
	return person, err
}

func setUpAlready() error {
	return fault.New(fault.Conflict, "this Belay has an administrator already").Hint("sign in, or ask that person")
}

// SignIn checks a password and opens a session. Too many failures from one address for one person are refused for a while.
func (s *Service) SignIn(ctx context.Context, email, password, address string) (Session, error) {
	_, email = tidy("", email)
	// An attempt counts as a failure until it has succeeded, so that many at once are no way around the limit.
	pair := email + " " + address
	if wait := s.throng.attempt(s.now(), pair); wait > 0 {
		return Session{}, fault.New(fault.Limited, "too many failed attempts to sign in").Hint("try again in %s", wait.Round(time.Second))
	}
	person, err := s.Store.FindPersonByEmail(ctx, email)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return Session{}, err
	}
	stored := person.Password
	if stored == "" {
		stored = s.decoy()
	}
	select {
	case s.hashing <- struct{}{}:
	case <-ctx.Done():
		return Session{}, ctx.Err()
	}
	right := samePassword(stored, password)
	<-s.hashing
	if !right || person.ID == "" || !person.Active {
		return Session{}, fault.New(fault.Unauthenticated, "the address or the password is wrong")
	}
	s.throng.succeeded(pair)
	return s.open(ctx, person)
}

// open begins a session of somebody who has shown who they are.
func (s *Service) open(ctx context.Context, person Person) (Session, error) {
	if err := s.Store.RemoveExpiredSessions(ctx, s.now()); err != nil {
		return Session{}, err
	}
	session := Session{Token: rand.Text() + rand.Text(), PersonID: person.ID, ExpiresAt: s.now().Add(sessionFor)}
	return session, s.Store.AddSession(ctx, digest(session.Token), person.ID, session.ExpiresAt)
}

// SignOut ends a session.
func (s *Service) SignOut(ctx context.Context, token string) error {
	return s.Store.RemoveSession(ctx, digest(token))
}

// Authenticate recognises a session and prolongs it.
func (s *Service) Authenticate(ctx context.Context, token string) (Principal, error) {
	personID, expiresAt, err := s.Store.FindSession(ctx, digest(token))
	if fault.Is(err, fault.NotFound) || (err == nil && s.now().After(expiresAt)) {
		return Principal{}, fault.New(fault.Unauthenticated, "the session has ended").Hint("sign in again")
	}
	if err != nil {
		return Principal{}, err
	}
	if until := s.now().Add(sessionFor); until.Sub(expiresAt) > renewAfter {
		if err := s.Store.ProlongSession(ctx, digest(token), until); err != nil {
			return Principal{}, err
		}
	}
	person, err := s.Store.FindPerson(ctx, personID)
	if fault.Is(err, fault.NotFound) || (err == nil && !person.Active) {
		return Principal{}, fault.New(fault.Unauthenticated, "whose session this was is no longer here")
	}
	return Principal{Person: person, Role: person.Role}, err
}

// AuthenticateToken recognises an API token.
func (s *Service) AuthenticateToken(ctx context.Context, secret string) (Principal, error) {
	token, err := s.Store.FindToken(ctx, digest(secret))
	if fault.Is(err, fault.NotFound) {
		return Principal{}, fault.New(fault.Unauthenticated, "this token is not known here").Hint("BELAY_TOKEN, or --data on the machine that runs Belay")
	}
	return Principal{Token: token, Role: token.Role}, err
}

// EnsureToken makes sure that a token with this name has this secret.
func (s *Service) EnsureToken(ctx context.Context, name, secret string, role Role) error {
	if known, err := s.Store.FindToken(ctx, digest(secret)); err == nil && known.Name == name && known.Role == role {
		return nil
	}
	token := Token{ID: id.New("tok"), Name: name, Role: role}
	actor := change.Actor{Kind: change.System, ID: "belay", Name: "Belay"}
	_, err := s.Journal.Commit(ctx, actor, "a token for the "+name, func(ctx context.Context) error {
		if err := s.Store.PutToken(ctx, digest(secret), token); err != nil {
			return err
		}
		after, err := json.Marshal(token)
		if err != nil {
			return err
		}
		return change.Record(ctx, change.Change{Kind: "token.created", Subject: token.ID, After: after})
	})
	return err
}

// digest is what is stored of a secret. The secrets are random and long, so a fast hash is enough.
func digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
