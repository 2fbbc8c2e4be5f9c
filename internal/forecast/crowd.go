package forecast

import (
	"math"
	"time"

	"github.com/siteproof/belay/internal/telemetry"
)

// crowd is who comes: so many people, each as likely to come next, at a steady pace.
type crowd struct {
	people float64 // who may come
	pace   float64 // sessions a second
}

// mostPeople stands for a crowd in which nobody was seen twice.
const mostPeople = 1e9

// crowdOf finds how many people may come from how many of them came: P = N(1 − e^(−S/N)).
func crowdOf(u telemetry.Usual) crowd {
	sessions, seen := float64(u.Sessions), float64(u.People)
	low, high := seen, mostPeople
	for range 100 {
		if middle := math.Sqrt(low * high); middle*-math.Expm1(-sessions/middle) < seen {
			low = middle
		} else {
			high = middle
		}
	}
	return crowd{people: math.Sqrt(low * high), pace: sessions / u.For.Seconds()}
}

// part is a share of the crowd.
func (c crowd) part(share float64) crowd { return crowd{c.people * share, c.pace * share} }

// visits is how often each person has come on average after a time.
func (c crowd) visits(t time.Duration) float64 { return c.pace * t.Seconds() / c.people }

// seen is how many people have come after a time.
func (c crowd) seen(t time.Duration) float64 { return c.people * -math.Expm1(-c.visits(t)) }

// habit is how often visits meet something, and how much of it is due to the same people: their rates are spread by a
// gamma distribution of this shape; +Inf when everybody is alike.
type habit struct{ rate, shape float64 }

// habitOf fits a habit to how many visits and how many people met something.
func (c crowd) habitOf(u telemetry.Usual, visits, people int64) habit {
	h := habit{rate: float64(visits) / float64(max(1, u.Sessions)), shape: math.Inf(1)}
	if people == 0 || float64(people) >= c.first(h, u.For) {
		return h
	}
	low, high := 1e-4, 1e6
	for range 100 {
		h.shape = math.Sqrt(low * high)
		if c.first(h, u.For) < float64(people) {
			low = h.shape
		} else {
			high = h.shape
		}
	}
	return h
}

// first is how many people have met something for the first time after a time.
func (c crowd) first(h habit, t time.Duration) float64 {
	met := h.rate * c.visits(t)
	if math.IsInf(h.shape, 1) {
		return c.people * -math.Expm1(-met)
	}
	return c.people * -math.Expm1(-h.shape*math.Log1p(met/h.shape))
}

// firstOf is how many people have met one of two things, of which the second hits everybody alike.
func (c crowd) firstOf(h habit, added float64, t time.Duration) float64 {
	spared := (1 - c.first(h, t)/c.people) * math.Exp(-added*c.visits(t))
	return c.people * (1 - spared)
}
