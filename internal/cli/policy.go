package cli

import (
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
