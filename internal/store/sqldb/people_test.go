package sqldb_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/auth"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/incident"
	"github.com/siteproof/belay/internal/store/sqldb"
	"github.com/siteproof/belay/internal/store/sqldb/sqldbtest"
	"github.com/siteproof/belay/internal/tenant"
)

const password = "correct horse battery"

func newAuth(t *testing.T) *auth.Service {
	t.Helper()
	db := sqldbtest.Open(t)
	return auth.New(auth.Options{Store: sqldb.NewAuth(db), Journal: newJournal(t, db)})
}

func TestTheFirstAdministratorIsMadeOnceEvenInARace(t *testing.T) {
	a := newAuth(t)
	var all sync.WaitGroup
	made := make(chan error, 6)
	for range cap(made) {
		all.Go(func() {
			_, err := a.Setup(t.Context(), "Dana", "Dana@Example.test", password)
			made <- err
		})
	}
	all.Wait()
	close(made)
	successes := 0
	for err := range made {
		if err == nil {
			successes++
			continue
		}
		require.True(t, fault.Is(err, fault.Conflict), err)
	}
	require.Equal(t, 1, successes)
	needed, err := a.SetupNeeded(t.Context())
	require.NoError(t, err)
	require.False(t, needed)
}

func TestASessionLivesUntilItIsEnded(t *testing.T) {
	a := newAuth(t)
	ctx := t.Context()
	_, err := a.Setup(ctx, "Dana", "dana@example.test", password)
	require.NoError(t, err)
	session, err := a.SignIn(ctx, " DANA@example.test ", password, "127.0.0.1")
	require.NoError(t, err)
	who, err := a.Authenticate(ctx, session.Token)
	require.NoError(t, err)
	require.Equal(t, "Dana", who.Person.Name)
	require.True(t, auth.May(who.Role, auth.Administer))
	require.NoError(t, a.SignOut(ctx, session.Token))
	_, err = a.Authenticate(ctx, session.Token)
	require.True(t, fault.Is(err, fault.Unauthenticated), err)
}

func TestGuessingPasswordsIsSlowedDown(t *testing.T) {
	a := newAuth(t)
	ctx := t.Context()
	_, err := a.Setup(ctx, "Dana", "dana@example.test", password)
	require.NoError(t, err)
	for range 10 {
		_, err := a.SignIn(ctx, "dana@example.test", "a wrong guess", "10.0.0.9")
		require.True(t, fault.Is(err, fault.Unauthenticated), err)
	}
	_, err = a.SignIn(ctx, "dana@example.test", password, "10.0.0.9")
	require.True(t, fault.Is(err, fault.Limited), err)
	_, err = a.SignIn(ctx, "dana@example.test", password, "10.0.0.10")
	require.NoError(t, err, "somebody else's guesses lock nobody out")
}

func TestGuessingAllAtOnceIsNoWayAround(t *testing.T) {
	a := newAuth(t)
	_, err := a.Setup(t.Context(), "Dana", "dana@example.test", password)
	require.NoError(t, err)
	var all sync.WaitGroup
	var checked atomic.Int64
	for range 30 {
		all.Go(func() {
			if _, err := a.SignIn(t.Context(), "dana@example.test", "a wrong guess", "10.0.0.9"); fault.Is(err, fault.Unauthenticated) {
				checked.Add(1)
			}
		})
	}
	all.Wait()
	require.EqualValues(t, 10, checked.Load())
}

func TestWhoKnowsThePasswordIsNotSlowedDown(t *testing.T) {
	a := newAuth(t)
	ctx := t.Context()
	_, err := a.Setup(ctx, "Dana", "dana@example.test", password)
	require.NoError(t, err)
	for range 2 {
		for range 6 {
			_, err := a.SignIn(ctx, "dana@example.test", "a wrong guess", "10.0.0.9")
			require.True(t, fault.Is(err, fault.Unauthenticated), err)
		}
		_, err := a.SignIn(ctx, "dana@example.test", password, "10.0.0.9")
		require.NoError(t, err, "a right one forgets the wrong ones")
	}
}

func TestASessionEndsWhenItIsNotUsedForTwoWeeks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAuth(t)
		ctx := t.Context()
		_, err := a.Setup(ctx, "Dana", "dana@example.test", password)
		require.NoError(t, err)
		session, err := a.SignIn(ctx, "dana@example.test", password, "127.0.0.1")
		require.NoError(t, err)
		day := 24 * time.Hour
		for range 3 {
			<-time.After(10 * day)
			_, err = a.Authenticate(ctx, session.Token)
			require.NoError(t, err, "using it prolongs it")
		}
		<-time.After(15 * day)
		_, err = a.Authenticate(ctx, session.Token)
		require.True(t, fault.Is(err, fault.Unauthenticated), err)
	})
}

func TestTheFirstAdministratorIsSomebody(t *testing.T) {
	a := newAuth(t)
	for _, wrong := range [][3]string{{" ", "dana@example.test", password}, {"Dana", "dana", password}, {"Dana", "dana@example.test", "short"}} {
		_, err := a.Setup(t.Context(), wrong[0], wrong[1], wrong[2])
		require.True(t, fault.Is(err, fault.Invalid), "%v: %v", wrong, err)
	}
	needed, err := a.SetupNeeded(t.Context())
	require.NoError(t, err)
	require.True(t, needed)
}

func TestEachRoleMayWhatTheLowerOnesMay(t *testing.T) {
	actions := []auth.Action{auth.Read, auth.Operate, auth.Administer}
	for n, role := range []auth.Role{auth.Viewer, auth.Operator, auth.Administrator} {
		for m, action := range actions {
			require.Equal(t, m <= n, auth.May(role, action), "%s %s", role, action)
		}
	}
	require.False(t, auth.May("stranger", auth.Read))
	require.False(t, auth.May(auth.Administrator, "destroy"))
}

func TestATokenIsKnownByItsSecretOnly(t *testing.T) {
	a := newAuth(t)
	ctx := t.Context()
	require.NoError(t, a.EnsureToken(ctx, "command line", "bly_one", auth.Administrator))
	require.NoError(t, a.EnsureToken(ctx, "command line", "bly_one", auth.Administrator))
	who, err := a.AuthenticateToken(ctx, "bly_one")
	require.NoError(t, err)
	require.Equal(t, "command line", who.Actor().Name)
	require.NoError(t, a.EnsureToken(ctx, "command line", "bly_two", auth.Viewer))
	_, err = a.AuthenticateToken(ctx, "bly_one")
	require.True(t, fault.Is(err, fault.Unauthenticated), "a new secret ends the old one")
}

func TestAKeyOpensItsEnvironment(t *testing.T) {
	db := sqldbtest.Open(t)
	s := tenant.New(sqldb.NewTenants(db), newJournal(t, db))
	first := tenant.FirstNames{Organisation: "SiteProof", Project: "App", Environments: []tenant.FirstEnvironment{{Key: "production", Name: "Production"}}}
	require.NoError(t, s.EnsureFirst(t.Context(), dana, first))
	require.NoError(t, s.EnsureFirst(t.Context(), dana, first), "what exists is left alone")
	require.Len(t, s.Environments(), 1)
	env, err := s.Find("production")
	require.NoError(t, err)
	opened, side, err := s.Open(env.ClientKey)
	require.NoError(t, err)
	require.Equal(t, env.ID, opened.ID)
	require.Equal(t, tenant.Client, side)
	_, side, err = s.Open(env.ServerKey)
	require.NoError(t, err)
	require.Equal(t, tenant.Server, side)
	for _, wrong := range []string{"", "cli_nobody", env.ID} {
		_, _, err = s.Open(wrong)
		require.True(t, fault.Is(err, fault.Unauthenticated), wrong)
	}
}

func TestAnIncidentIsOneWhileItIsNotResolved(t *testing.T) {
	db := sqldbtest.Open(t)
	journal := newJournal(t, db)
	tenants := tenant.New(sqldb.NewTenants(db), journal)
	require.NoError(t, tenants.EnsureFirst(t.Context(), dana, tenant.FirstNames{Environments: []tenant.FirstEnvironment{{Key: "production"}}}))
	env, err := tenants.Find("production")
	require.NoError(t, err)
	s := incident.New(sqldb.NewIncidents(db), journal)
	ctx := t.Context()
	report := incident.Report{EnvironmentID: env.ID, Severity: incident.P2, Title: "NCR form", Text: "first", Rollout: "rol_1", Component: "ncr-form", Evidence: []byte(`[1]`)}
	one, err := s.Open(ctx, dana, "it was taken back", report)
	require.NoError(t, err)
	require.EqualValues(t, 1, one.Number)
	report.Text = "second"
	same, err := s.Open(ctx, dana, "it was taken back", report)
	require.NoError(t, err)
	require.Equal(t, one.ID, same.ID)
	require.NoError(t, s.Move(ctx, dana, one.ID, incident.Resolved, incident.Entry{Text: "mended"}))
	err = s.Move(ctx, dana, one.ID, incident.Open, incident.Entry{Text: "again"})
	require.True(t, fault.Is(err, fault.Conflict), err)
	found, err := s.Find(ctx, one.ID)
	require.NoError(t, err)
	require.Len(t, found.Timeline, 3)
	require.JSONEq(t, `[1]`, string(found.Timeline[0].Evidence))
	report.Evidence = []byte(`"` + strings.Repeat("x", 100<<10) + `"`)
	next, err := s.Open(ctx, dana, "it was taken back", report)
	require.NoError(t, err, "evidence without measure does not keep people from hearing of it")
	require.EqualValues(t, 2, next.Number)
	require.Empty(t, next.Timeline[0].Evidence)
	require.Contains(t, next.Timeline[0].Text, "100 kB")
	err = s.Note(ctx, dana, next.ID, incident.Entry{Text: "more", Evidence: report.Evidence})
	require.True(t, fault.Is(err, fault.TooLarge), err)
	open, err := s.List(ctx, env.ID, true)
	require.NoError(t, err)
	require.Len(t, open, 1)
}
