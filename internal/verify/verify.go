// Package verify proves from outside that a rollback took effect: it asks for flags as browsers do, looks whether
// connected pages have confirmed, whether errors are back where they were and whether pages are up, and keeps what it saw.
package verify

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/siteproof/belay/internal/api"
	"github.com/siteproof/belay/internal/client"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/rollout"
)

// Options say what to verify.
type Options struct {
	Client      *client.Client
	Environment string
	Rollout     string        // id; "" takes the newest rollout that has taken something back
	Sample      int           // identities to ask flags for
	Within      time.Duration // how long pages have to confirm and errors to fall silent
	Settle      time.Duration // window after the rollback in which errors of the old state are still expected to arrive
	Pages       []string      // addresses that must answer 200
	Progress    func(Check)   // called after each check
}

// Status of a check.
type Status string

// The statuses.
const (
	Passed  Status = "passed"
	Failed  Status = "failed"
	Unknown Status = "unknown" // could not be looked at, with the reason; does not count as passed
)

// Check is one thing looked at.
type Check struct {
	Name     string           `json:"name"`
	Status   Status           `json:"status"`
	Text     string           `json:"text"` // one sentence: what was seen
	Took     rollout.Duration `json:"took"`
	Measured map[string]any   `json:"measured,omitempty"`
}

// Report is everything verify saw; it is the evidence.
type Report struct {
	At          time.Time      `json:"at"`
	Belay       string         `json:"belay"` // address and version
	Environment string         `json:"environment"`
	Rollout     string         `json:"rollout"`
	Name        string         `json:"name"`
	Lost        []rollout.Lost `json:"lost"`
	Whole       bool           `json:"whole"` // the whole rollout went back
	Passed      bool           `json:"passed"`
	Checks      []Check        `json:"checks"`
}

// pollEvery is how often something that has to settle is looked at again.
const pollEvery = 250 * time.Millisecond

// run is one verification under way.
type run struct {
	Options
	env    api.Environment
	page   rollout.Page
	report Report
	http   *http.Client
}

// Run verifies and reports. The error is about verifying itself; a failed check is in the report.
func Run(ctx context.Context, o Options) (Report, error) {
	if o.Sample < 1 {
		return Report{}, fault.New(fault.Invalid, "a proof needs at least one identity to ask flags for, not %d", o.Sample)
	}
	r := &run{Options: o, http: &http.Client{Timeout: 10 * time.Second}}
	if err := r.find(ctx); err != nil {
		return Report{}, err
	}
	r.check("control plane", r.controlPlane(ctx))
	r.check("flags as browsers get them", r.evaluation(ctx))
	r.check("connected pages", r.confirmations(ctx))
	r.check("errors", r.errors(ctx))
	for _, page := range o.Pages {
		r.check("page "+page, r.pageUp(ctx, page))
	}
	r.report.Passed = true
	for _, c := range r.report.Checks {
		r.report.Passed = r.report.Passed && c.Status == Passed
	}
	return r.report, nil
}

// find settles what is verified: the rollout and what it took back.
func (r *run) find(ctx context.Context) error {
	instance, err := r.Client.Instance(ctx)
	if err != nil {
		return err
	}
	if r.env, err = r.Client.Environment(ctx, r.Environment); err != nil {
		return err
	}
	if r.Rollout == "" {
		all, err := r.Client.Rollouts(ctx, r.Environment)
		if err != nil {
			return err
		}
		if r.Rollout = newestTakenBack(all); r.Rollout == "" {
			return fault.New(fault.NotFound, "no rollout of %s has taken anything back, so there is nothing to verify", r.Environment).
				Hint("belay status shows the rollouts; belay rollback takes one back")
		}
	}
	if r.page, err = r.Client.Rollout(ctx, r.Rollout); err != nil {
		return err
	}
	r.report = Report{
		At: time.Now().UTC(), Belay: r.Client.Base() + " " + instance.Version, Environment: r.env.Key, Rollout: r.page.ID,
		Name: r.page.Name, Lost: r.page.Lost, Whole: r.page.State == rollout.RolledBack,
	}
	return nil
}

func newestTakenBack(all []api.RolloutSummary) string {
	var id string
	var newest time.Time
	for _, s := range all {
		at := lastLost(s.Rollout)
		if s.State == rollout.RolledBack && s.EndedAt != nil && s.EndedAt.After(at) {
			at = *s.EndedAt
		}
		if at.After(newest) {
			id, newest = s.ID, at
		}
	}
	return id
}

// lastLost is when the rollout last took a component back; zero when it never did.
func lastLost(r rollout.Rollout) time.Time {
	var at time.Time
	for _, l := range r.Lost {
		if l.At.After(at) {
			at = l.At
		}
	}
	return at
}

// takenBackAt is when the state to be verified began.
func (r *run) takenBackAt() time.Time {
	if r.report.Whole && r.page.EndedAt != nil {
		return *r.page.EndedAt
	}
	return lastLost(r.page.Rollout)
}

// off lists the flags that must be off for everyone.
func (r *run) off() []string {
	if r.report.Whole {
		return append([]string{r.page.Flag}, r.page.Components...)
	}
	var keys []string
	for _, l := range r.report.Lost {
		keys = append(keys, l.Component)
	}
	return keys
}

// outcome is what a check saw.
type outcome struct {
	status   Status
	text     string
	measured map[string]any
	started  time.Time
}

func (r *run) check(name string, o outcome) {
	c := Check{Name: name, Status: o.status, Text: o.text, Measured: o.measured, Took: rollout.Duration(time.Since(o.started).Round(time.Millisecond))}
	r.report.Checks = append(r.report.Checks, c)
	if r.Progress != nil {
		r.Progress(c)
	}
}

func unknown(started time.Time, err error) outcome {
	return outcome{status: Unknown, text: err.Error(), started: started}
}

func verdict(good bool, started time.Time, measured map[string]any, format string, args ...any) outcome {
	status := Failed
	if good {
		status = Passed
	}
	return outcome{status: status, text: fmt.Sprintf(format, args...), measured: measured, started: started}
}
