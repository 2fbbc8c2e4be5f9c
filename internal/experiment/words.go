package experiment

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// change is a change with its bounds: +2.1 points (0.4 to 3.8).
func (m MetricResult) change(c Range) string {
	digits := digitsFor(c.High - c.Low)
	unit := " %"
	if m.Share {
		unit = " points"
	}
	return fmt.Sprintf("%s%s (%s to %s)", signed(c.Estimate, digits), unit, signed(c.Low, digits), signed(c.High, digits))
}

// amount is a margin or an effect: 1 point, 2.5 points, 3 %.
func (m MetricResult) amount(v float64) string { return m.Metric.amount(v) }

func (m Metric) amount(v float64) string {
	text := strconv.FormatFloat(v, 'f', -1, 64)
	switch {
	case !m.Share():
		return text + " %"
	case v == 1:
		return text + " point"
	}
	return text + " points"
}

// digitsFor is how many digits behind the point are worth showing when something is known this well.
func digitsFor(width float64) int {
	switch {
	case width >= 50:
		return 0
	case width >= 1:
		return 1
	}
	return 2
}

func signed(v float64, digits int) string {
	text := strconv.FormatFloat(v, 'f', digits, 64)
	if strings.Trim(text, "-0.") == "" {
		return strings.TrimPrefix(text, "-")
	}
	if v > 0 {
		return "+" + text
	}
	return "−" + strings.TrimPrefix(text, "-")
}

// number is a count: 12,400. It is rounded where nobody would count.
func number(v float64) string {
	if v >= 10_000 {
		size := math.Pow(10, math.Floor(math.Log10(v))-2)
		v = math.Round(v/size) * size
	}
	digits := strconv.FormatFloat(math.Round(v), 'f', 0, 64)
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}

// value is a mean, a cap or a limit, with as many digits as matter.
func value(v float64) string { return strconv.FormatFloat(v, 'g', 4, 64) }

// percent is a share between 0 and 1 in percent, with as many digits as it needs.
func percent(share float64) string {
	return strconv.FormatFloat(math.Round(1e6*share)/1e4, 'f', -1, 64) + " %"
}

// times says a certainty as people do: 95 times in 100.
func times(certainty float64) string {
	if whole := math.Round(100 * certainty); math.Abs(whole-100*certainty) < 1e-9 {
		return fmt.Sprintf("%.0f times in 100", whole)
	}
	return fmt.Sprintf("%g times in 1000", math.Round(1000*certainty))
}

// days says how long something takes.
func days(v float64) string {
	switch {
	case v < 1:
		return "less than a day"
	case v < 1.5:
		return "about a day"
	}
	return fmt.Sprintf("about %s days", number(v))
}

func moment(at time.Time) string { return at.UTC().Format("2 January 2006, 15:04 UTC") }

// split says how people came into the arms.
func split(p People) string {
	var all []string
	for _, a := range p.Arms {
		all = append(all, fmt.Sprintf("%s has %s of the %s that it should have", a.Key, number(float64(a.People)), number(a.Expected)))
	}
	return strings.Join(all, ", ")
}
