package cli

import (
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/siteproof/belay/internal/api"
)

type rolloutCommand struct {
	List     rolloutListCommand `cmd:"" help:"Every rollout."`
	Plan     rolloutPlanCommand `cmd:"" help:"Plan a rollout of a master flag; it starts when you say start."`
	Forecast rolloutForecast    `cmd:"" help:"How soon each guard would see a harm, by recent traffic."`
	Export   rolloutExport      `cmd:"" help:"Write it as a trace that belay simulate judges again."`
	Start    rolloutStart       `cmd:"" help:"Start the first phase."`
	Discard  rolloutDiscard     `cmd:"" help:"Give up one that has not started; its flag is free for another."`
	Approve  rolloutApprove     `cmd:"" help:"Say yes to leaving this phase."`
	Hold     rolloutHold        `cmd:"" help:"Stay in this phase; judging of harm goes on."`
	Resume   rolloutResume      `cmd:"" help:"Let the ladder go on."`
	Advance  rolloutAdvance     `cmd:"" help:"Go to the next phase now, whatever is missing; the decision says what was."`
	Change   rolloutChange      `cmd:"" help:"Put it under another policy; when that judges otherwise, a new test begins."`
	Policy   rolloutPolicy      `cmd:"" help:"Print the policy it goes by, as a file."`
	Retry    rolloutRetry       `cmd:"" help:"Plan it once more after it went back: other people, a new test and budget."`
	Release  rolloutRelease     `cmd:"" help:"End the hold-back of a completed rollout: everybody gets the new version."`
}

type rolloutListCommand struct {
	JSON bool `help:"Print JSON."`
}

// Run lists rollouts.
func (l rolloutListCommand) Run(ctx context.Context, p *Process, connection *Connection) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	all, err := c.Rollouts(ctx, connection.Environment)
	if err != nil {
		return err
	}
	if l.JSON {
		return printJSON(p.Out, all)
	}
	table := tabwriter.NewWriter(p.Out, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "ID\tFLAG\tSTATE\tPHASE\tNAME")
	for _, r := range all {
		name := r.Name
		if r.Attempt > 1 {
			name += fmt.Sprintf(" (attempt %d)", r.Attempt)
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%d of %d\t%s\n", r.ID, r.Flag, r.State, r.Phase+1, len(r.Plan.Phases), name)
	}
	return table.Flush()
}

type rolloutPlanCommand struct {
	Flag   string  `arg:"" help:"Master flag."`
	Reason string  `arg:"" help:"Why, in quotes."`
	Name   string  `help:"Name of the rollout; the flag when left out."`
	Policy string  `help:"File with the policy (YAML or JSON); belay policy template usual prints the one that is taken when left out." type:"existingfile" aliases:"plan"`
	Harm   float64 `help:"Of the forecast: share of visits of the new version that a harm hits, in percent." default:"1"`
	DryRun bool    `help:"Print the forecast and plan nothing."`
}

// Run plans a rollout.
func (r rolloutPlanCommand) Run(ctx context.Context, p *Process, connection *Connection) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	n := api.NewRollout{Name: r.Name, Flag: r.Flag, Reason: r.Reason}
	if n.Name == "" {
		n.Name = r.Flag
	}
	if r.Policy != "" {
		plan, err := readPolicy(r.Policy)
		if err != nil {
			return err
		}
		n.Plan = &plan
	}
	expected, err := c.ForecastPlan(ctx, connection.Environment, api.Foretell{Flag: n.Flag, Plan: n.Plan, Harm: r.Harm / 100})
	if err != nil {
		return err
	}
	if err := printForecast(p.Out, expected); err != nil || r.DryRun {
		return err
	}
	made, err := c.CreateRollout(ctx, connection.Environment, n)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.Out, "planned as %s; belay rollout start %s \"reason\" begins it\n", made.ID, made.ID)
	return err
}

// rolloutMove is what the moves share.
type rolloutMove struct {
	ID     string `arg:"" help:"Rollout."`
	Reason string `arg:"" help:"Why, in quotes."`
}

// rolloutEntry is a move that enters a phase.
type rolloutEntry struct {
	rolloutMove
	Override string `help:"Why the phase is entered although the checklist is red; kept with your name." placeholder:"REASON"`
}

func (m rolloutMove) do(ctx context.Context, p *Process, connection *Connection, verb string) error {
	return m.act(ctx, p, connection, verb, api.Act{Reason: m.Reason})
}

func (e rolloutEntry) do(ctx context.Context, p *Process, connection *Connection, verb string) error {
	return e.act(ctx, p, connection, verb, api.Act{Reason: e.Reason, Override: e.Override})
}

func (m rolloutMove) act(ctx context.Context, p *Process, connection *Connection, verb string, act api.Act) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	r, err := c.Act(ctx, m.ID, verb, act)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.Out, "%s is %s in phase %d of %d (%g %%)\n", r.ID, r.State, r.Phase+1, len(r.Plan.Phases), r.Share())
	return err
}

type (
	rolloutStart   struct{ rolloutEntry }
	rolloutDiscard struct{ rolloutMove }
	rolloutApprove struct{ rolloutMove }
	rolloutHold    struct{ rolloutMove }
	rolloutResume  struct{ rolloutMove }
	rolloutAdvance struct{ rolloutEntry }
	rolloutRelease struct{ rolloutMove }
)

// Run starts the first phase.
func (m rolloutStart) Run(ctx context.Context, p *Process, c *Connection) error {
	return m.do(ctx, p, c, "start")
}

// Run discards.
func (m rolloutDiscard) Run(ctx context.Context, p *Process, connection *Connection) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	r, err := c.Act(ctx, m.ID, "discard", api.Act{Reason: m.Reason})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.Out, "%s is discarded; %s is free for another rollout\n", r.ID, r.Flag)
	return err
}

// Run approves leaving this phase.
func (m rolloutApprove) Run(ctx context.Context, p *Process, c *Connection) error {
	return m.do(ctx, p, c, "approve")
}

// Run holds.
func (m rolloutHold) Run(ctx context.Context, p *Process, c *Connection) error {
	return m.do(ctx, p, c, "hold")
}

// Run resumes.
func (m rolloutResume) Run(ctx context.Context, p *Process, c *Connection) error {
	return m.do(ctx, p, c, "resume")
}

// Run advances.
func (m rolloutAdvance) Run(ctx context.Context, p *Process, c *Connection) error {
	return m.do(ctx, p, c, "advance")
}

// Run releases.
func (m rolloutRelease) Run(ctx context.Context, p *Process, c *Connection) error {
	return m.do(ctx, p, c, "release")
}
