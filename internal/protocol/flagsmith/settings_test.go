package flagsmith_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/tenant"
)

func (w *world) set(settings tenant.Settings) {
	w.t.Helper()
	_, err := w.tenants.Change(w.t.Context(), dana, "a test needs it", w.env.ID, tenant.Patch{Settings: &settings},
		func(ctx context.Context, e tenant.Environment) error { return w.flags.Restamp(ctx, e.ID) })
	require.NoError(w.t, err)
}

func (w *world) asServer() string { return "X-Environment-Key: " + w.env.ServerKey }

func TestTheDocumentSaysHowTheEnvironmentIsSetUp(t *testing.T) {
	w := newWorld(t, 0)
	read := func() map[string]any {
		a := w.ask("GET", "/api/v1/environment-document/", "", w.asServer())
		require.Equal(t, 200, a.status, a.body)
		var d map[string]any
		require.NoError(t, json.Unmarshal([]byte(a.body), &d))
		return d
	}
	before := read()
	require.Equal(t, true, before["allow_client_traits"])
	require.Equal(t, false, before["hide_disabled_flags"])
	organisation := before["project"].(map[string]any)["organisation"].(map[string]any)
	require.Equal(t, true, organisation["persist_trait_data"])
	require.Equal(t, false, organisation["stop_serving_flags"])

	w.set(tenant.Settings{HideDisabledFlags: true, HideSensitiveData: true, IgnoreClientTraits: true, ForgetTraits: true})
	after := read()
	require.Equal(t, false, after["allow_client_traits"])
	require.Equal(t, true, after["hide_sensitive_data"])
	require.Equal(t, true, after["hide_disabled_flags"])
	project := after["project"].(map[string]any)
	require.Equal(t, true, project["hide_disabled_flags"])
	require.Equal(t, false, project["organisation"].(map[string]any)["persist_trait_data"])
	require.Greater(t, after["updated_at"], before["updated_at"], "clients that poll see that something changed")
}

func TestNothingIsServedWhileAnAdministratorHasStoppedIt(t *testing.T) {
	w := newWorld(t, 0)
	calls := [][3]string{
		{"GET", "/api/v1/flags/", ""},
		{"GET", "/api/v1/identities/?identifier=dana", ""},
		{"POST", "/api/v1/identities/", `{"identifier":"dana","traits":[]}`},
		{"POST", "/api/v1/bulk-identities/", `{"data":[]}`},
		{"POST", "/api/v1/analytics/flags/", `{"master":1}`},
		{"POST", "/api/v1/traits/", `{"identity":{"identifier":"dana"},"trait_key":"a","trait_value":1}`},
	}
	w.set(tenant.Settings{StopServing: true})
	for _, c := range calls {
		a := w.ask(c[0], c[1], c[2])
		require.Equal(t, 401, a.status, "%s: %s", c[1], a.body)
		require.Contains(t, a.body, `"detail"`)
	}
	require.Equal(t, 401, w.ask("GET", "/api/v1/environment-document/", "", w.asServer()).status)
	w.set(tenant.Settings{})
	for _, c := range calls {
		require.Equal(t, 200, w.ask(c[0], c[1], c[2]).status, c[1])
	}
}

func TestTraitsAreKeptOnlyWhereTheSettingsLetThem(t *testing.T) {
	put := `{"identity":{"identifier":"dana"},"trait_key":"plan","trait_value":"pro"}`
	add := `{"identifier":"dana","trait_key":"visits","increment_by":2}`
	for name, settings := range map[string]tenant.Settings{
		"none are kept": {ForgetTraits: true}, "those of clients are not believed": {IgnoreClientTraits: true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 0)
			w.set(settings)
			for _, c := range [][3]string{
				{"POST", "/api/v1/traits/", put}, {"PUT", "/api/v1/traits/bulk/", "[" + put + "]"}, {"POST", "/api/v1/traits/increment-value/", add},
			} {
				require.Equal(t, 200, w.ask(c[0], c[1], c[2]).status)
			}
			kept, err := w.people.Traits(t.Context(), w.env.ID, "dana")
			require.NoError(t, err)
			require.Empty(t, kept)
			require.Contains(t, w.ask("POST", "/api/v1/traits/increment-value/", add).body, `"trait_value":2`)
			require.Equal(t, 200, w.ask("POST", "/api/v1/traits/", put, w.asServer()).status)
			kept, err = w.people.Traits(t.Context(), w.env.ID, "dana")
			require.NoError(t, err)
			if settings.ForgetTraits {
				require.Empty(t, kept)
			} else {
				require.Equal(t, "pro", kept["plan"], "a server's are")
			}
		})
	}
}

func TestWhereTraitsAreForgottenNobodyIsRememberedEither(t *testing.T) {
	w := newWorld(t, 0)
	ask := func() {
		require.Equal(t, 200, w.ask("POST", "/api/v1/identities/", `{"identifier":"dana","traits":[{"trait_key":"plan","trait_value":"pro"}]}`).status)
	}
	w.set(tenant.Settings{ForgetTraits: true})
	ask()
	require.Empty(t, w.seen)
	w.set(tenant.Settings{})
	ask()
	require.Equal(t, []string{"dana"}, w.seen)
}

func TestNobodyIsSpreadAnewWhenAKeyIsReplaced(t *testing.T) {
	w := newWorld(t, 0)
	before := w.ask("GET", "/api/v1/environment-document/", "", w.asServer())
	made, err := w.tenants.AddKey(t.Context(), dana, "somebody left", w.env.ID, tenant.Client)
	require.NoError(t, err)
	after := w.ask("GET", "/api/v1/environment-document/", "", w.asServer())
	require.Equal(t, before.body, after.body)
	require.Contains(t, after.body, `"api_key":"`+w.env.ClientKey+`"`)
	for _, key := range []string{w.env.ClientKey, made.Secret} {
		require.Equal(t, 200, w.ask("GET", "/api/v1/flags/", "", "X-Environment-Key: "+key).status)
	}
}
