package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/siteproof/belay/internal/api"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag"
)

type flagCompareCommand struct {
	Here  string `arg:"" help:"Environment."`
	There string `arg:"" help:"Another one."`
	JSON  bool   `help:"Print JSON."`
}

// Run prints what differs.
func (f flagCompareCommand) Run(ctx context.Context, p *Process, connection *Connection) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	found, err := c.Compare(ctx, f.Here, f.There)
	if err != nil {
		return err
	}
	if f.JSON {
		return printJSON(p.Out, found)
	}
	if len(found.Flags)+len(found.Segments) == 0 {
		_, err := fmt.Fprintf(p.Out, "%s and %s have the same flags and segments\n", found.Here, found.There)
		return err
	}
	table := tabwriter.NewWriter(p.Out, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "KIND\tKEY\tDIFFERENCE")
	for _, d := range found.Flags {
		_, _ = fmt.Fprintf(table, "flag\t%s\t%s\n", d.Key, sayDifference(found, d.Where, d.Fields))
	}
	for _, d := range found.Segments {
		_, _ = fmt.Fprintf(table, "segment\t%s\t%s\n", d.Key, sayDifference(found, d.Where, d.Fields))
	}
	return table.Flush()
}

func sayDifference(c api.Comparison, where flag.Where, fields []string) string {
	switch where { //nolint:exhaustive // what is on both sides alike is not told
	case flag.OnlyHere:
		return "only in " + c.Here
	case flag.OnlyThere:
		return "only in " + c.There
	}
	return "differs in " + strings.Join(fields, ", ")
}

type flagCopyCommand struct {
	From    string   `arg:"" help:"Environment to copy from."`
	To      string   `arg:"" help:"Environment to copy to."`
	Flags   []string `arg:"" optional:"" help:"Flags."`
	Segment []string `help:"Copy a segment too; may be given more than once." placeholder:"SEGMENT"`
	All     bool     `help:"Copy everything that is only in the first, or differs."`
	DryRun  bool     `help:"Only say what would change."`
	Reason  string   `help:"Why, in quotes."`
}

// Run copies, or says what copying would change.
func (f flagCopyCommand) Run(ctx context.Context, p *Process, connection *Connection) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	what := api.CopySelection{From: f.From, Flags: f.Flags, Segments: f.Segment}
	if f.All {
		found, err := c.Compare(ctx, f.From, f.To)
		if err != nil {
			return err
		}
		for _, d := range found.Flags {
			if d.Where != flag.OnlyThere {
				what.Flags = append(what.Flags, d.Key)
			}
		}
		for _, d := range found.Segments {
			if d.Where != flag.OnlyThere {
				what.Segments = append(what.Segments, d.Key)
			}
		}
	}
	if len(what.Flags)+len(what.Segments) == 0 && !f.All {
		return fault.New(fault.Invalid, "nothing was named to copy").Hint("name flags, or give --segment or --all")
	}
	if f.DryRun {
		plan, err := c.PlanCopy(ctx, f.To, what)
		if err != nil {
			return err
		}
		return printCopying(p.Out, plan, f.To, "would be")
	}
	if f.Reason == "" {
		return fault.New(fault.Invalid, "copying needs a reason").Hint("--reason 'why', or --dry-run to look first").At("reason", "say why")
	}
	done, err := c.Copy(ctx, f.To, api.Copy{CopySelection: what, Reason: f.Reason})
	if err != nil {
		return err
	}
	return printCopying(p.Out, done, f.To, "is")
}

func printCopying(w io.Writer, c flag.Copying, to, verb string) error {
	if len(c.Flags)+len(c.Segments) == 0 {
		_, err := fmt.Fprintf(w, "%s has all of it already\n", to)
		return err
	}
	for _, s := range c.Segments {
		if _, err := fmt.Fprintln(w, sayCopy("segment", s.Key, to, verb, s.Before == nil, s.Fields, s.Needed, "")); err != nil {
			return err
		}
	}
	for _, f := range c.Flags {
		if _, err := fmt.Fprintln(w, sayCopy("flag", f.Key, to, verb, f.Before == nil, f.Fields, f.Needed, f.Note)); err != nil {
			return err
		}
	}
	return nil
}

func sayCopy(noun, key, to, verb string, fresh bool, fields []string, needed, note string) string {
	said := fmt.Sprintf("%s %s %s new in %s", noun, key, verb, to)
	if !fresh {
		said = fmt.Sprintf("%s %s %s changed in %s: %s", noun, key, verb, to, strings.Join(fields, ", "))
	}
	if more := cmp.Or(needed, note); more != "" {
		said += " (" + strings.TrimSpace(needed+" "+note) + ")"
	}
	return said
}
