package rollout_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/rollout"
	"github.com/siteproof/belay/internal/telemetry"
)

// crowded is one rollout among people of whom some always meet errors, with a clock that runs an hour a phase.
type crowded struct {
	random   *rand.Rand
	rollout  rollout.Rollout
	evidence *rollout.Evidence
	now      time.Time
	position int64
	hurt     map[string]bool // people who met the harm
	// harm is the chance that a session with the new version meets a new error of the component.
	harm      float64
	component string
	// worse is how many times as likely the errors of every day are with the new version.
	worse float64
}

func newCrowded(seed uint64, budget float64) *crowded {
	c := &crowded{random: rand.New(rand.NewPCG(seed, 9)), now: began, hurt: map[string]bool{}, worse: 1} //nolint:gosec // a test
	c.rollout = plain(5)
	c.rollout.Salt = fmt.Sprintf("salt-%d", seed)
	c.rollout.Plan = rollout.DefaultPlan()
	c.rollout.Plan.Budget = budget
	var known []string
	for _, component := range components {
		known = append(known, "fp-"+component)
	}
	c.evidence = rollout.NewEvidence(c.rollout, rollout.Past{Fingerprints: known})
	return c
}

// session lets somebody come. One in twenty people is unlucky and meets errors again and again.
func (c *crowded) session() {
	c.now = c.now.Add(time.Duration(c.random.ExpFloat64() * float64(2*time.Second)))
	number := c.random.IntN(4000)
	user := fmt.Sprintf("usr_%d", number)
	treated := flag.Bucket(c.rollout.Salt, user) < c.rollout.Spans[len(c.rollout.Spans)-1].Percent
	chance := .004
	if number%20 == 0 {
		chance = .3
	}
	if treated {
		chance *= c.worse
	}
	c.observe(user, telemetry.Event{Kind: telemetry.Fetch})
	if c.random.Float64() > .03 {
		c.observe(user, telemetry.Event{Kind: telemetry.Ready})
	}
	if c.random.Float64() < chance {
		for range 1 + c.random.IntN(20) {
			c.observe(user, failure(components[c.random.IntN(len(components))]))
		}
	}
	if treated && c.random.Float64() < c.harm {
		e := failure(c.component)
		e.Fingerprint = "fp-new"
		c.observe(user, e)
		c.hurt[user] = true
	}
}

func (c *crowded) observe(user string, e telemetry.Event) {
	c.position++
	e.EnvironmentID, e.User, e.Session, e.ReceivedAt, e.Position = "env", user, fmt.Sprintf("ses_%s_%d", user, c.now.UnixNano()), c.now, c.position
	c.evidence.Observe(e)
}

// climb goes to the next share.
func (c *crowded) climb(percent float64) {
	at := c.now
	last := &c.rollout.Spans[len(c.rollout.Spans)-1]
	last.To = &at
	c.rollout.Phase++
	c.rollout.Spans = append(slices.Clone(c.rollout.Spans), rollout.Span{Phase: c.rollout.Phase, Percent: percent, From: at})
	c.evidence.Follow(c.rollout)
}

// harmed is what is proven now.
func (c *crowded) harmed() (rollout.Reading, bool) {
	readings := c.evidence.At(c.now)
	n := slices.IndexFunc(readings, func(r rollout.Reading) bool { return r.Status == rollout.StatusHarmful })
	if n < 0 {
		return rollout.Reading{}, false
	}
	return readings[n], true
}

// TestHarmlessRolloutsGoBackNoOftenerThanTheBudgetSays looks after every fourth session of rollouts that change nothing,
// with the largest budget there is, so that some do go back.
func TestHarmlessRolloutsGoBackNoOftenerThanTheBudgetSays(t *testing.T) {
	t.Parallel()
	const (
		runs   = 250
		budget = .2
	)
	back := 0
	for seed := range uint64(runs) {
		c := newCrowded(seed, budget)
		for n := range 2400 {
			if n == 1000 || n == 1700 {
				c.climb(map[int]float64{1000: 25, 1700: 50}[n])
			}
			c.session()
			if n%4 > 0 {
				continue
			}
			if _, harmed := c.harmed(); harmed {
				back++
				break
			}
		}
	}
	rate, limit := float64(back)/runs, budget+3*math.Sqrt(budget*(1-budget)/runs)
	t.Logf("%.3f of %d harmless rollouts went back; at most %.3f may", rate, runs, limit)
	require.LessOrEqual(t, rate, limit)
	require.Positive(t, back, "a rollout that never goes back would not have tested anything")
}

// TestANewErrorHurtsFewPeople counts who meets a new error before it is found, at 5 % and the usual budget.
func TestANewErrorHurtsFewPeople(t *testing.T) {
	t.Parallel()
	var hurt []int
	for seed := range uint64(60) {
		c := newCrowded(seed, .01)
		c.harm, c.component = .05, "diary"
		for n := 0; ; n++ {
			require.Less(t, n, 200_000, "run %d is never found", seed)
			c.session()
			if r, harmed := c.harmed(); harmed {
				require.Equal(t, "diary", r.Scope, "run %d blames another", seed)
				break
			}
		}
		hurt = append(hurt, len(c.hurt))
	}
	slices.Sort(hurt)
	t.Logf("people hurt before it was found: median %d, worst %d", hurt[len(hurt)/2], hurt[len(hurt)-1])
	require.LessOrEqual(t, hurt[len(hurt)/2], 5)
	require.LessOrEqual(t, hurt[len(hurt)-1], 25)
}

// TestMoreErrorsOfEveryDayAreFound triples errors that were there before; unlucky people hide some of it.
func TestMoreErrorsOfEveryDayAreFound(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		c := newCrowded(seed, .01)
		c.worse = 3
		found := false
		for n := 0; n < 60_000 && !found; n++ {
			if n == 4000 || n == 12_000 {
				c.climb(map[int]float64{4000: 25, 12_000: 50}[n])
			}
			c.session()
			if n%20 == 0 {
				_, found = c.harmed()
			}
		}
		require.True(t, found, "run %d", seed)
	}
}
