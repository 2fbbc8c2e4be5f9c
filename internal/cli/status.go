package cli

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/siteproof/belay/internal/api"
	"github.com/siteproof/belay/internal/client"
	"github.com/siteproof/belay/internal/rollout"
)

type statusCommand struct {
	JSON bool `help:"Print JSON."`
}

// Run prints what somebody should see first.
func (s statusCommand) Run(ctx context.Context, p *Process, connection *Connection) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	overview, err := c.Overview(ctx, connection.Environment)
	if err != nil {
		return err
	}
	if s.JSON {
		return printJSON(p.Out, overview)
	}
	return printStatus(ctx, p.Out, c, overview)
}

func printStatus(ctx context.Context, w io.Writer, c *client.Client, o api.Overview) error {
	_, _ = fmt.Fprintf(w, "%s / %s at %s\n", o.Environment.Project, o.Environment.Key, c.Base())
	_, _ = fmt.Fprintf(w, "pages connected: %d, of them on the current state (revision %d): %d\n", o.Clients.Connected, o.Clients.Revision, o.Clients.Confirmed)
	if o.Traffic.LastAt == nil {
		_, _ = fmt.Fprintln(w, "telemetry: nothing has ever arrived")
	} else {
		_, _ = fmt.Fprintf(w, "telemetry: last event %s ago\n", time.Since(*o.Traffic.LastAt).Round(time.Second))
	}
	if len(o.Rollouts) == 0 {
		_, _ = fmt.Fprintln(w, "no rollout has been planned")
	}
	for _, r := range o.Rollouts {
		if err := printRollout(ctx, w, c, r); err != nil {
			return err
		}
	}
	for _, i := range o.Incidents {
		_, _ = fmt.Fprintf(w, "\nINC-%d %s %s: %s\n", i.Number, i.Severity, i.Status, i.Title)
	}
	return nil
}

func printRollout(ctx context.Context, w io.Writer, c *client.Client, s api.RolloutSummary) error {
	_, _ = fmt.Fprintf(w, "\n%s  %s\n", s.ID, s.Name)
	if s.State == rollout.Draft {
		_, _ = fmt.Fprintf(w, "  planned, not started: belay rollout start %s \"reason\"\n", s.ID)
		return nil
	}
	if s.State == rollout.Discarded {
		_, _ = fmt.Fprintln(w, "  discarded before it started")
		return nil
	}
	phase := s.Plan.Phases[s.Phase]
	_, _ = fmt.Fprintf(w, "  %s in phase %d of %d, %q at %g %%: %d people on the new version, %d on the old\n",
		s.State, s.Phase+1, len(s.Plan.Phases), phase.Name, s.Share(), s.Treatment, s.Control)
	for _, l := range s.Lost {
		_, _ = fmt.Fprintf(w, "  %s went back %s ago by %s: %s\n", l.Component, time.Since(l.At).Round(time.Second), l.By, l.Reason)
	}
	page, err := c.Rollout(ctx, s.ID)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(w, "  next: %s\n", page.Next.Text)
	for _, waiting := range page.Next.Waiting {
		_, _ = fmt.Fprintf(w, "    waits for: %s\n", waiting)
	}
	table := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "  GUARD\tOF\tHARM\tOLD\tNEW\tSTATE")
	for _, r := range page.Readings {
		scope := r.Scope
		if scope == "" {
			scope = "everything on"
		}
		_, _ = fmt.Fprintf(table, "  %s\t%s\t%.1f of %.1f\t%d/%d\t%d/%d\t%s\n", r.Guard, scope, r.LogE, r.Threshold,
			r.Control.Affected, r.Control.Users, r.Treatment.Affected, r.Treatment.Users, r.Status)
	}
	return table.Flush()
}
