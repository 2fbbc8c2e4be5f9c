package report

import (
	"fmt"
	"html/template"
	"math"
	"strings"
)

// Size of a chart, in the units of its drawing.
const (
	chartWidth, chartHeight = 720.0, 180.0
	chartLeft, chartBottom  = 52.0, 24.0
	chartTop, chartRight    = 12.0, 12.0
	mostDrawn               = 600 // points of a line; more cannot be told apart
)

// Point is one value at a moment.
type Point struct {
	T int64 // ms since the beginning
	V float64
}

// Chart draws one line over time, with a limit if there is one.
type Chart struct {
	Title, Unit string
	Points      []Point
	Limit       float64 // 0 for none
	LimitText   string
	Step        bool // the value holds until the next one
	Marks       []Mark
}

// Mark is a moment worth seeing.
type Mark struct {
	T    int64
	Text string
	Bad  bool
}

// SVG draws the chart. What it says is in its title and description, for those who cannot see it.
func (c Chart) SVG() template.HTML {
	end, top := int64(1), c.Limit
	for _, p := range c.Points {
		end, top = max(end, p.T), max(top, p.V)
	}
	top = nice(top * 1.05)
	x := func(t int64) float64 {
		return chartLeft + float64(t)/float64(end)*(chartWidth-chartLeft-chartRight)
	}
	y := func(v float64) float64 {
		return chartTop + (1-min(max(v, 0), top)/top)*(chartHeight-chartTop-chartBottom)
	}
	var b strings.Builder
	draw := func(format string, args ...any) { _, _ = fmt.Fprintf(&b, format, args...) } // a builder takes everything
	draw(`<svg viewBox="0 0 %g %g" role="img" aria-label="%s"><title>%s</title>`, chartWidth, chartHeight, esc(c.describe()), esc(c.describe()))
	for n := range 5 {
		v := top * float64(n) / 4
		draw(`<line class="grid" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"/><text class="axis" x="%.1f" y="%.1f" text-anchor="end">%s</text>`,
			chartLeft, chartWidth-chartRight, y(v), y(v), chartLeft-6, y(v)+4, esc(short(v)))
		t := end * int64(n) / 4
		draw(`<text class="axis" x="%.1f" y="%.1f" text-anchor="middle">%s</text>`, x(t), chartHeight-6, esc(Clock(t)))
	}
	if c.Limit > 0 {
		draw(`<line class="limit" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"/><text class="limit-text" x="%.1f" y="%.1f">%s</text>`,
			chartLeft, chartWidth-chartRight, y(c.Limit), y(c.Limit), chartLeft+6, y(c.Limit)-5, esc(c.LimitText))
	}
	for _, m := range c.Marks {
		class := "mark"
		if m.Bad {
			class = "mark bad"
		}
		draw(`<line class="%s" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"><title>%s</title></line>`, class, x(m.T), x(m.T), chartTop, chartHeight-chartBottom, esc(m.Text))
	}
	draw(`<polyline class="line" points="%s"/></svg>`, c.path(x, y))
	return template.HTML(b.String()) //nolint:gosec // every text in it went through esc
}

func (c Chart) path(x func(int64) float64, y func(float64) float64) string {
	var b strings.Builder
	every := max(1, len(c.Points)/mostDrawn)
	before := 0.0
	for n, p := range c.Points {
		if n%every != 0 && n != len(c.Points)-1 {
			continue
		}
		if c.Step && n > 0 {
			_, _ = fmt.Fprintf(&b, "%.1f,%.1f ", x(p.T), y(before))
		}
		_, _ = fmt.Fprintf(&b, "%.1f,%.1f ", x(p.T), y(p.V))
		before = p.V
	}
	return b.String()
}

func (c Chart) describe() string {
	if len(c.Points) == 0 {
		return c.Title + ": nothing was seen"
	}
	most := c.Points[0]
	for _, p := range c.Points {
		if p.V > most.V {
			most = p
		}
	}
	last := c.Points[len(c.Points)-1]
	text := fmt.Sprintf("%s: highest %s%s after %s, at the end %s%s", c.Title, short(most.V), c.Unit, Clock(most.T), short(last.V), c.Unit)
	if c.Limit > 0 {
		text += fmt.Sprintf("; the limit is %s%s", short(c.Limit), c.Unit)
	}
	return text
}

func esc(text string) string { return template.HTMLEscapeString(text) }

// nice is the next round number above.
func nice(v float64) float64 {
	if v <= 0 {
		return 1
	}
	size := math.Pow(10, math.Floor(math.Log10(v)))
	for _, step := range []float64{1, 2, 2.5, 5, 10} {
		if step*size >= v {
			return step * size
		}
	}
	return 10 * size
}

func short(v float64) string {
	switch {
	case v >= 100 || v == math.Trunc(v):
		return fmt.Sprintf("%.0f", v)
	case v >= 1:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

// Clock says a moment of a trace as people do: 2 d 3 h, 1 h 05 min, 40 s.
func Clock(ms int64) string {
	s := ms / 1000
	switch {
	case s >= 86400:
		return fmt.Sprintf("%d d %d h", s/86400, s%86400/3600)
	case s >= 3600:
		return fmt.Sprintf("%d h %02d min", s/3600, s%3600/60)
	case s >= 60:
		return fmt.Sprintf("%d min %02d s", s/60, s%60)
	}
	return fmt.Sprintf("%d s", s)
}
