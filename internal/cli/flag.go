package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/siteproof/belay/internal/api"
)

type flagCommand struct {
	List    flagListCommand    `cmd:"" help:"Every flag, children under their parents."`
	Create  flagCreateCommand  `cmd:"" help:"Make a flag."`
	On      flagOnCommand      `cmd:"" help:"Switch a flag on."`
	Off     flagOffCommand     `cmd:"" help:"Switch a flag off."`
	Set     flagSetCommand     `cmd:"" help:"Give a flag another value (JSON, or text for a string flag), owner, tags or description."`
	Delete  flagDeleteCommand  `cmd:"" help:"Delete a flag."`
	Compare flagCompareCommand `cmd:"" help:"How flags and segments of two environments differ."`
	Copy    flagCopyCommand    `cmd:"" help:"Copy flags and segments from one environment to another, in one commit."`
	Stale   flagStaleCommand   `cmd:"" help:"Flags that may have done their work, and what to do about each."`
	Why     flagWhyCommand     `cmd:"" help:"Why somebody gets what they get."`
}

type flagListCommand struct {
	JSON bool `help:"Print JSON."`
}

// Run prints the tree of flags.
func (f flagListCommand) Run(ctx context.Context, p *Process, connection *Connection) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	tree, err := c.Flags(ctx, connection.Environment)
	if err != nil {
		return err
	}
	if f.JSON {
		return printJSON(p.Out, tree)
	}
	if len(tree) == 0 {
		_, err := fmt.Fprintf(p.Out, "%s has no flags yet\n", connection.Environment)
		return err
	}
	table := tabwriter.NewWriter(p.Out, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "FLAG\tSTATE\tSHARE\tVALUE\tNOTE")
	printFlags(table, tree, 0)
	return table.Flush()
}

func printFlags(w io.Writer, nodes []api.FlagNode, depth int) {
	for _, n := range nodes {
		state, share, note := "off", "", ""
		if n.Enabled {
			state = "on"
		}
		if n.Split != nil {
			share = fmt.Sprintf("%g %%", n.Split.Percent)
		}
		if n.Lost {
			note = "taken back by a rollout"
		}
		_, _ = fmt.Fprintf(w, "%s%s\t%s\t%s\t%s\t%s\n", strings.Repeat("  ", depth), n.Key, state, share, string(n.Value), note)
		printFlags(w, n.Children, depth+1)
	}
}

// flagSwitch is what on and off share.
type flagSwitch struct {
	Key    string `arg:"" help:"Flag."`
	Reason string `arg:"" help:"Why, in quotes."`
	later
}

func (f flagSwitch) set(ctx context.Context, p *Process, connection *Connection, change api.FlagChange) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	change.Reason = f.Reason
	flag, err := c.ChangeFlag(f.in(ctx), connection.Environment, f.Key, change)
	if err != nil {
		return err
	}
	state := "off"
	if flag.Enabled {
		state = "on"
	}
	_, err = fmt.Fprintf(p.Out, "%s is %s in %s (revision %d) %s\n", flag.Key, state, connection.Environment, flag.Version, flag.Value)
	return err
}

type flagOnCommand struct{ flagSwitch }

// Run switches the flag on.
func (f flagOnCommand) Run(ctx context.Context, p *Process, connection *Connection) error {
	on := true
	return f.set(ctx, p, connection, api.FlagChange{Enabled: &on})
}

type flagOffCommand struct{ flagSwitch }

// Run switches the flag off.
func (f flagOffCommand) Run(ctx context.Context, p *Process, connection *Connection) error {
	off := false
	return f.set(ctx, p, connection, api.FlagChange{Enabled: &off})
}

func printJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}
