package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/siteproof/belay/internal/api"
	"github.com/siteproof/belay/internal/app"
	"github.com/siteproof/belay/internal/experiment"
	"github.com/siteproof/belay/internal/fault"
)

type experimentCommand struct {
	List  experimentList  `cmd:"" help:"Every experiment."`
	Plan  experimentPlan  `cmd:"" help:"How many people it takes, by recent traffic."`
	Start experimentStart `cmd:"" help:"Compare the variants of a flag from now on."`
	Stop  experimentStop  `cmd:"" help:"End the comparison; people keep their variants."`
	Show  experimentShow  `cmd:"" help:"What an experiment says, as often as you like."`
}

type experimentList struct {
	JSON bool `help:"Print JSON."`
}

// Run lists experiments.
func (l experimentList) Run(ctx context.Context, p *Process, connection *Connection) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	all, err := c.Experiments(ctx, connection.Environment)
	if err != nil {
		return err
	}
	if l.JSON {
		return printJSON(p.Out, all)
	}
	table := tabwriter.NewWriter(p.Out, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "ID\tFLAG\tSTATE\tSINCE\tNAME")
	for _, e := range all {
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", e.ID, e.Flag, e.State, e.StartedAt.Format("2006-01-02 15:04"), e.Name)
	}
	return table.Flush()
}

// metricFlags are how a primary metric is named on the command line.
type metricFlags struct {
	Metric string  `help:"What decides: conversion:EVENT, count:EVENT, sum:EVENT[:PROPERTY], errors or slow:VITAL[:LIMIT]." required:"" placeholder:"KIND:EVENT"`
	Less   bool    `help:"Less of it is better."`
	Effect float64 `help:"Smallest difference that would matter: percentage points of a share, percent of a value."`
	Risk   float64 `help:"Chance of a wrong answer that is accepted." default:"0.05"`
}

func (m metricFlags) metric() (experiment.Metric, error) {
	out, err := experiment.ParseMetric(m.Metric)
	out.Role = experiment.Primary
	if m.Less {
		out.Better = experiment.Less
	}
	return out, err
}

type experimentPlan struct {
	Flag    string `arg:"" help:"Flag with variants."`
	Control string `help:"Variant that the others are compared with."`
	JSON    bool   `help:"Print JSON."`
	metricFlags
}

// Run plans.
func (e experimentPlan) Run(ctx context.Context, p *Process, connection *Connection) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	metric, err := e.metric()
	if err != nil {
		return err
	}
	plan, err := c.PlanExperiment(ctx, connection.Environment, experiment.Question{
		Flag: e.Flag, Control: e.Control, Metric: metric, Effect: e.Effect, Risk: e.Risk,
	})
	if err != nil {
		return err
	}
	if e.JSON {
		return printJSON(p.Out, plan)
	}
	return printPlan(p.Out, plan)
}

func printPlan(out io.Writer, plan experiment.Plan) error {
	_, _ = fmt.Fprintf(out, "%s\n\n", plan.Text)
	table := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "VARIANT\tSHARE\tPEOPLE NEEDED")
	for _, a := range plan.Arms {
		_, _ = fmt.Fprintf(table, "%s\t%g %%\t%d\n", a.Key, 100*a.Share, a.People)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "\nlately: %d people, %.0f new ones a day, %.4g per person\n", plan.Baseline.People, plan.PerDay, plan.Baseline.Mean)
	for _, note := range plan.Notes {
		_, err = fmt.Fprintf(out, "- %s\n", note)
	}
	return err
}

type experimentStart struct {
	Flag       string   `arg:"" help:"Flag with variants."`
	Reason     string   `arg:"" help:"Why, in quotes."`
	Name       string   `help:"Name of the experiment; the flag when left out."`
	Hypothesis string   `help:"What is expected, and why."`
	Control    string   `help:"Variant that the others are compared with; the flag's own value, or else the first one, when left out."`
	Guardrail  []string `help:"What must not get worse, and by how much it may: errors=0.5, slow:LCP=2, conversion:EVENT=1. May be given several times." sep:"none" placeholder:"KIND:EVENT=MARGIN"`
	Planned    int64    `help:"People that the plan asks for, in all variants together."`
	metricFlags
}

// Run starts an experiment.
func (e experimentStart) Run(ctx context.Context, p *Process, connection *Connection) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	primary, err := e.metric()
	if err != nil {
		return err
	}
	n := experiment.Design{
		Name: e.Name, Hypothesis: e.Hypothesis, Flag: e.Flag, Control: e.Control, Metrics: []experiment.Metric{primary},
		Effect: e.Effect, Risk: e.Risk, Planned: e.Planned,
	}
	if n.Name == "" {
		n.Name = e.Flag
	}
	for _, text := range e.Guardrail {
		guardrail, err := experiment.ParseGuardrail(text)
		if err != nil {
			return err
		}
		n.Metrics = append(n.Metrics, guardrail)
	}
	started, err := c.StartExperiment(ctx, connection.Environment, api.NewExperiment{Design: n, Reason: e.Reason})
	if err != nil {
		return err
	}
	keys := make([]string, 0, len(started.Arms))
	for _, a := range started.Arms {
		keys = append(keys, a.Key)
	}
	_, err = fmt.Fprintf(p.Out, "started as %s: %s; belay experiment show %s says how it stands\n", started.ID, strings.Join(keys, " against "), started.ID)
	return err
}

type experimentStop struct {
	ID     string `arg:"" help:"Experiment."`
	Reason string `arg:"" help:"What you make of the result, in quotes; it stays with the experiment."`
}

// Run stops an experiment.
func (e experimentStop) Run(ctx context.Context, p *Process, connection *Connection) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	stopped, err := c.StopExperiment(ctx, e.ID, e.Reason)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.Out, "%s is stopped. People keep their variants: give the flag %s the value that you want for everybody.\n", stopped.ID, stopped.Flag)
	return err
}

type experimentShow struct {
	ID   string `arg:"" help:"Experiment."`
	HTML string `help:"File for the result as a page to send to somebody." type:"path"`
	JSON bool   `help:"Print JSON."`
}

// Run shows an experiment.
func (e experimentShow) Run(ctx context.Context, p *Process, connection *Connection) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	result, err := c.Experiment(ctx, e.ID)
	if err != nil {
		return err
	}
	if e.HTML != "" {
		var page bytes.Buffer
		if err := result.WriteHTML(&page, connection.Environment, app.Version); err != nil {
			return err
		}
		if err := os.WriteFile(e.HTML, page.Bytes(), 0o600); err != nil {
			return fault.New(fault.Unavailable, "the page cannot be written: %w", err)
		}
	}
	if e.JSON {
		return printJSON(p.Out, result)
	}
	return printResult(p.Out, result)
}

func printResult(out io.Writer, r experiment.Result) error {
	_, _ = fmt.Fprintf(out, "%s (%s, %s)\n%s\n%s\n", r.Name, r.Flag, r.State, r.Verdict.Text, r.Verdict.Next)
	for _, m := range r.Measures {
		_, _ = fmt.Fprintf(out, "\n%s (%s)\n", m.Title, m.Role)
		table := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
		for _, a := range m.Arms {
			mean := fmt.Sprintf("%.4g", a.Mean)
			if m.Share {
				mean = fmt.Sprintf("%.2f %%", 100*a.Mean)
			}
			_, _ = fmt.Fprintf(table, "  %s\t%d people\t%s\t%s\n", a.Key, a.People, mean, a.Text)
		}
		if err := table.Flush(); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(out)
	for _, note := range r.Notes {
		_, err = fmt.Fprintf(out, "- %s\n", note)
	}
	return err
}
