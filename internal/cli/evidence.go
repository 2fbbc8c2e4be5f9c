package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"text/tabwriter"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/evidence"
	"github.com/siteproof/belay/internal/fault"
)

type evidenceCommand struct {
	Export evidenceExport `cmd:"" help:"Write the report of a rollout: every decision with what it rested on."`
	Verify evidenceVerify `cmd:"" help:"Check a report by itself; it needs no Belay."`
}

type evidenceExport struct {
	Rollout string `arg:"" help:"Rollout."`
	Out     string `help:"File to write to." short:"o" default:"evidence.json" type:"path"`
	HTML    string `help:"File for the same as a page for people." type:"path"`
}

// Run writes the report.
func (e evidenceExport) Run(ctx context.Context, p *Process, connection *Connection) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	file, err := c.Evidence(ctx, e.Rollout)
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(file, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(e.Out, append(text, '\n'), 0o600); err != nil {
		return fault.New(fault.Unavailable, "the report cannot be written: %w", err)
	}
	if e.HTML != "" {
		var page bytes.Buffer
		if err := file.WriteHTML(&page, evidence.Verify(file, "")); err != nil {
			return err
		}
		if err := os.WriteFile(e.HTML, page.Bytes(), 0o600); err != nil {
			return fault.New(fault.Unavailable, "the page cannot be written: %w", err)
		}
	}
	_, err = fmt.Fprintf(p.Out, "%s holds %d decisions and %d commits. Keep this hash elsewhere, and nobody can change them unseen:\n%s\n",
		e.Out, len(file.Decisions), len(file.Commits), file.Chain.Head)
	return err
}

type evidenceVerify struct {
	File string `arg:"" help:"Report." type:"existingfile"`
	Head string `help:"Hash of the journal that somebody kept."`
	JSON bool   `help:"Print JSON."`
}

// Run checks a report.
func (e evidenceVerify) Run(p *Process) error {
	text, err := os.ReadFile(e.File)
	if err != nil {
		return fault.New(fault.Invalid, "the report cannot be read: %w", err)
	}
	file, err := evidence.Read(text)
	if err != nil {
		return err
	}
	checks := evidence.Verify(file, change.Hash(e.Head))
	if e.JSON {
		err = printJSON(p.Out, checks)
	} else {
		err = e.print(p, checks)
	}
	if err == nil && !evidence.Holds(checks) {
		err = errUnproven
	}
	return err
}

func (e evidenceVerify) print(p *Process, checks []evidence.Check) error {
	table := tabwriter.NewWriter(p.Out, 0, 4, 2, ' ', 0)
	for _, c := range checks {
		says := "holds"
		if !c.Holds {
			says = "DOES NOT HOLD"
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\n", c.Name, says, c.Text)
		if len(c.Faults) > 1 {
			for _, f := range c.Faults {
				_, _ = fmt.Fprintf(table, "\t\t- %s\n", f)
			}
		}
	}
	return table.Flush()
}
