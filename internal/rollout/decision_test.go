package rollout_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/rollout"
)

func TestADecisionNamesEachComponentByItself(t *testing.T) {
	b := newBelay(t)
	r := b.start(rollout.DemoPlan())
	require.NoError(t, b.service.RollBack(t.Context(), dana, why, r.ID, "diary", "itp-form"))
	require.Equal(t, []string{"diary", "itp-form"}, b.page(r.ID).Decisions[0].Components)
}

func TestDecisionsThatWereKeptBeforeThereWasAListAreRead(t *testing.T) {
	for text, components := range map[string][]string{
		`{"id":"dec_1","action":"roll_back_component","component":"auth, ncr-form","evidence":[]}`: {"auth", "ncr-form"},
		`{"id":"dec_1","action":"roll_back_component","component":"auth","evidence":[]}`:           {"auth"},
		`{"id":"dec_1","action":"roll_back","evidence":[]}`:                                        nil,
	} {
		var d rollout.Decision
		require.NoError(t, json.Unmarshal([]byte(text), &d))
		require.Equal(t, components, d.Components)
		again, err := json.Marshal(d)
		require.NoError(t, err)
		require.NotContains(t, string(again), `"component":`)
		var read rollout.Decision
		require.NoError(t, json.Unmarshal(again, &read))
		require.Equal(t, d, read)
	}
}
