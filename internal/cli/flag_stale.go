package cli

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/siteproof/belay/internal/flag"
)

type flagStaleCommand struct {
	Days  int    `help:"How long a reason has to hold." default:"30"`
	Owner string `help:"Only flags of this owner."`
	Tag   string `help:"Only flags with this tag."`
	Order string `help:"age, key or owner." enum:"age,key,owner" default:"age"`
	JSON  bool   `help:"Print JSON."`
}

// Run prints the report.
func (f flagStaleCommand) Run(ctx context.Context, p *Process, connection *Connection) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	report, err := c.StaleFlags(ctx, connection.Environment, f.Days, f.Owner, f.Tag, flag.StaleOrder(f.Order))
	if err != nil {
		return err
	}
	if f.JSON {
		return printJSON(p.Out, report)
	}
	say := func(format string, args ...any) {
		if err == nil {
			_, err = fmt.Fprintf(p.Out, format+"\n", args...)
		}
	}
	say("%d of %d flags of %s may have done their work", len(report.Flags), report.Looked, connection.Environment)
	for _, s := range report.Flags {
		say("\n%s  %d days, owner: %s, tags: %s", s.Key, s.Days, cmp.Or(s.Owner, "nobody"), cmp.Or(strings.Join(s.Tags, " "), "none"))
		for _, r := range s.Reasons {
			say("  since %s  %s", r.Since.Format("2006-01-02"), r.Text)
		}
		say("  %s", s.Advice)
	}
	if report.UsesSince == nil {
		say("\nNo client of %s says which flags it uses, so none counts as unused.", connection.Environment)
	}
	return err
}
