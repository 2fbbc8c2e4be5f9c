package rollout_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/rollout"
	"github.com/siteproof/belay/internal/telemetry"
)

func acting(r rollout.Reading, action rollout.GuardAction) rollout.Reading {
	r.Action = action
	return r
}

func TestGuardsDoWhatTheirPlanSays(t *testing.T) {
	for name, c := range map[string]struct {
		readings []rollout.Reading
		want     rollout.Action
		then     rollout.Action // once that is done
	}{
		"notify tells once and goes on": {[]rollout.Reading{acting(harmful(rollout.Errors, "", 9), rollout.NotifyOnHarm)}, rollout.Notify, rollout.Advance},
		"hold tells once and waits":     {[]rollout.Reading{acting(harmful(rollout.Conversion, "", 9), rollout.HoldOnHarm)}, rollout.Notify, rollout.Continue},
		"freeze holds":                  {[]rollout.Reading{acting(harmful(rollout.Errors, "diary", 9), rollout.FreezeOnHarm)}, rollout.Hold, rollout.Continue},
		"roll_back wins over them all": {[]rollout.Reading{
			acting(harmful(rollout.Errors, "diary", 90), rollout.FreezeOnHarm), acting(harmful(rollout.SampleRatio, "", 90), rollout.HoldOnHarm),
			acting(harmful(rollout.NewIssue, "auth", 6), rollout.RollBackOnHarm),
		}, rollout.RollBackPart, rollout.Continue},
	} {
		t.Run(name, func(t *testing.T) {
			r := ladder(1, rollout.Running)
			in := rollout.Input{Rollout: r, Readings: c.readings, Healthy: true, Now: began.Add(time.Hour)}
			v := rollout.Decide(in)
			require.Equal(t, c.want, v.Action, v.Reason)
			require.NotEmpty(t, v.Reason)
			if v.Action == rollout.RollBackPart {
				return
			}
			in.Rollout = r.After(v, in.Now)
			require.Len(t, in.Rollout.Alerts, 1)
			require.Equal(t, c.then, rollout.Decide(in).Action, "%+v", in.Rollout)
		})
	}
}

func TestAFrozenRolloutStillGoesBack(t *testing.T) {
	r := ladder(1, rollout.Running)
	in := rollout.Input{Rollout: r, Readings: []rollout.Reading{acting(harmful(rollout.Errors, "diary", 9), rollout.FreezeOnHarm)}, Healthy: true, Now: began}
	in.Rollout = r.After(rollout.Decide(in), in.Now)
	require.Equal(t, rollout.Held, in.Rollout.State)
	in.Readings = append(in.Readings, harmful(rollout.SilentClients, "", 9))
	require.Equal(t, rollout.RollBackAll, rollout.Decide(in).Action)
}

func TestAHoldEndsByItselfWhenItsReasonDoes(t *testing.T) {
	r := ladder(1, rollout.Running)
	broken := rollout.Reading{Guard: rollout.SampleRatio, Status: rollout.StatusBroken, Action: rollout.HoldOnHarm}
	in := rollout.Input{Rollout: r, Readings: []rollout.Reading{broken}, Healthy: true, Now: began.Add(time.Hour)}
	in.Rollout = r.After(rollout.Decide(in), in.Now)
	require.Equal(t, rollout.Continue, rollout.Decide(in).Action)
	in.Readings[0].Status = rollout.StatusWatching
	require.Equal(t, rollout.Advance, rollout.Decide(in).Action)
}

// judge plays a tape to one guard alone.
func judge(t *testing.T, g rollout.Guard, percent float64, tape *tape, past rollout.Past, after time.Duration) rollout.Reading {
	t.Helper()
	r := plain(percent)
	r.Plan.Guards = []rollout.Guard{g}
	readings := tape.play(rollout.NewEvidence(r, past)).At(began.Add(after))
	require.NotEmpty(t, readings)
	return readings[0]
}

func TestAnUnevenSplitOfPeopleIsSeen(t *testing.T) {
	for name, c := range map[string]struct {
		treated, others int
		status          string
	}{
		"as planned":      {250, 750, rollout.StatusWatching},
		"a third missing": {1000, 4400, rollout.StatusBroken},
	} {
		t.Run(name, func(t *testing.T) {
			var tape tape
			r := plain(25)
			r.Plan.Guards = []rollout.Guard{{Kind: rollout.SampleRatio}}
			e := rollout.NewEvidence(r, rollout.Past{})
			e.PlaceBy(func(event telemetry.Event) (int, bool) { return 0, event.Variant == "on" })
			for n := range c.treated + c.others {
				variant := map[bool]string{true: "on", false: "off"}[n < c.treated]
				for range 3 { // once a person
					tape.add(began, fmt.Sprintf("usr_%d", n), telemetry.Event{Kind: telemetry.Fetch, Variant: variant})
				}
			}
			split := tape.play(e).At(began.Add(time.Second))[0]
			require.Equal(t, c.status, split.Status, "%+v", split)
			require.Equal(t, rollout.Arm{Users: int64(c.treated + c.others), Affected: int64(c.treated)}, split.Treatment)
			v := rollout.Decide(e.Input(began.Add(time.Second)))
			require.Equal(t, c.status == rollout.StatusBroken, v.Action == rollout.Notify, "%s", v.Reason)
		})
	}
}

func TestGoodEventsThatStopAreSeen(t *testing.T) {
	var tape tape
	for n := range 400 {
		tape.add(began, somebodyOf(25, false, n), telemetry.Event{Kind: telemetry.Custom, Name: "ncr.saved"})
		if n < 60 {
			tape.add(began, somebodyOf(25, true, n), telemetry.Event{Kind: telemetry.Custom, Name: "menu.opened"})
		}
	}
	guard := rollout.Guard{Kind: rollout.Conversion, Share: .05, Events: []string{"ncr.saved"}}
	require.Equal(t, rollout.StatusHarmful, judge(t, guard, 25, &tape, rollout.Past{}, time.Second).Status)
	guard.Events = []string{"itp.signed"}
	require.Zero(t, judge(t, guard, 25, &tape, rollout.Past{}, time.Second).Treatment.Affected)
	guard.Events = nil
	all := judge(t, guard, 25, &tape, rollout.Past{}, time.Second)
	require.Equal(t, int64(60), all.Treatment.Affected, "without names every event counts")
}

func TestWhatServersReportIsJudged(t *testing.T) {
	counts := func(units, bad int) telemetry.Event {
		return telemetry.Event{Kind: telemetry.Metric, Name: "checkout", Properties: fmt.Appendf(nil, `{"units":%d,"bad":%d}`, units, bad)}
	}
	guard := rollout.Guard{Kind: rollout.Metric, Metric: "checkout", Share: .05, Margins: []float64{.05, .04, .03}}
	for name, c := range map[string]struct {
		treated func(n int) telemetry.Event
		bySide  bool
		status  string
	}{
		"of people, as before": {func(n int) telemetry.Event { return counts(5, n%10/9) }, false, rollout.StatusSafe},
		"of people, worse":     {func(n int) telemetry.Event { return counts(5, n%4/2) }, false, rollout.StatusHarmful},
		"of people, slower": {func(int) telemetry.Event {
			return telemetry.Event{Kind: telemetry.Metric, Name: "checkout", Value: 900}
		}, false, rollout.StatusHarmful},
		"of whole sides, as before":  {func(n int) telemetry.Event { return counts(50, n%10) }, true, rollout.StatusSafe},
		"of whole sides, worse":      {func(n int) telemetry.Event { return counts(50, 10+n%10) }, true, rollout.StatusHarmful},
		"of another rollout's sides": {func(n int) telemetry.Event { e := counts(50, 10+n%10); e.Flag = "other"; return e }, true, rollout.StatusWaiting},
	} {
		t.Run(name, func(t *testing.T) {
			var tape tape
			for n := range 300 {
				old := counts(5, n%10/9)
				fresh := c.treated(n)
				if !c.bySide {
					if fresh.Value > 0 {
						old = telemetry.Event{Kind: telemetry.Metric, Name: "checkout", Value: 100}
					}
					tape.add(began, somebodyOf(50, false, n), old)
					tape.add(began, somebodyOf(50, true, n), fresh)
					continue
				}
				old = counts(50, n%10)
				if old.Flag = master; fresh.Flag == "" {
					fresh.Flag = master
				}
				if fresh.Flag != master {
					old.Flag = fresh.Flag
				}
				old.Variant, fresh.Variant = telemetry.Control, telemetry.Treatment
				tape.add(began, "", old)
				tape.add(began, "", fresh)
			}
			past := rollout.Past{Percentiles: map[string]float64{"checkout": 200}}
			reading := judge(t, guard, 50, &tape, past, time.Second)
			require.Equal(t, c.status, reading.Status, "%+v", reading)
		})
	}
}

func TestWhileNothingArrivesNoPhaseIsLeft(t *testing.T) {
	var tape tape
	tape.add(began, somebodyOf(50, false, 1), telemetry.Event{Kind: telemetry.Heartbeat})
	guard := rollout.Guard{Kind: rollout.Ingest}
	require.Equal(t, rollout.StatusBroken, judge(t, guard, 50, &tape, rollout.Past{}, time.Minute+2*time.Second).Status)
	require.NotEqual(t, rollout.StatusBroken, judge(t, guard, 50, &tape, rollout.Past{}, time.Second).Status)
}
