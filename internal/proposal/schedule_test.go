package proposal_test

import (
	"context"
	"encoding/json"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/proposal"
)

type jsonText = json.RawMessage

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

func tomorrow() string { return time.Now().Add(24 * time.Hour).UTC().Format(time.RFC3339) }

// in runs a test by a clock of its own, and ends the service with it.
func in(t *testing.T, approvals int, test func(*testing.T, *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, approvals)
		defer func() { require.NoError(t, w.proposals.Stop(context.WithoutCancel(t.Context()))) }()
		test(t, w)
	})
}

// wait lets time pass, and what has to happen by then.
func wait(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func (w *world) state(id string) proposal.Proposal {
	w.t.Helper()
	p, err := w.proposals.Find(w.t.Context(), id)
	require.NoError(w.t, err)
	return p
}

func TestAChangeIsMadeAtItsTimeOnce(t *testing.T) {
	in(t, 0, func(t *testing.T, w *world) {
		w.with(flag.Flag{Key: "sale"})
		require.NoError(t, w.proposals.Start(t.Context()))
		at := time.Now().Add(time.Hour)
		p := w.held(w.turn(proposal.At(t.Context(), at, "Europe/Berlin"), dana, "sale", true))
		require.Equal(t, proposal.Scheduled, p.State)
		require.Equal(t, "Europe/Berlin", p.Steps[0].Zone)
		wait(time.Hour - 2*time.Second)
		require.False(t, w.flag("sale").Enabled)
		wait(3 * time.Second)
		require.True(t, w.flag("sale").Enabled)
		p = w.state(p.ID)
		require.Equal(t, proposal.Applied, p.State)
		require.Empty(t, p.Steps[0].Note)
		require.NoError(t, w.turn(t.Context(), mara, "sale", false))
		wait(time.Hour)
		require.False(t, w.flag("sale").Enabled, "it is made once")
	})
}

func TestATimeThatPassedWhileNothingRan(t *testing.T) {
	in(t, 0, func(t *testing.T, w *world) {
		w.with(flag.Flag{Key: "soon"}, flag.Flag{Key: "long"})
		long := w.held(w.turn(proposal.At(t.Context(), time.Now().Add(time.Hour), ""), dana, "long", true))
		soon := w.held(w.turn(proposal.At(t.Context(), time.Now().Add(150*time.Minute), ""), dana, "soon", true))
		wait(3 * time.Hour)
		w.open()
		require.NoError(t, w.proposals.Start(t.Context()))
		wait(time.Second)
		soon, long = w.state(soon.ID), w.state(long.ID)
		require.Equal(t, proposal.Applied, soon.State, "half an hour late is made, and says so")
		require.Contains(t, soon.Steps[0].Note, "30m0s after its time")
		require.Equal(t, proposal.Late, long.State, "two hours late asks a person")
		require.False(t, w.flag("long").Enabled)
		long, err := w.proposals.Run(t.Context(), mara, "it still holds", long.ID)
		require.NoError(t, err)
		require.Equal(t, proposal.Applied, long.State)
		require.True(t, w.flag("long").Enabled)
	})
}

func TestAScheduledChangeWithoutApprovalIsNotMade(t *testing.T) {
	in(t, 1, func(t *testing.T, w *world) {
		w.with(flag.Flag{Key: "yes"}, flag.Flag{Key: "no", Enabled: true})
		require.NoError(t, w.proposals.Start(t.Context()))
		at := time.Now().Add(time.Hour)
		yes := w.held(w.turn(proposal.At(t.Context(), at, ""), dana, "yes", true))
		no := w.held(w.turn(proposal.At(t.Context(), at, ""), dana, "no", false))
		require.Equal(t, proposal.Waiting, no.State, "what can wait for its time can wait for approval")
		yes, err := w.proposals.Approve(t.Context(), mara, why, yes.ID)
		require.NoError(t, err)
		require.Equal(t, proposal.Scheduled, yes.State)
		require.False(t, w.flag("yes").Enabled)
		wait(61 * time.Minute)
		require.True(t, w.flag("yes").Enabled)
		require.True(t, w.flag("no").Enabled)
		no = w.state(no.ID)
		require.Equal(t, proposal.Expired, no.State)
		require.Contains(t, no.Why, "not approved before its time")
		require.Contains(t, w.last().Reason, "not approved before its time")
	})
}

func TestARequestDoesNotWaitForEver(t *testing.T) {
	in(t, 1, func(t *testing.T, w *world) {
		w.with(flag.Flag{Key: "old"})
		p := w.held(w.turn(t.Context(), dana, "old", true))
		wait(15 * 24 * time.Hour)
		require.NoError(t, w.proposals.Start(t.Context()))
		wait(time.Second)
		require.Equal(t, proposal.Expired, w.state(p.ID).State)
	})
}

func TestWhatIsCancelledIsNotMade(t *testing.T) {
	in(t, 0, func(t *testing.T, w *world) {
		w.with(flag.Flag{Key: "sale"})
		require.NoError(t, w.proposals.Start(t.Context()))
		p := w.held(w.turn(proposal.At(t.Context(), time.Now().Add(time.Minute), ""), dana, "sale", true))
		_, err := w.proposals.Withdraw(t.Context(), mara, "no sale today", p.ID)
		require.NoError(t, err)
		wait(time.Hour)
		require.False(t, w.flag("sale").Enabled)
	})
}

func TestOneOfTwoNodesMakesIt(t *testing.T) {
	in(t, 0, func(t *testing.T, w *world) {
		w.with(flag.Flag{Key: "sale", Type: flag.Number, Value: []byte("1")})
		other := *w
		other.open()
		for _, node := range []*proposal.Service{w.proposals, other.proposals} {
			require.NoError(t, node.Start(t.Context()))
		}
		defer func() { require.NoError(t, other.proposals.Stop(context.WithoutCancel(t.Context()))) }()
		_, err := w.flags.Change(proposal.At(t.Context(), time.Now().Add(time.Minute), ""), dana, why, w.env.ID, "sale", flag.Patch{Value: []byte("2")})
		p := w.held(err)
		wait(2 * time.Minute)
		require.Equal(t, proposal.Applied, w.state(p.ID).State)
		require.NoError(t, w.flags.Load(t.Context()))
		require.JSONEq(t, "2", string(w.flag("sale").Value))
	})
}

func TestTimesAreReadByTheClocksOfAZone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // whose clock begins at the first of January 2000
		w := newWorld(t, 0)
		for text, want := range map[[2]string]string{
			{"2000-01-03T09:00", "Europe/Berlin"}:          "2000-01-03T08:00:00Z",
			{"2000-07-03 09:00", "Europe/Berlin"}:          "2000-07-03T07:00:00Z",
			{"2000-07-03T09:00", ""}:                       "2000-07-03T09:00:00Z",
			{"2000-07-03T09:00:00+02:00", "Asia/Shanghai"}: "2000-07-03T07:00:00Z",
		} {
			at, err := w.proposals.ParseTime(text[0], text[1])
			require.NoError(t, err, text)
			require.Equal(t, want, at.Format(time.RFC3339), text)
		}
		for _, wrong := range [][2]string{
			{"2000-03-26T02:30", "Europe/Berlin"}, // skipped by its clocks
			{"1999-12-31T09:00", ""}, {"2003-01-01T09:00", ""}, {"tomorrow", ""}, {"2000-01-03T09:00", "Mars"}, {"2000-01-03T09:00", "Local"},
		} {
			_, err := w.proposals.ParseTime(wrong[0], wrong[1])
			require.Error(t, err, wrong)
		}
	})
}
