package proposal_test

import (
	"context"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/proposal"
	"github.com/siteproof/belay/internal/rollout"
)

// judge reads the journal as an auditor would, and says what is wrong with a commit that changed flags.
type judge struct {
	w       *world
	started map[string]bool // rollouts whose start was approved
	needed  int
}

func (j *judge) wrong(ctx context.Context, c change.Commit) string {
	var request, waived, rolloutID, rolloutKind string
	var touched []change.Change
	for _, ch := range c.Changes {
		noun, verb, _ := strings.Cut(ch.Kind, ".")
		switch {
		case noun == "flag" || noun == "segment":
			touched = append(touched, ch)
		case ch.Kind == "change_request.applied":
			request = ch.Subject
		case ch.Kind == proposal.Waived:
			waived = ch.Subject
		case noun == "rollout":
			rolloutID, rolloutKind = ch.Subject, verb
		}
	}
	switch {
	case len(touched) == 0:
		return ""
	case request != "":
		if rolloutKind == "started" {
			j.started[rolloutID] = true
		}
		return j.unapproved(ctx, request, touched, rolloutID != "")
	case rolloutID != "":
		if rolloutKind == "started" || !j.started[rolloutID] {
			return "a rollout moved whose start nobody approved"
		}
	case slices.ContainsFunc(touched, func(ch change.Change) bool { return !onlyOff(ch) }):
		return "something other than switching off was done without a request"
	}
	if waived == "" {
		return "it does not say that it was made without approval"
	}
	return ""
}

func (j *judge) unapproved(ctx context.Context, request string, touched []change.Change, rollout bool) string {
	p, err := j.w.proposals.Find(ctx, request)
	if err != nil {
		return err.Error()
	}
	people := map[string]bool{}
	for _, a := range p.Approvals {
		if a.By.Kind != change.Person || a.By.ID == p.By.ID {
			return "approved by who must not"
		}
		people[a.By.ID] = true
	}
	needed := j.needed
	if p.By.Kind == change.Token {
		needed++
	}
	if len(people) < needed {
		return "too few approvals"
	}
	for _, ch := range touched {
		if !rollout && !slices.ContainsFunc(p.Steps[0].Changes, func(asked change.Change) bool { return asks(asked, ch) }) {
			return "something else was made than what was approved: " + ch.Kind + " of " + ch.Subject
		}
	}
	return ""
}

// asks says whether what was made was asked for: each field that differs, with the same value. What was asked for and had
// come about otherwise meanwhile was not made.
func asks(asked, made change.Change) bool {
	wanted := differing(asked)
	for field, value := range differing(made) {
		if was, of := wanted[field]; !of || !reflect.DeepEqual(was, value) {
			return false
		}
	}
	return asked.Subject == made.Subject && asked.Kind == made.Kind
}

func differing(ch change.Change) map[string]any {
	var before, after map[string]any
	if json.Unmarshal(orNull(ch.Before), &before) != nil || json.Unmarshal(orNull(ch.After), &after) != nil {
		return nil
	}
	found := map[string]any{}
	for _, item := range []map[string]any{before, after} {
		for field := range item {
			unstable := field == "version" || field == "updated_at" || field == "steady_at" || field == "number" || field == "id"
			if !unstable && !reflect.DeepEqual(before[field], after[field]) {
				found[field] = after[field]
			}
		}
	}
	return found
}

func orNull(text json.RawMessage) json.RawMessage {
	if len(text) == 0 {
		return json.RawMessage("null")
	}
	return text
}

func onlyOff(ch change.Change) bool {
	d := differing(ch)
	return ch.Kind == flag.FlagUpdated && len(d) == 1 && d["enabled"] == false
}

// act does one thing that a person or a token can do; most of them come to nothing.
func act(t *rapid.T, w *world, rollouts *[]string) {
	ctx := context.Background()
	who := rapid.SampledFrom([]change.Actor{dana, mara, ines, tool}).Draw(t, "who")
	key := rapid.SampledFrom(keys).Draw(t, "key")
	on := rapid.Bool().Draw(t, "on")
	if rapid.IntRange(0, 5).Draw(t, "later") == 0 {
		ctx = proposal.At(ctx, time.Now().Add(time.Hour), "")
	}
	switch rapid.IntRange(0, 9).Draw(t, "act") {
	case 0, 1:
		_, _ = w.flags.Change(ctx, who, why, w.env.ID, key, flag.Patch{Enabled: &on})
	case 2:
		_, _ = w.flags.Apply(ctx, who, why, w.env.ID, flag.AnyRevision, drawBatch(t, w))
	case 3:
		_, _ = w.proposals.Undo(ctx, who, why, rapid.Int64Range(max(1, w.journal.Head()-20), w.journal.Head()).Draw(t, "revision"))
	case 4:
		text := json.RawMessage("false")
		if on {
			text = json.RawMessage("true")
		}
		edits := []proposal.Edit{{Flag: key, Set: map[string]json.RawMessage{"enabled": text}}}
		_, _ = w.proposals.Propose(ctx, who, why, w.env.ID, []proposal.NewStep{{Edits: edits}})
	case 5:
		actOnRollout(ctx, t, w, who, key, rollouts)
	default:
		actOnRequest(ctx, t, w, who)
	}
}

func actOnRollout(ctx context.Context, t *rapid.T, w *world, who change.Actor, key string, rollouts *[]string) {
	if len(*rollouts) == 0 || rapid.IntRange(0, 3).Draw(t, "new") == 0 {
		if made, err := w.rollouts.Create(ctx, who, why, rollout.NewRollout{EnvironmentID: w.env.ID, Name: "r", Flag: key}); err == nil {
			*rollouts = append(*rollouts, made.ID)
		}
		return
	}
	id := rapid.SampledFrom(*rollouts).Draw(t, "rollout")
	switch rapid.IntRange(0, 3).Draw(t, "move") {
	case 0, 1:
		_ = w.rollouts.Start(ctx, who, why, id)
	case 2:
		_ = w.rollouts.Advance(ctx, who, why, id)
	case 3:
		_ = w.rollouts.RollBack(ctx, who, why, id)
	}
}

func actOnRequest(ctx context.Context, t *rapid.T, w *world, who change.Actor) {
	open, err := w.proposals.List(ctx, proposal.Filter{EnvironmentID: w.env.ID, Open: true, Limit: 10})
	require.NoError(w.t, err)
	if len(open) == 0 {
		return
	}
	id := rapid.SampledFrom(open).Draw(t, "request").ID
	switch rapid.IntRange(0, 5).Draw(t, "word") {
	case 0:
		_, _ = w.proposals.Withdraw(ctx, who, why, id)
	case 1:
		_, _ = w.proposals.Refresh(ctx, who, why, id)
	case 2:
		_, _ = w.proposals.Run(ctx, who, why, id)
	default:
		for range rapid.IntRange(2, 5).Draw(t, "voices") {
			_, _ = w.proposals.Approve(ctx, rapid.SampledFrom([]change.Actor{dana, mara, ines, tool}).Draw(t, "voice"), why, id)
		}
	}
}

func TestNothingAnybodyDoesChangesFlagsWithoutTheApprovals(t *testing.T) {
	w := newWorld(t, 2)
	w.with(flag.Flag{Key: "a", Enabled: true}, flag.Flag{Key: "b", Type: flag.Number, Value: []byte("1")}, flag.Flag{Key: "c"})
	j := &judge{w: w, started: map[string]bool{}, needed: 2}
	var found []string
	changed := 0
	w.journal.Subscribe("judge", func(c change.Commit) {
		// The request is read back when the commit is on disk, as an auditor would.
		if wrong := j.wrong(context.Background(), c); wrong != "" {
			found = append(found, wrong+": "+strings.Join(kinds(c), ", "))
		}
		if slices.ContainsFunc(c.Changes, func(ch change.Change) bool { return strings.HasPrefix(ch.Kind, "flag.") }) {
			changed++
		}
	})
	var rollouts []string
	rapid.Check(t, func(t *rapid.T) {
		for range rapid.IntRange(1, 25).Draw(t, "acts") {
			act(t, w, &rollouts)
		}
		if len(found) > 0 {
			t.Fatal(strings.Join(found, "\n"))
		}
	})
	require.Greater(t, changed, 20, "some changes are made")
}
