package transfer_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/flag/engine"
	"github.com/siteproof/belay/internal/protocol/flagsmith"
	"github.com/siteproof/belay/internal/tenant"
	"github.com/siteproof/belay/internal/transfer"
)

// people are identities with traits that the segments of the documents ask for.
func people() []flag.Context {
	var out []flag.Context
	for i := range 1000 {
		out = append(out, flag.Context{
			TargetingKey: "person-" + strconv.Itoa(i*7919),
			Traits:       map[string]any{"plan": []string{"free", "pro", "team"}[i%3], "age": json.Number(strconv.Itoa(i % 90))},
		})
	}
	return append(out, flag.Context{TargetingKey: "alice"}, flag.Context{TargetingKey: "bob", Traits: map[string]any{"plan": "pro"}})
}

// reference answers a document as Flagsmith's own clients do: the override of the identity, then those of the segments
// by priority, then the variants.
type reference struct {
	APIKey        string           `json:"api_key"`
	FeatureStates []referenceState `json:"feature_states"`
	Overrides     []struct {
		Identifier string           `json:"identifier"`
		Features   []referenceState `json:"identity_features"`
	} `json:"identity_overrides"`
	Project struct {
		Segments []struct {
			ID    any              `json:"id"`
			Rules []referenceRule  `json:"rules"`
			Over  []referenceState `json:"feature_states"`
		} `json:"segments"`
	} `json:"project"`
}

type referenceState struct {
	Feature struct {
		ID   int64  `json:"id"`
		Name string `json:"name"`
	} `json:"feature"`
	Enabled  bool        `json:"enabled"`
	Value    any         `json:"feature_state_value"`
	DjangoID json.Number `json:"django_id"`
	UUID     string      `json:"featurestate_uuid"`
	Segment  *struct {
		Priority int `json:"priority"`
	} `json:"feature_segment"`
	Variants []struct {
		ID     int64   `json:"id"`
		Weight float64 `json:"percentage_allocation"`
		Option struct {
			Value any `json:"value"`
		} `json:"multivariate_feature_option"`
	} `json:"multivariate_feature_state_values"`
}

type referenceRule struct {
	Type       string          `json:"type"`
	Rules      []referenceRule `json:"rules"`
	Conditions []struct {
		Property string `json:"property_"`
		Operator string `json:"operator"`
		Value    string `json:"value"`
	} `json:"conditions"`
}

func rulesFor(rules []referenceRule) []engine.Rule {
	var out []engine.Rule
	for _, r := range rules {
		made := engine.Rule{Type: r.Type, Rules: rulesFor(r.Rules)}
		for _, c := range r.Conditions {
			made.Conditions = append(made.Conditions, engine.Condition{Property: c.Property, Operator: c.Operator, Value: c.Value})
		}
		out = append(out, made)
	}
	return out
}

// answer is enabled and value of each feature for one identity.
func (d *reference) answer(t *testing.T, c flag.Context) map[string]string {
	t.Helper()
	key := d.APIKey + "_" + c.TargetingKey
	in := engine.Context{Environment: engine.Environment{Key: d.APIKey}, Identifier: c.TargetingKey, Key: key, Traits: c.Traits}
	out := map[string]string{}
	for _, s := range d.FeatureStates {
		chosen, best := s, 1<<30
		for _, g := range d.Project.Segments {
			for _, o := range g.Over {
				compiled, err := engine.Compile(fmt.Sprint(g.ID), rulesFor(g.Rules))
				require.NoError(t, err)
				if o.Feature.ID == s.Feature.ID && o.Segment.Priority < best && compiled.Matches(&in) {
					chosen, best = o, o.Segment.Priority
				}
			}
		}
		for _, p := range d.Overrides {
			for _, o := range p.Features {
				if p.Identifier == c.TargetingKey && o.Feature.ID == s.Feature.ID {
					chosen = o
				}
			}
		}
		slices.SortFunc(chosen.Variants, func(a, b struct {
			ID     int64   `json:"id"`
			Weight float64 `json:"percentage_allocation"`
			Option struct {
				Value any `json:"value"`
			} `json:"multivariate_feature_option"`
		},
		) int {
			return int(a.ID - b.ID)
		})
		seed := chosen.DjangoID.String()
		if seed == "" {
			seed = chosen.UUID
		}
		var weights []float64
		for _, v := range chosen.Variants {
			weights = append(weights, v.Weight)
		}
		value := chosen.Value
		if at := engine.Choose(seed, key, weights); at >= 0 {
			value = chosen.Variants[at].Option.Value
		}
		out[s.Feature.Name] = said(chosen.Enabled, value)
	}
	return out
}

// said leaves the value of a flag that is off out: Belay has none then.
func said(enabled bool, value any) string {
	if !enabled {
		return "off"
	}
	if value == nil {
		value = ""
	}
	return fmt.Sprint("on ", value)
}

// mine is what Belay answers after the import, with the key the document has.
func mine(t *testing.T, s *flag.Snapshot, key string, c flag.Context) map[string]string {
	t.Helper()
	c.EnvironmentKey = key
	out := map[string]string{}
	for _, r := range s.EvaluateAll(c, tenant.Server) {
		var value any
		if r.Type != flag.Boolean {
			decoder := json.NewDecoder(strings.NewReader(string(r.Value)))
			decoder.UseNumber()
			_ = decoder.Decode(&value)
		}
		out[r.Key] = said(r.Enabled, value)
	}
	return out
}

// same imports a document and compares what everybody gets. The names say what features are called in Belay.
func (w *world) same(t *testing.T, text []byte, into string, names func(string) string) transfer.Difference {
	t.Helper()
	var before reference
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	require.NoError(t, decoder.Decode(&before))
	differences, err := w.compare(string(text), into, true)
	require.NoError(t, err)
	w.apply(t, differences)
	snapshot, err := w.current(into)
	require.NoError(t, err)
	seen := map[string]bool{}
	for _, c := range people() {
		want := map[string]string{}
		for name, value := range before.answer(t, c) {
			want[names(name)] = value
			seen[names(name)+" "+value] = true
		}
		require.Equal(t, want, mine(t, snapshot, before.APIKey, c), c.TargetingKey)
	}
	require.Greater(t, len(seen), len(before.FeatureStates)+2, "people get different things")
	again, err := w.compare(string(text), into, true)
	require.NoError(t, err)
	require.Empty(t, again[0].Items, "a second import changes nothing")
	return differences[0]
}

func TestEverybodyKeepsTheirFlagsWhenADocumentOfFlagsmithIsImported(t *testing.T) {
	text, err := os.ReadFile("testdata/flagsmith-document.json")
	require.NoError(t, err)
	w := newWorld(t)
	plan := w.same(t, text, "production", func(name string) string { return strings.ReplaceAll(strings.ToLower(name), " ", "_") })
	require.Equal(t, "BelayStubClientKey000001", plan.ClientKey)
	for _, note := range []string{
		`Feature "New Header" is new_header here. Flagsmith's JavaScript client finds it all the same; in other code the name has to be changed.`,
		`Segment "Paying People" is paying_people here.`,
		`Segment "nobody" does not carry over: segment "nobody" cannot be kept like this: rules: a segment without rules has no members.`,
		`Flag cta_variant: the variant with the value "Small button" is called variant-2 here.`,
	} {
		require.Contains(t, plan.Notes, note)
	}
	hidden, err := first(w.current("production")).Find("api_limit")
	require.NoError(t, err)
	require.True(t, hidden.ServerOnly)
}

func TestEverybodyKeepsTheirFlagsWhenADocumentOfBelaysDoorIsImported(t *testing.T) {
	w := newWorld(t)
	w.apply(t, first(w.compare(strings.Replace(example, "{property: plan, operator: EQUAL, value: pro}", "{property: $.identity.identifier, operator: PERCENTAGE_SPLIT, value: \"40\"}", 1), "", false)))
	production := first(w.tenants.Find("production"))
	_, err := w.flags.SetSplit(t.Context(), dana, "a test needs it", production.ID, "design", &flag.Split{Rollout: "rol_1", Salt: "rol_1_salt", Percent: 60})
	require.NoError(t, err)
	door := flagsmith.New(flagsmith.Options{Tenants: w.tenants, Flags: w.flags, Logger: slog.New(slog.DiscardHandler)})
	request := httptest.NewRequest(http.MethodGet, "/api/v1/environment-document/", http.NoBody)
	request.Header.Set("X-Environment-Key", production.ServerKey)
	answer := httptest.NewRecorder()
	door.ServeHTTP(answer, request)
	require.Equal(t, http.StatusOK, answer.Code)
	w.same(t, answer.Body.Bytes(), "staging", func(name string) string { return name })
}

func TestAnImportLeavesToFlagsWhatFlagsmithKnowsNothingOf(t *testing.T) {
	w := newWorld(t)
	w.apply(t, first(w.compare("belay: 1\nflags:\n  beta: {type: boolean, owner: web, tags: [x], description: mine, enabled: false}\n", "production", false)))
	w.apply(t, first(w.compare(`[{"name":"beta","default_enabled":true,"is_server_key_only":false,"initial_value":null,"value":null,"type":"unicode","enabled":true,"multivariate":[]},
		{"name":"cta","default_enabled":true,"is_server_key_only":true,"initial_value":"a","value":"a","type":"unicode","enabled":true,
		 "multivariate":[{"percentage_allocation":30,"default_percentage_allocation":0,"value":"b","type":"unicode"}]}]`, "production", false)))
	beta, err := first(w.current("production")).Find("beta")
	require.NoError(t, err)
	require.Equal(t, []any{true, "web", "mine", []string{"x"}}, []any{beta.Enabled, beta.Owner, beta.Description, beta.Tags})
	cta, err := first(w.current("production")).Find("cta")
	require.NoError(t, err)
	require.Equal(t, []flag.Variant{{Key: "variant-1", Value: json.RawMessage(`"b"`), Weight: 30}}, cta.Variants)

	_, err = w.compare(`[{"title":"x"}]`, "production", false)
	require.ErrorContains(t, err, "not Flagsmith's export of features")
	_, err = w.compare(`{"feature_states": 5}`, "production", false)
	require.ErrorContains(t, err, "looks like a file of Flagsmith's")
}

func TestAnOldEnvironmentIsSaidToReshuffle(t *testing.T) {
	text, err := os.ReadFile("testdata/flagsmith-document.json")
	require.NoError(t, err)
	old := strings.Replace(string(text), `"use_identity_composite_key_for_hashing": true`, `"use_identity_composite_key_for_hashing": false`, 1)
	differences, err := newWorld(t).compare(old, "production", false)
	require.NoError(t, err)
	require.Contains(t, strings.Join(differences[0].Notes, "\n"), "shared out anew")
}
