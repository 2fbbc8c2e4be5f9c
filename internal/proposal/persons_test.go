package proposal_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/auth"
	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/proposal"
	"github.com/siteproof/belay/internal/store/sqldb"
)

// After a week whoever was let in is somebody of their own, and what the error said is when.
func TestAGiftIsForgottenAfterAWeek(t *testing.T) {
	w := newWorld(t, 1)
	ctx := t.Context()
	w.with(flag.Flag{Key: "checkout"})
	people := auth.New(auth.Options{Store: sqldb.NewAuth(w.db), Journal: w.journal})
	let := func(by change.Actor, name string) change.Actor {
		p, _, err := people.AddPerson(ctx, by, why, auth.NewPerson{Name: name, Email: name + "@example.test", Role: auth.Administrator, Password: "correct horse battery"})
		require.NoError(t, err)
		return change.Actor{Kind: change.Person, ID: p.ID, Name: p.Name}
	}
	// Dana let Per in, who let Uma in: each of the three may be Dana.
	per := let(dana, "Per")
	uma := let(per, "Uma")
	p := w.held(w.turn(ctx, dana, "checkout", true))
	for _, who := range []change.Actor{per, uma} {
		_, err := w.proposals.Approve(ctx, who, why, p.ID)
		require.True(t, fault.Is(err, fault.Forbidden), err)
		require.ErrorContains(t, err, who.Name+" and Dana count as one person")
	}
	// Per has nothing of Mara, and Mara none of Per: that both gave Ina her role makes them no one person.
	ina := let(mara, "Ina")
	role := auth.Viewer
	_, err := people.ChangePerson(ctx, per, why, ina.ID, auth.PersonChange{Role: &role})
	require.NoError(t, err)
	obstacles, err := w.proposals.Obstacles(ctx, mara, []proposal.Proposal{p})
	require.NoError(t, err)
	require.Empty(t, obstacles)

	obstacles, err = w.proposals.Obstacles(ctx, uma, []proposal.Proposal{p})
	require.NoError(t, err)
	until := obstacles[p.ID].Until
	require.WithinDuration(t, time.Now().Add(7*24*time.Hour), until, time.Minute)
	w.proposals.Now = func() time.Time { return until.Add(-time.Microsecond) }
	_, err = w.proposals.Approve(ctx, uma, why, p.ID)
	require.True(t, fault.Is(err, fault.Forbidden), err)
	w.proposals.Now = func() time.Time { return until }
	p, err = w.proposals.Approve(ctx, uma, why, p.ID)
	require.NoError(t, err)
	require.Equal(t, proposal.Applied, p.State)
}
