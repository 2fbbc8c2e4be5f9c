package forecast

import (
	"math"
	"time"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/rollout"
	"github.com/siteproof/belay/internal/telemetry"
)

// Forecast is what is to be expected of a rollout.
type Forecast struct {
	// Harm is the harm that is assumed: the share of visits of the new version that it hits. For page speed it is the
	// share of views that become slow besides, for server metrics that of requests that become bad, for good events the
	// share of people who stop to have them.
	Harm    float64 `json:"harm"`
	Traffic Traffic `json:"traffic"`
	Phases  []Phase `json:"phases"`
}

// Traffic is what a forecast rests on.
type Traffic struct {
	telemetry.Usual
	// Enough is false while too little is known to foretell anything; Needs then says what is missing.
	Enough    bool    `json:"enough"`
	Needs     string  `json:"needs,omitempty"`
	PerMinute float64 `json:"per_minute"` // sessions
	// MayCome is about how many different people come at all.
	MayCome int64 `json:"may_come"`
}

// Phase is one step of the ladder, as if the harm began with it.
type Phase struct {
	Name    string  `json:"name"`
	Percent float64 `json:"percent"` // with the new version, without those who are held back
	Guards  []Guard `json:"guards"`
	// Soonest is the place in Guards of the one that sees the harm first, -1 when none does.
	Soonest int `json:"soonest"`
	// Users is how long it takes until enough people have the new version, 0 when the plan asks for nobody; it is
	// missing when that takes longer than a forecast looks.
	Users *rollout.Duration `json:"users,omitempty"`
	// Safe is how long it takes until a harmless version is proven safe by all guards that gate the phase; it is missing
	// when that takes longer than a forecast looks, or for a guard of which nothing is known.
	Safe *rollout.Duration `json:"safe,omitempty"`
}

// Sight is whether a guard would see a harm.
type Sight string

// The sights.
const (
	Sees    Sight = "sees"
	Not     Sight = "not"     // not within what a forecast looks at
	Nothing Sight = "nothing" // there is nothing to compare with
	Unknown Sight = "unknown" // nothing is known of what it counts
)

// Guard is what one guard would do about the harm.
type Guard struct {
	Kind   rollout.GuardKind `json:"kind"`
	Metric string            `json:"metric,omitempty"`
	Sight  Sight             `json:"sight"`
	After  rollout.Duration  `json:"after"`  // of Sees: from the harm's first moment on
	People int64             `json:"people"` // of Sees: who have met it by then
	Text   string            `json:"text"`   // of the others: why
}

// The harms that can be asked about.
const (
	UsualHarm = .01
	leastHarm = .0001
	mostHarm  = 1.0
)

// Enough traffic to foretell from.
const (
	leastSessions = 100
	leastFor      = time.Minute
)

// Of foretells a plan for a flag with so many components from the usual traffic. It is pure.
func Of(plan rollout.Plan, components int, u telemetry.Usual, harm float64) (Forecast, error) {
	if !(harm >= leastHarm && harm <= mostHarm) {
		return Forecast{}, fault.New(fault.Invalid, "a harm hits between %g and %g of the visits", leastHarm, mostHarm).At("harm", "it is %g", harm)
	}
	if err := plan.Validate(); err != nil {
		return Forecast{}, err
	}
	f := Forecast{Harm: harm, Traffic: Traffic{Usual: u}, Phases: []Phase{}}
	if f.Traffic.Needs = needs(u); f.Traffic.Needs != "" {
		return f, nil
	}
	c := crowdOf(u)
	f.Traffic.Enough, f.Traffic.PerMinute = true, c.pace*60
	f.Traffic.MayCome = int64(math.Round(min(c.people, mostPeople)))
	for n := range plan.Phases {
		f.Phases = append(f.Phases, outlook{plan: plan, components: components, usual: u, crowd: c, harm: harm, phase: n}.phaseOf())
	}
	return f, nil
}

// needs says what is missing before anything can be foretold; "" when nothing is.
func needs(u telemetry.Usual) string {
	switch {
	case u.Sessions == 0:
		return "No page has reported anything in the last days. Put Belay's client, or one that it understands, into the page and let people come for a while."
	case u.Sessions < leastSessions || u.For < leastFor:
		return "Too few people have come so far. It takes a hundred visits and a minute to foretell anything, and a day or a week to foretell it well."
	}
	return ""
}

// phaseOf foretells one phase.
func (o outlook) phaseOf() Phase {
	phase := o.plan.Phases[o.phase]
	p := Phase{Name: phase.Name, Percent: o.plan.Share(o.phase), Guards: []Guard{}, Soonest: -1}
	for _, g := range o.plan.Guards {
		if g.Kind == rollout.SampleRatio || g.Kind == rollout.Ingest { // they speak about the data
			continue
		}
		seen := o.guard(g)
		p.Guards = append(p.Guards, seen)
		if seen.Sight == Sees && (p.Soonest < 0 || seen.After < p.Guards[p.Soonest].After) {
			p.Soonest = len(p.Guards) - 1
		}
	}
	if t, found := until(func(t time.Duration) bool { return o.new().seen(t) >= float64(phase.MinUsers) }); found {
		if phase.MinUsers == 0 {
			t = 0
		}
		p.Users = new(rollout.Duration(t))
	}
	p.Safe = o.safe()
	return p
}
