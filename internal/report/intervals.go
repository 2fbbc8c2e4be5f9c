package report

import (
	"fmt"
	"html/template"
	"math"
	"strings"
	"time"
)

// Size of the charts of intervals, in the units of their drawing.
const (
	rowHeight = 58.0
	sideRoom  = 30.0 // to both sides, for the marks of the axis
	mostLabel = 40   // characters of a label that are drawn; the description has all
)

// Interval is one estimate with its bounds, in one row.
type Interval struct {
	Label               string
	Estimate, Low, High float64
	Tone                string // good, bad or open
}

// Intervals draws estimates with their bounds around zero.
type Intervals struct {
	Title, Unit string
	Rows        []Interval
	Limit       float64 // drawn as a line, with LimitText; 0 for none
	LimitText   string
}

// span is the part of the number line that a chart shows: always with zero, and a little air.
type span struct{ low, high float64 }

func (s *span) take(v float64) { s.low, s.high = min(s.low, v), max(s.high, v) }

// step is a round distance of marks, so that there are about five.
func (s *span) step() float64 {
	if s.high <= s.low {
		s.high = s.low + 1
	}
	air := (s.high - s.low) * .06
	s.low, s.high = s.low-air, s.high+air
	return nice((s.high - s.low) / 6)
}

// SVG draws the chart. What it says is in its title and description, for those who cannot see it.
func (c Intervals) SVG() template.HTML {
	s := span{min(0, c.Limit), max(0, c.Limit)}
	for _, r := range c.Rows {
		s.take(r.Low)
		s.take(r.High)
	}
	step := s.step()
	height := chartTop + 10 + rowHeight*float64(len(c.Rows)) + chartBottom
	x := func(v float64) float64 {
		return sideRoom + (v-s.low)/(s.high-s.low)*(chartWidth-2*sideRoom)
	}
	var b strings.Builder
	draw := func(format string, args ...any) { _, _ = fmt.Fprintf(&b, format, args...) } // a builder takes everything
	draw(`<svg class="fits" viewBox="0 0 %g %g" role="img" aria-label="%s"><title>%s</title>`, chartWidth, height, esc(c.describe()), esc(c.describe()))
	bottom := height - chartBottom
	for v := math.Ceil(s.low/step) * step; v <= s.high; v += step {
		draw(`<line class="grid" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"/><text class="axis" x="%.1f" y="%.1f" text-anchor="middle">%s</text>`,
			x(v), x(v), chartTop, bottom, x(v), height-6, esc(Signed(v)+c.Unit))
	}
	draw(`<line class="zero" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"/>`, x(0), x(0), chartTop, bottom)
	if c.Limit != 0 {
		beside, anchor := x(c.Limit)+5, "start"
		if x(c.Limit) > chartWidth/2 {
			beside, anchor = x(c.Limit)-5, "end"
		}
		draw(`<line class="limit" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"/><text class="limit-text" x="%.1f" y="%.1f" text-anchor="%s">%s</text>`,
			x(c.Limit), x(c.Limit), chartTop, bottom, beside, chartTop+4, anchor, esc(c.LimitText))
	}
	for n, r := range c.Rows {
		y := chartTop + 10 + rowHeight*(float64(n)+.7)
		draw(`<text class="label" x="0" y="%.1f">%s</text>`, y-16, esc(shortened(r.Label)))
		draw(`<g class="interval %s"><line x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"/>`, esc(r.Tone), x(r.Low), x(r.High), y, y)
		for _, end := range []float64{r.Low, r.High} {
			draw(`<line x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"/>`, x(end), x(end), y-6, y+6)
		}
		draw(`<circle cx="%.1f" cy="%.1f" r="5"/></g>`, x(r.Estimate), y)
	}
	draw(`</svg>`)
	return template.HTML(b.String()) //nolint:gosec // every text in it went through esc
}

func (c Intervals) describe() string {
	parts := make([]string, 0, len(c.Rows))
	for _, r := range c.Rows {
		parts = append(parts, fmt.Sprintf("%s %s%s, between %s and %s", r.Label, Signed(r.Estimate), c.Unit, Signed(r.Low), Signed(r.High)))
	}
	if len(parts) == 0 {
		return c.Title + ": nothing is known yet"
	}
	text := c.Title + ": " + strings.Join(parts, "; ")
	if c.Limit != 0 {
		text += fmt.Sprintf("; the limit is %s%s", Signed(c.Limit), c.Unit)
	}
	return text
}

// Look is an estimate with its bounds as it was known at a moment.
type Look struct {
	T                   int64 // ms since the beginning
	Estimate, Low, High float64
}

// Band draws how an estimate and its bounds went on over time, around zero.
type Band struct {
	Title, Unit string
	Begin       time.Time // of T; its times are shown in UTC
	Looks       []Look
	Limit       float64
	LimitText   string
}

// tallest bounds what a band shows: the first looks know so little that they would make the rest flat. The scale follows
// the second half of the looks, times this.
const tallest = 3

// SVG draws the chart. What it says is in its title and description, for those who cannot see it.
func (c Band) SVG() template.HTML {
	if len(c.Looks) == 0 {
		return ""
	}
	s := span{min(0, c.Limit), max(0, c.Limit)}
	for _, l := range c.Looks[len(c.Looks)/2:] {
		s.take(l.Low)
		s.take(l.High)
	}
	whole := s
	for _, l := range c.Looks {
		whole.take(l.Low)
		whole.take(l.High)
	}
	size := s.high - s.low
	s = span{max(whole.low, s.low-size*(tallest-1)/2), min(whole.high, s.high+size*(tallest-1)/2)}
	step := s.step()
	const height, left = chartHeight + 40, chartLeft + 16
	begin, end := c.Looks[0].T, c.Looks[len(c.Looks)-1].T
	x := func(t int64) float64 {
		return left + float64(t-begin)/float64(max(1, end-begin))*(chartWidth-left-chartRight)
	}
	y := func(v float64) float64 {
		v = min(max(v, s.low), s.high)
		return chartTop + (s.high-v)/(s.high-s.low)*(height-chartTop-chartBottom)
	}
	var b strings.Builder
	draw := func(format string, args ...any) { _, _ = fmt.Fprintf(&b, format, args...) } // a builder takes everything
	draw(`<svg class="fits" viewBox="0 0 %g %g" role="img" aria-label="%s"><title>%s</title>`, chartWidth, height, esc(c.describe()), esc(c.describe()))
	for v := math.Ceil(s.low/step) * step; v <= s.high; v += step {
		draw(`<line class="grid" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"/><text class="axis" x="%.1f" y="%.1f" text-anchor="end">%s</text>`,
			left, chartWidth-chartRight, y(v), y(v), left-6, y(v)+4, esc(Signed(v)))
	}
	var up, down, middle strings.Builder
	for i, l := range c.Looks {
		_, _ = fmt.Fprintf(&up, "%.1f,%.1f ", x(l.T), y(l.High))
		back := c.Looks[len(c.Looks)-1-i]
		_, _ = fmt.Fprintf(&down, "%.1f,%.1f ", x(back.T), y(back.Low))
		_, _ = fmt.Fprintf(&middle, "%.1f,%.1f ", x(l.T), y(l.Estimate))
	}
	draw(`<polygon class="band" points="%s%s"/>`, up.String(), down.String())
	draw(`<line class="zero" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"/>`, left, chartWidth-chartRight, y(0), y(0))
	if c.Limit != 0 {
		draw(`<line class="limit" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"/><text class="limit-text" x="%.1f" y="%.1f">%s</text>`,
			left, chartWidth-chartRight, y(c.Limit), y(c.Limit), left+6, y(c.Limit)-5, esc(c.LimitText))
	}
	draw(`<polyline class="line" points="%s"/>`, middle.String())
	for n, anchor := range []string{"start", "middle", "end"} {
		t := begin + (end-begin)*int64(n)/2
		draw(`<text class="axis" x="%.1f" y="%.1f" text-anchor="%s">%s</text>`, x(t), float64(height)-6, anchor,
			c.Begin.Add(time.Duration(t)*time.Millisecond).UTC().Format("2 Jan 15:04"))
	}
	draw(`</svg>`)
	return template.HTML(b.String()) //nolint:gosec // every text in it went through esc
}

func (c Band) describe() string {
	last := c.Looks[len(c.Looks)-1]
	return fmt.Sprintf("%s: at the end %s%s, between %s and %s", c.Title, Signed(last.Estimate), c.Unit, Signed(last.Low), Signed(last.High))
}

func shortened(text string) string {
	if r := []rune(text); len(r) > mostLabel {
		return string(r[:mostLabel-1]) + "…"
	}
	return text
}

// Signed is a number with its sign, so that a loss is seen to be one: +2.1, −0.35, 0.
func Signed(v float64) string {
	text := short(math.Abs(v))
	switch {
	case strings.Trim(text, "0.") == "":
		return "0"
	case v < 0:
		return "−" + text
	}
	return "+" + text
}
