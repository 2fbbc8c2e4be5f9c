package experiment

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/siteproof/belay/internal/stats"
)

// mostTimes is how many times as many people are worth naming as a way to an answer.
const mostTimes = 20

// say is what is known of a metric of an arm, in one sentence.
func (f facts) say(m MetricResult, arm int) string {
	a, control := m.Arms[arm], m.Arms[0].Key
	if arm == 0 {
		return "The others are compared with it."
	}
	if a.Change == nil {
		return f.silent(m, a)
	}
	change := m.change(*a.Change)
	switch a.Status {
	case Better:
		return fmt.Sprintf("Better than %s: %s.", control, change)
	case Worse:
		return fmt.Sprintf("Worse than %s: %s.", control, change)
	case Same:
		return fmt.Sprintf("The same as %s, for all that matters: %s.", control, change)
	case Safe:
		return fmt.Sprintf("Not worse by more than %s: %s.", m.amount(m.Margin), change)
	case Harmed:
		return fmt.Sprintf("Worse by more than the %s that are tolerated: %s.", m.amount(m.Margin), change)
	case Open, Waiting:
	}
	if m.Role == Guardrail {
		return fmt.Sprintf("It is not known yet whether it is worse by more than %s: %s.", m.amount(m.Margin), change)
	}
	return fmt.Sprintf("It is not known yet whether it differs from %s: %s.", control, change)
}

// silent says why there is no comparison.
func (f facts) silent(m MetricResult, a ArmResult) string {
	least := min(a.People, m.Arms[0].People)
	switch {
	case least < stats.LeastSample:
		return fmt.Sprintf("Too few people: each arm needs %d, the smaller one has %d.", stats.LeastSample, least)
	case m.Arms[0].Mean == 0 && a.Mean == 0:
		return "It happened to nobody yet."
	case !m.Share:
		return fmt.Sprintf("Too little of it happened in %s to compare with.", m.Arms[0].Key)
	}
	return "Everybody is alike, so there is nothing to compare."
}

// verdict is what the experiment says as a whole.
func (f facts) verdict(r Result) Verdict {
	primary := r.Measures[0]
	switch {
	case !r.People.Fair:
		return Verdict{
			Broken, "", "The arms cannot be compared: people did not come into them in the planned shares (" + split(r.People) + ").",
			"Nothing below can be trusted. Find out what keeps people of one arm from being counted: a variant that fails before it reports, " +
				"a redirect, a filter for bots. Then stop this experiment and start another one.",
		}
	case slices.ContainsFunc(primary.Arms[1:], func(a ArmResult) bool { return a.Status == Waiting }):
		return Verdict{TooEarly, "", "It is too early to say anything. " + f.waitingFor(primary), "Let it run."}
	}
	if v, found := f.winner(r); found {
		return v
	}
	return f.noWinner(r)
}

func (f facts) waitingFor(primary MetricResult) string {
	for _, a := range primary.Arms[1:] {
		if a.Status == Waiting {
			return f.silent(primary, a)
		}
	}
	return ""
}

// winner looks for arms that are better on the primary metric, those that harm nothing first.
func (f facts) winner(r Result) (Verdict, bool) {
	primary := r.Measures[0]
	var best ArmResult
	for _, harmless := range []bool{true, false} {
		for _, a := range primary.Arms[1:] {
			better := a.Status == Better && (len(harmed(r, a.Key, Harmed)) == 0) == harmless
			if better && (best.Change == nil || primary.good(*a.Change).Estimate > primary.good(*best.Change).Estimate) {
				best = a
			}
		}
		if best.Change != nil {
			break
		}
	}
	if best.Change == nil {
		return Verdict{}, false
	}
	text := fmt.Sprintf("%s is better than %s: %s on “%s”.", best.Key, f.arms[0].Key, primary.change(*best.Change), primary.Title)
	if others := f.alsoBetter(primary, best.Key); others != "" {
		text += " " + others
	}
	if bad := harmed(r, best.Key, Harmed); len(bad) > 0 {
		return Verdict{
			Conflicted, best.Key, text + " But it makes worse what must not get worse: " + strings.Join(bad, "; ") + ".",
			"Weigh one against the other, or mend what got worse and start another experiment.",
		}, true
	}
	next := fmt.Sprintf("You could stop now and be right %s.", times(1-f.experiment.Risk))
	if open := append(harmed(r, best.Key, Open), harmed(r, best.Key, Waiting)...); len(open) > 0 {
		next = fmt.Sprintf("What is better is certain enough (right %s), but not yet that nothing gets worse: %s. Let it run until that is known, or accept the risk.",
			times(1-f.experiment.Risk), strings.Join(open, "; "))
	}
	return Verdict{Winner, best.Key, text, next}, true
}

// alsoBetter names the other arms that are better than control.
func (f facts) alsoBetter(primary MetricResult, best string) string {
	var keys []string
	for _, a := range primary.Arms[1:] {
		if a.Status == Better && a.Key != best {
			keys = append(keys, a.Key)
		}
	}
	if len(keys) == 0 {
		return ""
	}
	return fmt.Sprintf("So is %s; which of them is the best was not asked.", strings.Join(keys, " and "))
}

// harmed lists the guardrails of an arm that have a status, with what is known.
func harmed(r Result, arm string, s Status) []string {
	var found []string
	for _, m := range r.Measures[1:] {
		a := m.arm(arm)
		if a.Status != s {
			continue
		}
		if a.Change == nil {
			found = append(found, "“"+m.Title+"”")
			continue
		}
		found = append(found, fmt.Sprintf("“%s” %s, where %s are tolerated", m.Title, m.change(*a.Change), m.amount(m.Margin)))
	}
	return found
}

func (f facts) noWinner(r Result) Verdict {
	primary := r.Measures[0]
	count := map[Status]int{}
	for _, a := range primary.Arms[1:] {
		count[a.Status]++
	}
	all := len(primary.Arms) - 1
	switch {
	case count[Worse] == all:
		return Verdict{
			ControlWins, f.arms[0].Key, fmt.Sprintf("%s is better than what was tried: %s.", f.arms[0].Key, f.changes(primary)),
			fmt.Sprintf("You could stop now and be right %s.", times(1-f.experiment.Risk)),
		}
	case count[Worse]+count[Same] == all:
		return Verdict{
			NoMatter, "", fmt.Sprintf("No arm is better than %s by the %s that would matter: %s.", f.arms[0].Key, primary.amount(f.experiment.Effect), f.changes(primary)),
			fmt.Sprintf("You could stop now and be right %s. Take what is cheaper to keep.", times(1-f.experiment.Risk)),
		}
	}
	return Verdict{Undecided, "", fmt.Sprintf("Nothing is decided yet: %s on “%s”.", f.changes(primary), primary.Title), f.toGo(r)}
}

// changes lists the changes of all arms.
func (f facts) changes(primary MetricResult) string {
	var all []string
	for _, a := range primary.Arms[1:] {
		all = append(all, a.Key+" "+primary.change(*a.Change))
	}
	return strings.Join(all, ", ")
}

// toGo says how far an answer may be.
func (f facts) toGo(r Result) string {
	primary, least := r.Measures[0], math.Inf(1)
	for i, a := range primary.Arms[1:] {
		if a.Status == Open {
			people := float64(a.People + primary.Arms[0].People)
			least = min(least, remaining(f.sequence(primary.Metric, f.arms[i+1]), *a.Change, people))
		}
	}
	planned := ""
	if f.experiment.Planned > r.People.All {
		planned = fmt.Sprintf(" The plan asks for %s people; %s have been seen.", number(float64(f.experiment.Planned)), number(float64(r.People.All)))
	}
	if least > mostTimes {
		return "Let it run." + planned + " As small as the difference looks now, it would take very many more people to prove it."
	}
	more := float64(r.People.All) * (least - 1)
	text := fmt.Sprintf("Let it run.%s Should the difference stay as it looks now, it takes about %s more people", planned, number(more))
	if r.People.PerDay > 0 {
		text += fmt.Sprintf(", %s at this traffic", days(more/r.People.PerDay))
	}
	return text + "."
}

// notes are what one should know to judge the result.
func (f facts) notes(r Result) []string {
	notes := []string{}
	if f.restarted != nil {
		notes = append(notes, fmt.Sprintf("What people are given was changed on %s by %s (%s). Only people who saw no arm before then count, and this is a new test: %s people were left out.",
			moment(f.restarted.At), f.restarted.By, f.restarted.Reason, number(float64(r.People.Left))))
	}
	if f.unmarked {
		notes = append(notes, fmt.Sprintf("The flag %s no longer carries the name of this experiment, so Flagsmith's clients have stopped to report who sees what. Stop it, or name it on the flag again.", f.experiment.Flag))
	}
	if n := len(f.arms) - 1; n > 1 {
		notes = append(notes, fmt.Sprintf("%d arms are compared with %s, so the risk of %s is split: each interval holds with %s certainty.",
			n, f.arms[0].Key, percent(f.experiment.Risk), percent(r.Confidence)))
	}
	if r.People.Two > 0 {
		text := fmt.Sprintf("%s people saw two arms and are left out.", number(float64(r.People.Two)))
		const many = 0.01
		if float64(r.People.Two) > many*float64(r.People.All) {
			text += " That is more than one in a hundred: the key that names people may not stay the same."
		}
		notes = append(notes, text)
	}
	if r.People.None > 0 {
		notes = append(notes, fmt.Sprintf("%s people saw the flag but none of its arms: it was off for them, or a segment or they themselves had an override.", number(float64(r.People.None))))
	}
	for _, m := range r.Measures {
		if m.Cap > 0 {
			notes = append(notes, fmt.Sprintf("“%s”: values above %s count as that, so that a few people with very much do not decide alone. It is what %s of the people with any stay below.",
				m.Title, value(m.Cap), percent(CapAt)))
		}
	}
	return notes
}
