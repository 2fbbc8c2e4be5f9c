package rollout

import (
	"fmt"
	"strings"
	"time"
)

// Duration is a time span that reads and writes as text people use: "10m", "1h30m", "36h". A bare number is refused,
// since nobody can tell its unit.
type Duration time.Duration

// MarshalText writes the span as text.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads "10m"; negative spans are refused.
func (d *Duration) UnmarshalText(text []byte) error {
	span, err := time.ParseDuration(string(text))
	if err != nil || span < 0 {
		return fmt.Errorf("%q is not a duration such as 10m or 1h30m", text)
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
