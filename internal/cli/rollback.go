package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/siteproof/belay/internal/api"
	"github.com/siteproof/belay/internal/client"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/rollout"
)

type rollbackCommand struct {
	What   []string `arg:"" name:"component … reason" help:"Components to take back (none means everything), and last the reason in quotes."`
	Verify bool     `help:"Prove it afterwards." default:"true" negatable:""`
	verifySettings
}

// Run takes back what was named, and proves it.
func (r rollbackCommand) Run(ctx context.Context, p *Process, connection *Connection) error {
	components, reason := r.What[:len(r.What)-1], r.What[len(r.What)-1]
	c, err := connection.client()
	if err != nil {
		return err
	}
	started := time.Now()
	tree, err := c.Flags(ctx, connection.Environment)
	if err != nil {
		return err
	}
	keys := flagKeys(tree)
	if slices.Contains(keys, reason) {
		return fault.New(fault.Invalid, "%q is a flag, not a reason", reason).
			Hint("the last word is the reason: belay rollback %s \"saving an NCR fails\"", strings.Join(r.What, " "))
	}
	for _, component := range components {
		if !slices.Contains(keys, component) {
			return fault.New(fault.NotFound, "there is no component %q in %s", component, connection.Environment).
				Hint("there are: %s", strings.Join(keys, ", "))
		}
	}
	running, err := runningRollout(ctx, c, connection.Environment, components)
	if err != nil {
		return err
	}
	if running == "" {
		if err := switchOff(ctx, c, connection.Environment, tree, components, reason); err != nil {
			return err
		}
	} else if _, err := c.Act(ctx, running, "rollback", api.Act{Reason: reason, Components: components}); err != nil {
		return err
	}
	what := "everything"
	if len(components) > 0 {
		what = strings.Join(components, ", ")
	}
	_, _ = fmt.Fprintf(p.Out, "%s is back on the old version, written after %s\n", what, time.Since(started).Round(time.Millisecond))
	if !r.Verify || running == "" {
		return nil
	}
	return r.verify(ctx, p, connection, c, running)
}

func flagKeys(tree []api.FlagNode) []string {
	var keys []string
	for _, n := range tree {
		keys = append(append(keys, n.Key), flagKeys(n.Children)...)
	}
	return keys
}

// runningRollout finds the rollout that turned the components on; "" when none holds them.
func runningRollout(ctx context.Context, c *client.Client, env string, components []string) (string, error) {
	all, err := c.Rollouts(ctx, env)
	if err != nil {
		return "", err
	}
	for _, r := range all {
		started := r.State != rollout.Draft && r.State != rollout.RolledBack
		holds := !slices.ContainsFunc(components, func(k string) bool { return k != r.Flag && !slices.Contains(r.Components, k) })
		if started && holds {
			return r.ID, nil
		}
	}
	return "", nil
}

// switchOff is the rollback of flags that no rollout holds.
func switchOff(ctx context.Context, c *client.Client, env string, tree []api.FlagNode, components []string, reason string) error {
	if len(components) == 0 {
		for _, n := range tree { // every master flag; its children follow
			if n.Enabled && len(n.Children) > 0 {
				components = append(components, n.Key)
			}
		}
	}
	if len(components) == 0 {
		return fault.New(fault.NotFound, "nothing is on that could go back: no rollout runs and no master flag is on").
			Hint("belay flag list shows what is on")
	}
	off := false
	for _, key := range components {
		if _, err := c.ChangeFlag(ctx, env, key, api.FlagChange{Enabled: &off, Reason: reason}); err != nil {
			return err
		}
	}
	return nil
}
