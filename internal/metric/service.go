package metric

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/siteproof/belay/internal/stats"
)

const day = 24 * time.Hour

// Windows of the criteria without a rollout. With one, none begins before the rollout did, but the baseline of tickets.
const (
	window      = 7 * day
	upWindow    = 30 * day // what 99.9 % is usually promised of
	voiceWindow = 90 * day // answers come slowly
	baseline    = 28 * day // of tickets: four whole weeks, so that weekdays weigh alike
	backAfter   = 14 * day // of retention: a week to come first, and a week to come again
)

// keepFor is how long a board is used again: it reads a lot, and many may look.
const keepFor = 10 * time.Second

// Rollout is what the board needs to know of the one it looks at.
type Rollout struct {
	ID, Name, Flag string
	StartedAt      time.Time
	EndedAt        *time.Time
	Events         []string // that count as conversion; none counts any
}

// Service makes boards. It is safe for concurrent use.
type Service struct {
	store Store
	now   func() time.Time
	// making lets one board be made at a time: each is ten readings of a week.
	making sync.Mutex
	mu     sync.Mutex
	boards map[string]Board
}

// New makes the service.
func New(store Store, now func() time.Time) *Service {
	return &Service{store: store, now: now, boards: map[string]Board{}}
}

// Board holds an environment, or the new version of a rollout in it, against the goals. environment is its key.
func (s *Service) Board(ctx context.Context, environmentID, environment string, r *Rollout) (Board, error) {
	name := environmentID
	if r != nil {
		name += "/" + r.ID
	}
	if b, fresh := s.kept(name); fresh {
		return b, nil
	}
	s.making.Lock()
	defer s.making.Unlock()
	if b, fresh := s.kept(name); fresh {
		return b, nil
	}
	b := Board{Environment: environment, At: s.now().UTC()}
	if r != nil {
		b.Rollout, b.Name, b.Flag = r.ID, r.Name, r.Flag
	}
	m := maker{ctx: ctx, store: s.store, environmentID: environmentID, now: b.At, rollout: r}
	b.Criteria = m.criteria()
	if m.err != nil {
		return Board{}, fmt.Errorf("read the score board: %w", m.err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, old := range s.boards { // few are looked at, and none for long
		if b.At.Sub(old.At) >= keepFor {
			delete(s.boards, key)
		}
	}
	s.boards[name] = b
	return b, nil
}

func (s *Service) kept(name string) (Board, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, known := s.boards[name]
	age := s.now().Sub(b.At)
	return b, known && age >= 0 && age < keepFor
}

// maker makes one board; after the first error it reads nothing more.
type maker struct {
	ctx           context.Context //nolint:containedctx // it lives for one call
	store         Store
	environmentID string
	now           time.Time
	rollout       *Rollout
	err           error
}

// query is a window that ends now, or when the rollout ended, and begins no earlier than the rollout.
func (m *maker) query(length time.Duration) Query {
	q := Query{EnvironmentID: m.environmentID, To: m.now}
	if m.rollout != nil && m.rollout.EndedAt != nil {
		q.To = *m.rollout.EndedAt
	}
	q.From = q.To.Add(-length)
	if m.rollout != nil {
		q.Flag = m.rollout.Flag
		if q.From.Before(m.rollout.StartedAt) {
			q.From = m.rollout.StartedAt
		}
	}
	return q
}

// read calls one reading, unless something went wrong before.
func read[T any](m *maker, reading func() ([]T, error)) []T {
	if m.err != nil {
		return nil
	}
	all, err := reading()
	m.err = err
	return all
}

const (
	fromPages  = "pages (Belay's SDK)"
	fromDoor   = "POST /metrics/v1"
	withSDK    = "docs/guides/belay-sdk.md shows how pages report"
	withDoor   = "docs/reference/score-board.md shows how to report it"
	goodLoad   = 3000 // ms
	goodLCP    = 2500 // ms, as web.dev calls it good at the 75th percentile
	goodINP    = 200  // ms
	goodCLS    = .1
	heldWithin = -.01 // one percentage point less is within what counts as held
)

func (m *maker) criteria() []Criterion {
	all := []Criterion{m.errorRate()}
	all = append(all,
		m.speed("page_load", "Page load, 75th percentile", "", Millis, goodLoad),
		m.speed("lcp", "Largest paint (LCP), 75th percentile", "LCP", Millis, goodLCP),
		m.speed("inp", "Response (INP), 75th percentile", "INP", Millis, goodINP),
		m.speed("cls", "Jumps (CLS), 75th percentile", "CLS", Score, goodCLS),
		m.uptime(),
		m.answers("nps", "Net Promoter Score", NPSAnswer, Points, 40),
		m.answers("csat", "Satisfaction (CSAT), of 5", CSATAnswer, Stars, 4),
		m.adoption(),
		m.tickets(),
		m.held("conversion", "Conversion held", m.query(window), func(q Query) ([]Tally, error) { return m.store.Converted(m.ctx, q, m.rollout.Events) }),
		m.held("retention", "Retention held", m.query(backAfter), func(q Query) ([]Tally, error) { return m.store.Returned(m.ctx, q) }),
	)
	return all
}

func (m *maker) errorRate() Criterion {
	q := m.query(window)
	c := Criterion{Key: "error_rate", Title: "Visits with an error", Unit: Share, Goal: .005, Of: "visits", Source: fromPages, From: q.From, To: q.To, Way: withSDK}
	c.proportions(read(m, func() ([]Tally, error) { return m.store.FailedVisits(m.ctx, q) }), leastVisits, false)
	return c
}

// speed is a percentile of page loads (name "") or of a vital.
func (m *maker) speed(key, title, name string, unit Unit, goal float64) Criterion {
	q := m.query(window)
	c := Criterion{Key: key, Title: title, Unit: unit, Goal: goal, Of: "views", Source: fromPages, From: q.From, To: q.To, Way: withSDK, Trend: make([]*float64, Slots)}
	whole := Measure{}
	for _, v := range read(m, func() ([]Values, error) {
		if name == "" {
			return m.store.Loads(m.ctx, q)
		}
		return m.store.Vitals(m.ctx, q, name)
	}) {
		switch {
		case v.Slot != Whole:
			if v.Slot >= 0 && v.Slot < Slots {
				c.Trend[v.Slot] = &v.Percentile
			}
			continue
		case v.Arm == OldSide:
			c.Old = m.ranked(q, name, v)
		case v.Arm == NewSide:
			c.New = m.ranked(q, name, v)
		default:
			whole = *m.ranked(q, name, v)
		}
	}
	c.judge(c.chosen(whole), leastViews)
	return c
}

// ranked is a percentile with the values between which it lies.
func (m *maker) ranked(q Query, name string, v Values) *Measure {
	if v.N == 0 {
		return &Measure{}
	}
	out := Measure{N: v.N, Estimate: finite(v.Percentile)}
	low, high, known := stats.QuantileRanks(v.N, .75)
	if !known {
		return &out
	}
	bounds := read(m, func() ([]float64, error) { return m.store.Ranked(m.ctx, q, name, v.Arm, low, high) })
	if len(bounds) == 2 {
		out.Low, out.High = finite(bounds[0]), finite(bounds[1])
	}
	return &out
}

func (m *maker) uptime() Criterion {
	q := m.query(upWindow)
	q.Flag = "" // a probe sees no variant
	c := Criterion{Key: "uptime", Title: "Uptime", Unit: Share, Goal: .999, Above: true, Of: "probes", Source: fromDoor, From: q.From, To: q.To, Way: withDoor}
	c.proportions(read(m, func() ([]Tally, error) { return m.store.Probes(m.ctx, q) }), leastProbes, true)
	return c
}

func (m *maker) answers(key, title string, kind Kind, unit Unit, goal float64) Criterion {
	q := m.query(voiceWindow)
	c := Criterion{Key: key, Title: title, Unit: unit, Goal: goal, Above: true, Of: "people who answered", Source: fromDoor, From: q.From, To: q.To, Way: withDoor}
	all := read(m, func() ([]Tally, error) { return m.store.Answers(m.ctx, q, kind) })
	if kind == NPSAnswer {
		c.means(all, -1, 1, 100, leastAnswers)
	} else {
		c.means(all, 1, 5, 1, leastAnswers)
	}
	return c
}

// withRollout is what criteria say that compare sides while there are none.
const withRollout = "a rollout has to run: belay rollout plan"

func (m *maker) adoption() Criterion {
	q := m.query(window)
	c := Criterion{Key: "adoption", Title: "People on the new version", Unit: Share, Goal: .8, Above: true, Of: "people who came", Source: fromPages, From: q.From, To: q.To, Way: withSDK}
	if m.rollout == nil {
		c.Way = withRollout
		c.judge(Measure{}, 1)
		c.Trend = []*float64{}
		return c
	}
	c.proportions(read(m, func() ([]Tally, error) { return m.store.Adopted(m.ctx, q) }), leastPeople, false)
	return c
}

// tickets compares how often people ask for help with how often they did before. What is held against the goal is how
// often everybody does, since who has the new version is a share that changes.
func (m *maker) tickets() Criterion {
	q := m.query(window)
	q.Flag = ""
	before := Query{EnvironmentID: q.EnvironmentID, From: q.From.Add(-baseline), To: q.From}
	c := Criterion{
		Key: "tickets", Title: "Support tickets against the four weeks before", Unit: Ratio, Goal: 1.1, Of: "tickets", Source: fromDoor,
		From: q.From, To: q.To, Way: withDoor, Trend: make([]*float64, Slots),
	}
	count := func(q Query, trend []*float64) (n int64) {
		for _, t := range read(m, func() ([]Tally, error) { return m.store.Tickets(m.ctx, q) }) {
			switch {
			case t.Slot == Whole && t.Arm == All:
				n = t.N
			case t.Slot >= 0 && t.Slot < len(trend):
				trend[t.Slot] = finite(float64(t.N))
			}
		}
		return n
	}
	now, then := count(q, c.Trend), count(before, nil)
	i, known := stats.RateRatio(now, q.To.Sub(q.From).Hours(), then, baseline.Hours())
	c.judge(measure(now+then, i, known), leastTickets)
	if then == 0 && now > 0 {
		c.Status, c.Text, c.Way = TooLittle, "There is no ticket from the four weeks before to compare with.", withDoor
	}
	return c
}

// held compares shares of both sides.
func (m *maker) held(key, title string, q Query, reading func(Query) ([]Tally, error)) Criterion {
	c := Criterion{
		Key: key, Title: title, Unit: Difference, Goal: heldWithin, Above: true, Of: "people of the smaller side", Source: fromPages,
		From: q.From, To: q.To, Way: withSDK, Trend: []*float64{},
	}
	if m.rollout == nil {
		c.Way = withRollout
		c.judge(Measure{}, 1)
		return c
	}
	c.differences(read(m, func() ([]Tally, error) { return reading(q) }), leastPeople)
	return c
}
