package cli

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/siteproof/belay/internal/forecast"
)

type rolloutForecast struct {
	ID   string  `arg:"" help:"Rollout."`
	Harm float64 `help:"Harm to look for: share of visits of the new version that it hits, in percent." default:"1"`
	JSON bool    `help:"Print JSON."`
}

// Run says how soon each guard would see a harm.
func (r rolloutForecast) Run(ctx context.Context, p *Process, connection *Connection) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	f, err := c.Forecast(ctx, r.ID, r.Harm/100)
	if err != nil {
		return err
	}
	if r.JSON {
		return printJSON(p.Out, f)
	}
	return printForecast(p.Out, f)
}

// printForecast prints what is to be expected, a table a phase.
func printForecast(w io.Writer, f forecast.Forecast) error {
	if !f.Traffic.Enough {
		_, err := fmt.Fprintf(w, "Nothing can be foretold yet. %s\n", f.Traffic.Needs)
		return err
	}
	_, _ = fmt.Fprintf(w, "By the traffic of the last %s (%d visits of %d people, %.3g a minute), a harm that hits %g %% of the visits of the new version:\n",
		said(f.Traffic.For), f.Traffic.Sessions, f.Traffic.People, f.Traffic.PerMinute, 100*f.Harm)
	for _, phase := range f.Phases {
		_, _ = fmt.Fprintf(w, "\n%s, %g %%: %s\n", phase.Name, phase.Percent, soonest(phase))
		table := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
		for _, g := range phase.Guards {
			name := g.Kind.Words()
			if g.Metric != "" {
				name = g.Metric
			}
			if g.Sight == forecast.Sees {
				_, _ = fmt.Fprintf(table, "  %s\tafter %s\t%d people hit\n", name, said(time.Duration(g.After)), g.People)
			} else {
				_, _ = fmt.Fprintf(table, "  %s\t–\t%s\n", name, g.Text)
			}
		}
		if err := table.Flush(); err != nil {
			return err
		}
		if phase.Percent < 100 {
			if phase.Safe != nil {
				_, _ = fmt.Fprintf(w, "  A harmless version is proven safe after %s.\n", said(time.Duration(*phase.Safe)))
			} else {
				_, _ = fmt.Fprintln(w, "  With this traffic a harmless version is not proven safe; a person has to decide.")
			}
		}
	}
	_, err := fmt.Fprintln(w, "\nWhat really happens may be twice as soon or as late.")
	return err
}

func soonest(p forecast.Phase) string {
	if p.Soonest < 0 {
		return "no guard sees it"
	}
	g := p.Guards[p.Soonest]
	return fmt.Sprintf("seen after %s, when %d people have met it", said(time.Duration(g.After)), g.People)
}

// said is a time as people say it, to about a tenth.
func said(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%.3g days", d.Hours()/24)
	case d >= 2*time.Hour:
		return fmt.Sprintf("%.3g hours", d.Hours())
	case d >= 2*time.Minute:
		return fmt.Sprintf("%.3g minutes", d.Minutes())
	}
	return fmt.Sprintf("%.0f seconds", d.Seconds())
}
