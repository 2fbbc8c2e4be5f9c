package change

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/siteproof/belay/internal/fault"
)

// minReason is the shortest reason that says anything, in characters.
const minReason = 3

const (
	defaultLimit = 50  // commits that List gives when the filter names no limit
	mostLimit    = 500 // commits that List gives at most; who wants more reads page by page
)

// Journal is the one way to write to the control plane.
type Journal struct {
	store Store
	now   func() time.Time
	gate  Gate // nil lets everything through

	// commits keeps the order: one commit at a time is written and announced.
	commits sync.Mutex

	mu          sync.Mutex
	head        int64
	subscribers []subscriber
}

type subscriber struct {
	name string
	tell func(Commit)
}

// NewJournal opens the journal at its newest revision.
func NewJournal(ctx context.Context, store Store, now func() time.Time) (*Journal, error) {
	head, err := store.Head(ctx)
	if err != nil {
		return nil, err
	}
	return &Journal{store: store, now: now, head: head}, nil
}

// draft collects what one commit changes while its function runs.
type draft struct {
	changes  []Change
	revision int64 // that the commit will get
	failed   error // of a commit that joined this one: what it had written by then must not stay
}

type draftKey struct{}

// Commit runs write in one transaction and appends what it recorded as one revision, then announces it. Nothing is
// written when write fails; a write that records nothing makes no revision.
//
// A Commit inside a Commit joins the outer one: it answers with the revision that the outer one will get, under the outer
// one's actor and reason. When it fails, the outer one fails with it, whatever is made of its error.
//
// The journal's gate is asked before anything is kept; when it withholds the commit, its answer is Commit's.
//
// Subscribers must not commit from within an announcement; they start a goroutine for that.
func (j *Journal) Commit(ctx context.Context, actor Actor, reason string, write func(ctx context.Context) error) (Commit, error) {
	if d, joined := ctx.Value(draftKey{}).(*draft); joined {
		return j.join(ctx, d, write)
	}
	if reason = strings.TrimSpace(reason); len([]rune(reason)) < minReason {
		return Commit{}, fault.New(fault.Invalid, "a change needs a reason of at least %d characters", minReason).At("reason", "say why")
	}
	commit, err := j.commit(ctx, actor, reason, write)
	if errors.Is(err, ErrWithheld) {
		return Commit{}, j.gate.Withheld(ctx, commit)
	}
	if err != nil {
		return Commit{}, err
	}
	return commit, nil
}

// commit makes one commit and announces it. Of one that was withheld it gives what would have been kept.
func (j *Journal) commit(ctx context.Context, actor Actor, reason string, write func(ctx context.Context) error) (Commit, error) {
	j.commits.Lock()
	defer j.commits.Unlock()
	d := &draft{}
	commit := Commit{At: j.now().UTC(), Actor: actor, Reason: reason}
	err := j.store.Transact(context.WithValue(ctx, draftKey{}, d), func(ctx context.Context) error {
		head, err := j.store.Head(ctx)
		if err != nil {
			return err
		}
		d.revision = head + 1
		if err := cmp.Or(write(ctx), d.failed); err != nil {
			return err
		}
		if err := j.admit(ctx, d, &commit); err != nil {
			return err
		}
		if len(commit.Changes) == 0 {
			commit.Revision = 0
			return nil
		}
		commit.Revision, err = j.store.AppendCommit(ctx, commit)
		return err
	})
	if err == nil && len(commit.Changes) > 0 {
		j.announce(commit)
	}
	return commit, err
}

// join runs write as a part of the commit under way.
func (j *Journal) join(ctx context.Context, d *draft, write func(ctx context.Context) error) (Commit, error) {
	if err := write(ctx); err != nil {
		d.failed = cmp.Or(d.failed, err)
		return Commit{}, err
	}
	return Commit{Revision: d.revision}, nil
}

// Next is the revision that the commit under way will get. It holds inside Commit only, where no other commit can come between.
func (j *Journal) Next(ctx context.Context) (int64, error) {
	d, inside := ctx.Value(draftKey{}).(*draft)
	if !inside {
		return 0, fault.New(fault.Internal, "a revision was asked for outside a commit")
	}
	return d.revision, nil
}

// Record adds one change to the commit under way.
func Record(ctx context.Context, c Change) error {
	d, inside := ctx.Value(draftKey{}).(*draft)
	if !inside {
		return fault.New(fault.Internal, "%s of %s was recorded outside a commit", c.Kind, c.Subject)
	}
	d.changes = append(d.changes, c)
	return nil
}

// RecordValues adds one change with what it made of a value: before is nil when it was made, after when it was removed.
func RecordValues[T any](ctx context.Context, c Change, before, after *T) error {
	var err error
	if before != nil {
		if c.Before, err = json.Marshal(before); err != nil {
			return err
		}
	}
	if after != nil {
		if c.After, err = json.Marshal(after); err != nil {
			return err
		}
	}
	return Record(ctx, c)
}

// Subscribe has tell called with every later commit, in order, after it is on disk. The name is for logs.
func (j *Journal) Subscribe(name string, tell func(Commit)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.subscribers = append(j.subscribers, subscriber{name, tell})
}

func (j *Journal) announce(c Commit) {
	j.mu.Lock()
	j.head = c.Revision
	subscribers := j.subscribers
	j.mu.Unlock()
	for _, s := range subscribers {
		s.tell(c)
	}
}

// Head is the newest revision, 0 when nothing was ever committed.
func (j *Journal) Head() int64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.head
}

// Links reads the chain of the commits from one revision to another, both included, oldest first.
func (j *Journal) Links(ctx context.Context, from, to int64) ([]Link, error) {
	return j.store.Links(ctx, from, to)
}

// Find gives one commit, or fault.NotFound.
func (j *Journal) Find(ctx context.Context, revision int64) (Commit, error) {
	found, err := j.store.Commits(ctx, Filter{Before: revision + 1, Limit: 1})
	if err != nil {
		return Commit{}, err
	}
	if revision <= 0 || len(found) == 0 || found[0].Revision != revision {
		return Commit{}, fault.New(fault.NotFound, "there is no revision %d", revision).Hint("belay audit lists the newest ones")
	}
	return found[0], nil
}

// List reads commits, newest first.
func (j *Journal) List(ctx context.Context, f Filter) ([]Commit, error) {
	if f.Limit <= 0 {
		f.Limit = defaultLimit
	}
	f.Limit = min(f.Limit, mostLimit)
	return j.store.Commits(ctx, f)
}
