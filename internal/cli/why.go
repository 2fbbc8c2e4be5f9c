package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/siteproof/belay/internal/api"
	"github.com/siteproof/belay/internal/flag"
)

type flagWhyCommand struct {
	Key      string            `arg:"" help:"Flag."`
	Identity string            `short:"i" help:"Who asks; without it somebody unknown."`
	Trait    map[string]string `short:"t" help:"A trait as name=value, the value as JSON or text; may be given many times." mapsep:"none"`
	NoStored bool              `help:"Leave out the traits that are kept of the identity."`
	JSON     bool              `help:"Print JSON."`
}

// Run prints the trace.
func (f flagWhyCommand) Run(ctx context.Context, p *Process, connection *Connection) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	traits := api.Traits{}
	for name, text := range f.Trait {
		traits[name] = scalarOf(text)
	}
	found, err := c.Explain(ctx, connection.Environment, f.Key, api.ExplainRequest{
		Identifier: f.Identity, Traits: traits, UseStoredTraits: !f.NoStored,
	})
	if err != nil {
		return err
	}
	if f.JSON {
		return printJSON(p.Out, found)
	}
	printTrace(p.Out, found.Trace)
	return nil
}

// scalarOf reads a number, true, false or null; all else is text.
func scalarOf(text string) any {
	var out any
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	if decoder.Decode(&out) != nil || decoder.More() {
		return text
	}
	switch out.(type) {
	case nil, bool, json.Number, string:
		return out
	}
	return text
}

func printTrace(w io.Writer, t flag.Trace) {
	who := t.Identifier
	if who == "" {
		who = "somebody unknown"
	}
	state := "off"
	if t.Enabled {
		state = "on"
	}
	if t.Type != flag.Boolean && len(t.Value) > 0 {
		state += ", " + string(t.Value)
	}
	_, _ = fmt.Fprintf(w, "%s is %s for %s (%s)\n", t.Flag, state, who, t.Reason)
	printSteps(w, t.Steps, "")
}

var marks = map[flag.Outcome]string{flag.Decided: "=>", flag.Passed: " .", flag.Skipped: "  "}

func printSteps(w io.Writer, steps []flag.TraceStep, indent string) {
	for _, s := range steps {
		if s.Outcome == flag.Skipped {
			continue
		}
		_, _ = fmt.Fprintf(w, "%s%s %s\n", indent, marks[s.Outcome], s.Text)
		printRules(w, s.Rules, indent+"     ")
		printSteps(w, s.Inner, indent+"     ")
	}
}

func printRules(w io.Writer, rules []flag.RuleTrace, indent string) {
	for _, r := range rules {
		_, _ = fmt.Fprintf(w, "%s%s %s\n", indent, yes(r.Held), r.Type)
		for _, c := range r.Conditions {
			found := "not set"
			if c.Set {
				found = fmt.Sprintf("it is %v", c.Found)
			}
			if c.Bucket != nil {
				found = fmt.Sprintf("they fall at %.4g", *c.Bucket)
			}
			_, _ = fmt.Fprintf(w, "%s  %s %s (%s)\n", indent, yes(c.Held), strings.TrimSpace(c.Property+" "+c.Operator+" "+c.Value), found)
		}
		printRules(w, r.Rules, indent+"  ")
	}
}

func yes(held bool) string {
	if held {
		return "yes"
	}
	return "no "
}
