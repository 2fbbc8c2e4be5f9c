package change

import (
	"context"
	"errors"
	"slices"
)

// ErrWithheld is what a Gate answers about a commit that has to wait: it is taken back, and the gate hears of it again
// outside the transaction, where it can keep what was meant.
var ErrWithheld = errors.New("the change has to wait")

// Gate is asked about every commit before it is kept. There is one, below all doors.
type Gate interface {
	// Admit is asked inside the transaction, when everything is written; c holds what would be kept, with the revision it
	// would get. It may record further changes. An error takes the commit back, and the caller of Commit gets it.
	Admit(ctx context.Context, c Commit) error
	// Withheld is told of a commit that Admit answered ErrWithheld to, when nothing of it is left and the next commit can
	// be made. What it answers is what the caller of Commit gets.
	Withheld(ctx context.Context, c Commit) error
}

// Guard has a gate asked about every later commit. It is called once, before anything commits.
func (j *Journal) Guard(g Gate) { j.gate = g }

// admit asks the gate about the commit under way, and takes over what it records.
func (j *Journal) admit(ctx context.Context, d *draft, c *Commit) error {
	c.Changes, c.Revision = d.changes, d.revision
	if j.gate != nil {
		if err := j.gate.Admit(ctx, *c); err != nil {
			return err
		}
		c.Changes = d.changes
	}
	for i := range c.Changes {
		c.Changes[i].Needs = nil
	}
	return nil
}

// Recorded gives what the commit under way has recorded so far.
func Recorded(ctx context.Context) []Change {
	d, inside := ctx.Value(draftKey{}).(*draft)
	if !inside {
		return nil
	}
	return slices.Clone(d.changes)
}
