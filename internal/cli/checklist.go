package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/siteproof/belay/internal/api"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/preflight"
)

type checklistCommand struct {
	Show     checklistShow     `cmd:"" help:"What the environment asks for, and what was recorded."`
	Use      checklistUse      `cmd:"" help:"Take a template: default (everything but the flags is advice) or production (everything is required)."`
	Set      checklistSet      `cmd:"" help:"Take the items of a file."`
	OnCall   checklistOnCall   `cmd:"" help:"Name who is on call now, until when."`
	Record   checklistRecord   `cmd:"" help:"Record that restoring a backup was exercised, or a rollback practised."`
	Check    checklistCheck    `cmd:"" help:"Report a check of a release, green or red; CI calls this."`
	Release  checklistRelease  `cmd:"" help:"Say which build a rollout brings, so that checks are asked of that one."`
	Tick     checklistTick     `cmd:"" help:"Tick an item of a rollout's checklist."`
	Untick   checklistUntick   `cmd:"" help:"Take a tick back."`
	Override checklistOverride `cmd:"" help:"Let a rollout enter its next phase although its checklist is red."`
}

type checklistShow struct {
	JSON bool `help:"Print JSON; its items are what set reads."`
}

// Run prints the environment's checklist.
func (s checklistShow) Run(ctx context.Context, p *Process, connection *Connection) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	o, err := c.Checklist(ctx, connection.Environment)
	if err != nil {
		return err
	}
	if s.JSON {
		return printJSON(p.Out, o)
	}
	return printChecklist(p, connection.Environment, o)
}

func printChecklist(p *Process, environment string, o preflight.Overview) error {
	origin := "of its own"
	if o.Checklist.Template != "" {
		origin = "of the template " + o.Checklist.Template
	}
	_, _ = fmt.Fprintf(p.Out, "%s has a checklist %s\n", environment, origin)
	table := tabwriter.NewWriter(p.Out, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "ITEM\tKIND\tASKED\tWHAT HAS TO BE SO")
	for _, i := range o.Checklist.Items {
		asked := "advice"
		if i.Required {
			asked = "required"
		}
		if i.From > 0 {
			asked += fmt.Sprintf(" from %g %%", i.From)
		}
		if i.EachPhase {
			asked += ", each phase"
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", i.Key, i.Kind, asked, i.Title)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if o.OnCall.Who == "" {
		_, _ = fmt.Fprintln(p.Out, "\non call: nobody is named")
	} else {
		_, _ = fmt.Fprintf(p.Out, "\non call: %s %s until %s\n", o.OnCall.Who, o.OnCall.Contact, o.OnCall.Until.Format(time.RFC3339))
	}
	for _, r := range o.Records {
		_, _ = fmt.Fprintf(p.Out, "%s  %s, recorded by %s: %s\n", r.At.Format("2006-01-02"), r.Kind, r.By, r.Note)
	}
	for _, v := range o.Checks {
		colour := "red"
		if v.Passed {
			colour = "green"
		}
		_, _ = fmt.Fprintf(p.Out, "%s of %s is %s %s\n", v.Name, v.Release, colour, v.URL)
	}
	return nil
}

type checklistUse struct {
	Template string `arg:"" help:"default or production."`
	Reason   string `arg:"" help:"Why, in quotes."`
}

// Run takes a template.
func (u checklistUse) Run(ctx context.Context, p *Process, connection *Connection) error {
	return changeChecklist(ctx, p, connection, api.ChecklistChange{Template: u.Template, Reason: u.Reason})
}

type checklistSet struct {
	File   string `arg:"" help:"JSON: a list of items, as belay checklist show --json prints them." type:"existingfile"`
	Reason string `arg:"" help:"Why, in quotes."`
}

// Run takes the items of a file.
func (s checklistSet) Run(ctx context.Context, p *Process, connection *Connection) error {
	text, err := os.ReadFile(s.File)
	if err != nil {
		return fault.New(fault.Invalid, "the checklist cannot be read: %w", err)
	}
	n := api.ChecklistChange{Reason: s.Reason}
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&n.Items); err != nil {
		return fault.New(fault.Invalid, "%s is not a list of items: %w", s.File, err)
	}
	return changeChecklist(ctx, p, connection, n)
}

func changeChecklist(ctx context.Context, p *Process, connection *Connection, n api.ChecklistChange) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	o, err := c.ChangeChecklist(ctx, connection.Environment, n)
	if err != nil {
		return err
	}
	return printChecklist(p, connection.Environment, o)
}

type checklistOnCall struct {
	Who     string `arg:"" help:"Name; an empty one, in quotes, names nobody."`
	Until   string `help:"How long from now, such as 8h, or when: 2026-11-30T09:00:00Z." default:"8h"`
	Contact string `help:"Where to reach them."`
	Reason  string `help:"Why." default:"the rota says so"`
}

// Run names who is on call.
func (o checklistOnCall) Run(ctx context.Context, p *Process, connection *Connection) error {
	until, err := moment(o.Until, 1)
	if err != nil {
		return err
	}
	c, err := connection.client()
	if err != nil {
		return err
	}
	named, err := c.SetOnCall(ctx, connection.Environment, api.OnCallChange{Who: o.Who, Contact: o.Contact, Until: until, Reason: o.Reason})
	if err != nil {
		return err
	}
	if named.Who == "" {
		_, err = fmt.Fprintf(p.Out, "nobody is on call for %s\n", connection.Environment)
	} else {
		_, err = fmt.Fprintf(p.Out, "%s is on call for %s until %s\n", named.Who, connection.Environment, named.Until.Format(time.RFC3339))
	}
	return err
}

// moment reads a time, or a span from now on (sign 1) or back (sign -1).
func moment(text string, sign int) (time.Time, error) {
	if span, err := time.ParseDuration(text); err == nil {
		return time.Now().Add(time.Duration(sign) * span), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, fault.New(fault.Invalid, "%q is neither a span such as 8h nor a time such as 2026-11-30T09:00:00Z", text)
	}
	return at, nil
}

type checklistRecord struct {
	Kind string `arg:"" help:"backup: restoring one was exercised; drill: a rollback was practised." enum:"backup,drill"`
	Note string `arg:"" help:"What was done, in quotes."`
	At   string `help:"When it was done: how long ago, such as 48h, or a time such as 2026-11-30T09:00:00Z." default:"0s"`
	Link string `help:"Address of a report." placeholder:"ADDRESS"`
}

// Run records what was done.
func (r checklistRecord) Run(ctx context.Context, p *Process, connection *Connection) error {
	at, err := moment(r.At, -1)
	if err != nil {
		return err
	}
	c, err := connection.client()
	if err != nil {
		return err
	}
	kept, err := c.RecordDone(ctx, connection.Environment, api.NewRecord{Kind: preflight.Kind(r.Kind), At: &at, Note: r.Note, URL: r.Link})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.Out, "recorded: %s of %s\n", kept.Kind, kept.At.Format("2006-01-02 15:04 MST"))
	return err
}

type checklistCheck struct {
	Name    string `arg:"" help:"Name of the check, as the checklist asks for it."`
	Verdict string `arg:"" help:"green or red." enum:"green,red"`
	Release string `help:"Build that was checked." required:""`
	Link    string `help:"Address of the run." placeholder:"ADDRESS"`
	Note    string `help:"What there is to say."`
}

// Run reports a check.
func (k checklistCheck) Run(ctx context.Context, p *Process, connection *Connection) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	kept, err := c.ReportCheck(ctx, connection.Environment, api.NewVerdict{
		Release: k.Release, Name: k.Name, Passed: k.Verdict == "green", URL: k.Link, Note: k.Note,
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.Out, "%s of %s is %s\n", kept.Name, kept.Release, k.Verdict)
	return err
}

type checklistRelease struct {
	Rollout string `arg:"" help:"Rollout."`
	Release string `arg:"" help:"Build; an empty one, in quotes, takes the newest that CI has reported of."`
	Reason  string `arg:"" help:"Why, in quotes."`
}

// Run names the build of a rollout.
func (r checklistRelease) Run(ctx context.Context, p *Process, connection *Connection) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	report, err := c.SetRelease(ctx, r.Rollout, api.ReleaseChange{Release: r.Release, Reason: r.Reason})
	if err != nil {
		return err
	}
	return printPreflight(p.Out, report)
}

// itemWord is what ticking and unticking share.
type itemWord struct {
	Rollout string `arg:"" help:"Rollout."`
	Item    string `arg:"" help:"Item of the checklist."`
	Note    string `arg:"" help:"What you saw, or why the tick is taken back, in quotes."`
}

func (w itemWord) say(ctx context.Context, p *Process, connection *Connection, ticked bool) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	report, err := c.Tick(ctx, w.Rollout, api.ItemTick{Item: w.Item, Ticked: ticked, Note: w.Note})
	if err != nil {
		return err
	}
	return printPreflight(p.Out, report)
}

type (
	checklistTick   struct{ itemWord }
	checklistUntick struct{ itemWord }
)

// Run ticks.
func (t checklistTick) Run(ctx context.Context, p *Process, c *Connection) error {
	return t.say(ctx, p, c, true)
}

// Run takes the tick back.
func (t checklistUntick) Run(ctx context.Context, p *Process, c *Connection) error {
	return t.say(ctx, p, c, false)
}

type checklistOverride struct {
	Rollout string `arg:"" help:"Rollout."`
	Reason  string `arg:"" help:"Why it may go on all the same, in quotes."`
}

// Run overrides.
func (o checklistOverride) Run(ctx context.Context, p *Process, connection *Connection) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	done, err := c.OverrideChecklist(ctx, o.Rollout, o.Reason)
	if err != nil {
		return err
	}
	if len(done.Lacks) == 0 {
		_, err = fmt.Fprintln(p.Out, "nothing is missing: there is nothing to override")
		return err
	}
	for _, l := range done.Lacks {
		_, _ = fmt.Fprintf(p.Out, "overridden  %s\n", l.Text)
	}
	return nil
}
