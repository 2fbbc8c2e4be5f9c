package evidence_test

import (
	"encoding/json"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/evidence"
	"github.com/siteproof/belay/internal/rollout"
)

// TestAReportOfTheFirstFormStillVerifies reads one in which a decision names two components in one text.
func TestAReportOfTheFirstFormStillVerifies(t *testing.T) {
	text, err := os.ReadFile("testdata/report-1.json")
	require.NoError(t, err)
	file, err := evidence.Read(text)
	require.NoError(t, err)
	for _, c := range evidence.Verify(file, file.Chain.Head) {
		require.True(t, c.Holds, "%s: %s %v", c.Name, c.Text, c.Faults)
	}
	last := file.Decisions[len(file.Decisions)-1]
	require.Equal(t, rollout.RollBackPart, last.Action)
	require.Equal(t, []string{"ncr-form", "ncr-photos"}, last.Components)

	file.Decisions[len(file.Decisions)-1].Components = []string{"ncr-form"}
	n := slices.IndexFunc(evidence.Verify(file, ""), func(c evidence.Check) bool { return c.Name == "decisions" && !c.Holds })
	require.GreaterOrEqual(t, n, 0, "a component was left out, and it is said to hold")
}

func TestReportsOfOtherFormsAreRefused(t *testing.T) {
	text, err := json.Marshal(evidence.File{Format: "belay-evidence/9"})
	require.NoError(t, err)
	_, err = evidence.Read(text)
	require.ErrorContains(t, err, `its format is "belay-evidence/9"`)
}
