package experiment

import (
	"math"
	"slices"
	"time"

	"github.com/siteproof/belay/internal/stats"
)

const (
	// unfair is the chance that a fair split is ever called unfair.
	unfair = 0.001
	// mostDoubt bounds the number that says how unfair a split looks: beyond it nobody reads further.
	mostDoubt = 1e12
	// looks is how many moments a course shows, and shortestStep the least time between them.
	looks        = 60
	shortestStep = time.Minute
	// enoughTime is how long an experiment runs before it can be said how many people come in a day.
	enoughTime = time.Hour
	day        = 24 * time.Hour
)

// stepOf is the length of the steps that show the course of a window.
func stepOf(from, to time.Time) time.Duration {
	return max(shortestStep, (to.Sub(from) / looks).Round(time.Second))
}

// facts is all that a result is made of.
type facts struct {
	experiment Experiment
	arms       []Arm // as people are given them now, control first
	window     Window
	restarted  *Restart
	unmarked   bool // it runs, but its flag no longer carries its name
	counted    Counted
	measured   []Measured // of each metric
}

// analyse judges an experiment by what was counted. It is pure: the same counts give the same result.
func analyse(f facts) Result {
	r := Result{
		Experiment: f.experiment, At: f.window.To, From: f.window.From, Restarted: f.restarted,
		Confidence: 1 - f.risk(), People: f.people(),
	}
	for _, role := range []Role{Primary, Guardrail} {
		for i, m := range f.experiment.Metrics {
			if m.Role == role {
				r.Measures = append(r.Measures, f.measure(m, f.measured[i]))
			}
		}
	}
	r.Verdict = f.verdict(r)
	r.Notes = f.notes(r)
	return r
}

// risk is the chance of missing the truth that each interval has: that of the experiment split over the arms that are
// compared with control.
func (f facts) risk() float64 { return f.experiment.Risk / float64(max(1, len(f.arms)-1)) }

func (f facts) people() People {
	p := People{Arms: []ArmPeople{}, Two: f.counted.Two, None: f.counted.None, Left: f.counted.Left, Fair: true}
	var counts []int64
	var shares []float64
	for _, a := range f.arms {
		p.All += f.counted.Arms[a.Key]
		counts, shares = append(counts, f.counted.Arms[a.Key]), append(shares, a.Share)
	}
	for i, a := range f.arms {
		p.Arms = append(p.Arms, ArmPeople{Arm: a, People: counts[i], Expected: a.Share * float64(p.All)})
	}
	evidence := stats.Skew(counts, shares)
	p.Fair = evidence < math.Log(1/unfair)
	p.Doubt = min(mostDoubt, math.Exp(min(evidence, 100)))
	if ran := f.window.To.Sub(f.window.From); ran >= enoughTime {
		p.PerDay = float64(p.All) * float64(day) / float64(ran)
	}
	return p
}

// sequence is how an arm is compared with control.
func (f facts) sequence(m Metric, arm Arm) stats.Sequence {
	return stats.Sequence{
		Alpha: f.risk(), Planned: float64(f.experiment.Planned) * (arm.Share + f.arms[0].Share), Share: m.binary(),
	}
}

func (f facts) measure(m Metric, measured Measured) MetricResult {
	out := MetricResult{Metric: m, Title: m.Title(), Explained: m.Explained(), Share: m.Share(), Cap: measured.Cap, Arms: []ArmResult{}}
	total := map[string]stats.Sample{}
	for _, s := range measured.Steps {
		total[s.Arm] = total[s.Arm].Add(s.Sample)
	}
	control := total[f.arms[0].Key]
	for i, arm := range f.arms {
		own := total[arm.Key]
		a := ArmResult{Key: arm.Key, People: int64(own.People), Mean: own.Mean(), Course: []Look{}, Status: Waiting}
		if i > 0 {
			seq := f.sequence(m, arm)
			a.Change, a.Lift = against(m, seq, own, control)
			a.Status = f.status(m, a.Change)
			a.Course = f.course(m, seq, arm.Key, measured.Steps)
		}
		out.Arms = append(out.Arms, a)
	}
	for i := range out.Arms {
		out.Arms[i].Text = f.say(out, i)
	}
	return out
}

// against is how an arm differs from control: in percentage points of a share, in percent of a value; and in percent.
func against(m Metric, seq stats.Sequence, own, control stats.Sample) (difference, lift *Range) {
	if i, known := seq.Ratio(own, control); known {
		lift = &Range{100 * (i.Estimate - 1), 100 * (i.Low - 1), 100 * (i.High - 1)}
	}
	if !m.Share() {
		return lift, lift
	}
	if i, known := seq.Difference(own, control); known {
		difference = &Range{100 * i.Estimate, 100 * i.Low, 100 * i.High}
	}
	return difference, lift
}

// good turns a change so that more is better.
func (m Metric) good(c Range) Range {
	if m.Better == Less {
		return Range{-c.Estimate, -c.High, -c.Low}
	}
	return c
}

func (f facts) status(m Metric, c *Range) Status {
	if c == nil {
		return Waiting
	}
	good := m.good(*c)
	if m.Role == Guardrail {
		switch {
		case good.Low > -m.Margin:
			return Safe
		case good.High < -m.Margin:
			return Harmed
		}
		return Open
	}
	switch effect := f.experiment.Effect; {
	case effect > 0 && good.Low > -effect && good.High < effect:
		return Same
	case good.Low > 0:
		return Better
	case good.High < 0:
		return Worse
	}
	return Open
}

// course is how the change of an arm would have looked at the end of each step.
func (f facts) course(m Metric, seq stats.Sequence, arm string, steps []Step) []Look {
	out := []Look{}
	var own, control stats.Sample
	for i, s := range steps {
		switch s.Arm {
		case arm:
			own = own.Add(s.Sample)
		case f.arms[0].Key:
			control = control.Add(s.Sample)
		}
		if i+1 < len(steps) && steps[i+1].Number == s.Number {
			continue
		}
		c, _ := against(m, seq, own, control)
		if c == nil {
			continue
		}
		at := f.window.From.Add(time.Duration(s.Number+1) * f.window.Every)
		if at.After(f.window.To) {
			at = f.window.To
		}
		out = append(out, Look{At: at, People: int64(own.People + control.People), Range: *c})
	}
	return out
}

// remaining is how many times as many people it takes until a change that stays as it looks is proven; +Inf when it looks
// like nothing.
func remaining(seq stats.Sequence, c Range, people float64) float64 {
	const most = 1 << 10
	width := (c.High - c.Low) / 2
	if c.Estimate == 0 || width <= 0 || people <= 0 {
		return math.Inf(1)
	}
	for times := 1.0; times < most; times *= 1.02 {
		if width*math.Sqrt(seq.Price(people*times)/seq.Price(people)/times) < math.Abs(c.Estimate) {
			return times
		}
	}
	return math.Inf(1)
}

// arm finds an arm of a metric.
func (m MetricResult) arm(key string) ArmResult {
	if i := slices.IndexFunc(m.Arms, func(a ArmResult) bool { return a.Key == key }); i >= 0 {
		return m.Arms[i]
	}
	return ArmResult{}
}
