package experiment_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/experiment"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag"
)

func noErrors(margin float64) experiment.Metric {
	return experiment.Metric{Role: experiment.Guardrail, Kind: experiment.Errors, Margin: margin}
}

func TestAWinnerIsFoundAndSaidInWords(t *testing.T) {
	w := newWorld(t)
	w.button()
	e := w.start(noErrors(3))
	require.Equal(t, []experiment.Arm{{Key: "control", Share: .5}, {Key: "short", Share: .5}}, e.Arms)
	require.Equal(t, "Shorter button", w.flag().Experiment.Name, "Flagsmith's clients are told")

	early := w.result(e.ID)
	require.Equal(t, experiment.TooEarly, early.Verdict.Outcome)
	require.Equal(t, "It is too early to say anything. Too few people: each arm needs 100, the smaller one has 0.", early.Verdict.Text)

	w.crowd("p", 6000, 48, map[string]chances{"control": {.20, .01}, "short": {.26, .01}}, even("control", "short"))
	r := w.result(e.ID)
	require.Equal(t, experiment.Winner, r.Verdict.Outcome, r.Verdict.Text)
	require.Equal(t, "short", r.Verdict.Arm)
	require.Regexp(t, `^short is better than control: \+\d\.\d points \(\+\d\.\d to \+\d+\.\d\) on “Purchases”\.$`, r.Verdict.Text)
	require.Equal(t, "You could stop now and be right 95 times in 100.", r.Verdict.Next)
	require.Equal(t, int64(6000), r.People.All)
	require.True(t, r.People.Fair)
	require.InDelta(t, 3000, r.People.PerDay, 50)

	buys := r.Measures[0].Arms[1]
	require.InDelta(t, 6, buys.Change.Estimate, 3)
	require.Greater(t, buys.Lift.Low, 0.0)
	last := buys.Course[len(buys.Course)-1]
	require.Equal(t, *buys.Change, last.Range, "the course ends where the result is")
	require.Equal(t, r.At, last.At)
	require.Less(t, len(buys.Course), 62)
	require.Equal(t, experiment.Safe, r.Measures[1].Arms[1].Status, r.Measures[1].Arms[1].Text)

	stopped, err := w.experiments.Stop(t.Context(), dana, "the short one it is", e.ID)
	require.NoError(t, err)
	require.Equal(t, "the short one it is", stopped.Conclusion)
	require.Nil(t, w.flag().Experiment)
	require.Len(t, w.flag().Variants, 1, "people keep their variants")
	w.later(time.Hour)
	w.saw("late", "short", bought)
	w.store()
	kept := w.result(e.ID)
	require.Equal(t, r.Verdict, kept.Verdict, "what it ended with stays")
	require.Equal(t, int64(6000), kept.People.All)
	require.Equal(t, experiment.Stopped, kept.State)
	_, err = w.experiments.Stop(t.Context(), dana, why, e.ID)
	require.True(t, fault.Is(err, fault.Conflict), err)
}

func TestWhatGetsWorseIsHeldAgainstAWinner(t *testing.T) {
	w := newWorld(t)
	w.button()
	e := w.start(noErrors(1))
	w.crowd("p", 6000, 48, map[string]chances{"control": {.20, .01}, "short": {.28, .08}}, even("control", "short"))
	r := w.result(e.ID)
	require.Equal(t, experiment.Conflicted, r.Verdict.Outcome)
	require.Contains(t, r.Verdict.Text, "But it makes worse what must not get worse: “People who met an error” +")
	require.Equal(t, experiment.Harmed, r.Measures[1].Arms[1].Status)
}

func TestASplitThatIsNotAsPlannedMakesEveryAnswerVoid(t *testing.T) {
	w := newWorld(t)
	w.button()
	e := w.start()
	lost := func(r *rand.Rand) string { // every eighth of the one arm never reports
		if r.IntN(15) < 8 {
			return "control"
		}
		return "short"
	}
	w.crowd("p", 8000, 48, map[string]chances{"control": {.20, 0}, "short": {.40, 0}}, lost)
	r := w.result(e.ID)
	require.Equal(t, experiment.Broken, r.Verdict.Outcome)
	require.False(t, r.People.Fair)
	require.Contains(t, r.Verdict.Text, "control has ")
}

func TestWhoCounts(t *testing.T) {
	w := newWorld(t)
	w.button()
	w.saw("before", "control", bought)
	w.later(time.Minute)
	e := w.start()
	w.later(time.Minute)
	w.event(bought) // of nobody
	w.saw("ann", "control", bought)
	w.saw("ann", "control", bought)
	w.saw("bob", "short")
	w.saw("cid", "short", bought)
	w.saw("cid", "control")
	w.saw("dee", "on", bought)
	w.saw("eve", "off")
	w.saw("eve", "short")
	w.store()
	r := w.result(e.ID)
	require.Equal(t, int64(1), r.People.Arms[0].People, "ann")
	require.Equal(t, int64(2), r.People.Arms[1].People, "bob, and eve when it was on for her")
	require.Equal(t, int64(1), r.People.Two, "cid")
	require.Equal(t, int64(1), r.People.None, "dee")
	require.InDelta(t, 1, r.Measures[0].Arms[0].Mean, 0, "a purchase is one, however often")
	require.InDelta(t, 0, r.Measures[0].Arms[1].Mean, 0)
	require.Contains(t, strings.Join(r.Notes, "\n"), "1 people saw two arms")
}

func TestOtherWeightsBeginTheCountAnew(t *testing.T) {
	w := newWorld(t)
	w.button()
	e := w.start()
	w.crowd("p", 400, 4, map[string]chances{}, even("control", "short"))
	off, on := false, true
	_, err := w.flags.Change(t.Context(), dana, why, w.env, "button", flag.Patch{Enabled: &off})
	require.NoError(t, err, "an experiment never stands in the way of switching off")
	_, err = w.flags.Change(t.Context(), dana, why, w.env, "button", flag.Patch{Enabled: &on})
	require.NoError(t, err)
	require.Nil(t, w.result(e.ID).Restarted)

	variants := []flag.Variant{{Key: "short", Value: json.RawMessage(`"Buy"`), Weight: 25}, {Key: "none", Value: json.RawMessage(`""`), Weight: 25}}
	_, err = w.flags.Change(t.Context(), dana, "a third one", w.env, "button", flag.Patch{Variants: &variants})
	require.NoError(t, err)
	changed := w.now
	w.later(time.Minute)
	w.saw("p1", "control") // knew an arm before
	w.crowd("new", 40, 1, map[string]chances{}, even("control", "short", "none", "control"))
	r := w.result(e.ID)
	require.Equal(t, &experiment.Restart{At: changed, By: "Dana", Reason: "a third one"}, r.Restarted)
	require.Equal(t, changed, r.From)
	require.Equal(t, int64(400), r.People.Left)
	require.Equal(t, int64(40), r.People.All)
	require.Len(t, r.People.Arms, 3)
	require.InDelta(t, .975, r.Confidence, 1e-9, "the risk is split over two arms")
	require.Contains(t, strings.Join(r.Notes, "\n"), "Only people who saw no arm before then count")

	nobody := []flag.Variant{{Key: "short", Value: json.RawMessage(`"Buy"`), Weight: 0}}
	w.later(time.Minute)
	_, err = w.flags.Change(t.Context(), dana, why, w.env, "button", flag.Patch{Variants: &nobody})
	require.NoError(t, err)
	w.later(time.Minute)
	_, err = w.experiments.Result(t.Context(), e.ID)
	require.True(t, fault.Is(err, fault.Conflict), err)
	_, err = w.experiments.Stop(t.Context(), dana, why, e.ID)
	require.NoError(t, err, "it can be stopped all the same")
}

func TestAnExperimentOutlivesItsFlag(t *testing.T) {
	w := newWorld(t)
	w.button()
	e := w.start()
	w.later(time.Minute)
	require.NoError(t, w.flags.Delete(t.Context(), dana, why, w.env, "button"))
	gone := w.result(e.ID)
	require.Nil(t, gone.Restarted)
	require.Contains(t, strings.Join(gone.Notes, "\n"), "no longer carries the name")
	_, err := w.experiments.Stop(t.Context(), dana, why, e.ID)
	require.NoError(t, err)
}

func TestWhatCannotBeComparedIsRefusedWithTheReason(t *testing.T) {
	w := newWorld(t)
	w.button()
	primary := experiment.Metric{Role: experiment.Primary, Kind: experiment.Conversion, Event: "bought"}
	start := func(change func(*experiment.Design)) error {
		n := experiment.Design{Name: "x", Flag: "button", Metrics: []experiment.Metric{primary}}
		change(&n)
		_, err := w.experiments.Start(t.Context(), dana, why, w.env, n)
		return err
	}
	for name, c := range map[string]struct {
		change func(*experiment.Design)
		code   fault.Code
		says   string
	}{
		"no flag":         {func(n *experiment.Design) { n.Flag = "gone" }, fault.NotFound, "gone"},
		"no such control": {func(n *experiment.Design) { n.Control = "long" }, fault.Invalid, "long"},
		"no primary":      {func(n *experiment.Design) { n.Metrics = []experiment.Metric{noErrors(1)} }, fault.Invalid, "exactly one primary"},
		"twice the same":  {func(n *experiment.Design) { n.Metrics = append(n.Metrics, noErrors(1), noErrors(2)) }, fault.Invalid, "same name"},
		"no event":        {func(n *experiment.Design) { n.Metrics[0].Event = "" }, fault.Invalid, "names the event"},
		"odd vital": {func(n *experiment.Design) {
			n.Metrics = append(n.Metrics, experiment.Metric{Role: experiment.Guardrail, Kind: experiment.Slow, Event: "FID"})
		}, fault.Invalid, "LCP, INP"},
		"odd property": {func(n *experiment.Design) {
			n.Metrics[0] = experiment.Metric{Role: experiment.Primary, Kind: experiment.Sum, Event: "bought", Property: `a"b`}
		}, fault.Invalid, "A–Z"},
		"no name": {func(n *experiment.Design) { n.Name = " " }, fault.Invalid, "1 to 150"},
	} {
		err := start(c.change)
		require.True(t, fault.Is(err, c.code), "%s: %v", name, err)
		require.Contains(t, said(err), c.says, name)
	}
	require.Nil(t, w.flag().Experiment)
	require.NoError(t, start(func(*experiment.Design) {}))
	require.ErrorContains(t, start(func(*experiment.Design) {}), "is in the experiment “x”")
	_, err := w.flags.Create(t.Context(), dana, why, flag.Flag{EnvironmentID: w.env, Key: "plain", Type: flag.Boolean, Enabled: true})
	require.NoError(t, err)
	require.ErrorContains(t, start(func(n *experiment.Design) { n.Flag = "plain" }), "gives everybody the same")
}

func said(err error) string {
	var f *fault.Error
	text := err.Error()
	if e, is := err.(*fault.Error); is { //nolint:errorlint // the service wraps none of these
		f = e
		for _, field := range f.Fields {
			text += " " + field.Path + " " + field.Message
		}
	}
	return text
}

func TestStartAndStopAreOneCommitEachWithTheMarkOfTheFlag(t *testing.T) {
	w := newWorld(t)
	w.button()
	e := w.start()
	kinds := func() []string {
		last, err := w.journal.Find(t.Context(), w.journal.Head())
		require.NoError(t, err)
		var all []string
		for _, ch := range last.Changes {
			all = append(all, ch.Kind)
		}
		return all
	}
	require.Equal(t, []string{flag.FlagUpdated, experiment.StartedChange}, kinds())
	_, err := w.experiments.Stop(t.Context(), dana, why, e.ID)
	require.NoError(t, err)
	require.Equal(t, []string{flag.FlagUpdated, experiment.StoppedChange}, kinds())
	all, err := w.journal.List(t.Context(), change.Filter{EnvironmentID: w.env, KindPrefix: "experiment."})
	require.NoError(t, err)
	require.Len(t, all, 2)
}

func TestAPlanSaysHowManyPeopleAndDaysItTakes(t *testing.T) {
	w := newWorld(t)
	w.button()
	q := experiment.Question{Flag: "button", Metric: experiment.Metric{Kind: experiment.Conversion, Event: "bought"}, Effect: 3}
	empty, err := w.experiments.Plan(t.Context(), w.env, q)
	require.NoError(t, err)
	require.Zero(t, empty.People)
	require.Contains(t, empty.Text, "nothing to plan with")

	w.crowd("p", 5000, 14*24, map[string]chances{"control": {.2, 0}}, even("control"))
	p, err := w.experiments.Plan(t.Context(), w.env, q)
	require.NoError(t, err)
	require.True(t, p.Baseline.Exposed)
	require.InDelta(t, .2, p.Baseline.Mean, .02)
	require.InDelta(t, 5000/14.0, p.PerDay, 5)
	require.InEpsilon(t, 11_300, p.People, .06, "the textbook's number for one look is 5,900")
	require.InEpsilon(t, 5_880, p.Once, .06)
	require.InDelta(t, float64(p.People)/p.PerDay, p.Days, .1)
	require.NotEmpty(t, p.Curve)
	for i := 1; i < len(p.Curve); i++ {
		require.Less(t, p.Curve[i].Effect, p.Curve[i-1].Effect, "more days find less")
	}
	half := q
	half.Effect = 1.5
	more, err := w.experiments.Plan(t.Context(), w.env, half)
	require.NoError(t, err)
	require.InEpsilon(t, 4, float64(more.People)/float64(p.People), .1, "half the effect takes four times the people")
	_, err = w.experiments.Plan(t.Context(), w.env, experiment.Question{Flag: "button", Metric: q.Metric})
	require.True(t, fault.Is(err, fault.Invalid), err)
}

func TestThePageNeedsNothingElseAndHoldsWhatPeopleWrote(t *testing.T) {
	w := newWorld(t)
	w.button(flag.Variant{Key: "short", Value: json.RawMessage(`"Buy"`), Weight: 30}, flag.Variant{Key: "none", Value: json.RawMessage(`""`), Weight: 30})
	e, err := w.experiments.Start(t.Context(), dana, why, w.env, experiment.Design{
		Name: "Shorter <b>button</b>", Hypothesis: "People </main> read less", Flag: "button", Planned: 5000,
		Metrics: []experiment.Metric{
			{Role: experiment.Primary, Kind: experiment.Sum, Event: "bought"},
			{Role: experiment.Guardrail, Kind: experiment.Errors, Margin: 2, Name: "Errors & trouble"},
			{Role: experiment.Guardrail, Kind: experiment.Slow, Event: "lcp", Margin: 2},
		},
	})
	require.NoError(t, err)
	w.crowd("p", 3000, 30, map[string]chances{"control": {.2, .02}, "short": {.3, .02}, "none": {.1, .02}}, func(r *rand.Rand) string {
		return []string{"control", "control", "control", "control", "short", "short", "short", "none", "none", "none"}[r.IntN(10)]
	})
	var page bytes.Buffer
	require.NoError(t, w.result(e.ID).WriteHTML(&page, "production", "1.0"))
	text := page.String()
	for _, want := range []string{
		"Shorter &lt;b&gt;button&lt;/b&gt;", "People &lt;/main&gt; read less", "Errors &amp; trouble", "value of ‘bought’ per person",
		"2 arms are compared with control", "<svg", "tolerated up to here",
	} {
		require.Contains(t, text, want)
	}
	for _, foreign := range []string{"<script", "http://", "https://", "<b>", "src=", "NaN", "Inf"} {
		require.NotContains(t, text, foreign)
	}
}

func TestMetricsAreReadAsTheyAreWritten(t *testing.T) {
	for text, want := range map[string]experiment.Metric{
		"conversion:sign up": {Kind: experiment.Conversion, Event: "sign up"},
		"count:a:b":          {Kind: experiment.Count, Event: "a:b"},
		"sum:bought:price":   {Kind: experiment.Sum, Event: "bought", Property: "price"},
		"errors":             {Kind: experiment.Errors},
		"slow:LCP:3000":      {Kind: experiment.Slow, Event: "LCP", Limit: 3000},
	} {
		got, err := experiment.ParseMetric(text)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	g, err := experiment.ParseGuardrail("errors=0.5")
	require.NoError(t, err)
	require.Equal(t, experiment.Metric{Kind: experiment.Errors, Role: experiment.Guardrail, Margin: .5}, g)
	for _, text := range []string{"", "bought", "conversion", "conversion:", "errors:x", "slow:LCP:fast", "slow", "speed:LCP", "errors=x", "errors=-1", "errors=NaN"} {
		_, err := experiment.ParseGuardrail(text)
		require.True(t, fault.Is(err, fault.Invalid), "%s", text)
	}
}

func TestASameResultForTheSameCountsHoweverOftenItIsAsked(t *testing.T) {
	w := newWorld(t)
	w.button()
	e := w.start()
	w.crowd("p", 500, 5, map[string]chances{"control": {.2, 0}, "short": {.3, 0}}, even("control", "short"))
	first := w.result(e.ID)
	again, err := w.experiments.Result(t.Context(), e.ID)
	require.NoError(t, err)
	require.Equal(t, first, again)
	require.Equal(t, fmt.Sprint(first.Measures[0].Arms[1].Change), fmt.Sprint(w.result(e.ID).Measures[0].Arms[1].Change))
}
