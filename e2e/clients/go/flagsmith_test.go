package clients

import (
	"log/slog"
	"reflect"
	"testing"
	"time"

	flagsmith "github.com/Flagsmith/flagsmith-go-client/v4"
)

func (b *belay) flagsmith(options ...flagsmith.Option) *flagsmith.Client {
	return flagsmith.NewClient(b.serverKey, append([]flagsmith.Option{
		flagsmith.WithBaseURL(b.url + "/api/v1/"), flagsmith.WithSlogLogger(slog.New(slog.DiscardHandler)),
	}, options...)...)
}

func traitsOf(given map[string]any) (out []*flagsmith.Trait) {
	for key, value := range given {
		out = append(out, &flagsmith.Trait{TraitKey: key, TraitValue: value, Transient: true})
	}
	return out
}

func states(flags flagsmith.Flags) map[string]state {
	out := map[string]state{}
	for _, f := range flags.AllFlags() {
		out[f.FeatureName] = state{f.Enabled, f.Value}
	}
	return out
}

func value(t *testing.T, c *flagsmith.Client, who, flag string) any {
	t.Helper()
	flags, err := c.GetIdentityFlags(t.Context(), who, nil)
	if err != nil {
		return err
	}
	got, err := flags.GetFeatureValue(flag)
	if err != nil {
		return err
	}
	return got
}

func TestFlagsmithRemote(t *testing.T) {
	t.Parallel()
	b := startBelay(t)
	b.roll()
	c := b.flagsmith(flagsmith.WithAnalytics(background(t)))

	t.Run("the same values as OFREP", func(t *testing.T) {
		seen := map[string]map[any]bool{}
		for _, who := range people(30) {
			for _, traits := range traitSets() {
				flags, err := c.GetIdentityFlags(t.Context(), who, traitsOf(traits))
				if err != nil {
					t.Fatal(err)
				}
				told := b.reference(who, traits)
				note(seen, told)
				if got := states(flags); !reflect.DeepEqual(got, told) {
					t.Fatalf("%s %v: %v, not %v", who, traits, got, told)
				}
			}
		}
		b.everything(seen)
	})

	t.Run("many identities at once, whose traits stay", func(t *testing.T) {
		pro := []*flagsmith.Trait{{TraitKey: "plan", TraitValue: "pro"}}
		if err := c.BulkIdentify(t.Context(), []*flagsmith.IdentityTraits{{Identifier: "ann", Traits: pro}, {Identifier: "ben"}}); err != nil {
			t.Fatal(err)
		}
		if got := []any{value(t, c, "ann", "photos"), value(t, c, "ben", "photos")}; !reflect.DeepEqual(got, []any{30.0, 3.0}) {
			t.Fatalf("photos of ann and ben: %v", got)
		}
	})

	t.Run("a change is seen at once, an outage is an error or the default", func(t *testing.T) {
		careful := b.flagsmith(flagsmith.WithDefaultHandler(func(name string) (flagsmith.Flag, error) {
			return flagsmith.Flag{FeatureName: name, Value: "from the code", IsDefault: true}, nil
		}))
		b.change("banner", "new")
		if got := value(t, c, "alice", "banner"); got != "new" {
			t.Fatalf("banner is %v", got)
		}
		b.crash()
		if _, err := c.GetIdentityFlags(t.Context(), "alice", nil); err == nil {
			t.Fatal("no error while Belay is down")
		}
		if got := value(t, careful, "alice", "banner"); got != "from the code" {
			t.Fatalf("banner is %v", got)
		}
		b.start()
		b.change("banner", "hello")
		if got := value(t, careful, "alice", "banner"); got != "hello" {
			t.Fatalf("banner is %v", got)
		}
	})

	t.Run("analytics arrive", func(t *testing.T) {
		for range 3 {
			value(t, c, "alice", "diary")
		}
		b.until("three evaluations of diary", func() bool { return b.evaluations("diary") == 3 }) // sent every 10 s
	})
}

func TestFlagsmithLocal(t *testing.T) {
	t.Parallel()
	b := startBelay(t)
	ctx := background(t)
	polls := b.flagsmith(flagsmith.WithLocalEvaluation(ctx), flagsmith.WithEnvironmentRefreshInterval(200*time.Millisecond))
	streams := b.flagsmith(flagsmith.WithLocalEvaluation(ctx), flagsmith.WithRealtime(), flagsmith.WithRealtimeBaseURL(b.url+"/"))
	ready := func(c *flagsmith.Client) {
		t.Helper()
		b.until("the first document", func() bool { return value(t, c, "alice", "banner") == "hello" })
	}
	ready(polls)
	ready(streams)

	t.Run("the same values as OFREP, where this client can", func(t *testing.T) {
		for _, who := range people(30) {
			for _, traits := range traitSets() {
				flags, err := streams.GetIdentityFlags(t.Context(), who, traitsOf(traits))
				if err != nil {
					t.Fatal(err)
				}
				got, told := states(flags), b.reference(who, traits)
				// This version spreads variants by the bare identifier, so its people are others than the server's.
				delete(got, "cta")
				delete(told, "cta")
				if !reflect.DeepEqual(got, told) {
					t.Fatalf("%s %v: %v, not %v", who, traits, got, told)
				}
			}
		}
	})

	t.Run("variants have their shares", func(t *testing.T) {
		counts := map[any]int{}
		for _, who := range people(1000) {
			counts[value(t, streams, who, "cta")]++
		}
		for variant, share := range map[any]int{"Small": 300, "Big": 300, "plain": 400} {
			if n := counts[variant]; n < share-80 || n > share+80 { // more than five standard deviations
				t.Errorf("%d of 1,003 have %v", n, variant)
			}
		}
	})

	t.Run("a change comes by the stream and by polling", func(t *testing.T) {
		b.change("banner", "new")
		b.until("the change by the stream", func() bool { return value(t, streams, "alice", "banner") == "new" })
		b.until("the change by polling", func() bool { return value(t, polls, "alice", "banner") == "new" })
	})

	t.Run("an outage keeps the last document", func(t *testing.T) {
		b.crash()
		for _, c := range []*flagsmith.Client{polls, streams} {
			if got := value(t, c, "alice", "banner"); got != "new" {
				t.Fatalf("banner is %v while Belay is down", got)
			}
		}
		b.start()
		b.change("banner", "hello")
		b.until("the change by polling", func() bool { return value(t, polls, "alice", "banner") == "hello" })
		b.until("the change by the stream", func() bool { return value(t, streams, "alice", "banner") == "hello" })
	})

	t.Run("a rollout has its share, of others than the server's, and components follow their master", func(t *testing.T) {
		b.roll()
		count := func() (in int) {
			for _, who := range people(1000) {
				flags, err := streams.GetIdentityFlags(t.Context(), who, nil)
				if err != nil {
					t.Fatal(err)
				}
				got := states(flags)
				if got["ncr-form"].Enabled != got["design-system-v2"].Enabled {
					t.Fatalf("%s: %v", who, got)
				}
				if got["ncr-form"].Enabled {
					in++
				}
			}
			return in
		}
		b.until("the rollout", func() bool { return count() < 900 }) // before, everybody but one is in
		in := count()
		if in < 220 || in > 380 { // more than five standard deviations of 30 %
			t.Errorf("%d of 1,003 are in", in)
		}
	})
}
