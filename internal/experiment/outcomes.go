package experiment

import (
	"context"
	"time"

	"github.com/siteproof/belay/internal/stats"
)

// Outcomes counts in the telemetry. Bots and events of nobody in particular never count.
type Outcomes interface {
	// Exposures counts people by the arm that they saw.
	Exposures(ctx context.Context, w Window) (Counted, error)
	// Measure sums a metric over the people of each arm, step by step.
	Measure(ctx context.Context, w Window, m Metric) (Measured, error)
	// Usual measures a metric over people as if they had been in one arm since they were first seen in [from, to): those
	// who saw the flag, or all when flag is "".
	Usual(ctx context.Context, environmentID, flag string, from, to time.Time, m Metric) (Usual, error)
}

// Window says whose exposures count. Times are those at which Belay received an event.
type Window struct {
	EnvironmentID, Flag string
	Arms                []string
	// Since is the start of the experiment, From of what is counted, later when the arms have changed. People who saw an
	// arm in between are left out.
	Since, From, To time.Time
	Every           time.Duration // length of a step
}

// Counted is how many people saw what in a window.
type Counted struct {
	Arms map[string]int64 // people who saw just one arm, by arm
	Two  int64            // saw two or more arms, and count nowhere
	None int64            // saw the flag, but none of its arms: it was off or overridden for them
	Left int64            // saw an arm before From
}

// Measured is a metric over the people of a window.
type Measured struct {
	Cap   float64 // values above it count as it; 0 when nothing is capped
	Steps []Step  // in order
}

// Step is what one step adds to one arm.
type Step struct {
	Number int // from 0
	Arm    string
	stats.Sample
}

// Usual is a metric as it was lately.
type Usual struct {
	stats.Sample
	Cap   float64
	First time.Time // when the first of these people was seen; zero without any
}
