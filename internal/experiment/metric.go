package experiment

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/telemetry"
)

// Kind is how a metric is measured for one person, from what happened after the person was first in an arm.
type Kind string

// The kinds.
const (
	Conversion Kind = "conversion" // 1 when the event happened, otherwise 0
	Count      Kind = "count"      // how often the event happened
	Sum        Kind = "sum"        // the sum of a number that the event carries
	Errors     Kind = "errors"     // 1 when the person met an error
	Slow       Kind = "slow"       // the share of the person's page views on which a web vital was above a limit
)

// Kinds lists every kind.
func Kinds() []Kind { return []Kind{Conversion, Count, Sum, Errors, Slow} }

// Role is what a metric is there for.
type Role string

// The roles.
const (
	Primary   Role = "primary"   // decides
	Guardrail Role = "guardrail" // must not get worse by more than its margin
)

// Direction is where a metric is to go.
type Direction string

// The directions.
const (
	More Direction = "more"
	Less Direction = "less"
)

const (
	// CapAt is the share of people with a value above which values of Count and Sum are capped: a handful of people with
	// very much would otherwise decide alone.
	CapAt = 0.99

	longestName   = 100
	usualProperty = "value"
	mostMargin    = 100
)

// limits are what a good page keeps, ms (CLS: score), as web.dev has them.
var limits = map[string]float64{"LCP": 2500, "INP": 200, "CLS": 0.1, "FCP": 1800, "TTFB": 800}

var propertyName = regexp.MustCompile(`^[A-Za-z0-9_.$-]{1,100}$`)

// Metric is one thing that is compared between the arms.
type Metric struct {
	Name     string    `json:"name,omitempty" maxLength:"100" doc:"as people say it; without one it is named after what it counts"`
	Role     Role      `json:"role" enum:"primary,guardrail"`
	Kind     Kind      `json:"kind" enum:"conversion,count,sum,errors,slow"`
	Event    string    `json:"event,omitempty" maxLength:"200" doc:"name of the event; of slow, the web vital: LCP, INP, CLS, FCP or TTFB"`
	Property string    `json:"property,omitempty" maxLength:"100" doc:"of sum: the property of the event that is summed; value without one"`
	Limit    float64   `json:"limit,omitempty" minimum:"0" doc:"of slow: ms (CLS: score) above which a page view is slow; without one, what web.dev calls good"`
	Better   Direction `json:"better,omitempty" enum:"more,less" doc:"more without one; of errors and slow always less"`
	Margin   float64   `json:"margin,omitempty" minimum:"0" maximum:"100" doc:"of a guardrail: how much worse is tolerated, in percentage points of a share and in percent of a value"`
}

// Share says whether the metric is a share, given in percent and compared in percentage points.
func (m Metric) Share() bool { return m.Kind != Count && m.Kind != Sum }

// binary says whether a person's value is 0 or 1.
func (m Metric) binary() bool { return m.Kind == Conversion || m.Kind == Errors }

// Title is the metric as people say it.
func (m Metric) Title() string {
	switch {
	case m.Name != "":
		return m.Name
	case m.Kind == Count:
		return fmt.Sprintf("‘%s’ per person", m.Event)
	case m.Kind == Sum:
		return fmt.Sprintf("%s of ‘%s’ per person", m.Property, m.Event)
	case m.Kind == Errors:
		return "People who met an error"
	case m.Kind == Slow:
		return fmt.Sprintf("Slow page views (%s)", m.Event)
	}
	return fmt.Sprintf("People who did ‘%s’", m.Event)
}

// Explained says how it is measured, for somebody who has not set it up.
func (m Metric) Explained() string {
	switch m.Kind {
	case Conversion:
		return fmt.Sprintf("Share of people for whom “%s” happened after they first saw their variant.", m.Event)
	case Count:
		return fmt.Sprintf("How often “%s” happened to a person after they first saw their variant.", m.Event)
	case Sum:
		return fmt.Sprintf("Sum of “%s” over a person's “%s” after they first saw their variant.", m.Property, m.Event)
	case Errors:
		return "Share of people who met at least one error after they first saw their variant."
	case Slow:
		unit := " ms"
		if m.Event == "CLS" {
			unit = ""
		}
		return fmt.Sprintf("Share of a person's page views on which %s was above %s%s, among people whose browser measured it.",
			m.Event, strconv.FormatFloat(m.Limit, 'f', -1, 64), unit)
	}
	return ""
}

// complete fills in what a metric leaves to Belay.
func (m Metric) complete() Metric {
	switch m.Kind {
	case Errors:
		m.Better, m.Event = Less, ""
	case Slow:
		m.Event = strings.ToUpper(m.Event)
		m.Better, m.Limit = Less, cmp.Or(m.Limit, limits[m.Event])
	case Sum:
		m.Property = cmp.Or(m.Property, usualProperty)
	case Conversion, Count:
	}
	m.Better = cmp.Or(m.Better, More)
	if m.Kind != Sum {
		m.Property = ""
	}
	if m.Kind != Slow {
		m.Limit = 0
	}
	if m.Role == Primary {
		m.Margin = 0
	}
	return m
}

// check says what is wrong with a metric that is complete, at a place of the request.
func (m Metric) check(f *fault.Error, at string) {
	wrong := func(ok bool, field, format string, args ...any) {
		if !ok {
			_ = f.At(at+field, format, args...)
		}
	}
	wrong(slices.Contains(Kinds(), m.Kind), ".kind", "is one of conversion, count, sum, errors and slow")
	wrong(m.Role == Primary || m.Role == Guardrail, ".role", "is primary or guardrail")
	wrong(m.Better == More || m.Better == Less, ".better", "is more or less")
	wrong(!telemetry.TooLong(m.Name, longestName), ".name", "has at most %d characters", longestName)
	wrong(m.Margin >= 0 && m.Margin <= mostMargin, ".margin", "lies between 0 and %d", mostMargin)
	wrong(m.Limit >= 0, ".limit", "is not below 0")
	switch m.Kind {
	case Conversion, Count, Sum:
		wrong(m.Event != "" && !telemetry.TooLong(m.Event, telemetry.MaxName), ".event", "names the event, in 1 to %d characters", telemetry.MaxName)
		wrong(m.Kind != Sum || propertyName.MatchString(m.Property), ".property", "has up to 100 of A–Z a–z 0–9 _ . $ -")
	case Slow:
		_, known := limits[m.Event]
		wrong(known, ".event", "is one of LCP, INP, CLS, FCP and TTFB")
	case Errors:
	}
}
