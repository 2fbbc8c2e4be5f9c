package rollout

import (
	"encoding/json"
	"fmt"
	"time"
)

// Duration is a time span that reads and writes as text people use: "10m", "1h30m", "36h".
type Duration time.Duration

// MarshalJSON writes the span as text.
func (d Duration) MarshalJSON() ([]byte, error) { return json.Marshal(time.Duration(d).String()) }

// UnmarshalJSON reads "10m"; a bare number is refused, since nobody can tell its unit.
func (d *Duration) UnmarshalJSON(b []byte) error {
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return fmt.Errorf("a duration is text such as \"10m\", not %s", b)
	}
	span, err := time.ParseDuration(text)
	if err != nil || span < 0 {
		return fmt.Errorf("%q is not a duration such as 10m or 1h30m", text)
	}
	*d = Duration(span)
	return nil
}
