package experiment

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/stats"
)

const (
	// planFrom is how far back a plan looks for how things usually are: two whole weeks, so that every day counts alike.
	planFrom = 14 * day
	// power is how often an experiment of the planned size finds the smallest effect that matters.
	power = 0.8
	// enoughToPlan is how many people who saw the flag it takes to plan by them, and not by everybody.
	enoughToPlan = 100
	// longestPlan is a number of days nobody waits for; what takes longer is said to.
	longestPlan = 10_000
)

// Question is what somebody plans.
type Question struct {
	Flag    string  `json:"flag" maxLength:"150"`
	Control string  `json:"control,omitempty" maxLength:"150"`
	Metric  Metric  `json:"metric"`
	Effect  float64 `json:"effect" minimum:"0" maximum:"1000" doc:"smallest difference that would matter: percentage points of a share, percent of a value"`
	Risk    float64 `json:"risk,omitempty" minimum:"0" maximum:"0.5"`
}

// Plan says how many people an experiment needs, and for how long it runs.
type Plan struct {
	Arms     []ArmPlan `json:"arms"`     // control first
	Baseline Baseline  `json:"baseline"` // how things were lately
	People   int64     `json:"people"`   // in all arms together; 0 when it cannot be said
	Once     int64     `json:"once"`     // the same for a test that may be looked at but once, at its end
	PerDay   float64   `json:"per_day"`  // new people a day lately
	Days     float64   `json:"days"`     // at this traffic; 0 when it cannot be said
	// Curve is the smallest effect that is found after so many days, in the unit of the effect.
	Curve []Reach  `json:"curve"`
	Text  string   `json:"text"`
	Notes []string `json:"notes"`
}

// ArmPlan is one arm with the people it needs.
type ArmPlan struct {
	Arm
	People int64 `json:"people"`
}

// Baseline is how a metric was lately.
type Baseline struct {
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
	People int64     `json:"people"`
	Mean   float64   `json:"mean"` // per person; of shares between 0 and 1
	Spread float64   `json:"spread"`
	Cap    float64   `json:"cap,omitempty"`
	// Exposed says whether they are the people who saw the flag; otherwise everybody.
	Exposed bool `json:"exposed"`
}

// Reach is the smallest effect that is found after some days.
type Reach struct {
	Days   float64 `json:"days"`
	Effect float64 `json:"effect"`
}

// Plan says how many people an experiment needs to find an effect, from how the metric and the traffic were in the last
// two weeks. It answers fault.Invalid for what cannot be compared.
func (s *Service) Plan(ctx context.Context, environmentID string, q Question) (Plan, error) {
	q.Metric.Role = Primary
	n := Design{Name: "plan", Flag: q.Flag, Metrics: []Metric{q.Metric}, Effect: q.Effect, Risk: q.Risk}.complete()
	if err := n.check(); err != nil {
		return Plan{}, err
	}
	if q.Effect <= 0 {
		return Plan{}, fault.New(fault.Invalid, "a plan needs an effect").At("effect", "is the smallest difference that would matter, above 0")
	}
	f, err := s.Flags.Snapshot(environmentID).Find(q.Flag)
	if err != nil {
		return Plan{}, err
	}
	arms, err := armsOf(&f, q.Control)
	if err != nil {
		return Plan{}, err
	}
	to := s.Now().UTC().Truncate(time.Microsecond)
	from := to.Add(-planFrom)
	usual, err := s.Outcomes.Usual(ctx, environmentID, q.Flag, from, to, n.Metrics[0])
	exposed := usual.People >= enoughToPlan
	if err == nil && !exposed {
		usual, err = s.Outcomes.Usual(ctx, environmentID, "", from, to, n.Metrics[0])
	}
	if err != nil {
		return Plan{}, fmt.Errorf("measure how things usually are: %w", err)
	}
	return planned(n, arms, usual, Baseline{From: from, To: to, Exposed: exposed}), nil
}

// planned makes the plan of what was measured.
func planned(n Design, arms []Arm, usual Usual, b Baseline) Plan {
	m := n.Metrics[0]
	b.People, b.Mean, b.Spread, b.Cap = int64(usual.People), usual.Mean(), math.Sqrt(usual.Variance()), usual.Cap
	p := Plan{Arms: []ArmPlan{}, Baseline: b, Curve: []Reach{}, Notes: []string{}}
	for _, a := range arms {
		p.Arms = append(p.Arms, ArmPlan{Arm: a})
	}
	if usual.People > 0 {
		if b.From.Before(usual.First) {
			b.From = usual.First
		}
		p.PerDay = usual.People / max(1, b.To.Sub(b.From).Hours()/24)
	}
	if b.Spread == 0 || b.Mean == 0 {
		p.Text = fmt.Sprintf("There is nothing to plan with: “%s” was seen of nobody in the last two weeks.", m.Title())
		p.Notes = append(p.Notes, "The experiment can be started all the same. Check that the event is named as the pages send it.")
		return p
	}
	looking, once := needed(n, arms, b, true), needed(n, arms, b, false)
	p.People, p.Once = int64(math.Ceil(looking)), int64(math.Ceil(once))
	for i := range p.Arms {
		p.Arms[i].People = int64(math.Ceil(looking * p.Arms[i].Share))
	}
	if p.PerDay > 0 {
		p.Days = math.Min(longestPlan, looking/p.PerDay)
		for _, d := range []float64{1, 2, 3, 5, 7, 10, 14, 21, 28, 42, 56, 84} {
			if reach := reachOf(n, arms, b, d*p.PerDay); d <= max(14, 2*p.Days) && d*p.PerDay*smallest(arms) >= stats.LeastSample {
				p.Curve = append(p.Curve, Reach{Days: d, Effect: reach})
			}
		}
	}
	p.Text, p.Notes = planText(m, n, p), planNotes(p)
	return p
}

func smallest(arms []Arm) float64 {
	return slices.MinFunc(arms, func(a, b Arm) int { return int(math.Copysign(1, a.Share-b.Share)) }).Share
}

// needed is how many people all arms need together, so that the arm that needs most finds the effect.
func needed(n Design, arms []Arm, b Baseline, looking bool) float64 {
	m, most := n.Metrics[0], 0.0
	effect := n.Effect / 100
	if !m.Share() {
		effect *= b.Mean
	}
	variance := b.Spread * b.Spread
	moved := variance
	if m.binary() { // the share with the effect spreads differently
		r := min(.99, max(.01, b.Mean+effect))
		if m.Better == Less {
			r = min(.99, max(.001, b.Mean-effect))
		}
		moved = r * (1 - r)
	}
	for _, a := range arms[1:] {
		seq := stats.Sequence{Alpha: n.Risk / float64(len(arms)-1)}
		pair := seq.Needed(effect, power, a.Share, arms[0].Share, moved, variance, looking)
		most = max(most, pair/(a.Share+arms[0].Share))
	}
	return most
}

// reachOf is the smallest effect that so many people find.
func reachOf(n Design, arms []Arm, b Baseline, people float64) float64 {
	low, high := 0.0, 1000.0
	for range 50 {
		n.Effect = (low + high) / 2
		if needed(n, arms, b, true) > people {
			low = n.Effect
		} else {
			high = n.Effect
		}
	}
	return high
}

func planText(m Metric, n Design, p Plan) string {
	text := fmt.Sprintf("To find a difference of %s on “%s” %.0f times in 100, the arms need %s people together", m.amount(n.Effect), m.Title(), 100*power, number(float64(p.People)))
	switch {
	case p.Days >= longestPlan:
		text += ", which takes for ever at this traffic."
	case p.Days > 0:
		text += fmt.Sprintf(": %s at this traffic.", days(p.Days))
	default:
		text += "."
	}
	return text + fmt.Sprintf(" That you may look at any time is in it: a test that is looked at but once would need %s.", number(float64(p.Once)))
}

func planNotes(p Plan) []string {
	notes := []string{}
	if !p.Baseline.Exposed {
		notes = append(notes, "Fewer than a hundred people were seen with this flag in the last two weeks, so the plan takes everybody. If not everybody gets to see it, it takes longer.")
	}
	if p.Days > 0 && p.Days < 7 {
		notes = append(notes, "Let it run for a whole week all the same: people differ between weekdays and weekends.")
	}
	const tooLong = 60
	if p.Days > tooLong {
		notes = append(notes, "That is long. A larger effect, fewer arms or a metric that more people reach takes less time.")
	}
	return notes
}
