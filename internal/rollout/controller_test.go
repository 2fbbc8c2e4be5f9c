package rollout_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/crowd"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/rollout"
	"github.com/siteproof/belay/internal/telemetry"
	"github.com/siteproof/belay/internal/tenant"
)

// town is a Belay with people, on the clock of synctest.
type town struct {
	*belay
	people *crowd.Crowd
	rate   float64 // sessions a second
	fault  string
	lost   bool // what pages report does not arrive
}

func newTown(t *testing.T, seed uint64) *town {
	return &town{belay: newBelay(t), people: crowd.New(crowd.Options{Seed: seed, Components: components}, master), rate: 120}
}

// wait lets time pass without anybody coming.
func wait(span time.Duration) { <-time.After(span) }

// live lets people come until the time is over, or until is true.
func (w *town) live(most time.Duration, until func(rollout.Rollout) bool, id string) rollout.Rollout {
	w.t.Helper()
	look := time.Now()
	for end := time.Now().Add(most); time.Now().Before(end); {
		wait(w.people.Pause(time.Now(), w.rate))
		w.visit()
		if time.Since(look) < 100*time.Millisecond {
			continue
		}
		look = time.Now()
		if r := w.find(id); until != nil && until(r) {
			return r
		}
	}
	return w.find(id)
}

// visit is one session: the flags are evaluated as a browser gets them.
func (w *town) visit() {
	visit := w.people.Next()
	holds := func(key string) bool {
		r, err := w.flags.Snapshot(w.env.ID).Evaluate(key, flag.Context{TargetingKey: visit.User, EnvironmentKey: w.env.ClientKey}, tenant.Client)
		return err == nil && r.Enabled
	}
	s := visit.Live(holds, w.fault)
	base := telemetry.Event{EnvironmentID: w.env.ID, Session: visit.Session, User: visit.User, ReceivedAt: time.Now().UTC().Truncate(time.Microsecond)}
	events := []telemetry.Event{kind(base, telemetry.Fetch)}
	if !s.Silent && !w.lost {
		events = append(events, kind(base, telemetry.Ready))
		for _, component := range s.Opens {
			e := kind(base, telemetry.Exposure)
			e.Component, e.Flag = component, component
			events = append(events, e)
		}
		for _, f := range s.Errors {
			e := kind(base, telemetry.Error)
			e.Name, e.Message, e.Component = f.Name, f.Message, f.Component
			e.Fingerprint = telemetry.Fingerprint(f.Name, f.Message, f.Stack, f.Component)
			if f.Boundary {
				e.Source, e.Handled = "boundary", true
			}
			events = append(events, e)
		}
	}
	w.telemetry.add(events...)
}

func kind(e telemetry.Event, k telemetry.Kind) telemetry.Event {
	e.Kind = k
	return e
}

// judge starts the controller, and stops it when the test ends.
func (w *town) judge(s *rollout.Service) {
	w.t.Helper()
	require.NoError(w.t, s.StartController(w.t.Context()))
	ctx := context.WithoutCancel(w.t.Context())
	w.t.Cleanup(func() { require.NoError(w.t, s.StopController(ctx)) })
}

func in(states ...rollout.State) func(rollout.Rollout) bool {
	return func(r rollout.Rollout) bool { return slices.Contains(states, r.State) }
}

var ended = in(rollout.Completed, rollout.RolledBack)

func TestAHarmlessChangeClimbsTheDemoLadderWithinAMinuteAndAHalf(t *testing.T) {
	for seed := range uint64(10) {
		synctest.Test(t, func(t *testing.T) {
			w := newTown(t, seed)
			w.rate = 100
			w.judge(w.service)
			r := w.live(100*time.Second, ended, w.start(rollout.DemoPlan()).ID)
			require.Equal(t, rollout.Completed, r.State, "%s in phase %d, waits for %v", r.State, r.Phase, w.page(r.ID).Next.Waiting)
			require.Empty(t, r.Lost)
			t.Logf("seed %d: complete after %s", seed, r.EndedAt.Sub(*r.StartedAt))
		})
	}
}

// TestOnlyTheBrokenComponentGoesBackAndTheRestArrives is the story of the demo.
func TestOnlyTheBrokenComponentGoesBackAndTheRestArrives(t *testing.T) {
	for seed := range uint64(3) {
		synctest.Test(t, func(t *testing.T) {
			w := newTown(t, seed)
			w.judge(w.service)
			id := w.start(rollout.DemoPlan()).ID
			w.live(20*time.Second, nil, id)
			w.fault = crowd.FormThrows
			broke := time.Now()
			r := w.live(30*time.Second, func(r rollout.Rollout) bool { return len(r.Lost) > 0 }, id)
			require.Len(t, r.Lost, 1)
			require.Equal(t, "ncr-form", r.Lost[0].Component)
			page := w.page(id)
			n := slices.IndexFunc(page.Parts, func(p rollout.Part) bool { return p.Component == "ncr-form" })
			hurt := page.Parts[n].Treatment.Affected
			require.Positive(t, page.Parts[n].Boundary)
			require.LessOrEqual(t, hurt, int64(15))
			require.Contains(t, page.Parts[n].WorstIssue, "likelihood")
			require.Len(t, w.back, 1)
			require.Contains(t, string(w.back[0].Decision.Evidence), `"harmful"`)

			r = w.live(90*time.Second, ended, id)
			require.Equal(t, rollout.Completed, r.State, "%s in phase %d, waits for %v", r.State, r.Phase, w.page(id).Next.Waiting)
			require.Len(t, r.Lost, 1, "nothing else went back")
			require.False(t, w.flag("ncr-form").Enabled)
			require.True(t, w.flag("diary").Enabled)
			t.Logf("seed %d: back %s after it broke, %d people hurt, the rest complete after %s: %s",
				seed, r.Lost[0].At.Sub(broke).Round(time.Millisecond), hurt, r.EndedAt.Sub(*r.StartedAt).Round(time.Second), r.Lost[0].Reason)
		})
	}
}

func TestPagesThatDieAtBootTakeEverythingBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTown(t, 4)
		w.fault = crowd.BootCrash
		w.judge(w.service)
		plan := rollout.DemoPlan()
		plan.Phases[0].Percent = 20
		r := w.live(5*time.Minute, ended, w.start(plan).ID)
		require.Equal(t, rollout.RolledBack, r.State)
		require.False(t, w.flag(master).Enabled)
		require.Contains(t, w.back[0].Decision.Reason, "silent")
	})
}

// TestAnOutageHoldsTheLadderAndTakesNothingBack cuts off what pages report, then everything.
func TestAnOutageHoldsTheLadderAndTakesNothingBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTown(t, 5)
		w.judge(w.service)
		id := w.start(rollout.DemoPlan()).ID
		w.lost = true
		r := w.live(2*time.Minute, nil, id)
		require.Equal(t, 0, r.Phase)
		require.Equal(t, rollout.Running, r.State)
		require.False(t, w.page(id).Health.OK)
		wait(2 * time.Minute)
		r = w.find(id)
		require.Equal(t, 0, r.Phase)
		require.Equal(t, rollout.Running, r.State)
		require.Contains(t, w.page(id).Health.Text, "No telemetry")
		require.Contains(t, w.page(id).Next.Waiting, "telemetry to arrive again")
		w.lost = false
		r = w.live(4*time.Minute, ended, id)
		require.Equal(t, rollout.Completed, r.State, "it goes on when the data is back: %v", w.page(id).Next.Waiting)
	})
}

func TestHarmIsJudgedWhileHeldAndWhileAnApprovalIsAwaited(t *testing.T) {
	for name, prepare := range map[string]func(*town, string){
		"held": func(w *town, id string) {
			require.NoError(w.t, w.service.Hold(w.t.Context(), dana, "lunch", id))
		},
		"awaiting approval": func(w *town, id string) {
			require.Equal(w.t, rollout.AwaitingApproval, w.live(90*time.Second, in(rollout.AwaitingApproval), id).State)
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newTown(t, 6)
			w.judge(w.service)
			plan := rollout.DemoPlan()
			plan.Phases[0].Approval = true
			id := w.start(plan).ID
			w.live(time.Second, nil, id)
			prepare(w, id)
			state := w.find(id).State
			w.fault = crowd.FormThrows
			r := w.live(30*time.Second, func(r rollout.Rollout) bool { return len(r.Lost) > 0 }, id)
			require.Len(t, r.Lost, 1, name)
			require.Equal(t, state, r.State, "%s: the ladder stays where it was", name)
			require.Equal(t, 0, w.live(time.Minute, nil, id).Phase, name)
		})
	}
}

func TestAnApprovedPhaseIsLeftAndAnUnapprovedOneNever(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTown(t, 7)
		w.judge(w.service)
		plan := rollout.DemoPlan()
		plan.Phases[0].Approval = true
		id := w.start(plan).ID
		require.Equal(t, rollout.AwaitingApproval, w.live(time.Minute, in(rollout.AwaitingApproval), id).State)
		require.Equal(t, 0, w.live(2*time.Minute, nil, id).Phase)
		require.NoError(t, w.service.Approve(t.Context(), dana, "looks well", id))
		r := w.live(10*time.Second, func(r rollout.Rollout) bool { return r.Phase == 1 }, id)
		require.Equal(t, 1, r.Phase)
		require.Equal(t, "Dana", r.Approvals[0].By)
	})
}

// TestARestartGoesOnWhereItWas stops the controller in the middle; another one counts the past and goes on.
func TestARestartGoesOnWhereItWas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTown(t, 8)
		require.NoError(t, w.service.StartController(t.Context()))
		id := w.start(rollout.DemoPlan()).ID
		w.live(60*time.Second, func(r rollout.Rollout) bool { return r.Phase == 1 }, id)
		w.live(3*time.Second, nil, id)
		now := w.page(id)
		lines, err := w.service.Series(t.Context(), id)
		require.NoError(t, err)
		require.NoError(t, w.service.StopController(t.Context()))

		again := w.node()
		w.telemetry.tell = []func([]telemetry.Event){again.Observe}
		w.judge(again)
		w.service = again
		synctest.Wait()
		then := w.page(id)
		require.Equal(t, now.Readings, then.Readings, "to the bit")
		require.Equal(t, now.Cohorts, then.Cohorts)
		require.Equal(t, now.Parts, then.Parts)
		recounted, err := again.Series(t.Context(), id)
		require.NoError(t, err)
		require.NotEmpty(t, recounted.Lines)
		require.InDelta(t, len(lines.Lines[0].Points), len(recounted.Lines[0].Points), 3, "the lines have their past back")
		r := w.live(90*time.Second, ended, id)
		require.Equal(t, rollout.Completed, r.State)
		require.Len(t, r.Spans, 4)
	})
}

func TestOfTwoNodesOneActs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTown(t, 9)
		other := w.node()
		told := 0
		w.telemetry.tell = append(w.telemetry.tell, other.Observe, func([]telemetry.Event) { told++ })
		w.judge(w.service)
		w.judge(other)
		id := w.start(rollout.DemoPlan()).ID
		w.fault = crowd.FormThrows
		r := w.live(2*time.Minute, ended, id)
		require.Equal(t, rollout.Completed, r.State)
		require.Len(t, r.Lost, 1)
		page, err := other.Page(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, []rollout.Action{rollout.Complete, rollout.Advance, rollout.Advance, rollout.Advance, rollout.RollBackPart, rollout.Start}, actions(page.Decisions))
		require.Positive(t, told)
	})
}

func TestTheOtherNodeGoesOnWhenTheFirstStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTown(t, 10)
		other := w.node()
		w.telemetry.tell = append(w.telemetry.tell, other.Observe)
		require.NoError(t, w.service.StartController(t.Context()))
		w.judge(other)
		id := w.start(rollout.DemoPlan()).ID
		w.live(60*time.Second, func(r rollout.Rollout) bool { return r.Phase == 1 }, id)
		require.NoError(t, w.service.StopController(t.Context()))
		r := w.live(90*time.Second, ended, id)
		require.Equal(t, rollout.Completed, r.State)
	})
}

// TestNothingIsDecidedWhileThePastCannotBeCounted breaks the telemetry store at the start.
func TestNothingIsDecidedWhileThePastCannotBeCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTown(t, 11)
		id := w.start(rollout.DemoPlan()).ID
		w.live(5*time.Second, nil, id) // nobody judges yet
		w.telemetry.broken = errors.New("the disk is gone")
		w.judge(w.service)
		r := w.live(time.Minute, nil, id)
		require.Equal(t, 0, r.Phase)
		page := w.page(id)
		require.False(t, page.Health.OK)
		require.Contains(t, page.Health.Text, "counted again")
		require.Empty(t, page.Readings)
		w.telemetry.mu.Lock()
		w.telemetry.broken = nil
		w.telemetry.mu.Unlock()
		r = w.live(90*time.Second, ended, id)
		require.Equal(t, rollout.Completed, r.State)
	})
}

// TestARollbackFollowsTheLastStrawAtOnce does not wait for the next tick.
func TestARollbackFollowsTheLastStrawAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTown(t, 12)
		w.judge(w.service)
		r := w.start(rollout.DemoPlan())
		wait(time.Second + 10*time.Millisecond) // just after a tick
		for n := range 4 {
			e := failure("diary")
			e.EnvironmentID, e.User, e.Session, e.ReceivedAt = w.env.ID, somebody(r.Salt, 5, true, n), "ses_"+strings.Repeat("x", n+8), time.Now()
			w.telemetry.add(e)
		}
		wait(100 * time.Millisecond)
		synctest.Wait()
		require.False(t, w.flag("diary").Enabled)
	})
}

func TestARolloutThatEndedKeepsWhatWasKnown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTown(t, 13)
		w.judge(w.service)
		id := w.start(rollout.DemoPlan()).ID
		w.live(15*time.Second, nil, id)
		require.NoError(t, w.service.RollBack(t.Context(), dana, "people cannot work", id))
		wait(time.Second)
		other := w.node() // a Belay that has never counted it
		page, err := other.Page(t.Context(), id)
		require.NoError(t, err)
		require.Positive(t, page.Cohorts[0].Treatment)
		require.NotEmpty(t, page.Readings)
		require.Len(t, page.Parts, len(components))
		lines, err := other.Series(t.Context(), id)
		require.NoError(t, err)
		require.NotEmpty(t, lines.Lines)
		require.NotEmpty(t, lines.Lines[0].Points)
		scans := w.telemetry.scans
		_, err = w.service.Page(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, scans, w.telemetry.scans, "nothing is counted again to show it")
	})
}

func TestAnUndecidedPhaseAsksAPersonAndGoesOnWhenTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTown(t, 14)
		w.rate = 2 // too few to prove anything
		w.judge(w.service)
		plan := rollout.DemoPlan()
		plan.Phases[0].MaxDwell = rollout.Duration(20 * time.Second)
		id := w.start(plan).ID
		r := w.live(40*time.Second, in(rollout.Held), id)
		require.Equal(t, rollout.Held, r.State)
		require.Contains(t, r.HeldReason, "a person has to look")
		require.NoError(t, w.service.Resume(t.Context(), dana, "let it be", id))
		r = w.live(15*time.Second, nil, id)
		require.Equal(t, rollout.Running, r.State, "it is given the time again")
		require.Equal(t, rollout.Held, w.live(10*time.Second, in(rollout.Held), id).State)
	})
}
