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
)

type rollbackCommand struct {
	What   []string `arg:"" name:"component … reason" help:"Components to take back (none means everything), and last the reason in quotes."`
	Verify bool     `help:"Prove it afterwards." default:"true" negatable:""`
	verifySettings
}

// Run takes back what was named, and proves it. Doing it again changes nothing and is no error.
func (r rollbackCommand) Run(ctx context.Context, p *Process, connection *Connection) error {
	components, reason := r.What[:len(r.What)-1], r.What[len(r.What)-1]
	c, err := connection.client()
	if err != nil {
		return err
	}
	started := time.Now()
	back := takeBack{client: c, env: connection.Environment, components: components, reason: reason}
	if err := back.check(ctx, r.What); err != nil {
		return err
	}
	rollouts, changed, err := back.do(ctx)
	if err != nil {
		return err
	}
	what := "everything"
	if len(components) > 0 {
		what = strings.Join(components, ", ")
	}
	if changed {
		_, _ = fmt.Fprintf(p.Out, "%s is back on the old version, written after %s\n", what, time.Since(started).Round(time.Millisecond))
	} else {
		_, _ = fmt.Fprintf(p.Out, "%s was on the old version already; nothing had to be changed\n", what)
	}
	if !r.Verify {
		return nil
	}
	if len(rollouts) == 0 {
		_, _ = fmt.Fprintln(p.Out, "no rollout holds it, so there is nothing more to verify")
	}
	for _, id := range rollouts {
		if err := r.verify(ctx, p, connection, c, id); err != nil {
			return err
		}
	}
	return nil
}

// takeBack is one rollback by hand.
type takeBack struct {
	client     *client.Client
	env        string
	components []string // none means everything
	reason     string
}

// check refuses what was probably meant otherwise, before anything is changed.
func (t takeBack) check(ctx context.Context, what []string) error {
	tree, err := t.client.Flags(ctx, t.env)
	if err != nil {
		return err
	}
	keys := flagKeys(tree)
	if slices.Contains(keys, t.reason) {
		return fault.New(fault.Invalid, "%q is a flag, not a reason", t.reason).
			Hint("the last word is the reason: belay rollback %s \"saving an NCR fails\"", strings.Join(what, " "))
	}
	for _, component := range t.components {
		if !slices.Contains(keys, component) {
			return fault.New(fault.NotFound, "there is no component %q in %s", component, t.env).
				Hint("there are: %s; the reason is one word in quotes", strings.Join(keys, ", "))
		}
	}
	return nil
}

// do takes back through the rollouts that hold what was named, and then switches off what is on nevertheless. It gives
// the rollouts to be verified.
func (t takeBack) do(ctx context.Context) (rollouts []string, changed bool, err error) {
	before, err := t.on(ctx)
	if err != nil {
		return nil, false, err
	}
	all, err := t.client.Rollouts(ctx, t.env)
	if err != nil {
		return nil, false, err
	}
	for _, r := range newestOfEachFlag(all) {
		share := t.share(r)
		if len(share) == 0 && len(t.components) > 0 {
			continue
		}
		if _, err := t.client.Act(ctx, r.ID, "rollback", api.Act{Reason: t.reason, Components: share}); err != nil {
			return nil, false, err
		}
		rollouts = append(rollouts, r.ID)
	}
	left, err := t.on(ctx)
	if err != nil {
		return nil, false, err
	}
	off := false
	for _, key := range left {
		if _, err := t.client.ChangeFlag(ctx, t.env, key, api.FlagChange{Enabled: &off, Reason: t.reason}); err != nil {
			return nil, false, err
		}
	}
	return rollouts, len(before) > 0, nil
}

// share is which of the named components a rollout holds.
func (t takeBack) share(r api.RolloutSummary) []string {
	var share []string
	for _, component := range t.components {
		if component == r.Flag || slices.Contains(r.Components, component) {
			share = append(share, component)
		}
	}
	return share
}

// on lists what was named and is switched on: the components, or every master flag, which its children follow.
func (t takeBack) on(ctx context.Context) ([]string, error) {
	tree, err := t.client.Flags(ctx, t.env)
	if err != nil {
		return nil, err
	}
	var keys []string
	var look func(nodes []api.FlagNode)
	look = func(nodes []api.FlagNode) {
		for _, n := range nodes {
			named := slices.Contains(t.components, n.Key) || (len(t.components) == 0 && len(n.Children) > 0)
			if n.Enabled && named {
				keys = append(keys, n.Key)
			}
			look(n.Children)
		}
	}
	look(tree)
	return keys, nil
}

func flagKeys(tree []api.FlagNode) []string {
	var keys []string
	for _, n := range tree {
		keys = append(append(keys, n.Key), flagKeys(n.Children)...)
	}
	return keys
}

// newestOfEachFlag gives those rollouts whose word on a flag is the last: the one that runs, or the newest that ended.
// The list has running ones first, then the newest first.
func newestOfEachFlag(all []api.RolloutSummary) []api.RolloutSummary {
	var newest []api.RolloutSummary
	seen := map[string]bool{}
	for _, r := range all {
		if r.StartedAt != nil && !seen[r.Flag] {
			seen[r.Flag] = true
			newest = append(newest, r)
		}
	}
	return newest
}
