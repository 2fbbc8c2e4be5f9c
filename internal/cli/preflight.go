package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"

	"github.com/siteproof/belay/internal/client"
	"github.com/siteproof/belay/internal/preflight"
)

type preflightCommand struct {
	Rollout string `arg:"" optional:"" help:"Rollout; the one that is planned or under way when left out."`
	JSON    bool   `help:"Print JSON."`
}

// Run prints the checklist before the next phase. It ends with 0 when nothing is red and with 3 when something is.
func (c preflightCommand) Run(ctx context.Context, p *Process, connection *Connection) error {
	belay, err := connection.client()
	if err != nil {
		return err
	}
	report, err := c.report(ctx, belay, connection.Environment)
	if err != nil {
		return err
	}
	if c.JSON {
		err = printJSON(p.Out, report)
	} else {
		err = printPreflight(p.Out, report)
	}
	if err == nil && !report.Green {
		err = errUnproven
	}
	return err
}

// report looks at the rollout that was named, the first one that has not ended, or the environment alone.
func (c preflightCommand) report(ctx context.Context, belay *client.Client, environment string) (preflight.Report, error) {
	if c.Rollout != "" {
		return belay.Preflight(ctx, c.Rollout)
	}
	all, err := belay.Rollouts(ctx, environment)
	if err != nil {
		return preflight.Report{}, err
	}
	for _, r := range all {
		if !r.Ended() {
			return belay.Preflight(ctx, r.ID)
		}
	}
	overview, err := belay.Checklist(ctx, environment)
	return overview.Report, err
}

var stateMarks = map[preflight.State]string{
	preflight.Green: "ok        ", preflight.Red: "RED       ", preflight.Advice: "advice    ", preflight.Overridden: "overridden",
}

func printPreflight(w io.Writer, r preflight.Report) (err error) {
	say := func(format string, args ...any) {
		if err == nil {
			_, err = fmt.Fprintf(w, format+"\n", args...)
		}
	}
	switch {
	case r.Rollout == "":
		say("%s: no rollout is planned; items about a rollout are left out", r.Environment)
	case !r.Enters:
		say("%s: no phase follows, nothing is asked", r.Rollout)
		return err
	default:
		say("%s: before phase %d, %q at %g %%", r.Rollout, r.Phase+1, r.Name, r.Percent)
	}
	for _, l := range r.Lines {
		say("%s %s: %s", stateMarks[l.State], l.Title, l.Text)
		if l.Note != "" {
			say("             %s: %s", cmp.Or(l.By, "Belay"), l.Note)
		}
		if l.Override != nil {
			say("             overridden by %s: %s", l.Override.By, l.Override.Reason)
		}
		if l.URL != "" {
			say("             %s", l.URL)
		}
		if l.Way != "" && l.State != preflight.Green {
			say("             %s", l.Way)
		}
	}
	switch {
	case !r.Green:
		say("red: %d of %d items are missing", r.Red, len(r.Lines))
	default:
		say("green: nothing that is required is missing")
	}
	return err
}
