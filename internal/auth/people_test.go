package auth_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/auth"
	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/store/sqldb"
	"github.com/siteproof/belay/internal/store/sqldb/sqldbtest"
)

const (
	why      = "a test needs it"
	password = "correct horse battery"
	another  = "staple after staple"
	here     = "127.0.0.1"
)

// house is the service with its journal and its first administrator.
type house struct {
	*auth.Service
	journal *change.Journal
	dana    auth.Person
	actor   change.Actor
}

func newHouse(t *testing.T) *house {
	t.Helper()
	db := sqldbtest.Open(t)
	journal, err := change.NewJournal(t.Context(), db, time.Now)
	require.NoError(t, err)
	h := &house{Service: auth.New(auth.Options{Store: sqldb.NewAuth(db), Journal: journal}), journal: journal}
	h.dana, err = h.Setup(t.Context(), "Dana", "dana@example.test", password)
	require.NoError(t, err)
	h.actor = change.Actor{Kind: change.Person, ID: h.dana.ID, Name: h.dana.Name}
	return h
}

// last is the newest change in the journal.
func (h *house) last(t *testing.T) change.Change {
	t.Helper()
	all, err := h.journal.List(t.Context(), change.Filter{Limit: 1})
	require.NoError(t, err)
	require.Len(t, all[0].Changes, 1)
	return all[0].Changes[0]
}

func (h *house) let(t *testing.T, name string, role auth.Role, password string) (auth.Person, *auth.Link) {
	t.Helper()
	p, link, err := h.AddPerson(t.Context(), h.actor, why, auth.NewPerson{Name: name, Email: strings.ToLower(name) + "@example.test", Role: role, Password: password})
	require.NoError(t, err)
	return p, link
}

func TestSomebodyIsLetInWithAPasswordOrALink(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	mara, link := h.let(t, "Mara", auth.Operator, another)
	require.Nil(t, link)
	_, err := h.SignIn(ctx, "mara@example.test", another, here)
	require.NoError(t, err)
	require.Equal(t, "person.created", h.last(t).Kind)
	require.NotContains(t, string(h.last(t).After), "argon2id", "no password is in the journal")

	ines, link := h.let(t, "Ines", auth.Viewer, "")
	require.NotNil(t, link)
	_, err = h.SignIn(ctx, "ines@example.test", "", here)
	require.True(t, fault.Is(err, fault.Unauthenticated), "who has chosen no password signs in with none: %v", err)
	session, err := h.Welcome(ctx, link.Secret, another)
	require.NoError(t, err)
	who, err := h.Authenticate(ctx, session.Token)
	require.NoError(t, err)
	require.Equal(t, ines.ID, who.Person.ID)
	require.Equal(t, auth.Viewer, who.Role)
	require.Equal(t, "person.welcomed", h.last(t).Kind)

	all, err := h.People(ctx)
	require.NoError(t, err)
	require.Len(t, all, 3)
	require.Equal(t, []string{"Dana", "Ines", "Mara"}, []string{all[0].Name, all[1].Name, all[2].Name})
	require.Equal(t, mara.ID, all[2].ID)
}

func TestNobodyIsLetInHalf(t *testing.T) {
	h := newHouse(t)
	for _, c := range []struct {
		says string
		n    auth.NewPerson
		code fault.Code
	}{
		{"no name", auth.NewPerson{Name: " ", Email: "x@example.test", Role: auth.Viewer}, fault.Invalid},
		{"no address", auth.NewPerson{Name: "X", Email: "x", Role: auth.Viewer}, fault.Invalid},
		{"no such role", auth.NewPerson{Name: "X", Email: "x@example.test", Role: "owner"}, fault.Invalid},
		{"a short password", auth.NewPerson{Name: "X", Email: "x@example.test", Role: auth.Viewer, Password: "short"}, fault.Invalid},
		{"a taken address, written otherwise", auth.NewPerson{Name: "X", Email: " DANA@example.test ", Role: auth.Viewer}, fault.Conflict},
	} {
		t.Run(c.says, func(t *testing.T) {
			_, link, err := h.AddPerson(t.Context(), h.actor, why, c.n)
			require.Equal(t, c.code, fault.CodeOf(err), err)
			require.Nil(t, link)
		})
	}
	_, _, err := h.AddPerson(t.Context(), h.actor, "", auth.NewPerson{Name: "X", Email: "x@example.test", Role: auth.Viewer})
	require.True(t, fault.Is(err, fault.Invalid), "without a reason: %v", err)
	all, err := h.People(t.Context())
	require.NoError(t, err)
	require.Len(t, all, 1)
}

func TestALinkWorksOnceAndForThreeDays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		ctx := t.Context()
		refused := func(secret string) {
			t.Helper()
			_, err := h.Welcome(ctx, secret, another)
			require.True(t, fault.Is(err, fault.Unauthenticated), err)
		}
		mara, first := h.let(t, "Mara", auth.Operator, "")
		_, second, err := h.Invite(ctx, h.actor, why, mara.ID)
		require.NoError(t, err)
		refused("made up")
		refused(first.Secret) // the second one has taken its place
		_, err = h.Welcome(ctx, second.Secret, "short")
		require.True(t, fault.Is(err, fault.Invalid), "a refused password does not use it up: %v", err)
		_, err = h.Welcome(ctx, second.Secret, another)
		require.NoError(t, err)
		refused(second.Secret)

		_, third, err := h.Invite(ctx, h.actor, why, mara.ID)
		require.NoError(t, err)
		<-time.After(time.Until(third.ExpiresAt) + time.Second)
		refused(third.Secret)
	})
}

func TestAForgottenPasswordIsReplacedAndOpenSessionsEnd(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	mara, _ := h.let(t, "Mara", auth.Operator, password)
	old, err := h.SignIn(ctx, "mara@example.test", password, here)
	require.NoError(t, err)
	_, link, err := h.Invite(ctx, h.actor, "she forgot it", mara.ID)
	require.NoError(t, err)
	require.Equal(t, "person.invited", h.last(t).Kind)
	_, err = h.Authenticate(ctx, old.Token)
	require.NoError(t, err, "until the link is used nothing changes for her")
	session, err := h.Welcome(ctx, link.Secret, another)
	require.NoError(t, err)
	_, err = h.Authenticate(ctx, old.Token)
	require.True(t, fault.Is(err, fault.Unauthenticated), err)
	_, err = h.Authenticate(ctx, session.Token)
	require.NoError(t, err)
	_, err = h.SignIn(ctx, "mara@example.test", password, here)
	require.True(t, fault.Is(err, fault.Unauthenticated), err)
	_, _, err = h.Invite(ctx, h.actor, why, "per_nobody")
	require.True(t, fault.Is(err, fault.NotFound), err)
}

func TestWhoIsLockedOutIsOutAtOnceAndComesBack(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	mara, _ := h.let(t, "Mara", auth.Operator, another)
	session, err := h.SignIn(ctx, "mara@example.test", another, here)
	require.NoError(t, err)
	_, link, err := h.Invite(ctx, h.actor, why, mara.ID)
	require.NoError(t, err)

	out, err := h.ChangePerson(ctx, h.actor, "she left", mara.ID, auth.PersonChange{Active: new(false)})
	require.NoError(t, err)
	require.False(t, out.Active)
	recorded := h.last(t)
	require.Equal(t, "person.updated", recorded.Kind)
	require.Contains(t, string(recorded.Before), `"active":true`)
	require.Contains(t, string(recorded.After), `"active":false`)
	_, err = h.Authenticate(ctx, session.Token)
	require.True(t, fault.Is(err, fault.Unauthenticated), err)
	_, err = h.SignIn(ctx, "mara@example.test", another, here)
	require.True(t, fault.Is(err, fault.Unauthenticated), err)
	_, err = h.Welcome(ctx, link.Secret, password)
	require.True(t, fault.Is(err, fault.Unauthenticated), "a link from before lets nobody in: %v", err)

	_, err = h.ChangePerson(ctx, h.actor, "she is back", mara.ID, auth.PersonChange{Active: new(true), Role: new(auth.Viewer), Name: new(" Mara Lind ")})
	require.NoError(t, err)
	session, err = h.SignIn(ctx, "mara@example.test", another, here)
	require.NoError(t, err)
	who, err := h.Authenticate(ctx, session.Token)
	require.NoError(t, err)
	require.Equal(t, "Mara Lind", who.Person.Name)
	require.False(t, auth.May(who.Role, auth.Operate), "a new role holds at once")
}

func TestTheLastAdministratorStaysOne(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	less := []auth.PersonChange{{Role: new(auth.Operator)}, {Active: new(false)}}
	stays := func(says string) {
		t.Helper()
		for _, c := range less {
			_, err := h.ChangePerson(ctx, h.actor, why, h.dana.ID, c)
			require.True(t, fault.Is(err, fault.Conflict), "%s: %v", says, err)
			require.ErrorContains(t, err, "last administrator")
		}
	}
	stays("alone")
	mara, link := h.let(t, "Mara", auth.Administrator, "")
	stays("with another who has not chosen a password yet, so cannot sign in")
	session, err := h.Welcome(ctx, link.Secret, another)
	require.NoError(t, err)
	_, err = h.ChangePerson(ctx, h.actor, why, mara.ID, auth.PersonChange{Active: new(false)})
	require.NoError(t, err)
	stays("with another who is locked out")
	_, err = h.ChangePerson(ctx, h.actor, why, mara.ID, auth.PersonChange{Active: new(true)})
	require.NoError(t, err)
	_, err = h.ChangePerson(ctx, h.actor, why, h.dana.ID, less[0])
	require.NoError(t, err, "with another who can sign in")
	_, err = h.Authenticate(ctx, session.Token)
	require.True(t, fault.Is(err, fault.Unauthenticated), "being locked out ended that session for good: %v", err)

	before := h.journal.Head()
	_, err = h.ChangePerson(ctx, h.actor, why, mara.ID, auth.PersonChange{Name: new("Mara")})
	require.NoError(t, err)
	require.Equal(t, before, h.journal.Head(), "what is so already makes no revision")
	_, err = h.ChangePerson(ctx, h.actor, why, mara.ID, auth.PersonChange{Role: new(auth.Role("owner"))})
	require.True(t, fault.Is(err, fault.Invalid), err)
	_, err = h.ChangePerson(ctx, h.actor, why, "per_nobody", auth.PersonChange{Name: new("X")})
	require.True(t, fault.Is(err, fault.NotFound), err)
}

// Two administrators who demote each other at the same moment leave one.
func TestTwoAdministratorsCannotRemoveEachOtherAtOnce(t *testing.T) {
	h := newHouse(t)
	mara, _ := h.let(t, "Mara", auth.Administrator, another)
	answers := make(chan error, 2)
	for _, id := range []string{h.dana.ID, mara.ID} {
		go func() {
			_, err := h.ChangePerson(context.WithoutCancel(t.Context()), h.actor, why, id, auth.PersonChange{Role: new(auth.Viewer)})
			answers <- err
		}()
	}
	first, second := <-answers, <-answers
	require.NotEqual(t, first == nil, second == nil, "%v, %v", first, second)
}
