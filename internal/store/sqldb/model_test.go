package sqldb_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/store/sqldb"
	"github.com/siteproof/belay/internal/store/sqldb/sqldbtest"
)

// step is one commit of a random history: what it records itself, and commits inside it.
type step struct {
	Records int
	Inner   []step
	Fails   bool
	Forgets bool // makes nothing of the errors of the commits inside it
}

func drawStep(t *rapid.T, depth int) step {
	s := step{
		Records: rapid.IntRange(0, 2).Draw(t, "records"),
		Fails:   rapid.IntRange(0, 4).Draw(t, "fails") == 0,
		Forgets: rapid.Bool().Draw(t, "forgets"),
	}
	if depth < 2 {
		for range rapid.IntRange(0, 2).Draw(t, "inner") {
			s.Inner = append(s.Inner, drawStep(t, depth+1))
		}
	}
	return s
}

// expect is what a step should leave: how many changes, or nothing when any part of it fails.
func (s step) expect() (changes int, fails bool) {
	changes, fails = s.Records, s.Fails
	for _, inner := range s.Inner {
		n, failed := inner.expect()
		changes, fails = changes+n, fails || failed
	}
	return changes, fails
}

var errStep = errors.New("the step fails")

func (s step) run(ctx context.Context, journal *change.Journal, name string) (change.Commit, error) {
	return journal.Commit(ctx, dana, "a step", func(ctx context.Context) error {
		for n := range s.Records {
			if err := write("flag.updated", fmt.Sprintf("%s/%d", name, n))(ctx); err != nil {
				return err
			}
		}
		for n, inner := range s.Inner {
			if _, err := inner.run(ctx, journal, fmt.Sprintf("%s.%d", name, n)); err != nil && !s.Forgets {
				return err
			}
		}
		if s.Fails {
			return errStep
		}
		return nil
	})
}

func TestAnyHistoryOfCommitsIsWholeAndWithoutGaps(t *testing.T) {
	journal := newJournal(t, sqldbtest.Open(t))
	var heard []change.Commit
	journal.Subscribe("test", func(c change.Commit) { heard = append(heard, c) })
	rapid.Check(t, func(t *rapid.T) {
		s := drawStep(t, 0)
		changes, fails := s.expect()
		head, told := journal.Head(), len(heard)
		commit, err := s.run(context.Background(), journal, "s")
		if fails != (err != nil) {
			t.Fatalf("the step fails: %v, but the commit said: %v", fails, err)
		}
		if fails || changes == 0 {
			if journal.Head() != head || len(heard) != told {
				t.Fatalf("nothing should have been kept, but the head moved from %d to %d", head, journal.Head())
			}
			return
		}
		if commit.Revision != head+1 || journal.Head() != head+1 || len(heard) != told+1 {
			t.Fatalf("revision %d after %d, %d announcements", commit.Revision, head, len(heard)-told)
		}
		stored, err := journal.List(context.Background(), change.Filter{Limit: 1})
		if err != nil || len(stored) != 1 || stored[0].Revision != commit.Revision || len(stored[0].Changes) != changes {
			t.Fatalf("stored %+v (%v), want %d changes at revision %d", stored, err, changes, commit.Revision)
		}
	})
}

func TestACommitThatJoinsKnowsItsRevision(t *testing.T) {
	db := sqldbtest.Open(t)
	journal, err := change.NewJournal(t.Context(), db, time.Now)
	require.NoError(t, err)
	var inner change.Commit
	outer, err := journal.Commit(t.Context(), dana, "both", func(ctx context.Context) (err error) {
		inner, err = journal.Commit(ctx, dana, "the inner reason", write("flag.updated", "a"))
		return err
	})
	require.NoError(t, err)
	require.EqualValues(t, 1, outer.Revision)
	require.Equal(t, outer.Revision, inner.Revision)
}

func TestAJoinedFailureTakesTheWholeCommitBack(t *testing.T) {
	db := sqldbtest.Open(t)
	journal := newJournal(t, db)
	_, err := journal.Commit(t.Context(), dana, "both", func(ctx context.Context) error {
		_, ignored := journal.Commit(ctx, dana, "half", func(ctx context.Context) error {
			require.NoError(t, sqldb.NewTenants(db).AddOrganisation(ctx, "org_1", "Half"))
			return errStep
		})
		require.Error(t, ignored)
		return write("flag.updated", "a")(ctx)
	})
	require.ErrorIs(t, err, errStep)
	require.Zero(t, journal.Head())
}
