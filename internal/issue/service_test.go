package issue_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/issue"
	"github.com/siteproof/belay/internal/store/duckdb"
	"github.com/siteproof/belay/internal/telemetry"
)

const env = "env_test"

func TestErrorsOfManyPeopleBecomeIssues(t *testing.T) {
	store, err := duckdb.Open(t.Context(), duckdb.Options{Path: filepath.Join(t.TempDir(), "t.duckdb")})
	require.NoError(t, err)
	defer store.Close()
	events := telemetry.New(telemetry.Options{Store: store})
	require.NoError(t, events.Start(t.Context()))
	issues := issue.New(store)
	issues.SplitBy(func(string) string { return "design-system-v2" })

	failing := func(user, component, message string, variants map[string]string) {
		_, _, err := events.Ingest(t.Context(), env, []telemetry.Event{{
			Session: "ses_of_" + user, User: user, Kind: telemetry.Error, Seq: time.Now().UnixNano() % telemetry.MaxSeq, Name: "TypeError", Message: message,
			Component: component, Page: "/ncrs", Source: "boundary", Release: "app@2", Browser: "Firefox", Variants: variants,
		}})
		require.NoError(t, err)
	}
	on := map[string]string{"design-system-v2": "on", "ncr-form": "on"}
	lost := map[string]string{"design-system-v2": "on", "ncr-form": "off"}
	failing("ann", "ncr-form", "NCR 17 is gone", on)
	failing("ann", "ncr-form", "NCR 18 is gone", on)
	failing("bob", "ncr-form", "NCR 19 is gone", lost)
	failing("cay", "", "NCR 20 is gone", lost)
	require.NoError(t, events.Stop(t.Context()))

	all, err := issues.List(t.Context(), env, issue.Filter{})
	require.NoError(t, err)
	require.Len(t, all, 2, "one in the form, one outside of components")
	require.Equal(t, "TypeError: NCR 19 is gone", all[0].Title)
	require.Equal(t, []int64{3, 2}, []int64{all[0].Events, all[0].Users})
	require.Equal(t, map[string]int64{"on": 1, "off": 1}, all[0].ByVariant, "by the component's own flag")
	require.Equal(t, map[string]int64{"on": 1}, all[1].ByVariant, "by the flag that the rollout moves")
	recent := int64(0)
	for _, n := range all[0].Minutes {
		recent += n
	}
	require.EqualValues(t, 3, recent)

	form, err := issues.List(t.Context(), env, issue.Filter{Component: "ncr-form", Limit: 1})
	require.NoError(t, err)
	require.Equal(t, all[:1], form)
	later, err := issues.List(t.Context(), env, issue.Filter{Since: time.Now().Add(time.Hour)})
	require.NoError(t, err)
	require.Empty(t, later)

	detail, err := issues.Find(t.Context(), env, all[0].Fingerprint)
	require.NoError(t, err)
	require.Equal(t, all[0], detail.Issue)
	require.Equal(t, []string{"app@2"}, detail.Releases)
	require.Equal(t, map[string]int64{"Firefox": 2}, detail.Browsers)
	for _, unknown := range []string{"", "0000000000000000", "'; DROP TABLE events; --"} {
		_, err = issues.Find(t.Context(), env, unknown)
		require.True(t, fault.Is(err, fault.NotFound), "%v", err)
	}
	_, err = issues.Find(t.Context(), "env_other", all[0].Fingerprint)
	require.True(t, fault.Is(err, fault.NotFound))
}
