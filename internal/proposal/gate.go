package proposal

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/tenant"
)

var _ change.Gate = (*Service)(nil)

// Kinds of changes in the journal.
const (
	// Waived says that a change was made without the approvals its environment asks for, and why that was right.
	Waived = "approval.waived"
	// Undone says which revision a commit takes back.
	Undone = "commit.undone"
	prefix = "change_request."
)

// HeldError is the error of a change that was not made yet. Request says what it waits for.
type HeldError struct{ Request Proposal }

func (h *HeldError) Error() string { return "not made yet: " + h.Request.waitsFor() }

// Unwrap makes it a conflict to doors that know nothing of requests.
func (h *HeldError) Unwrap() error {
	return fault.New(fault.Conflict, "%s", h.Error()).Hint("belay change show %s", h.Request.ID)
}

// mark says how the commits of a context are to be treated. The key is this package's own, so nobody else can set it.
type mark struct {
	admitted bool                        // the commit is what a request was approved for, or the keeping of requests itself
	seal     func(context.Context) error // runs inside an admitted commit
	at       *time.Time                  // the change is to be made then
	zone     string
	steps    *[]int  // a request is being written: where each step begins in what is recorded
	times    []Batch // of those steps
}

type markKey struct{}

func marked(ctx context.Context, m mark) context.Context { return context.WithValue(ctx, markKey{}, m) }

func markOf(ctx context.Context) mark {
	m, _ := ctx.Value(markKey{}).(mark)
	return m
}

// At has what is committed in the context made at a time instead of at once: Commit answers *HeldError, with the request
// that keeps it. The zone is the one the time was meant in, for showing.
func At(ctx context.Context, at time.Time, zone string) context.Context {
	return marked(ctx, mark{at: &at, zone: zone})
}

// Admit lets a commit pass, notes that it passed without approvals, or withholds it.
func (s *Service) Admit(ctx context.Context, c change.Commit) error {
	m := markOf(ctx)
	if m.admitted {
		if m.seal != nil {
			return m.seal(ctx)
		}
		return nil
	}
	gated := slices.ContainsFunc(c.Changes, func(ch change.Change) bool { return changesFlags(ch) || ch.Kind == environmentUpdated })
	if m.at != nil || m.steps != nil {
		if !gated {
			return fault.New(fault.Conflict, "there is nothing to be made later: everything is so already, or this cannot be given a time").
				Hint("flags and segments can; a request with several steps can turn something off and on again")
		}
		return s.withhold(c)
	}
	needed, err := s.needed(ctx, c.Changes)
	if err != nil || needed == 0 {
		return err
	}
	if why := exempt(c); why != "" {
		return s.waive(ctx, c, why)
	}
	return s.withhold(c)
}

// withhold answers change.ErrWithheld if a request could make all of the commit later, and says what is in the way otherwise.
func (s *Service) withhold(c change.Commit) error {
	started := slices.ContainsFunc(c.Changes, func(ch change.Change) bool { return ch.Kind == rolloutStarted })
	for _, ch := range c.Changes {
		if !changesFlags(ch) && ch.Kind != environmentUpdated && ch.Kind != Undone && !adopts(ch) && !started {
			return fault.New(fault.Conflict, "this changes flags and %s of %q at once, which cannot wait together", noun(ch.Kind), ch.Subject).
				Hint("make one after the other")
		}
	}
	return change.ErrWithheld
}

// Withheld keeps what was withheld as a request.
func (s *Service) Withheld(ctx context.Context, c change.Commit) error {
	m := markOf(ctx)
	steps := []Batch{{At: m.at, Zone: m.zone, Changes: c.Changes}}
	if m.steps != nil {
		steps = cut(c.Changes, *m.steps, m.times)
	}
	p, err := s.add(ctx, c.Actor, c.Reason, steps)
	if err != nil {
		return err
	}
	return &HeldError{Request: p}
}

// cut gives each step its changes.
func cut(changes []change.Change, begins []int, times []Batch) []Batch {
	var steps []Batch
	for i, from := range begins {
		to := len(changes)
		if i+1 < len(begins) {
			to = begins[i+1]
		}
		steps = append(steps, Batch{At: times[i].At, Zone: times[i].Zone, Changes: changes[from:to]})
	}
	return steps
}

// needed is how many approvals changes need: the most that one of their environments asks for.
func (s *Service) needed(ctx context.Context, changes []change.Change) (int, error) {
	most := 0
	asked := map[string]int{} // by environment; one that is only being made asks for nothing yet
	for _, ch := range changes {
		switch {
		case ch.Kind == "environment.created":
			asked[ch.EnvironmentID] = 0
		case ch.Kind == environmentUpdated:
			if was, is := approvalsOf(ch.Before), approvalsOf(ch.After); is < was {
				most = max(most, was)
			}
		case changesFlags(ch):
			n, known := asked[ch.EnvironmentID]
			if !known {
				env, _, err := s.Tenants.Stored(ctx, ch.EnvironmentID)
				if err != nil {
					return 0, err
				}
				n = env.Settings.Approvals
				asked[ch.EnvironmentID] = n
			}
			most = max(most, n)
		}
	}
	return most, nil
}

// asks is how many people have to approve what somebody wants, and why that is one more than their environment asks for.
// Who used a token is not known and may be the first to approve, so what was proposed with one needs one person more; so
// does what somebody proposes whose account was given with one lately.
func (s *Service) asks(ctx context.Context, by change.Actor, changes []change.Change) (n int, extra string, err error) {
	if n, err = s.needed(ctx, changes); err != nil || n == 0 {
		return n, "", err
	}
	if by.Kind == change.Token {
		return n + 1, fmt.Sprintf("It was proposed with the token %q, and who used it is not known.", by.Name), nil
	}
	ties, err := s.ties(ctx, changes)
	if err != nil {
		return 0, "", err
	}
	if path := ties.unknown(by.ID); path != nil {
		return n + 1, fmt.Sprintf("Who acts as %s is not known: %s.", by.Name, sayGifts(path)), nil
	}
	return n, "", nil
}

const (
	environmentUpdated = "environment.updated"
	rolloutStarted     = "rollout.started"
	rolloutDecided     = "rollout.decided" // why a rollout moved, beside the move itself
)

func changesFlags(ch change.Change) bool {
	n := noun(ch.Kind)
	return n == "flag" || n == "segment"
}

// adopts says whether a change adopts a key, and has what that takes.
func adopts(ch change.Change) bool { return ch.Kind == tenant.KeyAdded && len(ch.Needs) > 0 }

func approvalsOf(environment json.RawMessage) int {
	var e struct {
		Settings struct {
			Approvals int `json:"approvals"`
		} `json:"settings"`
	}
	if len(environment) == 0 || json.Unmarshal(environment, &e) != nil {
		return 0
	}
	return e.Settings.Approvals
}

// exempt says why a commit needs no approval, "" when it does.
func exempt(c change.Commit) string {
	if rolloutMoves(c) {
		return "a rollout that was let start goes on or goes back"
	}
	marks := false
	for _, ch := range c.Changes {
		if ch.Kind == Undone || (!changesFlags(ch) && ch.Kind != environmentUpdated) || switchesOff(ch) {
			continue
		}
		if !marksExperiment(ch) {
			return ""
		}
		marks = true
	}
	if marks {
		return "an experiment watches, and nobody is given anything else"
	}
	return "switching off is never held up"
}

// rolloutMoves says whether a commit is a move of a rollout other than its start, and touches that rollout's flags only.
func rolloutMoves(c change.Commit) bool {
	own := map[string]bool{}
	for _, ch := range c.Changes {
		if noun(ch.Kind) != "rollout" || ch.Kind == rolloutDecided {
			continue
		}
		var r struct {
			EnvironmentID string   `json:"environment_id"`
			Flag          string   `json:"flag"`
			Components    []string `json:"components"`
		}
		if ch.Kind == rolloutStarted || len(ch.Before) == 0 || json.Unmarshal(ch.After, &r) != nil {
			return false
		}
		for _, key := range append(r.Components, r.Flag) {
			own[r.EnvironmentID+"/"+key] = true
		}
	}
	return len(own) > 0 && !slices.ContainsFunc(c.Changes, func(ch change.Change) bool {
		return noun(ch.Kind) == "segment" || ch.Kind == environmentUpdated || (noun(ch.Kind) == "flag" && !own[ch.EnvironmentID+"/"+ch.Subject])
	})
}

// switchesOff says whether a change turns a flag off and does nothing else.
func switchesOff(ch change.Change) bool {
	before, after, only := onlyField(ch, "enabled")
	return only && equal(before, json.RawMessage("true")) && equal(after, json.RawMessage("false"))
}

// marksExperiment says whether a change names the experiment that a flag takes part in and does nothing else: what
// people get stays as it is.
func marksExperiment(ch change.Change) bool {
	_, _, only := onlyField(ch, "experiment")
	return only
}

// onlyField gives what a change made of one field of a flag; only is false when it changed anything else, or made or
// removed the flag.
func onlyField(ch change.Change, name string) (before, after json.RawMessage, only bool) {
	old, errBefore := split(ch.Before)
	now, errAfter := split(ch.After)
	if noun(ch.Kind) != "flag" || errBefore != nil || errAfter != nil || old == nil || now == nil {
		return nil, nil, false
	}
	for _, item := range []fields{old, now} {
		for field := range item {
			if field != name && !slices.Contains(stamps, field) && !equal(old[field], now[field]) {
				return nil, nil, false
			}
		}
	}
	return old[name], now[name], true
}

// waive notes in the commit that its environment's approvals were not asked for.
func (s *Service) waive(ctx context.Context, c change.Commit, why string) error {
	noted := map[string]bool{}
	for _, ch := range c.Changes {
		if !changesFlags(ch) || noted[ch.EnvironmentID] {
			continue
		}
		noted[ch.EnvironmentID] = true
		if n, err := s.needed(ctx, []change.Change{ch}); err != nil || n == 0 {
			if err != nil {
				return err
			}
			continue
		}
		after, err := json.Marshal(map[string]string{"title": "without approval: " + why})
		if err != nil {
			return err
		}
		if err := change.Record(ctx, change.Change{Kind: Waived, EnvironmentID: ch.EnvironmentID, Subject: ch.Subject, After: after}); err != nil {
			return err
		}
	}
	return nil
}
