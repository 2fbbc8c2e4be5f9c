package cli

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/siteproof/belay/internal/metric"
)

type scoreCommand struct {
	Rollout string `help:"Rollout whose new version is held against the old one; the newest that has started when left out, none for the environment alone."`
	JSON    bool   `help:"Print JSON."`
}

// Run prints the score board.
func (s scoreCommand) Run(ctx context.Context, p *Process, connection *Connection) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	board, err := c.Score(ctx, connection.Environment, s.Rollout)
	if err != nil {
		return err
	}
	if s.JSON {
		return printJSON(p.Out, board)
	}
	return printScore(p.Out, board)
}

var statusMarks = map[metric.Status]string{
	metric.Met: "met", metric.NotMet: "NOT MET", metric.Undecided: "not decided yet", metric.TooLittle: "too little data", metric.NoData: "no data",
}

func printScore(w io.Writer, b metric.Board) error {
	if b.Rollout == "" {
		_, _ = fmt.Fprintf(w, "%s, everybody\n", b.Environment)
	} else {
		_, _ = fmt.Fprintf(w, "%s, the new version of %q (%s)\n", b.Environment, b.Name, b.Rollout)
	}
	table := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "GOAL\tSTATUS\tVALUE\t95 % INTERVAL\tOLD\tFROM\tWINDOW")
	for _, c := range b.Criteria {
		sign := "<"
		if c.Above {
			sign = ">"
		}
		old := "–"
		if c.Old != nil {
			old = number(c, c.Old.Estimate, c.Unit == metric.Difference)
		}
		_, _ = fmt.Fprintf(table, "%s %s %s\t%s\t%s\t%s\t%s\t%d %s\t%s\n", c.Title, sign, number(c, &c.Goal, false), statusMarks[c.Status],
			number(c, c.Judged.Estimate, false), interval(c), old, c.Judged.N, c.Of, span(c))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, c := range b.Criteria {
		if c.Status == metric.NoData {
			_, _ = fmt.Fprintf(w, "%s: %s\n", c.Title, c.Way)
		}
	}
	return nil
}

func interval(c metric.Criterion) string {
	if c.Judged.Low == nil {
		return "–"
	}
	high := "no bound"
	if c.Judged.High != nil {
		high = number(c, c.Judged.High, false)
	}
	return number(c, c.Judged.Low, false) + " to " + high
}

func span(c metric.Criterion) string {
	hours := c.To.Sub(c.From).Hours()
	if hours < 48 {
		return fmt.Sprintf("%.1f h", hours)
	}
	return fmt.Sprintf("%.0f days", hours/24)
}

// number writes a value in the unit of its criterion; part says that it is a share of a difference.
func number(c metric.Criterion, v *float64, part bool) string {
	if v == nil {
		return "–"
	}
	unit := c.Unit
	if part {
		unit = metric.Share
	}
	switch unit {
	case metric.Share:
		return fmt.Sprintf("%.4g %%", 100**v)
	case metric.Difference:
		return fmt.Sprintf("%+.2f pp", 100**v)
	case metric.Millis:
		return fmt.Sprintf("%.0f ms", *v)
	case metric.Score:
		return fmt.Sprintf("%.3f", *v)
	case metric.Points:
		return fmt.Sprintf("%.0f", *v)
	case metric.Stars:
		return fmt.Sprintf("%.2f", *v)
	case metric.Ratio:
		return fmt.Sprintf("%+.0f %%", 100*(*v-1))
	}
	return fmt.Sprint(*v)
}
