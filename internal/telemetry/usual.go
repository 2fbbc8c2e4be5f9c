package telemetry

import (
	"context"
	"fmt"
	"time"
)

// Usual is the traffic of a stretch of time, without bots: what a rollout would have to do with.
type Usual struct {
	For        time.Duration    `json:"for"`      // from the first visit to the end of the stretch
	Sessions   int64            `json:"sessions"` // with at least one event of a person
	People     int64            `json:"people"`
	Failed     int64            `json:"failed"`        // sessions that met an error
	FailedWho  int64            `json:"failed_people"` // people who did
	Fetches    int64            `json:"fetches"`       // sessions that were given flags, long enough ago to know what became of them
	Silent     int64            `json:"silent"`        // of them, those that never became ready
	SilentWho  int64            `json:"silent_people"`
	Views      map[string]int64 `json:"views"`       // values by the name of the vital; "ready" are page loads
	Goods      map[string]int64 `json:"goods"`       // people by the name of the event that pages report
	GoodPeople int64            `json:"good_people"` // with any such event
	// Reports are what servers reported, by its name.
	Reports map[string]Reported `json:"reports,omitempty"`
}

// Reported is what servers reported under one name.
type Reported struct {
	For time.Duration `json:"for"` // from the first report to the end of the stretch
	// Values are reports that bring a value of somebody, Units what the others count of somebody, and Bad of them.
	Values int64 `json:"values"`
	Units  int64 `json:"units"`
	Bad    int64 `json:"bad"`
	// Sides are reports that count a whole side of a rollout at once, of the side that sent more; their units, of both
	// sides, are in SideUnits and SideBad. Of several flags it is the one with most units.
	Sides     int64 `json:"sides"`
	SideUnits int64 `json:"side_units"`
	SideBad   int64 `json:"side_bad"`
}

// UsualVisits reads the traffic received in [from, to). A session whose flags were fetched less than silentAfter before to is
// not called silent: it may still become ready.
func (s *Service) UsualVisits(ctx context.Context, environmentID string, silentAfter time.Duration, from, to time.Time) (Usual, error) {
	usual, err := s.store.UsualVisits(ctx, environmentID, silentAfter, from, to)
	if err != nil {
		return Usual{}, fmt.Errorf("read the usual traffic: %w", err)
	}
	return usual, nil
}
