package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/mattn/go-isatty"

	"github.com/siteproof/belay/internal/api"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/transfer"
)

// fileCommands are those that read and write files of flags.
type fileCommands struct {
	Diff   diffCommand       `cmd:"" help:"Show what a file of flags and segments would change; ends with 1 when it would."`
	Apply  applyCommand      `cmd:"" help:"Make an environment what a file says, in one commit."`
	Export exportCommand     `cmd:"" help:"Write environments as a file."`
	Schema fileSchemaCommand `cmd:"" help:"Print the JSON Schema of files that apply reads."`
}

// fileFlags say which file goes where.
type fileFlags struct {
	File      string `help:"The file: Belay's own (YAML or JSON), Flagsmith's environment document or export of features; - reads standard input." short:"f" placeholder:"FILE" xor:"from"`
	From      string `help:"Fetch the environment document of a running Flagsmith or Belay instead, such as https://flagsmith.example/api/v1/." placeholder:"URL" xor:"from"`
	ServerKey string `help:"Server key of the environment there (ser.…)." env:"BELAY_FROM_SERVER_KEY"`
	Into      string `help:"Environment it goes to, also when the file names another." placeholder:"ENVIRONMENT"`
	Prune     bool   `help:"Remove what the file does not have."`
	AdoptKey  bool   `help:"Let the client key of Flagsmith's document open the environment too: apps that have it need no new one."`
	NoColor   string `help:"Anything here leaves colours out." env:"NO_COLOR" hidden:""`
}

// text reads the file.
func (f fileFlags) text(ctx context.Context, p *Process, connection *Connection) (api.FileText, error) {
	out := api.FileText{Name: f.File, Environment: f.Into, Otherwise: connection.Environment, Prune: f.Prune, AdoptKey: f.AdoptKey}
	var text []byte
	var err error
	switch {
	case f.From != "":
		out.Name = "the document"
		text, err = fetchDocument(ctx, f.From, f.ServerKey)
	case f.File == "-" && p.In == nil:
		return out, fault.New(fault.Invalid, "there is no standard input")
	case f.File == "-":
		out.Name = "standard input"
		text, err = io.ReadAll(io.LimitReader(p.In, transfer.MaxText+1))
	case f.File != "":
		text, err = os.ReadFile(f.File)
	default:
		return out, fault.New(fault.Invalid, "no file was named").Hint("-f names it; --from fetches the document of a running Flagsmith")
	}
	if err != nil {
		if _, said := errors.AsType[*fault.Error](err); said {
			return out, err
		}
		return out, fault.New(fault.Invalid, "%s cannot be read: %w", out.Name, err)
	}
	out.Text = string(text)
	return out, nil
}

type diffCommand struct {
	fileFlags `embed:""`
	JSON      bool `help:"Print JSON."`
}

// Run prints what the file would change and ends with 1 when it would change something.
func (d diffCommand) Run(ctx context.Context, p *Process, connection *Connection) error {
	found, err := d.find(ctx, p, connection)
	if err != nil {
		return troubled{err}
	}
	if d.JSON {
		err = printJSON(p.Out, found)
	} else {
		err = printDifferences(p.Out, found.Differences, terminal(p.Out) && d.NoColor == "")
	}
	if err == nil && found.Differs {
		return errDiffers
	}
	return err
}

func (d diffCommand) find(ctx context.Context, p *Process, connection *Connection) (api.FileDifference, error) {
	c, err := connection.client()
	if err != nil {
		return api.FileDifference{}, err
	}
	file, err := d.text(ctx, p, connection)
	if err != nil {
		return api.FileDifference{}, err
	}
	return c.CompareFile(ctx, file)
}

type applyCommand struct {
	fileFlags `embed:""`
	Reason    string `help:"Why." required:""`
	Yes       bool   `help:"Do not ask." short:"y"`
}

// Run shows what the file changes, asks on a terminal, and applies it.
func (a applyCommand) Run(ctx context.Context, p *Process, connection *Connection) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	file, err := a.text(ctx, p, connection)
	if err != nil {
		return err
	}
	found, err := c.CompareFile(ctx, file)
	if err != nil {
		return err
	}
	if err := printDifferences(p.Out, found.Differences, terminal(p.Out) && a.NoColor == ""); err != nil || !found.Differs {
		return err
	}
	if !a.Yes && terminal(p.In) && !agreed(p) {
		return fault.New(fault.Conflict, "nothing was applied")
	}
	seen := map[string]int64{}
	for _, plan := range found.Differences {
		seen[plan.Environment] = plan.Revision
	}
	if _, err := c.ApplyFile(ctx, api.FileToApply{FileText: file, Reason: a.Reason, Revisions: seen}); err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.Out, "applied")
	return err
}

func agreed(p *Process) bool {
	_, _ = fmt.Fprint(p.Out, "\nApply this? Type yes: ")
	line, _ := bufio.NewReader(p.In).ReadString('\n')
	return strings.TrimSpace(line) == "yes"
}

type exportCommand struct {
	Environments []string `arg:"" optional:"" help:"Environments; none takes that of --environment."`
	Out          string   `help:"Write to this file." short:"o" placeholder:"FILE"`
	Format       string   `help:"yaml, json, or flagsmith for Flagsmith's environment document." enum:"yaml,json,flagsmith" default:"yaml"`
}

// Run writes environments as a file.
func (e exportCommand) Run(ctx context.Context, p *Process, connection *Connection) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	if len(e.Environments) == 0 {
		e.Environments = []string{connection.Environment}
	}
	written, err := c.WriteFile(ctx, e.Environments, e.Format)
	if err != nil {
		return err
	}
	for _, note := range written.Notes {
		_, _ = fmt.Fprintln(p.Err, "note:", note)
	}
	if e.Out == "" {
		_, err = io.WriteString(p.Out, written.Text)
		return err
	}
	if err := os.WriteFile(e.Out, []byte(written.Text), 0o600); err != nil {
		return fault.New(fault.Invalid, "%s cannot be written: %w", e.Out, err)
	}
	_, err = fmt.Fprintf(p.Out, "wrote %s\n", e.Out)
	return err
}

type fileSchemaCommand struct{}

// Run prints the JSON Schema of Belay's own file.
func (fileSchemaCommand) Run(p *Process) error { return printJSON(p.Out, api.FileSchema()) }

// printDifferences writes what would change, for people.
func printDifferences(w io.Writer, differences []transfer.Difference, colored bool) error {
	var b strings.Builder
	paint := painter(colored)
	for i, plan := range differences {
		if i > 0 {
			b.WriteByte('\n')
		}
		printDifference(&b, plan, paint)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func printDifference(b *strings.Builder, plan transfer.Difference, paint func(color, text string) string) {
	count := map[transfer.Verb]int{}
	for _, s := range plan.Items {
		count[s.Verb]++
		sign, color := map[transfer.Verb]string{transfer.Add: "+", transfer.Change: "~", transfer.Remove: "-"}[s.Verb], colors[s.Verb]
		b.WriteString(paint(color, fmt.Sprintf("%s %s %s", sign, s.Noun, s.Key)) + "\n")
		if s.Verb == transfer.Remove {
			continue
		}
		for _, f := range s.Fields {
			if len(f.Before) > 0 {
				b.WriteString(paint(red, fmt.Sprintf("    - %s: %s", f.Path, clipped(f.Before))) + "\n")
			}
			if len(f.After) > 0 {
				b.WriteString(paint(green, fmt.Sprintf("    + %s: %s", f.Path, clipped(f.After))) + "\n")
			}
		}
	}
	if plan.AdoptsKey {
		b.WriteString(paint(green, "+ client key "+plan.ClientKey) + "\n")
	}
	if len(plan.Items) == 0 {
		fmt.Fprintf(b, "%s: no difference\n", plan.Environment)
	} else {
		fmt.Fprintf(b, "%s: %d to add, %d to change, %d to remove\n", plan.Environment, count[transfer.Add], count[transfer.Change], count[transfer.Remove])
	}
	if len(plan.Extra) > 0 {
		fmt.Fprintf(b, "not in the file, and stays: %s\n", strings.Join(plan.Extra, ", "))
	}
	for _, note := range plan.Notes {
		fmt.Fprintf(b, "note: %s\n", note)
	}
}

const (
	red, green, yellow, reset = "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[0m"
	// longestShown is how many bytes of a value are shown on a line.
	longestShown = 300
)

var colors = map[transfer.Verb]string{transfer.Add: green, transfer.Change: yellow, transfer.Remove: red}

func painter(colored bool) func(color, text string) string {
	return func(color, text string) string {
		if !colored {
			return text
		}
		return color + text + reset
	}
}

func clipped(value json.RawMessage) string {
	if len(value) > longestShown {
		return strings.ToValidUTF8(string(value[:longestShown]), "") + "…"
	}
	return string(value)
}

// errDiffers is returned by diff when there is a difference, which is no mistake but ends with 1.
var errDiffers = errors.New("there is a difference")

// troubled is an error of diff, which ends with 2 so that 1 means a difference and nothing else.
type troubled struct{ error }

func (t troubled) Unwrap() error { return t.error }

// terminal says whether somebody sits at it.
func terminal(stream any) bool {
	file, is := stream.(*os.File)
	return is && isatty.IsTerminal(file.Fd())
}
