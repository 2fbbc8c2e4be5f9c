package app_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/identity"
	"github.com/siteproof/belay/internal/protocol/flagsmith"
	"github.com/siteproof/belay/internal/protocol/ofrep"
	"github.com/siteproof/belay/internal/store/sqldb"
	"github.com/siteproof/belay/internal/store/sqldb/sqldbtest"
	"github.com/siteproof/belay/internal/tenant"
)

// drawFlags makes random flags and segments that may stand together.
func drawFlags(t *rapid.T) []flag.Operation {
	condition := rapid.Custom(func(t *rapid.T) flag.Condition {
		return flag.Condition{
			Property: rapid.SampledFrom([]string{"plan", "age", "$.identity.identifier", "$.identity.traits.plan", "$.flags.base.enabled", "$.flags.base.value"}).Draw(t, "property"),
			Operator: rapid.SampledFrom([]string{"EQUAL", "NOT_EQUAL", "GREATER_THAN", "IN", "IS_SET", "IS_NOT_SET", "CONTAINS", "PERCENTAGE_SPLIT"}).Draw(t, "operator"),
			Value:    rapid.SampledFrom([]string{"pro", "ann", "30", "true", "ann,bob", "50"}).Draw(t, "value"),
		}
	}).Filter(func(c flag.Condition) bool {
		return c.Operator != "PERCENTAGE_SPLIT" || c.Value == "30" || c.Value == "50"
	})
	operations := []flag.Operation{flag.PutFlag(flag.Flag{Key: "base", Type: flag.Boolean, Enabled: rapid.Bool().Draw(t, "base"), Identities: []flag.Override{{For: "ann", Enabled: true}}})}
	for _, key := range []string{"one", "two"} {
		kind := rapid.SampledFrom([]string{"ALL", "ANY", "NONE"}).Draw(t, "type")
		operations = append(operations, flag.PutSegment(flag.Segment{Key: key, Rules: []flag.Rule{{Type: kind, Conditions: rapid.SliceOfN(condition, 1, 3).Draw(t, "conditions")}}}))
	}
	for i := range 5 {
		types := []flag.Type{flag.Boolean, flag.String, flag.Number, flag.JSON}
		f := flag.Flag{Key: fmt.Sprint("flag-", i), Type: types[i%len(types)], Enabled: rapid.Bool().Draw(t, "enabled"), ServerOnly: rapid.Bool().Draw(t, "server only")}
		values := map[flag.Type][]string{flag.Boolean: {""}, flag.String: {`"a<b>&\"c\""`, `"ä"`}, flag.Number: {"1", "2.50"}, flag.JSON: {`{"a":[1]}`, `[]`}}[f.Type]
		value := func(label string) json.RawMessage { return []byte(rapid.SampledFrom(values).Draw(t, label)) }
		if f.Type != flag.Boolean {
			f.Value = value("value")
			if rapid.Bool().Draw(t, "multivariate") {
				f.Variants = []flag.Variant{{Key: "x", Value: value("x"), Weight: 40}, {Key: "y", Value: value("y"), Weight: 30}}
			}
		}
		if i > 0 && rapid.Bool().Draw(t, "child") {
			f.Parent = fmt.Sprint("flag-", rapid.IntRange(0, i-1).Draw(t, "parent"))
		}
		for n, key := range rapid.SliceOfDistinct(rapid.SampledFrom([]string{"one", "two"}), rapid.ID[string]).Draw(t, "segments") {
			f.Segments = append(f.Segments, flag.Override{For: key, Priority: n, Enabled: rapid.Bool().Draw(t, "on"), Value: value("override")})
		}
		if rapid.Bool().Draw(t, "overridden") {
			f.Identities = []flag.Override{{For: "bob", Enabled: rapid.Bool().Draw(t, "bob"), Value: value("bob's")}}
		}
		operations = append(operations, flag.PutFlag(f))
	}
	return operations
}

// What doors put together from what they wrote before is what encoding/json writes of single evaluations, and both doors
// say the same of everybody.
func TestBothDoorsSayWhatSingleEvaluationsSay(t *testing.T) {
	db := sqldbtest.Open(t)
	journal, err := change.NewJournal(t.Context(), db, time.Now)
	require.NoError(t, err)
	dana := change.Actor{Kind: change.Person, ID: "per_1", Name: "Dana"}
	tenants := tenant.New(sqldb.NewTenants(db), journal)
	require.NoError(t, tenants.EnsureFirst(t.Context(), dana, tenant.FirstNames{
		Organisation: "o", Project: "p", Environments: []tenant.FirstEnvironment{{Key: "production", Name: "Production"}},
	}))
	env, err := tenants.Find("production")
	require.NoError(t, err)
	log := slog.New(slog.DiscardHandler)
	flags := flag.New(flag.Options{Store: sqldb.NewFlags(db), Journal: journal, Logger: log})
	require.NoError(t, flags.Load(t.Context()))
	journal.Subscribe("flags", flags.Refresh)
	mux := http.NewServeMux()
	mux.Handle("/ofrep/", ofrep.New(ofrep.Options{Tenants: tenants, Flags: flags, Logger: log, PerSecond: -1}))
	door := flagsmith.New(flagsmith.Options{Tenants: tenants, Flags: flags, Identities: identity.New(sqldb.NewIdentities(db)), Logger: log, PerSecond: -1})
	for _, pattern := range flagsmith.Patterns() {
		mux.Handle(pattern, door)
	}
	ask := func(t *rapid.T, path, body string) []byte {
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
		r.Header.Set("X-Environment-Key", env.ClientKey)
		mux.ServeHTTP(w, r)
		require.Equal(t, http.StatusOK, w.Code, "%s: %s", path, w.Body)
		return w.Body.Bytes()
	}
	rapid.Check(t, func(t *rapid.T) {
		_, err := flags.Apply(t.Context(), dana, "a test needs it", env.ID, flag.AnyRevision, drawFlags(t))
		require.NoError(t, err)
		who := rapid.SampledFrom([]string{"ann", "bob", "cäsar"}).Draw(t, "who")
		plan, age := rapid.SampledFrom([]string{"pro", "free", "30"}).Draw(t, "plan"), rapid.IntRange(0, 60).Draw(t, "age")
		in := flag.Context{TargetingKey: who, EnvironmentKey: env.HashKey, EnvironmentName: env.Name, Traits: map[string]any{"plan": plan, "age": json.Number(fmt.Sprint(age))}}
		context := fmt.Sprintf(`{"context":{"targetingKey":%q,"plan":%q,"age":%d}}`, who, plan, age)

		var bulk struct{ Flags []json.RawMessage }
		require.NoError(t, json.Unmarshal(ask(t, "/ofrep/v1/evaluate/flags", context), &bulk))
		var identities struct {
			Flags []struct {
				Feature struct{ Name string }
				Enabled bool
				Value   any `json:"feature_state_value"`
			}
		}
		body := fmt.Sprintf(`{"identifier":%q,"traits":[{"trait_key":"plan","trait_value":%q,"transient":true},{"trait_key":"age","trait_value":%d,"transient":true}]}`, who, plan, age)
		require.NoError(t, json.Unmarshal(ask(t, "/api/v1/identities/", body), &identities))
		all := flags.Snapshot(env.ID).EvaluateAll(in, tenant.Client)
		require.Len(t, bulk.Flags, len(all))
		require.Len(t, identities.Flags, len(all))
		for i, r := range all {
			single, err := flags.Snapshot(env.ID).Evaluate(r.Key, in, tenant.Client)
			require.NoError(t, err)
			require.Equal(t, r, single)
			type metadata struct {
				Enabled bool   `json:"enabled"`
				FlagID  string `json:"flagId"`
				Parent  string `json:"parent,omitempty"`
				OffBy   string `json:"offBy,omitempty"`
			}
			want, err := json.Marshal(struct {
				Key      string          `json:"key"`
				Value    json.RawMessage `json:"value,omitempty"`
				Reason   flag.Reason     `json:"reason"`
				Variant  string          `json:"variant,omitempty"`
				Metadata metadata        `json:"metadata"`
			}{r.Key, r.Value, r.Reason, r.Variant, metadata{r.Enabled, r.ID, r.Parent, r.OffBy}})
			require.NoError(t, err)
			require.Equal(t, string(want), string(bulk.Flags[i]))
			require.Equal(t, string(want), string(ask(t, "/ofrep/v1/evaluate/flags/"+r.Key, context)))

			other := identities.Flags[i]
			require.Equal(t, r.Key, other.Feature.Name)
			require.Equal(t, r.Enabled, other.Enabled)
			switch text, is := other.Value.(string); {
			case r.Type == flag.Boolean || !r.Enabled:
				require.Nil(t, other.Value)
			case r.Type == flag.String:
				var value string
				require.NoError(t, json.Unmarshal(r.Value, &value))
				require.Equal(t, value, text)
			case is:
				require.Equal(t, string(r.Value), text)
			default:
				require.Equal(t, string(r.Value), fmt.Sprint(other.Value))
			}
		}
	})
}
