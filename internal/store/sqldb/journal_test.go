package sqldb_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/lease"
	"github.com/siteproof/belay/internal/store/sqldb"
	"github.com/siteproof/belay/internal/store/sqldb/sqldbtest"
)

var dana = change.Actor{Kind: change.Person, ID: "per_1", Name: "Dana"}

func newJournal(t *testing.T, db *sqldb.DB) *change.Journal {
	t.Helper()
	journal, err := change.NewJournal(t.Context(), db, time.Now)
	require.NoError(t, err)
	return journal
}

func write(kind, subject string) func(context.Context) error {
	return func(ctx context.Context) error {
		return change.Record(ctx, change.Change{Kind: kind, EnvironmentID: "env_1", Subject: subject, After: []byte(`{"on":true}`)})
	}
}

func TestCommitsAreAnnouncedOnceAndInOrderUnderConcurrency(t *testing.T) {
	journal := newJournal(t, sqldbtest.Open(t))
	var heard []int64 // announcements come one at a time, so no lock is needed; -race would say otherwise
	journal.Subscribe("test", func(c change.Commit) { heard = append(heard, c.Revision) })
	var all sync.WaitGroup
	for n := range 40 {
		all.Go(func() {
			_, err := journal.Commit(t.Context(), dana, "a change", write("flag.updated", fmt.Sprint(n)))
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	require.Len(t, heard, 40)
	for n, revision := range heard {
		require.EqualValues(t, n+1, revision)
	}
	require.EqualValues(t, 40, journal.Head())
}

func TestAFailedWriteLeavesNothing(t *testing.T) {
	db := sqldbtest.Open(t)
	journal := newJournal(t, db)
	journal.Subscribe("test", func(c change.Commit) { t.Errorf("revision %d was announced", c.Revision) })
	broken := errors.New("the disk is full")
	_, err := journal.Commit(t.Context(), dana, "a change", func(ctx context.Context) error {
		require.NoError(t, sqldb.NewTenants(db).AddOrganisation(ctx, "org_1", "Gone"))
		require.NoError(t, write("organisation.created", "org_1")(ctx))
		return broken
	})
	require.ErrorIs(t, err, broken)
	commits, err := journal.List(t.Context(), change.Filter{})
	require.NoError(t, err)
	require.Empty(t, commits)
	// The organisation is gone too: its id is free again.
	_, err = journal.Commit(t.Context(), dana, "no record, no revision", func(ctx context.Context) error {
		return sqldb.NewTenants(db).AddOrganisation(ctx, "org_1", "Here")
	})
	require.NoError(t, err)
	require.Zero(t, journal.Head())
}

func TestACommitInsideACommitJoinsIt(t *testing.T) {
	journal := newJournal(t, sqldbtest.Open(t))
	outer, err := journal.Commit(t.Context(), dana, "both", func(ctx context.Context) error {
		if err := write("flag.updated", "a")(ctx); err != nil {
			return err
		}
		_, err := journal.Commit(ctx, dana, "the inner reason", write("rollout.advanced", "b"))
		return err
	})
	require.NoError(t, err)
	commits, err := journal.List(t.Context(), change.Filter{KindPrefix: "rollout."})
	require.NoError(t, err)
	require.Len(t, commits, 1)
	require.Equal(t, outer.Revision, commits[0].Revision)
	require.Len(t, commits[0].Changes, 2, "a commit is given whole")
	require.Equal(t, "both", commits[0].Reason)
}

func TestAChangeNeedsAReason(t *testing.T) {
	journal := newJournal(t, sqldbtest.Open(t))
	_, err := journal.Commit(t.Context(), dana, " x ", write("flag.updated", "a"))
	require.True(t, fault.Is(err, fault.Invalid), err)
	require.Error(t, change.Record(t.Context(), change.Change{Kind: "flag.updated"}), "recording needs a commit")
}

func TestTheJournalIsReadPageByPage(t *testing.T) {
	journal := newJournal(t, sqldbtest.Open(t))
	for n := range 7 {
		_, err := journal.Commit(t.Context(), dana, "a change", write("flag.updated", fmt.Sprint(n%2)))
		require.NoError(t, err)
	}
	first, err := journal.List(t.Context(), change.Filter{EnvironmentID: "env_1", Subject: "0", Limit: 3})
	require.NoError(t, err)
	require.Equal(t, []int64{7, 5, 3}, revisions(first))
	rest, err := journal.List(t.Context(), change.Filter{Subject: "0", Before: 3})
	require.NoError(t, err)
	require.Equal(t, []int64{1}, revisions(rest))
	none, err := journal.List(t.Context(), change.Filter{EnvironmentID: "env_2"})
	require.NoError(t, err)
	require.Empty(t, none)
}

func revisions(commits []change.Commit) []int64 {
	var all []int64
	for _, c := range commits {
		all = append(all, c.Revision)
	}
	return all
}

func TestAFilledStoreOpensAgainWhereItWas(t *testing.T) {
	path := filepath.Join(t.TempDir(), "control.sqlite")
	for round := range 3 {
		db, err := sqldb.Open(t.Context(), sqldb.Options{Path: path})
		require.NoError(t, err)
		journal := newJournal(t, db)
		require.EqualValues(t, round, journal.Head())
		_, err = journal.Commit(t.Context(), dana, "a change", write("flag.updated", "a"))
		require.NoError(t, err)
		require.NoError(t, db.Close())
	}
}

func TestOneHolderAtATimeHasADuty(t *testing.T) {
	leases := lease.New(sqldb.NewLeases(sqldbtest.Open(t)))
	ctx := t.Context()
	held, epoch, err := leases.Acquire(ctx, "rollouts", "node-1", time.Hour)
	require.NoError(t, err)
	require.True(t, held)
	again, same, err := leases.Acquire(ctx, "rollouts", "node-1", time.Hour)
	require.NoError(t, err)
	require.True(t, again)
	require.Equal(t, epoch, same, "renewing is not another reign")
	other, _, err := leases.Acquire(ctx, "rollouts", "node-2", time.Hour)
	require.NoError(t, err)
	require.False(t, other)
	require.NoError(t, leases.Release(ctx, "rollouts", "node-2"), "who does not hold it gives nothing back")
	require.NoError(t, leases.Release(ctx, "rollouts", "node-1"))
	taken, next, err := leases.Acquire(ctx, "rollouts", "node-2", time.Hour)
	require.NoError(t, err)
	require.True(t, taken)
	require.Greater(t, next, epoch)
}
