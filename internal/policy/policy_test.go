package policy_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/siteproof/belay/internal/api"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/policy"
	"github.com/siteproof/belay/internal/rollout"
)

func TestEveryTemplateReadsBackAsItsPlan(t *testing.T) {
	plans := map[string]rollout.Plan{"usual": rollout.DefaultPlan(), "demo": rollout.DemoPlan()}
	for _, name := range policy.Templates() {
		text, err := policy.Template(name)
		require.NoError(t, err)
		read, err := policy.Read(name+".yaml", text)
		require.NoError(t, err)
		require.Empty(t, cmp.Diff(asIfWritten(plans[name]), asIfWritten(read)), name)
	}
	_, err := policy.Template("weekly")
	require.True(t, fault.Is(err, fault.NotFound))
	require.ErrorContains(t, err, "weekly")
}

// asIfWritten gives a plan in which a ratio of 1 and none, which mean the same, are the same.
func asIfWritten(p rollout.Plan) rollout.Plan {
	if len(p.Tell) == 0 {
		p.Tell = nil
	}
	for n := range p.Phases {
		if len(p.Phases[n].Checks) == 0 {
			p.Phases[n].Checks = nil
		}
	}
	for n := range p.Guards {
		if p.Guards[n].Ratio == 0 {
			p.Guards[n].Ratio = 1
		}
	}
	return p
}

func TestAFileOfAFewLinesIsAWholePlan(t *testing.T) {
	read, err := policy.Read("policy.yaml", []byte("phases:\n  - {name: Some, percent: 10, min_dwell: 1h}\n  - {name: Everybody, percent: 100}\n"))
	require.NoError(t, err)
	usual := rollout.DefaultPlan()
	require.InDelta(t, usual.Budget, read.Budget, 0)
	require.Equal(t, usual.SilentAfter, read.SilentAfter)
	require.Equal(t, rollout.UsualGuards(2), read.Guards)
	require.Equal(t, rollout.Duration(time.Hour), read.Phases[0].MinDwell)
}

func TestAPlanAsTheAPITakesItIsAPolicyToo(t *testing.T) {
	text, err := json.MarshalIndent(rollout.DemoPlan(), "", "\t")
	require.NoError(t, err)
	read, err := policy.Read("plan.json", text)
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(asIfWritten(rollout.DemoPlan()), asIfWritten(read)))
}

func TestMistakesNameTheirLine(t *testing.T) {
	cases := map[string]struct{ text, says string }{
		"empty":           {"", "policy.yaml is empty"},
		"no YAML":         {"phases: [", "policy.yaml:1: this is not YAML"},
		"two documents":   {"phases: []\n---\nphases: []\n", "after its first document"},
		"unknown field":   {"phases:\n  - name: Some\n    percent: 5\n    min_dwel: 1h\n", "policy.yaml:4:5: phases[0]: there is no field \"min_dwel\"; did you mean min_dwell?"},
		"wrong type":      {"phases:\n  - name: Some\n    percent: half\n", "policy.yaml:3:14: phases[0].percent: has to be a number, not text"},
		"no unit":         {"phases:\n  - {name: Some, percent: 5, min_dwell: 90}\n", `policy.yaml:2:41: phases[0].min_dwell: "90" is not a duration`},
		"missing":         {"phases:\n  - percent: 5\n", "policy.yaml:2:5: phases[0]: name is missing"},
		"shrinking":       {"phases:\n  - {name: A, percent: 50}\n  - name: B\n    percent: 25\n", "policy.yaml:4:14: phases[1].percent: more than the phase before (50)"},
		"margins":         {"phases:\n  - {name: A, percent: 50}\n  - {name: B, percent: 100}\nguards:\n  - kind: errors\n    share: 1\n    margins: [0.1, 0.2]\n", "policy.yaml:7:14: guards[0].margins: none, or one for each phase"},
		"shares":          {"phases:\n  - {name: A, percent: 100}\nguards:\n  - {kind: errors, share: 0.7}\n  - {kind: silent_clients, share: 0.7}\n", "policy.yaml:4:3: guards: the shares add up to 1.4"},
		"version":         {"policy: 7\nphases:\n  - {name: A, percent: 100}\n", "policy.yaml:1:9: policy: the version of the file has to be 1"},
		"budget":          {"budget: 0.5\nphases:\n  - {name: A, percent: 100}\n", "policy.yaml:1:9: budget: more than 0"},
		"anchors":         {"phases: &p\n  - {name: A, percent: 100}\n", "anchors and aliases"},
		"unknown kind":    {"phases:\n  - {name: A, percent: 100}\nguards:\n  - {kind: luck, share: 1}\n", "policy.yaml:4:12: guards[0].kind: one of"},
		"twice":           {"phases:\n  - {name: A, percent: 100}\nbudget: 0.01\nbudget: 0.01\n", "policy.yaml:4"},
		"too much":        {"description: " + strings.Repeat("x", policy.MaxText), "has more than"},
		"nothing at all":  {"budget: 0.01\n", "phases is missing"},
		"no phase at all": {"phases: []\n", "policy.yaml:1:9: phases: between 1 and"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := policy.Read("policy.yaml", []byte(c.text))
			require.True(t, fault.Is(err, fault.Invalid), "%v", err)
			require.ErrorContains(t, err, c.says)
		})
	}
	t.Run("all of them", func(t *testing.T) {
		_, err := policy.Read("policy.yaml", []byte("budget: 2\nphases:\n  - {name: '', percent: 0}\n  - {name: B, percent: 300}\n"))
		var f *fault.Error
		require.ErrorAs(t, err, &f)
		require.Len(t, f.Fields, 4)
		require.Equal(t, "policy.yaml:1:9", f.Fields[0].Path)
	})
}

func TestWhatIsWrittenReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		phases := rapid.IntRange(1, 6).Draw(t, "phases")
		plan := rollout.DefaultPlan()
		plan.Phases, plan.Guards = nil, rollout.UsualGuards(phases)
		plan.Budget = rapid.Float64Range(.0001, .2).Draw(t, "budget")
		for n := range phases {
			plan.Phases = append(plan.Phases, rollout.Phase{
				Name: rapid.StringN(1, 20, 100).Draw(t, "name"), Percent: float64(n+1) * 100 / float64(phases),
				MinDwell: rollout.Duration(rapid.Int64Range(0, 1e15).Draw(t, "dwell")), MinUsers: rapid.Int64Range(0, 1e9).Draw(t, "users"),
				Approval: rapid.Bool().Draw(t, "approval"), Checks: rapid.SliceOfN(rapid.StringN(1, 9, 50), 0, 2).Draw(t, "checks"),
			})
		}
		plan.Tell = rapid.SliceOfN(rapid.StringN(1, 9, 50), 0, 2).Draw(t, "tell")
		if rapid.Bool().Draw(t, "windowed") {
			plan.Phases[0].Windows = []rollout.Window{{Days: []string{"mon"}, From: "09:00", To: "16:30", Zone: "Europe/Berlin"}}
		}
		if plan.Validate() != nil {
			t.Skip("not a plan")
		}
		text, err := policy.Write(plan, "")
		require.NoError(t, err)
		read, err := policy.Read("policy.yaml", text)
		require.NoError(t, err, string(text))
		require.Empty(t, cmp.Diff(asIfWritten(plan), asIfWritten(read)), string(text))
	})
}

func FuzzRead(f *testing.F) {
	for _, name := range policy.Templates() {
		text, err := policy.Template(name)
		require.NoError(f, err)
		f.Add(string(text))
	}
	f.Add("phases: [{name: A, percent: 1e400}]")
	f.Fuzz(func(t *testing.T, text string) {
		if plan, err := policy.Read("policy.yaml", []byte(text)); err == nil {
			require.NoError(t, plan.Validate())
		}
	})
}

func TestThePublishedSchemaIsFresh(t *testing.T) {
	published, err := os.ReadFile("../../api/policy.schema.json")
	require.NoError(t, err)
	text, err := json.Marshal(api.PolicySchema())
	require.NoError(t, err)
	require.JSONEq(t, string(published), string(text), "make docs writes it")
}
