package rollout

import (
	"fmt"
	"slices"
	"strings"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/telemetry"
)

const (
	mostGuards    = 30
	mostTolerance = .5
	mostGoods     = 50 // names of good events of a guard
)

func (p Plan) checkGuards(f *fault.Error) {
	f.Check(len(p.Guards) > 0, "plan.guards", "at least one guard: a rollout that nobody watches is a deployment")
	f.Check(len(p.Guards) <= mostGuards, "plan.guards", "at most %d guards", mostGuards)
	shares, seen := 0.0, map[string]bool{}
	for n, g := range p.Guards {
		at := fmt.Sprintf("plan.guards[%d]", n)
		t, known := traits[g.Kind]
		name := string(g.Kind) + " " + g.Metric
		f.Check(known && !seen[name], at+".kind", "one of %s, each once; metric once for each metric", strings.Join(kinds(), ", "))
		seen[name] = true
		if t.spends {
			f.Check(g.Share > 0 && g.Share <= 1, at+".share", "more than 0 and at most 1")
		} else {
			f.Check(g.Share == 0, at+".share", "0: this guard spends no budget")
		}
		shares += g.Share
		p.checkGuard(f, at, g, t)
	}
	const rounding = 1e-9
	f.Check(shares <= 1+rounding, "plan.guards", "the shares add up to %g; they may not exceed 1", shares)
}

func (p Plan) checkGuard(f *fault.Error, at string, g Guard, t trait) {
	f.Check(g.Ratio == 0 || (g.Ratio >= 1 && g.Ratio <= maxRatio), at+".ratio", "between 1 and %d", maxRatio)
	f.Check(g.Ratio <= 1 || t.compare, at+".ratio", "1: this guard compares shares, with a tolerance instead of a ratio")
	f.Check(g.Tolerance == 0 || (g.Tolerance > 0 && g.Tolerance <= mostTolerance), at+".tolerance",
		"between 0 and %g, such as 0.01 for one percentage point", mostTolerance)
	_, counts := g.measures()
	f.Check(g.Tolerance == 0 || counts, at+".tolerance", "0: this guard compares people, with a ratio instead of a tolerance")
	f.Check(slices.Contains([]GuardAction{"", NotifyOnHarm, HoldOnHarm, FreezeOnHarm, RollBackOnHarm}, g.Action), at+".action",
		"one of notify, hold, freeze, roll_back")
	f.Check(!t.data || g.Action != RollBackOnHarm, at+".action", "notify, hold or freeze: the data is at fault, and going back would not mend it")
	f.Check(len(g.Margins) == 0 || t.gates, at+".margins", "none: this guard holds no phase until it is safe")
	f.Check(len(g.Margins) == 0 || len(g.Margins) == len(p.Phases)-1, at+".margins", "none, or one for each phase but the last (%d)", len(p.Phases)-1)
	for k, margin := range g.Margins {
		f.Check(margin > 0 && margin < 1, fmt.Sprintf("%s.margins[%d]", at, k), "between 0 and 1, such as 0.02 for two percentage points")
		f.Check(margin > g.Tolerance, fmt.Sprintf("%s.margins[%d]", at, k), "more than the tolerance (%g): what is tolerated cannot be excluded", g.Tolerance)
	}
	f.Check((g.Metric != "") == (g.Kind == Metric), at+".metric", "the metric's name, of guards of the kind metric and of no other")
	f.Check(!telemetry.TooLong(g.Metric, telemetry.MaxName), at+".metric", "at most %d characters", telemetry.MaxName)
	f.Check(len(g.Events) == 0 || g.Kind == Conversion, at+".events", "only conversion counts events by name")
	f.Check(len(g.Events) <= mostGoods, at+".events", "at most %d names", mostGoods)
	for k, name := range g.Events {
		f.Check(name != "" && !telemetry.TooLong(name, telemetry.MaxName), fmt.Sprintf("%s.events[%d]", at, k), "between 1 and %d characters", telemetry.MaxName)
	}
}

// kinds are the guards' names.
func kinds() []string {
	var all []string
	for kind := range traits {
		all = append(all, string(kind))
	}
	slices.Sort(all)
	return all
}
