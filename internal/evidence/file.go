package evidence

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/rollout"
)

// Format names the form of a report. A form that changed has another number.
const Format = "belay-evidence/2"

// formats are those that Read takes: in the first, a decision named several components in one text.
var formats = []string{"belay-evidence/1", Format}

// File is the report of one rollout.
type File struct {
	Format      string             `json:"format"`
	MadeAt      time.Time          `json:"made_at"`
	Belay       string             `json:"belay"` // version that made it
	Environment string             `json:"environment"`
	Rollout     rollout.Rollout    `json:"rollout"`
	Decisions   []rollout.Decision `json:"decisions"` // oldest first
	Commits     []change.Commit    `json:"commits"`   // that changed the rollout, oldest first
	Chain       Chain              `json:"chain"`
}

// Chain ties the commits of a report to the journal: the digest of every commit of the journal from the first of the
// report's to the newest, also of those that are about something else.
type Chain struct {
	From     int64         `json:"from"`   // revision of the first digest
	Before   change.Hash   `json:"before"` // the chain before it
	Digests  []change.Hash `json:"digests"`
	Revision int64         `json:"revision"` // of the last digest
	Head     change.Hash   `json:"head"`     // the chain with it; the hash to keep somewhere else
}

// Journal is what a report reads of the journal.
type Journal interface {
	List(ctx context.Context, f change.Filter) ([]change.Commit, error)
	Links(ctx context.Context, from, to int64) ([]change.Link, error)
	Head() int64
}

// Rollouts is what a report reads of rollouts.
type Rollouts interface {
	Find(ctx context.Context, rolloutID string) (rollout.Rollout, error)
	Decisions(ctx context.Context, rolloutID string) ([]rollout.Decision, error)
}

// page is how many commits are read at once.
const page = 500

// mostTries is how often a report is begun anew because the rollout moved while it was read.
const mostTries = 5

// Make writes the report of a rollout as things are now.
func Make(ctx context.Context, journal Journal, rollouts Rollouts, rolloutID string) (File, error) {
	for range mostTries {
		f, err := read(ctx, journal, rollouts, rolloutID)
		if err != nil {
			return f, err
		}
		last, err := journal.List(ctx, change.Filter{Subject: rolloutID, Limit: 1})
		if err != nil {
			return f, err
		}
		if last[0].Revision == f.Commits[len(f.Commits)-1].Revision {
			return f, nil
		}
	}
	return File{}, fault.New(fault.Unavailable, "the rollout moves while its report is written; try again")
}

// read gathers a report. What is read last may be newer than the commits.
func read(ctx context.Context, journal Journal, rollouts Rollouts, rolloutID string) (File, error) {
	f := File{Format: Format, MadeAt: time.Now().UTC(), Decisions: []rollout.Decision{}}
	head := journal.Head()
	var err error
	if f.Commits, err = commitsOf(ctx, journal, rolloutID, head); err != nil {
		return f, err
	}
	if f.Rollout, err = rollouts.Find(ctx, rolloutID); err != nil {
		return f, err
	}
	if len(f.Commits) == 0 {
		return f, fault.New(fault.NotFound, "the journal knows nothing of the rollout %s", rolloutID)
	}
	if f.Decisions, err = rollouts.Decisions(ctx, rolloutID); err != nil {
		return f, err
	}
	slices.SortStableFunc(f.Decisions, func(a, b rollout.Decision) int { return a.At.Compare(b.At) })
	f.Chain, err = chain(ctx, journal, f.Commits[0].Revision, head)
	return f, err
}

// commitsOf are those up to a revision that changed a rollout, oldest first.
func commitsOf(ctx context.Context, journal Journal, rolloutID string, head int64) ([]change.Commit, error) {
	all := []change.Commit{}
	for before := head + 1; ; {
		part, err := journal.List(ctx, change.Filter{Subject: rolloutID, Before: before, Limit: page})
		if err != nil {
			return nil, err
		}
		all = append(all, part...)
		if len(part) < page {
			break
		}
		before = part[len(part)-1].Revision
	}
	slices.Reverse(all)
	return all, nil
}

func chain(ctx context.Context, journal Journal, from, to int64) (Chain, error) {
	c := Chain{From: from, Revision: to, Digests: []change.Hash{}}
	links, err := journal.Links(ctx, max(1, from-1), to)
	if err != nil {
		return c, err
	}
	for _, l := range links {
		switch {
		case l.Revision < from:
			c.Before = l.Chain
		default:
			c.Digests, c.Head = append(c.Digests, l.Digest), l.Chain
		}
	}
	return c, nil
}

// Read takes a report as it was written; what is none is refused.
func Read(text []byte) (File, error) {
	var f File
	if err := json.Unmarshal(text, &f); err != nil {
		return f, fault.New(fault.Invalid, "this is no report of evidence: %v", err)
	}
	if !slices.Contains(formats, f.Format) {
		return f, fault.New(fault.Invalid, "this is no report of evidence that this Belay can read: its format is %q", f.Format).
			Hint("this Belay reads %s", strings.Join(formats, " and "))
	}
	return f, nil
}
