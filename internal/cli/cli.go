// Package cli is the command line: belay serve, rollback, verify and the rest.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/siteproof/belay/internal/app"
	"github.com/siteproof/belay/internal/client"
	"github.com/siteproof/belay/internal/config"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/policy"
	"github.com/siteproof/belay/internal/simulate"
)

// Exit codes. A failed verification has its own, so that scripts can tell it from a mistake in the call.
const (
	exitOK       = 0
	exitFailed   = 1
	exitUsage    = 2
	exitUnproven = 3
	exitWaits    = 4 // not made yet: it waits for approvals or its time
)

// Process is the world as the command line sees it, so that tests can run the whole program in memory.
type Process struct {
	Args     []string  // without the program's name
	In       io.Reader // nil is an empty one
	Out, Err io.Writer
}

// commands is the whole command line.
type commands struct {
	Connection `embed:""`

	Serve    serveCommand    `cmd:"" help:"Run Belay."`
	Demo     demoCommand     `cmd:"" help:"Run Belay, SiteProof and visitors: a rollout to watch and to break."`
	Rollback rollbackCommand `cmd:"" help:"Take the new version back, whole or some components, and prove it."`
	Verify   verifyCommand   `cmd:"" help:"Prove from outside that the last rollback took effect, and write evidence."`
	Status   statusCommand   `cmd:"" help:"What runs, what was taken back, who is connected."`
	Rollout  rolloutCommand  `cmd:"" help:"Plan a rollout and move it by hand."`
	Policy   policyCommand   `cmd:"" help:"Policies as files: how far, how fast and under which conditions rollouts go."`

	Preflight preflightCommand `cmd:"" help:"What has to be so before the next phase, and whether it is."`
	Score     scoreCommand     `cmd:"" help:"How far the goals are: errors, speed, uptime, what people say, adoption, tickets."`
	Checklist checklistCommand `cmd:"" help:"What an environment asks for before phases; ticks, records, checks, who is on call."`

	Experiment experimentCommand `cmd:"" help:"Compare the variants of a flag: plan, start, look, stop."`

	Evidence evidenceCommand `cmd:"" help:"Reports for auditors: write one, check one."`
	Simulate simulateCommand `cmd:"" help:"Judge a recorded or made-up rollout by the code that decides in production."`
	Flag     flagCommand     `cmd:"" help:"List flags and switch them."`
	Segment  segmentCommand  `cmd:"" help:"List segments, write them, and see on what clients disagree."`

	Files fileCommands `embed:""`

	Webhook webhookCommand `cmd:"" help:"Addresses that are told about changes."`

	Env environmentCommand `cmd:"" name:"environment" help:"List, make and set up environments; their keys."`

	Crowd   crowdCommand   `cmd:"" help:"Send made-up visitors of SiteProof to a Belay, for demonstrations and tests."`
	Doctor  doctorCommand  `cmd:"" help:"Look for what is wrong with this installation."`
	OpenAPI openAPICommand `cmd:"" name:"openapi" help:"Print the description of the HTTP API (YAML)."`
	Version versionCommand `cmd:"" help:"Print the version."`

	Change changeCommand `cmd:"" help:"Change requests: what waits for approvals or its time."`
	Undo   undoCommand   `cmd:"" help:"Undo a commit with one that does the opposite."`
	Audit  auditCommand  `cmd:"" help:"Who changed what, when and why."`
	Person personCommand `cmd:"" help:"Let people in, and change what they may do."`
}

// Connection says which Belay a command talks to.
type Connection struct {
	URL         string `help:"Address of Belay." env:"BELAY_URL" default:"http://127.0.0.1:7400"`
	Token       string `help:"API token. On the machine that runs Belay it is found in the data folder." env:"BELAY_TOKEN"`
	Data        string `help:"Data folder of Belay on this machine." env:"BELAY_DATA_DIR" default:"${data_dir}" type:"path"`
	Environment string `help:"Environment." short:"e" env:"BELAY_ENVIRONMENT" default:"production"`
}

// client makes the caller of the API. A missing token is found in the data folder of a Belay on this machine.
func (c Connection) client() (*client.Client, error) {
	token := c.Token
	if token == "" {
		text, err := os.ReadFile(filepath.Join(c.Data, app.TokenFile))
		if err != nil {
			return nil, fault.New(fault.Unauthenticated, "there is no token: none was given and %s has none", c.Data).
				Hint("set BELAY_TOKEN, or name the data folder of the Belay on this machine with --data")
		}
		token = strings.TrimSpace(string(text))
	}
	return client.New(c.URL, token), nil
}

// unproven is returned by commands that did their work and found that something does not hold.
var errUnproven = errors.New("not everything holds")

// Run parses the arguments, does what they say and gives the exit code.
func Run(ctx context.Context, p Process) int {
	var c commands
	code := -1
	parser, err := kong.New(&c,
		kong.Name("belay"),
		kong.Description("Keeps people safe while a live web front end changes under them."),
		kong.Writers(p.Out, p.Err),
		kong.Exit(func(status int) { code = status }),
		kong.Vars{"data_dir": config.DefaultDataDir, "worlds": strings.Join(simulate.Scenarios(), ","), "policies": strings.Join(policy.Templates(), ", ")},
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(&p),
	)
	if err != nil {
		_, _ = fmt.Fprintln(p.Err, "belay:", err)
		return exitFailed
	}
	run, err := parser.Parse(p.Args)
	if code >= 0 { // --help has been printed
		return code
	}
	if err != nil {
		_, _ = fmt.Fprintln(p.Err, "belay:", err)
		return exitUsage
	}
	return exitCode(p.Err, run.Run(&c.Connection))
}

// exitCode says what went wrong and turns it into a number.
func exitCode(w io.Writer, err error) int {
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errDiffers):
		return exitFailed
	case errors.Is(err, errUnproven):
		return exitUnproven
	}
	if waits, is := errors.AsType[*client.WaitsError](err); is {
		_, _ = fmt.Fprintf(w, "belay: %s\n  hint: belay change show %s\n", waits.Detail, waits.ChangeRequest)
		return exitWaits
	}
	_, _ = fmt.Fprintln(w, "belay:", err)
	if f, ok := errors.AsType[*fault.Error](err); ok {
		for _, field := range f.Beyond() {
			_, _ = fmt.Fprintf(w, "  %s: %s\n", field.Path, field.Message)
		}
		if f.Way != "" {
			_, _ = fmt.Fprintln(w, "  hint:", f.Way)
		}
		if f.Code == fault.Invalid {
			return exitUsage
		}
	}
	if _, ofDiff := errors.AsType[troubled](err); ofDiff {
		return exitUsage
	}
	return exitFailed
}

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run(p *Process) error {
	_, err := fmt.Fprintln(p.Out, "belay", app.Version)
	return err
}

type openAPICommand struct{}

// Run prints the API's description.
func (openAPICommand) Run(p *Process) error {
	text, err := app.OpenAPI()
	if err != nil {
		return err
	}
	_, err = p.Out.Write(text)
	return err
}
