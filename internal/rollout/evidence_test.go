package rollout_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/rollout"
	"github.com/siteproof/belay/internal/telemetry"
)

var began = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// plain is a rollout in its first span at a share.
func plain(percent float64) rollout.Rollout {
	plan := rollout.DemoPlan()
	plan.Phases[0].Percent = percent
	started := began
	return rollout.Rollout{
		ID: "rol_1", Salt: "salt", EnvironmentID: "env", Flag: master, Components: components, Plan: plan, State: rollout.Running,
		Spans: []rollout.Span{{Percent: percent, From: began}}, StartedAt: &started,
	}
}

// somebody gives the n-th person on a side.
func somebody(salt string, percent float64, treated bool, n int) string {
	for i := 0; ; i++ {
		user := fmt.Sprintf("usr_%d", i)
		if flag.Bucket(salt, user) < percent != treated {
			continue
		}
		if n--; n < 0 {
			return user
		}
	}
}

// tape writes events down in the order of storing.
type tape struct{ events []telemetry.Event }

func (t *tape) add(at time.Time, user string, e telemetry.Event) {
	e.EnvironmentID, e.User, e.ReceivedAt, e.Position = "env", user, at, int64(len(t.events)+1)
	if e.Session == "" {
		e.Session = "ses_" + user
	}
	t.events = append(t.events, e)
}

func (t *tape) play(e *rollout.Evidence) *rollout.Evidence {
	for _, event := range t.events {
		e.Observe(event)
	}
	return e
}

func failure(component string) telemetry.Event {
	return telemetry.Event{Kind: telemetry.Error, Component: component, Fingerprint: "fp-" + component, Name: "TypeError", Message: "of " + component}
}

// find gives one reading; an empty one when there is none.
func find(readings []rollout.Reading, guard rollout.GuardKind, scope string) rollout.Reading {
	n := slices.IndexFunc(readings, func(r rollout.Reading) bool { return r.Guard == guard && r.Scope == scope })
	if n < 0 {
		return rollout.Reading{}
	}
	return readings[n]
}

func TestAPersonCountsOnceAtTheirFirstError(t *testing.T) {
	var tape tape
	for n := range 3 {
		user := somebody("salt", 50, n > 0, n)
		for k := range 200 {
			tape.add(began.Add(time.Duration(k)*time.Millisecond), user, failure([]string{"diary", "auth"}[k%2]))
		}
	}
	readings := tape.play(rollout.NewEvidence(plain(50), rollout.Past{})).At(began.Add(time.Second))
	for _, scope := range []string{"", "diary", "auth"} {
		r := find(readings, rollout.Errors, scope)
		require.Equal(t, rollout.Arm{Users: 2, Affected: 2}, r.Treatment, scope)
		require.Equal(t, rollout.Arm{Users: 1, Affected: 1}, r.Control, scope)
	}
	require.Zero(t, find(readings, rollout.Errors, "dashboard").Treatment.Affected)
}

func TestEventsThatTellNothingAreNotCounted(t *testing.T) {
	user := somebody("salt", 50, true, 0)
	for name, change := range map[string]func(*telemetry.Event){
		"before the start":        func(e *telemetry.Event) { e.ReceivedAt = began.Add(-time.Microsecond) },
		"of another environment":  func(e *telemetry.Event) { e.EnvironmentID = "other" },
		"of nobody":               func(e *telemetry.Event) { e.User = "" },
		"of a bot":                func(e *telemetry.Event) { e.Browser = "Bot" },
		"stored before, again":    func(e *telemetry.Event) { e.Position = 1 },
		"after everything ended":  func(e *telemetry.Event) { e.ReceivedAt = began.Add(time.Hour) },
		"late, of an ended phase": func(e *telemetry.Event) { e.ReceivedAt = began.Add(time.Hour + time.Second) },
	} {
		t.Run(name, func(t *testing.T) {
			r := plain(50)
			end := began.Add(time.Hour)
			r.Spans[0].To = &end
			e := rollout.NewEvidence(r, rollout.Past{})
			first := failure("diary")
			first.EnvironmentID, first.Session, first.User, first.ReceivedAt, first.Position = "env", "ses_1", user, began, 1
			e.Observe(first)
			second := first
			second.User, second.Session, second.Position, second.ReceivedAt = somebody("salt", 50, true, 1), "ses_2", 2, began.Add(time.Second)
			change(&second)
			e.Observe(second)
			require.Equal(t, int64(1), find(e.At(began.Add(2*time.Second)), rollout.Errors, "").Treatment.Affected)
		})
	}
}

func TestWhatALostComponentCausedLeavesEverythingStillOn(t *testing.T) {
	var tape tape
	for n := range 8 {
		user := somebody("salt", 5, true, n)
		tape.add(began, user, failure("ncr-form"))
		if n == 0 {
			tape.add(began, user, failure("diary"))
		}
	}
	tape.add(began, somebody("salt", 5, false, 0), telemetry.Event{Kind: telemetry.Heartbeat})
	r := plain(5)
	e := tape.play(rollout.NewEvidence(r, rollout.Past{}))
	before := e.At(began.Add(time.Second))
	require.Equal(t, rollout.StatusHarmful, find(before, rollout.Errors, "").Status)
	require.Equal(t, rollout.StatusHarmful, find(before, rollout.Errors, "ncr-form").Status)
	require.Equal(t, int64(8), find(before, rollout.Brake, "").Treatment.Affected)

	r.Lost = []rollout.Lost{{Component: "ncr-form", At: began.Add(time.Second)}}
	e.Follow(r)
	after := e.At(began.Add(time.Second))
	all := find(after, rollout.Errors, "")
	require.Equal(t, int64(1), all.Treatment.Affected, "one of them met an error in the diary too")
	require.Equal(t, rollout.StatusWatching, all.Status)
	require.Equal(t, rollout.StatusOff, find(after, rollout.Errors, "ncr-form").Status)
	require.Equal(t, int64(1), find(after, rollout.Brake, "").Treatment.Affected)

	tape.add(began.Add(2*time.Second), somebody("salt", 5, true, 9), failure("ncr-form"))
	e.Observe(tape.events[len(tape.events)-1])
	require.Equal(t, int64(1), find(e.At(began.Add(3*time.Second)), rollout.Errors, "").Treatment.Affected, "nor does what it still causes come back")
}

func TestOnlyPagesThatAreNotReadyInTimeAreSilent(t *testing.T) {
	after := time.Duration(rollout.DemoPlan().SilentAfter)
	user := somebody("salt", 50, true, 0)
	for name, c := range map[string]struct {
		readyIn time.Duration // negative: never
		fetches bool
		silent  int64
	}{
		"ready at once":                        {time.Second, true, 0},
		"ready at the last moment":             {after, true, 0},
		"ready too late":                       {after + time.Microsecond, true, 1},
		"never ready":                          {-1, true, 1},
		"never fetched as Belay's SDK does":    {-1, false, 0},
		"fetched before the rollout, not ours": {time.Second, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			var tape tape
			if c.fetches {
				tape.add(began, user, telemetry.Event{Kind: telemetry.Fetch})
			}
			if c.readyIn >= 0 {
				tape.add(began.Add(c.readyIn), user, telemetry.Event{Kind: telemetry.Ready})
			}
			tape.add(began.Add(after+time.Minute), user, telemetry.Event{Kind: telemetry.Heartbeat})
			r := find(tape.play(rollout.NewEvidence(plain(50), rollout.Past{})).At(began.Add(after+time.Minute)), rollout.SilentClients, "")
			require.Equal(t, c.silent, r.Treatment.Affected)
		})
	}
}

// TestWhoLoadsAnEmptyPageAgainIsSilentSooner asks a page's reading before and after the time that a page has to be ready.
func TestWhoLoadsAnEmptyPageAgainIsSilentSooner(t *testing.T) {
	plan := rollout.DefaultPlan()
	after := time.Duration(plan.SilentAfter)
	again := began.Add(8 * time.Second)
	soon := again.Add(after/5 + 2*time.Second)
	user := somebody("salt", 50, true, 0)
	for name, c := range map[string]struct {
		fetches    []time.Time
		session    string // of the later fetches; "" is the same
		readyAt    time.Time
		soon, late int64
		reloaded   bool
	}{
		"never again":               {[]time.Time{began}, "", time.Time{}, 0, 1, false},
		"twice at the start":        {[]time.Time{began, began.Add(time.Second)}, "", time.Time{}, 0, 1, false},
		"again":                     {[]time.Time{began, again}, "", time.Time{}, 1, 1, true},
		"again in another session":  {[]time.Time{began, again}, "ses_other_tab", time.Time{}, 1, 1, true},
		"again and again":           {[]time.Time{began, again, again.Add(4 * time.Second)}, "", time.Time{}, 1, 1, true},
		"again, and ready then":     {[]time.Time{began, again}, "", again.Add(time.Second), 0, 0, false},
		"again, and ready too late": {[]time.Time{began, again}, "", soon.Add(time.Second), 1, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			r := plain(50)
			r.Plan.SilentAfter, r.Plan.Guards = plan.SilentAfter, plan.Guards
			var tape tape
			for n, at := range c.fetches {
				e := telemetry.Event{Kind: telemetry.Fetch}
				if n > 0 {
					e.Session = c.session
				}
				tape.add(at, user, e)
			}
			e := tape.play(rollout.NewEvidence(r, rollout.Past{}))
			if !c.readyAt.IsZero() && c.readyAt.Before(soon) {
				e.Observe(telemetry.Event{Kind: telemetry.Ready, EnvironmentID: "env", User: user, Session: "ses_" + user, ReceivedAt: c.readyAt, Position: 10})
			}
			require.Equal(t, c.soon, find(e.At(soon), rollout.SilentClients, "").Treatment.Affected)
			if c.readyAt.After(soon) {
				e.Observe(telemetry.Event{Kind: telemetry.Ready, EnvironmentID: "env", User: user, Session: "ses_" + user, ReceivedAt: c.readyAt, Position: 11})
			}
			silent := find(e.At(began.Add(after+2*time.Second)), rollout.SilentClients, "")
			require.Equal(t, c.late, silent.Treatment.Affected)
			require.Equal(t, c.reloaded, silent.Reloaded[0].Treatment == 1, "%+v", silent.Reloaded)
			logE, carries := silent.Recount()
			require.True(t, carries)
			require.InDelta(t, silent.LogE, logE, 0)
		})
	}
}

// TestAnotherFetchOfASessionBeginsNone has a page that is at work fetch a change, long after it was ready.
func TestAnotherFetchOfASessionBeginsNone(t *testing.T) {
	r := plain(50)
	r.Plan.Guards, r.Plan.SilentAfter = rollout.DefaultPlan().Guards, rollout.DefaultPlan().SilentAfter
	user := somebody("salt", 50, true, 0)
	var tape tape
	tape.add(began, user, telemetry.Event{Kind: telemetry.Fetch})
	tape.add(began.Add(time.Second), user, telemetry.Event{Kind: telemetry.Ready})
	tape.add(began.Add(5*time.Minute), user, telemetry.Event{Kind: telemetry.Fetch, Seq: 1})
	silent := find(tape.play(rollout.NewEvidence(r, rollout.Past{})).At(began.Add(time.Hour)), rollout.SilentClients, "")
	require.Zero(t, silent.Treatment.Affected, "%+v", silent)
	require.Equal(t, int64(1), silent.Treatment.Users)
}

// TestAProbeThatIsNeverReadyDoesNotHideThatPagesAre has one come every few seconds, on the side of the new version.
func TestAProbeThatIsNeverReadyDoesNotHideThatPagesAre(t *testing.T) {
	r := plain(50)
	r.Plan.Guards, r.Plan.SilentAfter = rollout.DefaultPlan().Guards, rollout.DefaultPlan().SilentAfter
	e := rollout.NewEvidence(r, rollout.Past{})
	probe, position := somebody("salt", 50, true, 0), int64(0)
	see := func(at time.Time, user, session string, kind telemetry.Kind) {
		position++
		e.Observe(telemetry.Event{Kind: kind, EnvironmentID: "env", User: user, Session: session, ReceivedAt: at, Position: position})
	}
	for n := range 1000 {
		at, session := began.Add(time.Duration(n)*time.Second), fmt.Sprintf("ses_%d", n)
		see(at, fmt.Sprintf("somebody_%d", n), session, telemetry.Fetch)
		see(at, fmt.Sprintf("somebody_%d", n), session, telemetry.Ready)
		if n%5 == 0 {
			see(at, probe, "probe_"+session, telemetry.Fetch)
		}
	}
	silent := find(e.At(began.Add(1200*time.Second)), rollout.SilentClients, "")
	require.Equal(t, rollout.StatusSafe, silent.Status, "%+v", silent)
}

// TestAColdViewThatComesLateIsStillTheFirst has every first view of the new version slow, and arrive after the second.
func TestAColdViewThatComesLateIsStillTheFirst(t *testing.T) {
	for name, at := range map[string]func(happened, arrived time.Time) time.Time{
		"it says when it happened": func(happened, _ time.Time) time.Time { return happened },
		"it does not":              func(_, arrived time.Time) time.Time { return arrived },
	} {
		r := plain(50)
		r.Plan.Guards = rollout.DefaultPlan().Guards
		e := rollout.NewEvidence(r, rollout.Past{Percentiles: map[string]float64{"LCP": 2000}})
		position := int64(0)
		for n := range 400 {
			user, treated := somebody("salt", 50, n%2 > 0, n/2), n%2 > 0
			for view, value := range []float64{1500, 1800} {
				if view == 1 && treated {
					value = 3000
				}
				position++
				arrived := began.Add(time.Duration(position) * time.Second)
				happened := arrived.Add(-time.Duration(view) * time.Hour)
				e.Observe(telemetry.Event{
					Kind: telemetry.Vital, Name: "LCP", Value: value, EnvironmentID: "env", User: user, Session: "ses_" + user,
					ReceivedAt: arrived, At: at(happened, arrived), Position: position,
				})
			}
		}
		lcp := find(e.At(began.Add(time.Hour)), rollout.LCP, "")
		require.Equal(t, name == "it does not", lcp.Status == rollout.StatusHarmful, "%s: %+v", name, lcp)
		require.Equal(t, int64(200), lcp.Treatment.Users)
	}
}

func TestASilentSessionBelongsToTheShareUnderWhichItFetched(t *testing.T) {
	r := plain(5)
	user := somebody("salt", 25, true, 0)
	for n := 0; flag.Bucket("salt", user) < 5; n++ {
		user = somebody("salt", 25, true, n)
	}
	moved := began.Add(2 * time.Second) // before the session is known to be silent
	r.Spans[0].To = &moved
	r.Phase, r.Spans = 1, append(r.Spans, rollout.Span{Phase: 1, Percent: 25, From: moved})
	var tape tape
	tape.add(began, user, telemetry.Event{Kind: telemetry.Fetch})
	silent := find(tape.play(rollout.NewEvidence(r, rollout.Past{})).At(began.Add(time.Minute)), rollout.SilentClients, "")
	require.Equal(t, int64(1), silent.Control.Affected)
	require.Zero(t, silent.Treatment.Affected)
}

// TestYoungVisitsAreNoGoodNews lets two thousand people come at once and nothing go wrong.
func TestYoungVisitsAreNoGoodNews(t *testing.T) {
	var tape tape
	for n := range 2000 {
		tape.add(began, fmt.Sprintf("usr_%d", n), telemetry.Event{Kind: telemetry.Fetch})
		tape.add(began, fmt.Sprintf("usr_%d", n), telemetry.Event{Kind: telemetry.Ready})
	}
	r := plain(50)
	e := tape.play(rollout.NewEvidence(r, rollout.Past{}))
	maturity := time.Duration(r.Plan.Maturity)
	young := find(e.At(began.Add(maturity)), rollout.Errors, "")
	require.Zero(t, young.SafeLogE)
	require.NotZero(t, young.SafeNeed)
	require.Zero(t, find(e.At(began.Add(time.Duration(r.Plan.SilentAfter))), rollout.SilentClients, "").SafeLogE)
	old := e.At(began.Add(maturity + time.Minute))
	require.Equal(t, rollout.StatusSafe, find(old, rollout.Errors, "").Status)
	require.Equal(t, rollout.StatusSafe, find(old, rollout.SilentClients, "").Status)
}

func TestANewErrorOfThreePeopleNamesItsComponent(t *testing.T) {
	var tape tape
	for n := range 3 {
		tape.add(began, somebody("salt", 5, true, n), failure("ncr-form"))
		tape.add(began, somebody("salt", 5, false, n), telemetry.Event{Kind: telemetry.Exposure, Component: "ncr-form"})
	}
	at := began.Add(time.Second)
	fresh := find(tape.play(rollout.NewEvidence(plain(5), rollout.Past{})).At(at), rollout.NewIssue, "ncr-form")
	require.Equal(t, rollout.StatusHarmful, fresh.Status)
	require.Equal(t, "fp-ncr-form", fresh.Fingerprint)
	known := tape.play(rollout.NewEvidence(plain(5), rollout.Past{Fingerprints: []string{"fp-ncr-form"}})).At(at)
	require.Empty(t, find(known, rollout.NewIssue, "ncr-form"), "it was met before the rollout")
	require.Equal(t, rollout.StatusWatching, find(known, rollout.Errors, "ncr-form").Status)
}

// TestErrorsOfEveryDayDoNotHideWhoseANewOneIs proves harm in everything together by a new error of three people and, by
// chance, three errors that were known.
func TestErrorsOfEveryDayDoNotHideWhoseANewOneIs(t *testing.T) {
	r := plain(5)
	r.Plan.Guards = rollout.DefaultPlan().Guards
	past := rollout.Past{}
	var tape tape
	at := began
	meet := func(treated bool, n int, component, fingerprint string) {
		e := failure(component)
		e.Fingerprint = fingerprint
		tape.add(at, somebody("salt", 5, treated, n), e)
		at = at.Add(100 * time.Millisecond)
	}
	for n, odd := range []string{"fp-odd", "fp-odd", "fp-rare", "fp-rare"} { // new errors of two people each came first
		meet(false, n, "", odd)
	}
	for n, component := range []string{"auth", "dashboard", "itp-form"} {
		past.Fingerprints = append(past.Fingerprints, "fp-"+component)
		meet(true, n, component, "fp-"+component)
		meet(true, 3+n, "ncr-form", "fp-nobody-had")
	}
	e := tape.play(rollout.NewEvidence(r, past))
	harm := find(e.At(at), rollout.Errors, "")
	require.Equal(t, rollout.StatusHarmful, harm.Status, "%+v", harm)
	require.NotEqual(t, rollout.StatusHarmful, find(e.At(at), rollout.NewIssue, "ncr-form").Status)
	v := rollout.Decide(e.Input(at))
	require.Equal(t, rollout.RollBackPart, v.Action, v.Reason)
	require.Equal(t, "ncr-form", v.Component)
}

func TestAnErrorOutsideOfTheRolloutsComponentsIsStillJudged(t *testing.T) {
	var tape tape
	for n := range 4 {
		e := failure("footer") // no component of this rollout
		tape.add(began, somebody("salt", 5, true, n), e)
	}
	fresh := find(tape.play(rollout.NewEvidence(plain(5), rollout.Past{})).At(began.Add(time.Second)), rollout.NewIssue, "")
	require.Equal(t, rollout.StatusHarmful, fresh.Status)
}

func TestAFloodOfNewErrorsIsBoundedAndHidesNoHarmOfComponents(t *testing.T) {
	e := rollout.NewEvidence(plain(5), rollout.Past{})
	var tape tape
	for n := range 20_000 { // each met by one person: made up by somebody who has the public key
		made := failure("")
		made.Fingerprint = fmt.Sprintf("made-up-%d", n)
		tape.add(began, fmt.Sprintf("usr_%d", n%7), made)
	}
	for n := range 4 {
		tape.add(began.Add(time.Second), somebody("salt", 5, true, n), failure("ncr-form"))
	}
	require.Equal(t, rollout.StatusHarmful, find(tape.play(e).At(began.Add(2*time.Second)), rollout.NewIssue, "ncr-form").Status)
}

func TestTheBrakeCountsTheLastTwoMinutesOnly(t *testing.T) {
	for name, c := range map[string]struct {
		people, failing int           // of the new version
		oldFailing      int           // of two hundred of the old one
		ago             time.Duration // the errors
		pulled          bool
	}{
		"a third fails":                       {60, 20, 0, 0, true},
		"too few people":                      {19, 19, 0, 0, false},
		"too small a share":                   {500, 20, 0, 0, false},
		"the old version fails as well":       {60, 20, 60, 0, false},
		"the old version fails a little":      {60, 20, 10, 0, true},
		"it was three minutes ago":            {60, 20, 0, 3 * time.Minute, false},
		"it was a minute ago and still seen":  {60, 20, 0, time.Minute, true},
		"many came and went long before that": {60, 20, 0, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			var tape tape
			now := began.Add(time.Hour)
			if name == "many came and went long before that" {
				for n := range 3000 {
					tape.add(began, fmt.Sprintf("early_%d", n), telemetry.Event{Kind: telemetry.Heartbeat})
				}
			}
			for n := range c.failing {
				tape.add(now.Add(-c.ago), somebody("salt", 50, true, n), failure(components[n%5]))
			}
			for n := range c.oldFailing {
				tape.add(now.Add(-c.ago), somebody("salt", 50, false, n), failure("auth"))
			}
			for n := range c.people {
				tape.add(now, somebody("salt", 50, true, n), telemetry.Event{Kind: telemetry.Heartbeat})
			}
			for n := range 200 {
				tape.add(now, somebody("salt", 50, false, n), telemetry.Event{Kind: telemetry.Heartbeat})
			}
			r := plain(50)
			r.Plan.Guards = []rollout.Guard{{Kind: rollout.Brake, Ratio: 2}}
			brake := find(tape.play(rollout.NewEvidence(r, rollout.Past{})).At(now), rollout.Brake, "")
			require.Equal(t, c.pulled, brake.Status == rollout.StatusHarmful, "%+v", brake)
		})
	}
}

func TestAtAHundredPercentOnlyTheBrakeWatches(t *testing.T) {
	r := plain(50)
	moved := began.Add(time.Minute)
	r.Spans[0].To = &moved
	r.Phase, r.Spans = 3, append(r.Spans, rollout.Span{Phase: 3, Percent: 100, From: moved})
	var tape tape
	for n := range 400 {
		tape.add(began, fmt.Sprintf("usr_%d", n), telemetry.Event{Kind: telemetry.Heartbeat})
		if n%100 == 0 {
			tape.add(began, fmt.Sprintf("usr_%d", n), failure("auth"))
		}
	}
	quiet := tape.play(rollout.NewEvidence(r, rollout.Past{})).At(moved)
	later := moved.Add(time.Hour)
	for n := range 100 {
		tape.add(later, fmt.Sprintf("usr_%d", n), failure("diary"))
	}
	loud := tape.play(rollout.NewEvidence(r, rollout.Past{})).At(later)
	require.InDelta(t, find(quiet, rollout.Errors, "diary").LogE, find(loud, rollout.Errors, "diary").LogE, 1e-9)
	require.Equal(t, rollout.StatusHarmful, find(loud, rollout.Brake, "diary").Status)
}

// TestAnOutageOfIngestIsNoHarm lets everybody fetch and nobody become ready.
func TestAnOutageOfIngestIsNoHarm(t *testing.T) {
	var tape tape
	for n := range 3000 {
		tape.add(began.Add(time.Duration(n)*10*time.Millisecond), fmt.Sprintf("usr_%d", n), telemetry.Event{Kind: telemetry.Fetch})
	}
	r := plain(25)
	for _, reading := range tape.play(rollout.NewEvidence(r, rollout.Past{})).At(began.Add(time.Minute)) {
		require.NotEqual(t, rollout.StatusHarmful, reading.Status, "%+v", reading)
	}
}

// life is a busy, untidy stretch of a rollout: three shares, a component lost, events stored late and out of order.
func life(seed uint64) (rollout.Rollout, []telemetry.Event) {
	random := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // a test
	r := plain(5)
	for n, percent := range []float64{25, 50} {
		at := began.Add(time.Duration(n+1) * 100 * time.Second)
		to := at
		r.Spans[n].To = &to
		r.Spans = append(r.Spans, rollout.Span{Phase: n + 1, Percent: percent, From: at})
	}
	r.Phase = 2
	r.Parents = map[string]string{"ncr-form": "dashboard"}
	r.Lost = []rollout.Lost{{Component: "ncr-form", At: began.Add(130 * time.Second)}, {Component: "dashboard", At: began.Add(220 * time.Second)}}
	r.Plan.Guards = append(
		rollout.DefaultPlan().Guards, rollout.Guard{Kind: rollout.TTFB, Share: .01}, rollout.Guard{Kind: rollout.PageLoad, Share: .01},
		rollout.Guard{Kind: rollout.Metric, Metric: "api", Share: .01}, rollout.Guard{Kind: rollout.Metric, Metric: "checkout", Share: .01},
	)
	var events []telemetry.Event
	kinds := []telemetry.Kind{
		telemetry.Fetch, telemetry.Ready, telemetry.Error, telemetry.Exposure, telemetry.Heartbeat, telemetry.Vital, telemetry.Custom, telemetry.Metric,
	}
	for at := began; at.Before(began.Add(5 * time.Minute)); at = at.Add(time.Duration(random.IntN(12)) * time.Millisecond) {
		user := random.IntN(180)
		e := telemetry.Event{
			Kind: kinds[random.IntN(len(kinds))], EnvironmentID: "env", User: fmt.Sprintf("usr_%d", user),
			Session: fmt.Sprintf("ses_%d_%d", user, at.Unix()/20), ReceivedAt: at.Add(-time.Duration(random.IntN(100)) * time.Millisecond).Truncate(time.Microsecond),
			Component: append(components, "", "footer")[random.IntN(len(components)+2)], Position: int64(len(events) + 1),
			Browser: []string{"Chrome", "Safari", "Edge"}[user%3], OS: fmt.Sprintf("OS %d", user%11), Tier: []string{"", "trial", "enterprise"}[user%3],
			Release: fmt.Sprintf("r%d", random.IntN(3)), Value: math.Exp(random.NormFloat64()),
		}
		switch e.Kind { //nolint:exhaustive // the others need no more
		case telemetry.Vital:
			e.Name = []string{"LCP", "INP", "CLS", "TTFB"}[random.IntN(4)]
		case telemetry.Metric:
			if e.Name = "api"; random.IntN(2) == 0 {
				e.Name, e.Properties = "checkout", fmt.Appendf(nil, `{"units":%d,"bad":%d}`, 1+random.IntN(9), random.IntN(3))
			}
			if e.Properties != nil && random.IntN(2) == 0 {
				e.User, e.Flag, e.Variant = "", master, []string{telemetry.Control, telemetry.Treatment}[random.IntN(2)]
			}
		}
		if e.Kind == telemetry.Error {
			e.Fingerprint, e.Source = fmt.Sprintf("fp-%s-%d", e.Component, random.IntN(4)), []string{"window", "boundary"}[random.IntN(2)]
			if random.IntN(3) > 0 { // most of what happens does not fail
				e.Kind = telemetry.Heartbeat
			}
		}
		events = append(events, e)
	}
	return r, events
}

// asOf is what the rollout was at a moment.
func asOf(r rollout.Rollout, at time.Time) rollout.Rollout {
	r.Spans = slices.DeleteFunc(slices.Clone(r.Spans), func(s rollout.Span) bool { return s.From.After(at) })
	r.Spans[len(r.Spans)-1].To = nil
	r.Phase = r.Spans[len(r.Spans)-1].Phase
	r.Lost = slices.DeleteFunc(slices.Clone(r.Lost), func(l rollout.Lost) bool { return l.At.After(at) })
	return r
}

// TestAReplayCountsWhatWasCounted compares evidence that was asked at every turn, and made anew now and then as after a
// restart, with evidence that is made at the end, to the last bit of every guard.
func TestAReplayCountsWhatWasCounted(t *testing.T) {
	past := rollout.Past{Fingerprints: []string{"fp-auth-1"}, Percentiles: map[string]float64{"LCP": 2}}
	for seed := range uint64(5) {
		r, events := life(seed)
		live := rollout.NewEvidence(asOf(r, began), past)
		random, asked := rand.New(rand.NewPCG(seed, 2)), 0 //nolint:gosec // a test
		last := began
		for n, e := range events {
			if e.ReceivedAt.After(last) {
				last = e.ReceivedAt
				live.Follow(asOf(r, last))
			}
			live.Observe(e)
			if random.IntN(4000) == 0 {
				live = rollout.NewEvidence(asOf(r, last), past)
				for _, e := range events[:n+1] {
					live.Observe(e)
				}
			}
			if random.IntN(50) == 0 {
				live.At(last.Add(time.Duration(random.IntN(200)) * time.Millisecond))
				asked++
			}
		}
		require.Greater(t, asked, 100)
		replayed := rollout.NewEvidence(r, past)
		for _, e := range events {
			replayed.Observe(e)
		}
		counted := map[rollout.GuardKind]bool{}
		for _, after := range []time.Duration{200 * time.Millisecond, 3 * time.Second, time.Minute, time.Hour} {
			want := live.Explain(live.At(last.Add(after)))
			for _, reading := range want {
				counted[reading.Guard] = counted[reading.Guard] || reading.LogE != 0
			}
			require.Equal(t, want, replayed.Explain(replayed.At(last.Add(after))), "seed %d, %s after the last event", seed, after)
		}
		for _, g := range r.Plan.Guards {
			require.True(t, counted[g.Kind] || g.Kind == rollout.Ingest, "%s had something to count", g.Kind)
		}
		harm := find(replayed.At(last), rollout.Errors, "")
		require.Greater(t, harm.Treatment.Affected, int64(5), "there was something to count")
		require.NotZero(t, find(replayed.At(last), rollout.SilentClients, "").SafeLogE)
	}
}

// TestEvidenceStaysSmall lets many people come, each with a session, over and over.
func TestEvidenceStaysSmall(t *testing.T) {
	const people = 200_000
	r := plain(25)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	e := rollout.NewEvidence(r, rollout.Past{})
	at := began
	for n := range 3 * people {
		at = at.Add(time.Millisecond)
		event := telemetry.Event{
			EnvironmentID: "env", User: fmt.Sprintf("usr_%d", n%people), Session: fmt.Sprintf("ses_%d", n), ReceivedAt: at, Kind: telemetry.Fetch, Position: int64(2*n + 1),
		}
		e.Observe(event)
		if n%50 == 0 {
			event.Kind, event.Fingerprint, event.Component = telemetry.Error, fmt.Sprint(n), "diary"
			event.Position++
			e.Observe(event)
		}
	}
	e.At(at.Add(time.Hour))
	runtime.GC()
	runtime.ReadMemStats(&after)
	each := float64(after.HeapAlloc-before.HeapAlloc) / people
	t.Logf("%.0f bytes a person, of whom 2 in 100 met an error, after 3 sessions each", each)
	require.Less(t, each, 250.0)
	runtime.KeepAlive(e)
}

func BenchmarkObserve(b *testing.B) {
	r, events := life(1)
	e := rollout.NewEvidence(r, rollout.Past{})
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		event := events[n%len(events)]
		event.Position = 0
		e.Observe(event)
		n++
	}
}

func BenchmarkAt(b *testing.B) {
	r, events := life(1)
	e := rollout.NewEvidence(r, rollout.Past{})
	for _, event := range events {
		e.Observe(event)
	}
	at := events[len(events)-1].ReceivedAt
	b.ReportAllocs()
	for b.Loop() {
		e.At(at)
	}
}
