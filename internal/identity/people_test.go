package identity_test

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/identity"
	"github.com/siteproof/belay/internal/store/sqldb"
	"github.com/siteproof/belay/internal/tenant"
)

// world is a control store with one environment.
type world struct {
	service *identity.Service
	people  *identity.People
	recent  *identity.Recent
	env     string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	db, err := sqldb.Open(t.Context(), sqldb.Options{Path: filepath.Join(t.TempDir(), "control.sqlite"), Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	journal, err := change.NewJournal(t.Context(), db, time.Now)
	require.NoError(t, err)
	tenants := tenant.New(sqldb.NewTenants(db), journal)
	require.NoError(t, tenants.EnsureFirst(t.Context(), change.Actor{Kind: change.System}, tenant.FirstNames{
		Organisation: "o", Project: "p", Environments: []tenant.FirstEnvironment{{Key: "production", Name: "Production"}},
	}))
	env, err := tenants.Find("production")
	require.NoError(t, err)
	store := sqldb.NewIdentities(db)
	w := &world{service: identity.New(store), recent: identity.NewRecent(), env: env.ID}
	w.people = identity.NewPeople(store, w.recent)
	return w
}

func (w *world) survey(t *testing.T, most int) (identity.Survey, map[string]identity.Traits) {
	t.Helper()
	seen := map[string]identity.Traits{}
	s, err := w.people.Survey(t.Context(), w.env, most, func(p identity.Person) bool {
		require.NotContains(t, seen, p.Identifier, "nobody counts twice")
		seen[p.Identifier] = p.Traits
		return true
	})
	require.NoError(t, err)
	require.Len(t, seen, s.Visited)
	return s, seen
}

func TestASurveyMeetsThoseWhoseTraitsAreKeptAndThoseWhoAskedLately(t *testing.T) {
	w := newWorld(t)
	for _, who := range []string{"ann", "bob"} {
		_, err := w.service.Merge(t.Context(), w.env, who, identity.Traits{"plan": "pro", "age": true})
		require.NoError(t, err)
	}
	w.recent.Saw(w.env, "bob", map[string]any{"plan": "free"})
	w.recent.Saw(w.env, "cid", map[string]any{"plan": "team"})
	w.recent.Saw("another", "dan", nil)
	s, seen := w.survey(t, 100)
	require.Equal(t, identity.Survey{Known: 3, Visited: 3, Recent: 1}, s)
	require.Equal(t, identity.Traits{"plan": "free", "age": true}, seen["bob"], "what was sent lately comes over what is kept")
	require.Equal(t, identity.Traits{"plan": "team"}, seen["cid"])
	require.Equal(t, identity.Traits{"plan": "team"}, w.people.Lately(w.env, "cid"))
	require.Empty(t, w.people.Lately(w.env, "nobody"))

	s, _ = w.survey(t, 1)
	require.Equal(t, 1, s.Visited)
	require.GreaterOrEqual(t, s.Known, 3)
}

func TestThoseWhoAskedLatelyNeverGrow(t *testing.T) {
	w := newWorld(t)
	for n := range 100_000 {
		w.recent.Saw(w.env, fmt.Sprintf("usr_%d", n), map[string]any{"n": n})
	}
	s, _ := w.survey(t, 1_000_000)
	require.LessOrEqual(t, s.Known, 4096)
	require.Greater(t, s.Known, 2000)

	w.recent.Saw(w.env, "long", map[string]any{"text": strings.Repeat("a", 10_000)})
	w.recent.Saw(w.env, strings.Repeat("long", 1000), nil)
	require.Empty(t, w.people.Lately(w.env, "long"))
	for n := range 1000 {
		w.recent.Saw(fmt.Sprintf("environment %d", n), "ann", map[string]any{"n": n})
	}
	require.NotEmpty(t, w.people.Lately("environment 9", "ann"))
	require.Empty(t, w.people.Lately("environment 999", "ann"), "nor for more environments than a few")
}

func TestWhatSomebodySentIsNotChangedBySomebodyElse(t *testing.T) {
	w := newWorld(t)
	traits := map[string]any{"plan": "pro"}
	w.recent.Saw(w.env, "ann", traits)
	traits["plan"] = "free"
	require.Equal(t, identity.Traits{"plan": "pro"}, w.people.Lately(w.env, "ann"))
}
