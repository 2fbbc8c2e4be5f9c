package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/report"
	"github.com/siteproof/belay/internal/simulate"
)

type simulateCommand struct {
	Stdin  bool          `help:"Answer the ticks of a trace that comes on standard input, one line each."`
	Trace  string        `help:"File with a recorded trace." type:"existingfile"`
	World  string        `help:"Made-up visitors: ${worlds}." enum:"${worlds}," default:""`
	Rate   float64       `help:"Of made-up visitors: sessions a second." default:"10"`
	For    time.Duration `help:"Of made-up visitors: how long at most." default:"24h"`
	Seed   uint64        `help:"Of made-up visitors: the same number makes the same ones." default:"1"`
	Save   string        `help:"Of made-up visitors: file to keep their trace in." type:"path"`
	Policy string        `help:"File with the policy (YAML or JSON); ten minutes in each phase and the usual guards when left out." type:"existingfile"`
	Start  string        `help:"When the trace begins, as 2026-11-25T09:00:00+01:00, so that hours of the policy count. Left out: every hour is open." placeholder:"TIME"`
	Report string        `help:"File to write a report with charts to (HTML)." type:"path"`
	JSON   bool          `help:"Print the result as JSON."`
	State  string        `help:"Folder that keeps what standard input said over a restart." env:"SIM_STATE_DIR" type:"path"`
}

// stages are the shares of made-up visitors before everybody has the new version.
var stages = []float64{.05, .25, .5}

// Run judges a trace by the code that decides in production.
func (s simulateCommand) Run(ctx context.Context, p *Process) error {
	terms, err := s.terms()
	if err != nil {
		return err
	}
	switch {
	case (s.Stdin && s.Trace != "") || (s.Trace != "" && s.World != "") || (s.Stdin && s.World != ""):
		return fault.New(fault.Invalid, "a simulation has one trace").Hint("name one of --stdin, --trace FILE, --world NAME")
	case s.Stdin:
		return s.serve(ctx, p, terms)
	case s.Trace != "":
		result, err := s.trace(ctx, p, terms)
		if err != nil {
			return err
		}
		return s.tell(p, result, filepath.Base(s.Trace))
	case s.World != "":
		result, err := s.world(ctx, p, terms)
		if err != nil {
			return err
		}
		return s.tell(p, result, fmt.Sprintf("%s at %g sessions a second", s.World, s.Rate))
	}
	return fault.New(fault.Invalid, "a simulation needs a trace").Hint("name one of --stdin, --trace FILE, --world NAME")
}

// terms are what the trace is judged by.
func (s simulateCommand) terms() (terms simulate.Terms, err error) {
	if s.Start != "" {
		if terms.Start, err = time.Parse(time.RFC3339, s.Start); err != nil {
			return terms, fault.New(fault.Invalid, "--start %s is no time with a date and a zone, such as 2026-11-25T09:00:00+01:00", s.Start)
		}
	}
	if s.Policy != "" {
		plan, err := readPolicy(s.Policy)
		if err != nil {
			return terms, err
		}
		terms.Plan = &plan
	}
	return terms, nil
}

// serve ends with ctx, also while it waits for a line.
func (s simulateCommand) serve(ctx context.Context, p *Process, terms simulate.Terms) error {
	ended := make(chan error, 1)
	go func() { ended <- simulate.Serve(ctx, p.In, p.Out, terms, s.State) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		return nil
	}
}

func (s simulateCommand) trace(ctx context.Context, p *Process, terms simulate.Terms) (simulate.Result, error) {
	file, err := os.Open(s.Trace)
	if err != nil {
		return simulate.Result{}, fault.New(fault.Invalid, "the trace cannot be read: %w", err)
	}
	defer func() { _ = file.Close() }() // it was only read
	size := int64(1)
	if info, err := file.Stat(); err == nil {
		size = max(1, info.Size())
	}
	progress, done := progress(p.Err, "simulating")
	defer done()
	return simulate.Run(ctx, file, terms, func(read int64) { progress(float64(read) / float64(size)) })
}

func (s simulateCommand) world(ctx context.Context, p *Process, terms simulate.Terms) (result simulate.Result, err error) {
	if !(s.Rate > 0 && s.Rate <= 10_000) || s.For <= 0 {
		return result, fault.New(fault.Invalid, "made-up visitors need a rate between 0 and 10,000 sessions a second and a time above 0")
	}
	progress, done := progress(p.Err, "simulating")
	defer done()
	save := func(simulate.Record) error { return nil }
	if s.Save != "" {
		file, err := os.Create(s.Save)
		if err != nil {
			return result, fault.New(fault.Unavailable, "the trace cannot be kept: %w", err)
		}
		out := bufio.NewWriter(file)
		defer func() { err = errors.Join(err, out.Flush(), file.Close()) }()
		lines := json.NewEncoder(out)
		save = func(r simulate.Record) error { return lines.Encode(r) }
	}
	n := 0
	return simulate.Scenario(s.World, s.Rate, s.Seed).Play(ctx, stages, terms, s.For, func(r simulate.Record) error {
		if n++; n%10_000 == 0 {
			progress(float64(r.T) / float64(s.For.Milliseconds()))
		}
		return save(r)
	})
}

func (s simulateCommand) tell(p *Process, result simulate.Result, trace string) error {
	if s.Report != "" {
		file, err := os.Create(s.Report)
		if err != nil {
			return fault.New(fault.Unavailable, "the report cannot be written: %w", err)
		}
		if err := errors.Join(result.WriteReport(file, trace), file.Close()); err != nil {
			return fault.New(fault.Unavailable, "the report cannot be written: %w", err)
		}
	}
	if s.JSON {
		return printJSON(p.Out, result)
	}
	if result.Began != nil {
		if _, err := fmt.Fprintln(p.Out, "The trace begins on", result.Began.Format("Mon 2 Jan 2006, 15:04:05 MST")); err != nil {
			return err
		}
	}
	for _, e := range result.Log {
		what := e.Action
		if e.Component != "" {
			what += " (" + e.Component + ")"
		}
		if _, err := fmt.Fprintf(p.Out, "%-14s %-28s at %g %%: %s\n", report.Clock(e.T), what, e.Percent, e.Reason); err != nil {
			return err
		}
	}
	for _, line := range append([]string{result.Verdict()}, result.Notes...) {
		if _, err := fmt.Fprintln(p.Out, line); err != nil {
			return err
		}
	}
	return nil
}

// progress shows on a terminal how far something is, in one line that goes away at the end.
func progress(w io.Writer, what string) (tell func(part float64), done func()) {
	file, is := w.(*os.File)
	if is {
		info, err := file.Stat()
		is = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	if !is {
		return func(float64) {}, func() {}
	}
	return func(part float64) { _, _ = fmt.Fprintf(w, "\r%s %3.0f %%", what, 100*min(1, part)) },
		func() { _, _ = fmt.Fprint(w, "\r\033[K") }
}
