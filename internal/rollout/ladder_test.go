package rollout_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/crowd"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/rollout"
	"github.com/siteproof/belay/internal/telemetry"
)

const (
	master = "design-system-v2"
	// perDay is how many sessions the simulated crowd has a day, and tick how often a decision is made.
	perDay = 4000
	tick   = 10 * time.Minute
)

var components = []string{"auth", "dashboard", "itp-form", "ncr-form", "diary"}

// world lives one rollout after another on a clock of its own, with the code that decides in production.
type world struct {
	t        *testing.T
	crowd    *crowd.Crowd
	now      time.Time
	fault    string
	seq      int64
	known    map[string]bool
	rollout  rollout.Rollout
	evidence *rollout.Evidence
	ended    []rollout.Verdict // what ended each rollout
	reached  int               // phase in which the last one ended
}

func newWorld(t *testing.T, seed uint64, fault string) *world {
	t.Helper()
	w := &world{
		t: t, fault: fault, now: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC), known: map[string]bool{},
		crowd: crowd.New(crowd.Options{Seed: seed, Components: components, Daily: true}, master),
	}
	return w
}

// begin starts a rollout with the default plan, whose approvals are given at once.
func (w *world) begin(seed uint64) {
	plan := rollout.DefaultPlan()
	for n := range plan.Phases {
		plan.Phases[n].Approval = false
	}
	require.NoError(w.t, plan.Validate())
	id := fmt.Sprintf("rol_%d_%d", seed, len(w.ended))
	w.rollout = rollout.Rollout{
		ID: id, Salt: id, EnvironmentID: "env", Flag: master, Components: components, Plan: plan, State: rollout.Running,
		Spans: []rollout.Span{{Phase: 0, Percent: plan.Phases[0].Percent, From: w.now}},
	}
	var known []string
	for fingerprint := range w.known {
		known = append(known, fingerprint)
	}
	w.evidence = rollout.NewEvidence(w.rollout, rollout.Past{Fingerprints: known})
}

// live lets people come for a while and decides at every tick; it stops early when the rollout ends.
func (w *world) live(span time.Duration, judged bool) bool {
	end, nextTick := w.now.Add(span), w.now.Add(tick)
	for w.now.Before(end) {
		w.now = w.now.Add(w.crowd.Pause(w.now, perDay/86400.0))
		w.session(judged)
		if w.now.Before(nextTick) {
			continue
		}
		nextTick = w.now.Add(tick)
		if judged && w.decide() {
			return true
		}
	}
	return false
}

// session lets one visitor come; their page holds what the rollout gives them.
func (w *world) session(judged bool) {
	visit := w.crowd.Next()
	isNew := judged && flag.Bucket(w.rollout.Salt, visit.User) < w.rollout.Spans[len(w.rollout.Spans)-1].Percent
	s := visit.Live(func(string) bool { return isNew }, w.fault)
	event := telemetry.Event{EnvironmentID: "env", Session: visit.Session, User: visit.User, ReceivedAt: w.now}
	w.observe(event, telemetry.Fetch, judged)
	if !s.Silent {
		w.observe(event, telemetry.Ready, judged)
	}
	for _, f := range s.Errors {
		event.Name, event.Message, event.Stack, event.Component = f.Name, f.Message, f.Stack, f.Component
		event.Fingerprint = telemetry.Fingerprint(f.Name, f.Message, f.Stack, f.Component)
		w.observe(event, telemetry.Error, judged)
		w.known[event.Fingerprint] = true
	}
}

func (w *world) observe(event telemetry.Event, kind telemetry.Kind, judged bool) {
	if !judged {
		return
	}
	w.seq++
	event.Kind, event.Position = kind, w.seq
	if kind != telemetry.Fetch { // a session's first fetch has the number 0
		event.Seq = w.seq
	}
	w.evidence.Observe(event)
}

// decide does what a verdict says; true when the rollout has ended.
func (w *world) decide() bool {
	in := rollout.Input{Rollout: w.rollout, Readings: w.evidence.At(w.now), Users: rollout.Arm{Users: 1 << 20}, Healthy: true, Now: w.now}
	v := rollout.Decide(in)
	switch v.Action { //nolint:exhaustive // nobody approves, holds or resumes here
	case rollout.Continue:
		return false
	case rollout.Advance:
		w.rollout = w.rollout.After(v, w.now)
		w.evidence.Follow(w.rollout)
		return false
	case rollout.Complete, rollout.RollBackAll, rollout.RollBackPart:
		w.ended = append(w.ended, v)
		w.reached = w.rollout.Phase
		return true
	}
	require.Failf(w.t, "unexpected", "%s: %s", v.Action, v.Reason)
	return true
}

// TestNothingGoesBackInTwoHundredHarmlessDays lives 200 days of rollouts that change nothing.
func TestNothingGoesBackInTwoHundredHarmlessDays(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1, crowd.NoFault)
	w.live(14*24*time.Hour, false)
	began := w.now
	for w.now.Sub(began) < 200*24*time.Hour {
		w.begin(1)
		w.live(200*24*time.Hour, true)
		last := w.ended[len(w.ended)-1]
		require.Equal(t, rollout.Complete, last.Action, "%s after %s", last.Reason, w.now.Sub(began))
	}
	t.Logf("%d harmless rollouts in %.0f days, decided every %s: none went back", len(w.ended), w.now.Sub(began).Hours()/24, tick)
}

// TestADoublingOfErrorsIsFoundBeforeTheThirdPhaseEnds lives a hundred rollouts in which errors double.
func TestADoublingOfErrorsIsFoundBeforeTheThirdPhaseEnds(t *testing.T) {
	t.Parallel()
	found := [4]int{}
	for seed := range uint64(100) {
		w := newWorld(t, 1000+seed, crowd.ErrorsDoubled)
		w.live(24*time.Hour, false)
		w.begin(seed)
		require.True(t, w.live(60*24*time.Hour, true))
		require.Len(t, w.ended, 1)
		require.NotEqual(t, rollout.Complete, w.ended[0].Action, "run %d went to 100 %%", seed)
		require.Less(t, w.reached, 3, "run %d was found at 100 %%", seed)
		found[w.reached]++
	}
	t.Logf("found in phase 1: %d, phase 2: %d, phase 3: %d of 100 runs", found[0], found[1], found[2])
}
