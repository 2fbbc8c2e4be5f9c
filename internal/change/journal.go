package change

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/siteproof/belay/internal/fault"
)

// minReason is the shortest reason that says anything, in characters.
const minReason = 3

// defaultLimit is how many commits List gives when the filter names no limit.
const defaultLimit = 50

// Journal is the one way to write to the control plane.
type Journal struct {
	store Store
	now   func() time.Time

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
type draft struct{ changes []Change }

type draftKey struct{}

// Commit runs write in one transaction and appends what it recorded as one revision, then announces it. A Commit inside
// a Commit joins the outer one. Nothing is written when write fails; a write that records nothing makes no revision.
// Subscribers must not commit from within an announcement; they start a goroutine for that.
func (j *Journal) Commit(ctx context.Context, actor Actor, reason string, write func(ctx context.Context) error) (Commit, error) {
	if _, joined := ctx.Value(draftKey{}).(*draft); joined {
		return Commit{}, write(ctx)
	}
	if reason = strings.TrimSpace(reason); len([]rune(reason)) < minReason {
		return Commit{}, fault.New(fault.Invalid, "a change needs a reason of at least %d characters", minReason).At("reason", "say why")
	}
	j.commits.Lock()
	defer j.commits.Unlock()
	d := &draft{}
	commit := Commit{At: j.now().UTC(), Actor: actor, Reason: reason}
	err := j.store.Transact(context.WithValue(ctx, draftKey{}, d), func(ctx context.Context) error {
		if err := write(ctx); err != nil || len(d.changes) == 0 {
			return err
		}
		commit.Changes = d.changes
		var err error
		commit.Revision, err = j.store.AppendCommit(ctx, commit)
		return err
	})
	if err != nil {
		return Commit{}, err
	}
	if len(commit.Changes) > 0 {
		j.announce(commit)
	}
	return commit, nil
}

// Next is the revision that the commit under way will get. It holds inside Commit only, where no other commit can come between.
func (j *Journal) Next(ctx context.Context) (int64, error) {
	if _, inside := ctx.Value(draftKey{}).(*draft); !inside {
		return 0, fault.New(fault.Internal, "a revision was asked for outside a commit")
	}
	head, err := j.store.Head(ctx)
	return head + 1, err
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

// List reads commits, newest first.
func (j *Journal) List(ctx context.Context, f Filter) ([]Commit, error) {
	if f.Limit <= 0 {
		f.Limit = defaultLimit
	}
	return j.store.Commits(ctx, f)
}
