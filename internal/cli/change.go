package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/siteproof/belay/internal/api"
	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/client"
	"github.com/siteproof/belay/internal/proposal"
)

// later gives a change a time.
type later struct {
	At   string `help:"Make the change then instead of now: 2026-11-30T09:00 by the clocks of --zone, or with an offset."`
	Zone string `help:"Time zone of --at, such as Europe/Berlin; UTC when left out."`
}

func (l later) in(ctx context.Context) context.Context { return client.At(ctx, l.At, l.Zone) }

type changeCommand struct {
	List     changeList     `cmd:"" help:"What waits for approvals or its time."`
	Show     changeShow     `cmd:"" help:"One change request with before and after."`
	Reject   changeReject   `cmd:"" help:"Say no to somebody else's change."`
	Withdraw changeWithdraw `cmd:"" help:"Close a request, or cancel what has a time."`
	Refresh  changeRefresh  `cmd:"" help:"Compute a stale request anew; approvals are needed anew."`
	Run      changeRun      `cmd:"" help:"Make what is late now: it still holds."`
}

type changeList struct {
	All  bool `help:"Closed ones too."`
	JSON bool `help:"Print JSON."`
}

// Run lists change requests.
func (l changeList) Run(ctx context.Context, p *Process, connection *Connection) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	all, err := c.Changes(ctx, connection.Environment, !l.All)
	if err != nil {
		return err
	}
	if l.JSON {
		return printJSON(p.Out, all)
	}
	if len(all) == 0 {
		_, err := fmt.Fprintf(p.Out, "nothing waits in %s\n", connection.Environment)
		return err
	}
	table := tabwriter.NewWriter(p.Out, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "ID\tSTATE\tAPPROVALS\tNEXT\tBY\tWHAT")
	for _, r := range all {
		_, _ = fmt.Fprintf(table, "%s\t%s\t%d of %d\t%s\t%s\t%s\n", r.ID, r.State, len(r.Approvals), r.Needed, next(r.Proposal), r.By.Name, r.Title)
	}
	return table.Flush()
}

// next is when the next step of a request is to be made.
func next(r proposal.Proposal) string {
	for _, step := range r.Steps {
		if step.AppliedAt == nil && step.At != nil {
			where, err := time.LoadLocation(step.Zone)
			if err != nil {
				where = time.UTC
			}
			return step.At.In(where).Format("2006-01-02 15:04 ") + where.String()
		}
	}
	return "-"
}

type changeShow struct {
	ID   string `arg:"" help:"Change request."`
	JSON bool   `help:"Print JSON."`
}

// Run shows one change request.
func (s changeShow) Run(ctx context.Context, p *Process, connection *Connection) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	r, err := c.Change(ctx, s.ID)
	if err != nil {
		return err
	}
	if s.JSON {
		return printJSON(p.Out, r)
	}
	_, _ = fmt.Fprintf(p.Out, "%s: %s\n%s wants it: %s\n%s", r.ID, r.Title, r.By.Name, r.Reason, r.State)
	if r.Why != "" {
		_, _ = fmt.Fprintf(p.Out, ": %s", r.Why)
	}
	_, _ = fmt.Fprintf(p.Out, "\n%d of %d approvals\n", len(r.Approvals), r.Needed)
	for _, a := range r.Approvals {
		_, _ = fmt.Fprintf(p.Out, "  %s: %s\n", a.By.Name, a.Reason)
	}
	if r.Extra != "" {
		_, _ = fmt.Fprintf(p.Out, "  one more than its environment asks for: %s\n", r.Extra)
	}
	for _, a := range r.Approvers {
		if a.Obstacle == nil {
			_, _ = fmt.Fprintf(p.Out, "  %s may approve it\n", a.Name)
			continue
		}
		_, _ = fmt.Fprintf(p.Out, "  %s may not until %s: %s\n", a.Name, a.Obstacle.Until.UTC().Format("2 Jan 2006 15:04 MST"), a.Obstacle.Why)
	}
	for n, step := range r.Steps {
		when := "as soon as it may be made"
		switch {
		case step.AppliedAt != nil:
			when = fmt.Sprintf("made in revision %d %s", step.Revision, step.Note)
		case step.At != nil:
			when = "at " + next(proposal.Proposal{Steps: r.Steps[n : n+1]})
		}
		_, _ = fmt.Fprintf(p.Out, "step %d, %s\n", n+1, strings.TrimSpace(when))
		printChanges(p.Out, step.Changes)
	}
	return nil
}

// printChanges prints what differs, field by field.
func printChanges(w io.Writer, changes []change.Change) {
	for _, ch := range changes {
		_, _ = fmt.Fprintf(w, "  %s %s\n", ch.Kind, ch.Subject)
		if len(ch.Needs) > 0 {
			_, _ = fmt.Fprintf(w, "    with: %s\n", ch.Needs)
		}
		for _, d := range change.Differences(ch) {
			_, _ = fmt.Fprintf(w, "    %s: %s -> %s\n", d.Field, orNothing(d.Before), orNothing(d.After))
		}
	}
}

func orNothing(text json.RawMessage) string {
	if len(text) == 0 {
		return "nothing"
	}
	return string(text)
}

// changeAct is what the words about a request share.
type changeAct struct {
	ID     string `arg:"" help:"Change request."`
	Reason string `arg:"" help:"Why, in quotes."`
}

func (a changeAct) do(ctx context.Context, p *Process, connection *Connection, verb string) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	r, err := c.ActOnChange(ctx, a.ID, verb, a.Reason)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.Out, "%s (%s) is %s\n", r.ID, r.Title, r.State)
	return err
}

type (
	changeReject   struct{ changeAct }
	changeWithdraw struct{ changeAct }
	changeRefresh  struct{ changeAct }
	changeRun      struct{ changeAct }
)

// Run rejects.
func (a changeReject) Run(ctx context.Context, p *Process, c *Connection) error {
	return a.do(ctx, p, c, "reject")
}

// Run withdraws.
func (a changeWithdraw) Run(ctx context.Context, p *Process, c *Connection) error {
	return a.do(ctx, p, c, "withdraw")
}

// Run computes anew.
func (a changeRefresh) Run(ctx context.Context, p *Process, c *Connection) error {
	return a.do(ctx, p, c, "refresh")
}

// Run makes it now.
func (a changeRun) Run(ctx context.Context, p *Process, c *Connection) error {
	return a.do(ctx, p, c, "run")
}

type undoCommand struct {
	Revision int64  `arg:"" help:"Revision to undo; belay audit shows them."`
	Reason   string `arg:"" help:"Why, in quotes."`
	DryRun   bool   `help:"Only show what it would do now."`
	later
}

// Run undoes a commit, or shows what that would do.
func (u undoCommand) Run(ctx context.Context, p *Process, connection *Connection) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	if !u.DryRun {
		commit, err := c.Undo(u.in(ctx), u.Revision, u.Reason)
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintf(p.Out, "revision %d is undone by revision %d\n", u.Revision, commit.Revision)
		printChanges(p.Out, commit.Changes)
		return nil
	}
	preview, err := c.PreviewUndo(ctx, u.Revision)
	if err != nil {
		return err
	}
	printChanges(p.Out, preview.Changes)
	for _, conflict := range preview.Conflicts {
		_, _ = fmt.Fprintf(p.Out, "in the way: %s of %s %s is %s and not %s, since revision %d by %s\n", conflict.Field, conflict.Kind, conflict.Subject,
			orNothing(conflict.Now), orNothing(conflict.Expected), conflict.Revision, conflict.By)
	}
	if preview.Obstacle != "" {
		_, _ = fmt.Fprintln(p.Out, "in the way:", preview.Obstacle)
	}
	return nil
}

type auditCommand struct {
	Since   string `help:"From when on: how long ago (24h), or RFC 3339." default:"24h"`
	Until   string `help:"Up to when."`
	Kind    string `help:"Beginning of the kind, such as flag. or person."`
	Subject string `help:"Key or id of what changed."`
	Actor   string `help:"Name or id of who changed it."`
	All     bool   `help:"Of all environments, and of what belongs to none, such as people."`
	JSON    bool   `help:"Print JSON lines, with before and after." xor:"form"`
	CSV     bool   `help:"Print CSV, a line for each change." xor:"form"`
}

// Run prints the journal, newest first.
func (a auditCommand) Run(ctx context.Context, p *Process, connection *Connection) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	f := api.AuditFilter{Environment: connection.Environment, Kind: a.Kind, Subject: a.Subject, Actor: a.Actor, Since: a.Since, Until: a.Until}
	if a.All {
		f.Environment = ""
	}
	switch {
	case a.JSON:
		return c.ExportAudit(ctx, p.Out, f, "jsonl")
	case a.CSV:
		return c.ExportAudit(ctx, p.Out, f, "csv")
	}
	read, write := io.Pipe()
	go func() { _ = write.CloseWithError(c.ExportAudit(ctx, write, f, "jsonl")) }()
	defer func() { _ = read.Close() }()
	for lines := json.NewDecoder(read); ; {
		var commit change.Commit
		if err := lines.Decode(&commit); err != nil {
			if err == io.EOF { //nolint:errorlint // Decode gives it bare at the end of the last line
				return nil
			}
			return err
		}
		_, _ = fmt.Fprintf(p.Out, "revision %d, %s, %s: %s\n", commit.Revision, commit.At.Local().Format("2006-01-02 15:04:05"), commit.Actor.Name, commit.Reason)
		printChanges(p.Out, commit.Changes)
	}
}
