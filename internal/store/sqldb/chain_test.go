package sqldb_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/store/sqldb"
)

// chainOf reads the journal and makes its chain anew.
func chainOf(t *testing.T, db *sqldb.DB) []change.Link {
	t.Helper()
	commits, err := db.Commits(t.Context(), change.Filter{Limit: 500})
	require.NoError(t, err)
	var all []change.Link
	before := change.Hash("")
	for _, commit := range slices.Backward(commits) {
		l := change.Link{Revision: commit.Revision, Digest: commit.Digest()}
		l.Chain = before.Next(l.Digest)
		before = l.Chain
		all = append(all, l)
	}
	return all
}

func commitSome(t *testing.T, db *sqldb.DB) {
	t.Helper()
	journal := newJournal(t, db)
	for _, subject := range []string{"a", "b", "c"} {
		_, err := journal.Commit(t.Context(), dana, "say why "+subject, func(ctx context.Context) error {
			return change.Record(ctx, change.Change{
				Kind: "flag.updated", EnvironmentID: "env_1", Subject: subject, Before: []byte(`{"a":"<b>"}`), After: []byte(`{"a": [1, 2]}`),
			})
		})
		require.NoError(t, err)
	}
}

func TestEveryCommitIsChainedToThoseBefore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "control.sqlite")
	db, err := sqldb.Open(t.Context(), sqldb.Options{Path: path})
	require.NoError(t, err)
	commitSome(t, db)
	links, err := db.Links(t.Context(), 1, 3)
	require.NoError(t, err)
	require.Len(t, links, 3)
	require.Equal(t, chainOf(t, db), links)
	require.NoError(t, db.Close())

	tamper(t, path, `UPDATE changes SET after_json = '{"a":[1,3]}' WHERE revision = 2`)
	db, err = sqldb.Open(t.Context(), sqldb.Options{Path: path})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	again := chainOf(t, db)
	require.Equal(t, links[0], again[0])
	require.NotEqual(t, links[1].Digest, again[1].Digest, "what was changed shows in its digest")
	require.Equal(t, links[2].Digest, again[2].Digest)
	require.NotEqual(t, links[2].Chain, again[2].Chain, "and in every chain behind it")
}

func TestCommitsFromBeforeTheChainGetTheirPlaceInIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "control.sqlite")
	db, err := sqldb.Open(t.Context(), sqldb.Options{Path: path})
	require.NoError(t, err)
	commitSome(t, db)
	require.NoError(t, db.Close())
	tamper(t, path, `UPDATE commits SET digest = '', chain = ''`)
	db, err = sqldb.Open(t.Context(), sqldb.Options{Path: path})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	commitSome(t, db)
	links, err := db.Links(t.Context(), 1, 6)
	require.NoError(t, err)
	require.Equal(t, chainOf(t, db), links)
}

func TestCommitsThatDifferAnywhereHaveAnotherDigest(t *testing.T) {
	whole := change.Commit{
		Revision: 7, At: time.UnixMicro(1), Actor: dana, Reason: "why",
		Changes: []change.Change{{Kind: "flag.updated", EnvironmentID: "env_1", Subject: "a", Before: []byte(`{}`), After: []byte(`{"on":true}`)}},
	}
	differ := map[string]func(*change.Commit){
		"revision": func(c *change.Commit) { c.Revision++ }, "time": func(c *change.Commit) { c.At = c.At.Add(time.Microsecond) },
		"actor": func(c *change.Commit) { c.Actor.Name = "Eve" }, "reason": func(c *change.Commit) { c.Reason = "wh" },
		"kind":  func(c *change.Commit) { c.Changes[0].Kind = "flag.created" },
		"parts": func(c *change.Commit) { c.Changes[0].Subject, c.Changes[0].EnvironmentID = "1a", "env_" },
		"after": func(c *change.Commit) { c.Changes[0].After = []byte(`{"on":false}`) },
		"side": func(c *change.Commit) {
			c.Changes[0].Before, c.Changes[0].After = c.Changes[0].After, c.Changes[0].Before
		},
		"more": func(c *change.Commit) { c.Changes = append(c.Changes, change.Change{}) },
	}
	for name, other := range differ {
		c := whole
		c.Changes = []change.Change{whole.Changes[0]}
		other(&c)
		require.NotEqual(t, whole.Digest(), c.Digest(), name)
	}
	spaced := whole
	spaced.Changes = []change.Change{whole.Changes[0]}
	spaced.Changes[0].After = []byte(`{ "on" : true }`)
	require.Equal(t, whole.Digest(), spaced.Digest(), "white space says nothing")
}

func tamper(t *testing.T, path, statement string) {
	t.Helper()
	file, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	_, err = file.ExecContext(t.Context(), statement)
	require.NoError(t, err)
	require.NoError(t, file.Close())
}
