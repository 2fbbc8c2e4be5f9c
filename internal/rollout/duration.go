package rollout

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Duration is a time span that reads and writes as text people use: "10m", "1h30m", "7d". A bare number is refused,
// since nobody can tell its unit.
type Duration time.Duration

// MarshalText writes the span as text, without units of which there are none: "168h", "1m10s".
func (d Duration) MarshalText() ([]byte, error) {
	text := time.Duration(d).String()
	if short, whole := strings.CutSuffix(text, "m0s"); whole {
		text = short + "m"
	}
	if short, whole := strings.CutSuffix(text, "h0m"); whole {
		text = short + "h"
	}
	return []byte(text), nil
}

// longSpans are weeks and days, which may stand before what Go reads.
var longSpans = regexp.MustCompile(`^(?:(\d{1,4})w)?(?:(\d{1,5})d)?(.*)$`)

// UnmarshalText reads "10m", and days and weeks of 24 hours a day as in "1w" and "2d12h"; negative spans are refused.
func (d *Duration) UnmarshalText(text []byte) error {
	wrong := fmt.Errorf("%q is not a duration such as 10m, 1h30m or 7d", text)
	parts := longSpans.FindSubmatch(text)
	if parts == nil {
		return wrong
	}
	var span time.Duration
	for n, unit := range []Duration{week, day} {
		if len(parts[n+1]) > 0 {
			count, _ := strconv.Atoi(string(parts[n+1])) // digits, and few
			span += time.Duration(unit) * time.Duration(count)
		}
	}
	if rest := string(parts[3]); rest != "" || span == 0 {
		short, err := time.ParseDuration(rest)
		if err != nil || short < 0 || span+short < 0 {
			return wrong
		}
		span += short
	}
	*d = Duration(span)
	return nil
}

// words says a span as people do, in its two largest units: "14 min 14 s", "6 d 23 h".
func words(span time.Duration) string {
	if span < time.Second {
		return "0 s"
	}
	units := []struct {
		size time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"}}
	var said []string
	for _, u := range units {
		n := span / u.size
		span -= n * u.size
		if n > 0 {
			said = append(said, fmt.Sprintf("%d %s", n, u.name))
		}
		if len(said) == 2 || (len(said) == 1 && n == 0) {
			break
		}
	}
	return strings.Join(said, " ")
}
