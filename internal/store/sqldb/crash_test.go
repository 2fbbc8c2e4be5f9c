package sqldb_test

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/store/sqldb"
)

// victim is the setting that makes this test binary the program that is killed.
const victim = "SQLDB_TEST_VICTIM"

func TestMain(m *testing.M) {
	if path := os.Getenv(victim); path != "" { //nolint:forbidigo // how the test tells its child what it is
		commitForEver(path)
	}
	os.Exit(m.Run()) //nolint:forbidigo // what TestMain is for
}

// commitForEver writes an organisation and two changes in each commit and prints each revision once it is acknowledged.
func commitForEver(path string) {
	ctx := context.Background()
	db, err := sqldb.Open(ctx, sqldb.Options{Path: path})
	if err != nil {
		panic(err)
	}
	journal, err := change.NewJournal(ctx, db, time.Now)
	if err != nil {
		panic(err)
	}
	for {
		commit, err := journal.Commit(ctx, dana, "a change", func(ctx context.Context) error {
			next, err := journal.Next(ctx)
			if err != nil {
				return err
			}
			for _, kind := range []string{"flag.updated", "rollout.advanced"} {
				if err := write(kind, strconv.FormatInt(next, 10))(ctx); err != nil {
					return err
				}
			}
			return sqldb.NewTenants(db).AddOrganisation(ctx, strconv.FormatInt(next, 10), "of this revision")
		})
		if err != nil {
			panic(err)
		}
		fmt.Println(commit.Revision)
	}
}

func TestKillingTheProcessLosesNothingAcknowledged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "control.sqlite")
	for range 8 {
		child := exec.Command(os.Args[0]) //nolint:gosec // this test binary
		child.Env = append(child.Environ(), victim+"="+path)
		out, err := child.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, child.Start())
		lines := bufio.NewScanner(out)
		var acknowledged int64
		for n := 5 + rand.IntN(40); n > 0 && lines.Scan(); n-- {
			acknowledged, err = strconv.ParseInt(lines.Text(), 10, 64)
			require.NoError(t, err)
		}
		require.NoError(t, child.Process.Kill())
		for lines.Scan() { // what it had said before it died
			acknowledged, _ = strconv.ParseInt(lines.Text(), 10, 64)
		}
		_ = child.Wait()
		require.NotZero(t, acknowledged)

		db, err := sqldb.Open(t.Context(), sqldb.Options{Path: path})
		require.NoError(t, err)
		journal := newJournal(t, db)
		require.GreaterOrEqual(t, journal.Head(), acknowledged)
		require.LessOrEqual(t, journal.Head(), acknowledged+1, "at most the commit whose answer was never printed")
		newest, err := journal.List(t.Context(), change.Filter{Limit: 1})
		require.NoError(t, err)
		require.Equal(t, journal.Head(), newest[0].Revision)
		require.Len(t, newest[0].Changes, 2, "a commit is whole or not there")
		// The capability's own row is there exactly as far as the journal goes.
		require.Error(t, sqldb.NewTenants(db).AddOrganisation(t.Context(), strconv.FormatInt(journal.Head(), 10), ""))
		require.NoError(t, sqldb.NewTenants(db).AddOrganisation(t.Context(), fmt.Sprintf("after %d", journal.Head()), ""))
		require.NoError(t, db.Close())
	}
}

func TestAStoreOfANewerBelayIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "control.sqlite")
	db, err := sqldb.Open(t.Context(), sqldb.Options{Path: path})
	require.NoError(t, err)
	require.NoError(t, db.Close())
	file, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	_, err = file.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)`)
	require.NoError(t, err)
	require.NoError(t, file.Close())
	_, err = sqldb.Open(t.Context(), sqldb.Options{Path: path})
	require.True(t, fault.Is(err, fault.Unavailable), err)
	require.ErrorContains(t, err, "99999")
}

func TestAStoreMayLieInAFolderOfAnyName(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "what? 100%20 #1")
	require.NoError(t, os.Mkdir(folder, 0o700))
	path := filepath.Join(folder, "control.sqlite")
	db, err := sqldb.Open(t.Context(), sqldb.Options{Path: path})
	require.NoError(t, err)
	_, err = newJournal(t, db).Commit(t.Context(), dana, "a change", write("flag.updated", "a"))
	require.NoError(t, err)
	require.NoError(t, db.Close())
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.NotZero(t, info.Size(), "it lies where it was asked to")
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "only its owner reads it")
}

func TestAFolderThatIsNotThereIsAFaultWithAWayOut(t *testing.T) {
	_, err := sqldb.Open(t.Context(), sqldb.Options{Path: filepath.Join(t.TempDir(), "nowhere", "control.sqlite")})
	require.True(t, fault.Is(err, fault.Unavailable), err)
}

func TestAFileThatIsNoStoreIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "control.sqlite")
	require.NoError(t, os.WriteFile(path, []byte("this is a shopping list, not a database, and long enough to be read as one"), 0o600))
	_, err := sqldb.Open(t.Context(), sqldb.Options{Path: path})
	require.True(t, fault.Is(err, fault.Unavailable), err)
}
