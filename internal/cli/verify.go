package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/siteproof/belay/internal/api"
	"github.com/siteproof/belay/internal/client"
	"github.com/siteproof/belay/internal/incident"
	"github.com/siteproof/belay/internal/verify"
)

// verifySettings are shared by verify and rollback.
type verifySettings struct {
	Sample   int           `help:"Identities to ask flags for." default:"200"`
	Within   time.Duration `help:"How long pages have to confirm and errors to fall silent." env:"BELAY_VERIFY_WITHIN" default:"60s"`
	Settle   time.Duration `help:"How long errors of pages that had not heard yet may still arrive." env:"BELAY_VERIFY_SETTLE" default:"10s"`
	Page     []string      `help:"Address that must answer 200; may be repeated." placeholder:"URL"`
	Evidence string        `help:"Folder for the evidence." default:"./evidence" type:"path"`
}

type verifyCommand struct {
	Rollout string `arg:"" optional:"" help:"Rollout; the newest that took something back when left out."`
	verifySettings
}

// Run proves the last rollback.
func (v verifyCommand) Run(ctx context.Context, p *Process, connection *Connection) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	return v.verify(ctx, p, connection, c, v.Rollout)
}

func (v verifySettings) verify(ctx context.Context, p *Process, connection *Connection, c *client.Client, rollout string) error {
	pages := v.Page
	if instance, err := c.Instance(ctx); err == nil && instance.Demo != nil && len(pages) == 0 {
		pages = []string{instance.Demo.AppURL}
	}
	mark := map[verify.Status]string{verify.Passed: "ok     ", verify.Failed: "FAILED ", verify.Unknown: "UNKNOWN"}
	report, err := verify.Run(ctx, verify.Options{
		Client: c, Environment: connection.Environment, Rollout: rollout,
		Sample: v.Sample, Within: v.Within, Settle: v.Settle, Pages: pages,
		Progress: func(check verify.Check) {
			_, _ = fmt.Fprintf(p.Out, "%s %s: %s (%s)\n", mark[check.Status], check.Name, check.Text, time.Duration(check.Took))
		},
	})
	if err != nil {
		return err
	}
	jsonPath, textPath, err := report.Write(v.Evidence)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(p.Out, "evidence: %s and %s\n", jsonPath, textPath)
	if err := tellIncident(ctx, c, connection.Environment, report); err != nil {
		return err
	}
	if !report.Passed {
		_, _ = fmt.Fprintln(p.Out, "the rollback is NOT proven")
		return errUnproven
	}
	_, _ = fmt.Fprintln(p.Out, "the rollback is proven")
	return nil
}

// tellIncident writes the outcome on the timeline of each open incident of the rollout.
func tellIncident(ctx context.Context, c *client.Client, env string, report verify.Report) error {
	all, err := c.Incidents(ctx, env)
	if err != nil {
		return err
	}
	for _, i := range all {
		if i.Rollout != report.Rollout || i.Status == incident.Resolved {
			continue
		}
		note := api.IncidentNote{Text: "belay verify: the rollback is not proven", Evidence: report.JSON()}
		if report.Passed {
			note.Text = "belay verify: the rollback is proven"
			if i.Status == incident.Open || i.Status == incident.Acknowledged {
				note.Status = incident.Mitigated
			}
		}
		if _, err := c.NoteIncident(ctx, i.ID, note); err != nil {
			return err
		}
	}
	return nil
}
