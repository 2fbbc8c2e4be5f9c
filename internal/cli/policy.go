package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/siteproof/belay/internal/api"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/policy"
	"github.com/siteproof/belay/internal/rollout"
)

type policyCommand struct {
	Check    policyCheck    `cmd:"" help:"Look a policy over: every mistake with its line."`
	Template policyTemplate `cmd:"" help:"Print a policy to begin with."`
	Schema   policySchema   `cmd:"" help:"Print the JSON Schema of policies, for editors."`
}

// readPolicy reads a policy from the disk.
func readPolicy(path string) (rollout.Plan, error) {
	text, err := os.ReadFile(path) //nolint:gosec // the file is the caller's choice
	if err != nil {
		return rollout.Plan{}, fault.New(fault.Invalid, "the policy cannot be read: %w", err)
	}
	return policy.Read(filepath.Base(path), text)
}

type policyCheck struct {
	File string `arg:"" help:"The policy, YAML or JSON." type:"existingfile"`
	JSON bool   `help:"Print the whole plan, with what the file leaves out, as JSON."`
}

// Run says what a policy means, or what is wrong with it.
func (c policyCheck) Run(p *Process) error {
	plan, err := readPolicy(c.File)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(p.Out, plan)
	}
	_, err = fmt.Fprint(p.Out, policy.Summary(plan))
	return err
}

type policyTemplate struct {
	Name string `arg:"" optional:"" help:"One of ${policies}." default:"usual"`
}

// Run prints a policy.
func (t policyTemplate) Run(p *Process) error {
	text, err := policy.Template(t.Name)
	if err != nil {
		return err
	}
	_, err = p.Out.Write(text)
	return err
}

type policySchema struct{}

// Run prints the schema.
func (policySchema) Run(p *Process) error { return printJSON(p.Out, api.PolicySchema()) }

type rolloutChange struct {
	rolloutMove
	Policy string `help:"File with the policy (YAML or JSON)." type:"existingfile" required:""`
}

// Run puts a rollout under another policy and says what follows.
func (c rolloutChange) Run(ctx context.Context, p *Process, connection *Connection) error {
	plan, err := readPolicy(c.Policy)
	if err != nil {
		return err
	}
	belay, err := connection.client()
	if err != nil {
		return err
	}
	before, err := belay.Rollout(ctx, c.ID)
	if err != nil {
		return err
	}
	if _, err := belay.ChangePolicy(ctx, c.ID, api.PolicyChange{Plan: &plan, Reason: c.Reason}); err != nil {
		return err
	}
	after, err := belay.Rollout(ctx, c.ID)
	if err != nil {
		return err
	}
	says := "nothing changes: it is the policy that it goes by already"
	if len(after.Decisions) > len(before.Decisions) && after.Decisions[0].Action == rollout.ChangePolicy {
		says = "it goes by this policy now; " + after.Decisions[0].Note
	}
	_, err = fmt.Fprintf(p.Out, "%s: %s\n", c.ID, says)
	return err
}

type rolloutPolicy struct {
	ID string `arg:"" help:"Rollout."`
}

// Run prints a rollout's policy.
func (c rolloutPolicy) Run(ctx context.Context, p *Process, connection *Connection) error {
	belay, err := connection.client()
	if err != nil {
		return err
	}
	written, err := belay.Policy(ctx, c.ID)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(p.Out, written.Text)
	return err
}

type rolloutRetry struct {
	rolloutMove
	Policy string `help:"File with another policy; that of the attempt before when left out." type:"existingfile"`
}

// Run plans a rollout once more.
func (c rolloutRetry) Run(ctx context.Context, p *Process, connection *Connection) error {
	retry := api.Retry{Reason: c.Reason}
	if c.Policy != "" {
		plan, err := readPolicy(c.Policy)
		if err != nil {
			return err
		}
		retry.Plan = &plan
	}
	belay, err := connection.client()
	if err != nil {
		return err
	}
	made, err := belay.Retry(ctx, c.ID, retry)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.Out, "attempt %d is planned as %s; belay rollout start %s \"reason\" begins it\n", made.Attempt, made.ID, made.ID)
	return err
}
