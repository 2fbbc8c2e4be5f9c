package telemetry

import (
	"context"
	"time"
)

// Store keeps events. Position says in which order they came, so that a replay sees what a listener saw.
type Store interface {
	// Append keeps all events or none, and returns once they survive a crash. Positions rise from call to call. After an
	// error Tail tells which it was.
	Append(ctx context.Context, events []Event) error
	// Tail is the last position, 0 when nothing is stored, and when each environment last received an event.
	Tail(ctx context.Context) (position int64, lastAt map[string]time.Time, err error)
	// Sessions gives every session that has an event, at least once each, in any order.
	Sessions(ctx context.Context, fn func(Session) error) error
	// Seen gives the identity of every stored event of these sessions, in order of position.
	Seen(ctx context.Context, sessions []Session, fn func(Identity) error) error
	// Recent gives the identity of every stored event of those sessions that have one behind the position, session by session.
	Recent(ctx context.Context, position int64, fn func(Identity) error) error
	// Scan gives the events received in [from, to), in order of position. A zero to means no end.
	Scan(ctx context.Context, environmentID string, from, to time.Time, fn func(Event) error) error
	// Latest gives the last events that fit, the newest first, at most limit of them.
	Latest(ctx context.Context, environmentID string, which Which, limit int) ([]Event, error)
	// Fingerprints lists the fingerprints of errors received in [from, to).
	Fingerprints(ctx context.Context, environmentID string, from, to time.Time) ([]string, error)
	// Percentile is the value that a share of the values of events of a kind and name received in [from, to) does not
	// exceed, bots left out, and how many there are; 0 and 0 when there is none.
	Percentile(ctx context.Context, environmentID string, kind Kind, name string, share float64, from, to time.Time) (value float64, values int64, err error)
	// Traffic counts minute by minute in [from, to), leaving out minutes without events.
	Traffic(ctx context.Context, environmentID string, from, to time.Time) ([]Minute, error)
	// UsualVisits sums up the traffic received in [from, to), bots left out.
	UsualVisits(ctx context.Context, environmentID string, silentAfter time.Duration, from, to time.Time) (Usual, error)
	// Uses gives, by flag, when clients first and last said that they had used it: by an exposure or by a count of Evaluations.
	Uses(ctx context.Context, environmentID string) (map[string]Use, error)
}

// Which events are looked for. What is empty is not asked.
type Which struct {
	Since time.Time // received then or later
	Kind  Kind
	User  string
	Flag  string
	Name  string
}

// Session names one session. Two environments may use the same name for different ones.
type Session struct {
	EnvironmentID string
	Name          string
}

// Identity names one event: the same identity is stored once.
type Identity struct {
	Session
	Kind Kind
	Seq  int64
}

// Minute is one minute of traffic.
type Minute struct {
	At       time.Time // its beginning
	Sessions int64     // with at least one event in it
	Errors   int64
}

// Use is when a flag was used.
type Use struct{ First, Last time.Time }
