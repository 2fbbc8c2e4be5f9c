package metric

import (
	"context"
	"time"
)

// Query says which events are read: of an environment, received in [From, To), bots left out.
type Query struct {
	EnvironmentID string
	From, To      time.Time
	// Flag splits by the variant that pages had of it; "" splits nothing.
	Flag string
}

// Arm is a side of a rollout.
type Arm string

// The arms.
const (
	All     Arm = ""    // everybody, whatever they had
	OldSide Arm = "old" // pages that had the flag off
	NewSide Arm = "new" // pages that had it on
)

// Slots is how many equal parts a window is cut into, to show how a value went.
const Slots = 24

// Whole stands for the whole window where a slot is asked for.
const Whole = -1

// Tally sums units of one arm over the window, or of all arms over one slot.
type Tally struct {
	Arm     Arm
	Slot    int   // 0 to Slots-1, or Whole
	N       int64 // units
	Sum     float64
	Squares float64 // sum of squares
}

// Values describes the values of one arm over the window, or of all arms over one slot.
type Values struct {
	Arm        Arm
	Slot       int
	N          int64
	Percentile float64 // the 75th
}

// Kind is a sort of answers, named as servers report them.
type Kind string

// Names under which facts are reported through /metrics/v1. docs/reference/score-board.md says what each means.
const (
	NPSAnswer  Kind = "survey.nps"     // value 0 to 10 of a user
	CSATAnswer Kind = "survey.csat"    // value 1 to 5 of a user
	Ticket     Kind = "support.ticket" // units: how many tickets of a user
	Probe      Kind = "uptime.probe"   // units and bad: how many probes, and how many of them failed
)

// Store reads what the criteria are made of. Each method is one reading of the events.
type Store interface {
	// FailedVisits counts visits; Sum is how many of them met an error.
	FailedVisits(ctx context.Context, q Query) ([]Tally, error)
	// Loads and Vitals give values: page loads, or the vital of a name.
	Loads(ctx context.Context, q Query) ([]Values, error)
	Vitals(ctx context.Context, q Query, name string) ([]Values, error)
	// Ranked gives the values of given ranks, from 1, of one arm's loads (name "") or vitals.
	Ranked(ctx context.Context, q Query, name string, arm Arm, ranks ...int64) ([]float64, error)
	// Probes counts probes; Sum is how many of them failed.
	Probes(ctx context.Context, q Query) ([]Tally, error)
	// Answers counts people who answered; Sum and Squares are of their last answers: of NPS −1, 0 or 1, of CSAT 1 to 5.
	Answers(ctx context.Context, q Query, kind Kind) ([]Tally, error)
	// Tickets counts tickets as N; people of neither side count for All.
	Tickets(ctx context.Context, q Query) ([]Tally, error)
	// Adopted counts people who came; Sum is how many of them had the new version when they came last.
	Adopted(ctx context.Context, q Query) ([]Tally, error)
	// Converted counts people who came; Sum is how many of them sent one of the events, or any when none is named.
	Converted(ctx context.Context, q Query, events []string) ([]Tally, error)
	// Returned counts people who came for the first time in the first half of the window; Sum is how many of them came
	// again on a later day, within as long a time as a half is.
	Returned(ctx context.Context, q Query) ([]Tally, error)
}
