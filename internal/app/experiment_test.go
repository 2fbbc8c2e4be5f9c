package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/api"
	"github.com/siteproof/belay/internal/experiment"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag"
)

// button makes a flag that gives half of the people another text.
func (b *belay) button() {
	b.t.Helper()
	_, err := b.CreateFlag(b.t.Context(), "production", api.NewFlag{Key: "button", Type: flag.String, Value: json.RawMessage(`"Buy now"`), Enabled: true, Reason: because})
	require.NoError(b.t, err)
	variants := []flag.Variant{{Key: "short", Value: json.RawMessage(`"Buy"`), Weight: 50}}
	_, err = b.ChangeFlag(b.t.Context(), "production", "button", api.FlagChange{Variants: &variants, Reason: because})
	require.NoError(b.t, err)
}

// reported is what an official Flagsmith client says of one person: what the flags answer named as the variant, and then
// whether the person bought something.
func (b *belay) reported(person string, buys func(variant string) bool) (events []string) {
	b.t.Helper()
	r := b.ask(http.MethodPost, "/api/v1/identities/", fmt.Appendf(nil, `{"identifier":%q,"traits":[]}`, person), "X-Environment-Key: "+b.env.ClientKey)
	require.Equal(b.t, http.StatusOK, r.status, r.body)
	var answer struct {
		Flags []struct {
			Feature  struct{ Name string }
			Variant  string
			Metadata struct {
				Experiment struct {
					Name         string
					InExperiment bool `json:"in_experiment"`
				}
			}
		}
	}
	require.NoError(b.t, json.Unmarshal([]byte(r.body), &answer))
	for _, f := range answer.Flags {
		if f.Feature.Name != "button" {
			continue
		}
		require.True(b.t, f.Metadata.Experiment.InExperiment, "an official client reports what it was given only when it is told to")
		require.Equal(b.t, "Shorter button", f.Metadata.Experiment.Name)
		at := time.Now().UnixMilli()
		events = append(events, fmt.Sprintf(`{"event":"$flag_exposure","feature_name":"button","identifier":%q,"value":%q,"traits":null,"metadata":{"experiment_id":1},"timestamp":%d}`, person, f.Variant, at))
		if buys(f.Variant) {
			events = append(events, fmt.Sprintf(`{"event":"bought","feature_name":null,"identifier":%q,"value":"19.90","traits":null,"metadata":{},"timestamp":%d}`, person, at+1))
		}
	}
	return events
}

func TestAnExperimentThroughTheDoorsOfFlagsmith(t *testing.T) {
	b := start(t, t.TempDir())
	b.button()
	ctx := t.Context()
	design := experiment.Design{
		Name: "Shorter button", Flag: "button", Planned: 600, Effect: 5,
		Metrics: []experiment.Metric{
			{Role: experiment.Primary, Kind: experiment.Conversion, Event: "bought"},
			{Role: experiment.Guardrail, Kind: experiment.Sum, Event: "bought", Margin: 10},
		},
	}
	e, err := b.StartExperiment(ctx, "production", api.NewExperiment{Design: design, Reason: because})
	require.NoError(t, err)
	n := 0
	buys := func(variant string) bool { // the truth: one in ten against one in two
		n++
		return n%10 == 0 || (variant == "short" && n%2 == 0)
	}
	for batch := range 6 {
		var events []string
		for person := range 100 {
			events = append(events, b.reported(fmt.Sprintf("person-%d-%d", batch, person), buys)...)
		}
		r := b.ask(http.MethodPost, "/v1/events", []byte(`{"events":[`+strings.Join(events, ",")+`]}`),
			"X-Environment-Key: "+b.env.ClientKey, "User-Agent: flagsmith-python-client/6.0.0")
		require.Equal(t, http.StatusAccepted, r.status, r.body)
	}
	stopped, err := b.StopExperiment(ctx, e.ID, "the short one it is")
	require.NoError(t, err)
	require.Equal(t, experiment.Stopped, stopped.State)
	result, err := b.Experiment(ctx, e.ID)
	require.NoError(t, err)
	require.Equal(t, experiment.Winner, result.Verdict.Outcome, result.Verdict.Text)
	require.Equal(t, "short", result.Verdict.Arm)
	require.Equal(t, int64(600), result.People.All)
	require.InDelta(t, 40, result.Measures[0].Arms[1].Change.Estimate, 12)
	require.InDelta(t, .1*19.9, result.Measures[1].Arms[0].Mean, 1, "the number in the event is summed, though it is sent as text")

	r := b.ask(http.MethodPost, "/api/v1/identities/", []byte(`{"identifier":"somebody","traits":[]}`), "X-Environment-Key: "+b.env.ClientKey)
	require.NotContains(t, r.body, "in_experiment", "clients are told that it is over")

	all, err := b.Experiments(ctx, "production")
	require.NoError(t, err)
	require.Len(t, all, 1)
	plan, err := b.PlanExperiment(ctx, "production", experiment.Question{Flag: "button", Metric: design.Metrics[0], Effect: 5})
	require.NoError(t, err)
	require.Positive(t, plan.People)
	_, err = b.Experiment(ctx, "exp_gone")
	require.True(t, fault.Is(err, fault.NotFound), err)
}
