package forecast

import (
	"math"
	"slices"
	"time"

	"github.com/siteproof/belay/internal/rollout"
	"github.com/siteproof/belay/internal/stats"
	"github.com/siteproof/belay/internal/telemetry"
)

// outlook is one phase of a plan before its traffic.
type outlook struct {
	plan       rollout.Plan
	components int
	usual      telemetry.Usual
	crowd      crowd
	harm       float64
	phase      int
}

func (o outlook) share() float64 { return o.plan.Share(o.phase) / 100 }
func (o outlook) new() crowd     { return o.crowd.part(o.share()) }
func (o outlook) old() crowd     { return o.crowd.part(1 - o.share()) }

const (
	// slow is the share of views of the old version beyond the limit, which is its 75th percentile.
	slow = .25
	// oneGroup is the part of people that a harm is looked for in by the guard of segments.
	oneGroup = .2
)

// guard foretells one guard.
func (o outlook) guard(g rollout.Guard) Guard {
	out := Guard{Kind: g.Kind, Metric: g.Metric}
	if o.share() >= 1 && g.Kind != rollout.Brake {
		out.Sight, out.Text = Nothing, "Everybody has the new version: there is nothing to compare with."
		return out
	}
	need := -math.Log(o.plan.Budget * g.Share)
	tolerated := max(1, g.Ratio)
	var delay time.Duration
	among := o
	var holds func(time.Duration) bool
	switch g.Kind {
	case rollout.Errors:
		if o.components > 0 { // half of the share belongs to everything together
			need += math.Ln2
		}
		holds = o.more(o.failing(), tolerated, need)
	case rollout.SilentClients:
		if o.usual.Fetches == 0 {
			return unknown(out, "Nobody has fetched flags through Belay yet.")
		}
		delay = time.Duration(o.plan.SilentAfter)
		holds = o.more(o.silent(), tolerated, need)
	case rollout.NewIssue:
		holds = func(t time.Duration) bool {
			met := math.Floor(o.hit(t)) // with so few, parts of people would be too soon
			return met >= 2 && stats.Expected{Treatment: met, Share: o.share()}.FreshHarm()-stats.Arrival(1) >= need
		}
	case rollout.Segments:
		among.crowd = o.crowd.part(oneGroup)
		holds = among.more(o.failing(), tolerated, need+math.Log(rollout.Groups))
	case rollout.LCP, rollout.INP, rollout.CLS, rollout.TTFB, rollout.PageLoad:
		each := o.views(g)
		if each == 0 {
			return unknown(out, "No page reports this.")
		}
		holds = o.slower(each, g.Tolerance, need)
	case rollout.Conversion:
		good := o.good(g)
		if good.rate == 0 {
			return unknown(out, "No page reports such an event.")
		}
		holds = o.fewer(good, tolerated, need)
	case rollout.Brake:
		return o.brake(g, out)
	case rollout.Metric:
		reports, lacks := o.reports(g)
		if lacks != "" {
			return unknown(out, lacks)
		}
		holds = o.reportedMore(reports, g.Tolerance, need)
	case rollout.SampleRatio, rollout.Ingest: // phaseOf leaves them out
	}
	t, found := until(holds)
	if !found {
		out.Sight, out.Text = Not, "Not within 90 days of this traffic."
		return out
	}
	out.Sight, out.After = Sees, rollout.Duration(t+delay)
	out.People = int64(math.Ceil(among.hit(t + delay)))
	return out
}

func unknown(g Guard, text string) Guard {
	g.Sight, g.Text = Unknown, text
	return g
}

// hit is how many people the harm has met after a time.
func (o outlook) hit(t time.Duration) float64 {
	return o.new().first(habit{rate: o.harm, shape: math.Inf(1)}, t)
}

func (o outlook) failing() habit { return o.crowd.habitOf(o.usual, o.usual.Failed, o.usual.FailedWho) }

// silent is measured among the sessions whose end is known.
func (o outlook) silent() habit {
	u := o.usual
	known := u
	known.Sessions = u.Fetches
	return o.crowd.habitOf(known, u.Silent, u.SilentWho)
}

// views are those of a vital in each visit.
func (o outlook) views(g rollout.Guard) float64 {
	name := string(telemetry.Ready)
	if g.Kind != rollout.PageLoad {
		name = g.Kind.Vital()
	}
	return float64(o.usual.Views[name]) / float64(o.usual.Sessions)
}

// good is how often visits bring a good event, from how many people had one.
func (o outlook) good(g rollout.Guard) habit {
	people := o.usual.GoodPeople
	if len(g.Events) > 0 {
		people = 0
		for name, n := range o.usual.Goods {
			if slices.Contains(g.Events, name) {
				people = max(people, n)
			}
		}
	}
	without := 1 - float64(people)/o.crowd.people
	return habit{rate: -math.Log(max(1e-6, without)) / o.crowd.visits(o.usual.For), shape: math.Inf(1)}
}

// more says when enough more people with the new version meet something.
func (o outlook) more(h habit, tolerated, need float64) func(time.Duration) bool {
	return func(t time.Duration) bool {
		e := stats.Expected{Treatment: o.new().firstOf(h, o.harm, t), Control: o.old().first(h, t), Share: o.share()}
		return e.Harm(tolerated) >= need
	}
}

// fewer says when enough fewer people with the new version do something.
func (o outlook) fewer(h habit, tolerated, need float64) func(time.Duration) bool {
	left := habit{h.rate * (1 - o.harm), h.shape}
	return func(t time.Duration) bool {
		e := stats.Expected{Treatment: o.new().first(left, t), Control: o.old().first(h, t), Share: o.share()}
		return e.Fewer(1/tolerated) >= need
	}
}

// slower says when enough more views of the new version are slow, first views left out.
func (o outlook) slower(each, tolerance, need float64) func(time.Duration) bool {
	return func(t time.Duration) bool {
		pair := stats.Pair{
			Treatment: o.new().viewsOf(each, min(1, slow+o.harm), true, t), Control: o.old().viewsOf(each, slow, true, t),
		}
		return stats.Worse([]stats.Pair{pair}, tolerance) >= need
	}
}

// brake asks for people with an error within two minutes, whatever the old version does besides its ratio.
func (o outlook) brake(g rollout.Guard, out Guard) Guard {
	u := o.usual
	usually := float64(u.Failed) / float64(u.Sessions)
	rate := usually + o.harm
	if rate <= rollout.BrakeRate || rate < g.Ratio*usually {
		out.Sight, out.Text = Not, "It is for harm that hits more than 5 % of people."
		return out
	}
	t, found := until(func(t time.Duration) bool {
		return rate*o.new().seen(min(t, rollout.BrakeWindow)) >= rollout.BrakePeople
	})
	if !found {
		out.Sight, out.Text = Not, "Too few people come within two minutes."
		return out
	}
	out.Sight, out.After, out.People = Sees, rollout.Duration(t), int64(math.Ceil(o.hit(t)))
	return out
}

// safe is when every guard that gates the phase has proven a harmless version safe.
func (o outlook) safe() *rollout.Duration {
	need := -math.Log(o.plan.PromotionError)
	var last time.Duration
	for _, g := range o.plan.Guards {
		if o.phase >= len(g.Margins) || o.phase >= len(o.plan.Phases)-1 {
			continue
		}
		sides, delay, gates := o.harmless(g)
		if !gates {
			continue
		}
		t, found := until(func(t time.Duration) bool { return stats.Safe([]stats.Pair{sides(t)}, g.Margins[o.phase]) >= need })
		if !found {
			return nil
		}
		last = max(last, t+delay)
	}
	return new(rollout.Duration(last))
}

// harmless are the sums of both sides when the new version does no harm, and how long it takes until a visit counts;
// gates is false for what nobody measures, which gates nothing.
func (o outlook) harmless(g rollout.Guard) (sides func(time.Duration) stats.Pair, delay time.Duration, gates bool) {
	u := o.usual
	bad := 0.0
	switch g.Kind { //nolint:exhaustive // no other gates
	case rollout.Errors:
		bad, delay = float64(u.Failed)/float64(u.Sessions), time.Duration(o.plan.Maturity)
	case rollout.SilentClients:
		bad, delay = float64(u.Silent)/float64(max(1, u.Fetches)), time.Duration(o.plan.SilentAfter)
	case rollout.LCP, rollout.INP, rollout.CLS, rollout.TTFB, rollout.PageLoad:
		each := o.views(g)
		return func(t time.Duration) stats.Pair {
			return stats.Pair{Treatment: o.new().viewsOf(each, slow, false, t), Control: o.old().viewsOf(each, slow, false, t)}
		}, 0, each > 0
	case rollout.Metric:
		reports, lacks := o.reports(g)
		return o.sides(reports, 0), 0, lacks == ""
	default:
		return nil, 0, false
	}
	return func(t time.Duration) stats.Pair {
		return stats.Pair{Treatment: o.new().visitsOf(bad, t), Control: o.old().visitsOf(bad, t)}
	}, delay, true
}
