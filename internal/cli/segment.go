package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"go.yaml.in/yaml/v3"

	"github.com/siteproof/belay/internal/api"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag"
)

// maxSegmentFile is the largest file of a segment that is read, in bytes: more than the API takes.
const maxSegmentFile = 1 << 20

type segmentCommand struct {
	List   segmentListCommand   `cmd:"" help:"Every segment, with the flags that use it."`
	Show   segmentShowCommand   `cmd:"" help:"One segment as put reads it (YAML)."`
	Put    segmentPutCommand    `cmd:"" help:"Make a segment, or replace its description and rules."`
	Lint   segmentLintCommand   `cmd:"" help:"Conditions that clients which evaluate locally decide otherwise; ends with 3 when there are any."`
	Delete segmentDeleteCommand `cmd:"" help:"Delete a segment that no flag uses."`
}

// segmentFile is a segment as people write it.
type segmentFile struct {
	Key         string     `yaml:"key"`
	Description string     `yaml:"description,omitempty"`
	Rules       []ruleFile `yaml:"rules"`
}

type ruleFile struct {
	Type       string          `yaml:"type"`
	Conditions []conditionFile `yaml:"conditions,omitempty"`
	Rules      []ruleFile      `yaml:"rules,omitempty"`
}

type conditionFile struct {
	Property string `yaml:"property,omitempty"`
	Operator string `yaml:"operator"`
	Value    string `yaml:"value,omitempty"`
}

func toFile(rules []flag.Rule) []ruleFile {
	var out []ruleFile
	for _, r := range rules {
		made := ruleFile{Type: r.Type, Rules: toFile(r.Rules)}
		for _, c := range r.Conditions {
			made.Conditions = append(made.Conditions, conditionFile(c))
		}
		out = append(out, made)
	}
	return out
}

func fromFile(rules []ruleFile) []flag.Rule {
	out := make([]flag.Rule, 0, len(rules))
	for _, r := range rules {
		made := flag.Rule{Type: r.Type, Conditions: []flag.Condition{}, Rules: fromFile(r.Rules)}
		for _, c := range r.Conditions {
			made.Conditions = append(made.Conditions, flag.Condition(c))
		}
		out = append(out, made)
	}
	return out
}

type segmentListCommand struct {
	JSON bool `help:"Print JSON."`
}

// Run lists segments.
func (s segmentListCommand) Run(ctx context.Context, p *Process, connection *Connection) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	all, err := c.Segments(ctx, connection.Environment)
	if err != nil {
		return err
	}
	if s.JSON {
		return printJSON(p.Out, all)
	}
	if len(all) == 0 {
		_, err := fmt.Fprintf(p.Out, "%s has no segments yet\n", connection.Environment)
		return err
	}
	table := tabwriter.NewWriter(p.Out, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "SEGMENT\tUSED BY\tWHO")
	for _, g := range all {
		users := make([]string, 0, len(g.Users))
		for _, u := range g.Users {
			users = append(users, u.Flag)
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\n", g.Key, strings.Join(users, ", "), g.Sentence)
	}
	return table.Flush()
}

type segmentShowCommand struct {
	Key  string `arg:"" help:"Segment."`
	JSON bool   `help:"Print JSON, with the flags that use it and on what clients disagree."`
}

// Run prints one segment.
func (s segmentShowCommand) Run(ctx context.Context, p *Process, connection *Connection) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	g, err := c.Segment(ctx, connection.Environment, s.Key)
	if err != nil {
		return err
	}
	if s.JSON {
		return printJSON(p.Out, g)
	}
	encoder := yaml.NewEncoder(p.Out)
	encoder.SetIndent(2)
	return encoder.Encode(segmentFile{Key: g.Key, Description: g.Description, Rules: toFile(g.Rules)})
}

type segmentPutCommand struct {
	File   string `short:"f" required:"" help:"File (YAML or JSON) with key, description and rules; - reads standard input."`
	DryRun bool   `help:"Only say who would be in it."`
	Reason string `arg:"" optional:"" help:"Why, in quotes; not needed with --dry-run."`
}

// Run writes one segment and says who is in it.
func (s segmentPutCommand) Run(ctx context.Context, p *Process, connection *Connection) error {
	file, err := readSegment(s.File)
	if err != nil {
		return err
	}
	c, err := connection.client()
	if err != nil {
		return err
	}
	preview, err := c.PreviewSegment(ctx, connection.Environment, api.SegmentDraft{Key: file.Key, Rules: fromFile(file.Rules)})
	if err != nil {
		return err
	}
	if !s.DryRun {
		_, err := c.PutSegment(ctx, connection.Environment, file.Key, api.SegmentChange{
			Description: file.Description, Rules: fromFile(file.Rules), Reason: s.Reason,
		})
		if err != nil {
			return err
		}
	}
	verb := "is"
	if s.DryRun {
		verb = "would be"
	}
	_, _ = fmt.Fprintf(p.Out, "%s %s: %s\n%s\n", file.Key, verb, preview.Sentence, sayCount(preview))
	for _, f := range preview.Findings {
		if !f.Old {
			printFinding(p.Out, file.Key, f)
		}
	}
	return nil
}

// sayCount is "312 of 4120 known people (7.6 %)".
func sayCount(p api.SegmentPreview) string {
	if p.Known == 0 {
		return "nobody is known yet, so there is nobody to count"
	}
	share := 100 * float64(p.Matching) / float64(max(p.Examined, 1))
	text := fmt.Sprintf("%d of %d known people (%.1f %%)", p.Matching, p.Examined, share)
	if p.Examined < p.Known {
		text += fmt.Sprintf(", counted among those that changed last; %d are known", p.Known)
	}
	return text
}

func readSegment(name string) (segmentFile, error) {
	var file segmentFile
	in := io.Reader(os.Stdin)
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return file, fault.New(fault.Invalid, "the segment cannot be read: %w", err)
		}
		defer func() { _ = f.Close() }()
		in = f
	}
	text, err := io.ReadAll(io.LimitReader(in, maxSegmentFile+1))
	if err != nil {
		return file, fault.New(fault.Invalid, "the segment cannot be read: %w", err)
	}
	if len(text) > maxSegmentFile {
		return file, fault.New(fault.TooLarge, "%s is larger than any segment", name)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text)) // every JSON is YAML
	decoder.KnownFields(true)
	if err := decoder.Decode(&file); err != nil {
		return file, fault.New(fault.Invalid, "%s is no segment: %w", name, err).Hint("belay segment show prints one as it has to be")
	}
	if err := decoder.Decode(new(any)); !errors.Is(err, io.EOF) {
		return file, fault.New(fault.Invalid, "%s holds more than one segment", name)
	}
	return file, nil
}

type segmentDeleteCommand struct {
	Key    string `arg:"" help:"Segment."`
	Reason string `arg:"" help:"Why, in quotes."`
}

// Run deletes the segment.
func (s segmentDeleteCommand) Run(ctx context.Context, p *Process, connection *Connection) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	if err := c.DeleteSegment(ctx, connection.Environment, s.Key, s.Reason); err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.Out, "%s is deleted\n", s.Key)
	return err
}

type segmentLintCommand struct {
	Old  bool `help:"Also what only clients that have been replaced by a newer version decide otherwise."`
	JSON bool `help:"Print JSON."`
}

// Run lists what clients may decide otherwise.
func (s segmentLintCommand) Run(ctx context.Context, p *Process, connection *Connection) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	all, err := c.Lint(ctx, connection.Environment)
	if err != nil {
		return err
	}
	found := []api.LintEntry{}
	for _, l := range all {
		if s.Old || !l.Finding.Old {
			found = append(found, l)
		}
	}
	switch {
	case s.JSON:
		err = printJSON(p.Out, found)
	case len(found) == 0:
		_, err = fmt.Fprintln(p.Out, "all current clients agree with Belay on every segment")
	default:
		for _, l := range found {
			printFinding(p.Out, l.Subject+" "+l.Key, l.Finding)
		}
	}
	if err == nil && len(found) > 0 {
		return errUnproven
	}
	return err
}

func printFinding(w io.Writer, subject string, f flag.Finding) {
	who := "every client"
	if len(f.Clients) > 0 {
		who = strings.Join(f.Clients, ", ")
	}
	_, _ = fmt.Fprintf(w, "%s %s: %s (%s)\n", subject, f.Path, f.Problem, who)
	if f.Form != nil {
		_, _ = fmt.Fprintf(w, "  use: %s %s %s\n", f.Form.Property, f.Form.Operator, f.Form.Value)
	}
}
