package clients

import (
	"testing"

	"github.com/open-feature/go-sdk-contrib/providers/ofrep"
	"github.com/open-feature/go-sdk/openfeature"
)

func TestOFREPProvider(t *testing.T) {
	t.Parallel()
	b := startBelay(t)
	b.roll()
	for name, credential := range map[string]ofrep.Option{
		"bearer": ofrep.WithBearerToken(b.serverKey), "API key": ofrep.WithApiKeyAuth(b.clientKey),
	} {
		if err := openfeature.SetNamedProviderAndWait(name, ofrep.NewProvider(b.url, credential)); err != nil {
			t.Fatal(err)
		}
	}
	server, browser := openfeature.NewClient("bearer"), openfeature.NewClient("API key")
	ctx := t.Context()
	person := func(who string, traits map[string]any) openfeature.EvaluationContext {
		return openfeature.NewEvaluationContext(who, traits)
	}

	t.Run("the same values as one bulk request", func(t *testing.T) {
		seen := map[string]map[any]bool{}
		for _, who := range people(30) {
			for _, traits := range traitSets() {
				told := b.reference(who, traits)
				note(seen, told)
				for _, flag := range []string{"design-system-v2", "ncr-form", "itp-form", "vip", "secret"} {
					details, err := server.BooleanValueDetails(ctx, flag, !told[flag].Enabled, person(who, traits))
					if err != nil || details.Value != told[flag].Enabled {
						t.Fatalf("%s of %s %v: %+v, %v", flag, who, traits, details, err)
					}
				}
				for _, flag := range []string{"diary", "cta", "banner"} {
					details, err := server.StringValueDetails(ctx, flag, "off", person(who, traits))
					want := told[flag].Value
					if want == nil {
						want = "off"
					}
					if err != nil || details.Value != want {
						t.Fatalf("%s of %s %v: %+v, %v", flag, who, traits, details, err)
					}
				}
				photos, err := server.IntValue(ctx, "photos", 0, person(who, traits))
				if err != nil || float64(photos) != told["photos"].Value {
					t.Fatalf("photos of %s %v: %v, %v", who, traits, photos, err)
				}
			}
		}
		b.everything(seen)
	})

	t.Run("why, and which variant", func(t *testing.T) {
		details, err := server.IntValueDetails(ctx, "photos", 0, person("usr_1", map[string]any{"plan": "pro"}))
		if err != nil || details.Reason != openfeature.TargetingMatchReason {
			t.Fatalf("%+v, %v", details, err)
		}
		details2, err := server.StringValueDetails(ctx, "diary", "off", person("refuser", nil))
		if err != nil || details2.Reason != openfeature.DisabledReason || details2.Value != "off" {
			t.Fatalf("%+v, %v", details2, err)
		}
		if _, err := browser.BooleanValue(ctx, "secret", false, person("usr_1", nil)); err == nil {
			t.Fatal("the client key opened a flag that is only for servers")
		}
		missing, err := server.BooleanValueDetails(ctx, "nothing", true, person("usr_1", nil))
		if err == nil || missing.ErrorCode != openfeature.FlagNotFoundCode || !missing.Value {
			t.Fatalf("%+v, %v", missing, err)
		}
	})

	t.Run("a change is seen at once, an outage gives the default", func(t *testing.T) {
		ask := func() string {
			got, _ := server.StringValue(ctx, "banner", "from the code", person("alice", nil)) // the error comes with the default
			return got
		}
		b.change("banner", "new")
		if got := ask(); got != "new" {
			t.Fatalf("banner is %q", got)
		}
		b.crash()
		if got := ask(); got != "from the code" {
			t.Fatalf("banner is %q", got)
		}
		b.start()
		b.change("banner", "hello")
		if got := ask(); got != "hello" {
			t.Fatalf("banner is %q", got)
		}
	})
}
