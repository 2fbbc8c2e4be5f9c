package rollout

import (
	"fmt"
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
