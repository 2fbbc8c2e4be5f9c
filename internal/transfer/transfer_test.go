package transfer_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/store/sqldb"
	"github.com/siteproof/belay/internal/store/sqldb/sqldbtest"
	"github.com/siteproof/belay/internal/tenant"
	"github.com/siteproof/belay/internal/transfer"
)

var dana = change.Actor{Kind: change.Person, ID: "per_1", Name: "Dana"}

// world is a control plane with two environments, on real SQLite.
type world struct {
	tenants *tenant.Service
	flags   *flag.Service
}

func newWorld(t *testing.T) *world {
	t.Helper()
	db := sqldbtest.Open(t)
	journal, err := change.NewJournal(t.Context(), db, time.Now)
	require.NoError(t, err)
	w := &world{tenants: tenant.New(sqldb.NewTenants(db), journal)}
	require.NoError(t, w.tenants.EnsureFirst(t.Context(), dana, tenant.FirstNames{
		Organisation: "o", Project: "p", Environments: []tenant.FirstEnvironment{{Key: "production", Name: "Production"}, {Key: "staging", Name: "Staging"}},
	}))
	w.flags = flag.New(flag.Options{Store: sqldb.NewFlags(db), Journal: journal, Logger: slog.New(slog.DiscardHandler)})
	journal.Subscribe("flags", w.flags.Refresh)
	return w
}

func (w *world) current(environment string) (*flag.Snapshot, error) {
	e, err := w.tenants.Find(environment)
	if err != nil {
		return nil, err
	}
	return w.flags.Snapshot(e.ID), nil
}

func (w *world) compare(text, into string, prune bool) ([]transfer.Difference, error) {
	return transfer.Compare(transfer.Request{Name: "belay.yaml", Text: []byte(text), Into: into, Prune: prune}, w.current)
}

type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

func must[T any](t fataler, v T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatalf("%v", err)
	}
	return v
}

func (w *world) apply(t fataler, differences []transfer.Difference) {
	t.Helper()
	for _, p := range differences {
		e := must(t, first(w.tenants.Find(p.Environment)), nil)
		_, err := w.flags.Apply(context.Background(), dana, "a test needs it", e.ID, p.Revision, p.Operations())
		if err != nil {
			t.Fatalf("apply: %v", err)
		}
	}
}

func first[T any](v T, _ error) T { return v }

func (w *world) export(t fataler, environment string) string {
	t.Helper()
	s := must(t, first(w.current(environment)), nil)
	return string(must(t, first(transfer.Several(map[string]transfer.Content{"production": transfer.ContentOf(s.Flags(), s.Segments())}).YAML()), nil))
}

const example = `belay: 1
environment: production
segments:
  pros:
    description: who pays
    rules:
      - type: ALL
        conditions:
          - {property: plan, operator: EQUAL, value: pro}
flags:
  design:
    type: boolean
    enabled: true
    owner: platform
    tags: [new, big]
  greeting:
    type: string
    enabled: true
    value: hello
    parent: design
    variants:
      - {key: loud, value: "HELLO", weight: 30}
    segments:
      - {segment: pros, enabled: true, value: "12"}
    identities:
      - {identity: root, enabled: false}
  limits:
    type: json
    enabled: false
    value:
      z: 1e3
      a: [true, null, "x"]
`

func TestAFileIsAppliedWholeAndThenThereIsNoDifference(t *testing.T) {
	w := newWorld(t)
	differences, err := w.compare(example, "", false)
	require.NoError(t, err)
	require.Len(t, differences, 1)
	require.Len(t, differences[0].Items, 4)
	w.apply(t, differences)
	again, err := w.compare(example, "", false)
	require.NoError(t, err)
	require.Empty(t, again[0].Items)
	limits, err := first(w.current("production")).Find("limits")
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(`{"z":1e3,"a":[true,null,"x"]}`, string(limits.Value)), "in the order in which it stands there")

	changed, err := w.compare(strings.Replace(example, "value: hello", "value: good morning", 1), "", false)
	require.NoError(t, err)
	require.Equal(t, []transfer.DifferenceItem{{Verb: transfer.Change, Noun: "flag", Key: "greeting", Fields: []transfer.DifferenceField{
		{Path: "value", Before: json.RawMessage(`"hello"`), After: json.RawMessage(`"good morning"`)},
	}}}, changed[0].Items)
}

func TestOnlyPruningRemovesWhatAFileDoesNotHave(t *testing.T) {
	w := newWorld(t)
	w.apply(t, first(w.compare(example, "", false)))
	empty := "belay: 1\nenvironment: production\n"
	differences, err := w.compare(empty, "", false)
	require.NoError(t, err)
	require.Empty(t, differences[0].Items)
	require.Equal(t, []string{"flag design", "flag greeting", "flag limits", "segment pros"}, differences[0].Extra)
	differences, err = w.compare(empty, "", true)
	require.NoError(t, err)
	w.apply(t, differences)
	require.Empty(t, first(w.current("production")).Flags())
}

func TestTheShareOfARolloutStays(t *testing.T) {
	w := newWorld(t)
	w.apply(t, first(w.compare(example, "", false)))
	production := first(w.tenants.Find("production"))
	_, err := w.flags.SetSplit(t.Context(), dana, "a test needs it", production.ID, "design", &flag.Split{Rollout: "rol_1", Salt: "s", Percent: 25})
	require.NoError(t, err)
	differences, err := w.compare(strings.Replace(example, "platform", "web", 1), "", true)
	require.NoError(t, err)
	require.Contains(t, differences[0].Notes, "Flag design is held by the rollout rol_1 at 25 %; that share stays as it is.")
	w.apply(t, differences)
	kept, err := first(w.current("production")).Find("design")
	require.NoError(t, err)
	require.Equal(t, "web", kept.Owner)
	require.InDelta(t, 25, kept.Split.Percent, 0)
	differences, err = w.compare("belay: 1\nenvironment: production\n", "", true)
	require.NoError(t, err)
	require.Equal(t, []string{"flag design"}, differences[0].Extra, "what a rollout holds is not pruned")
}

func TestWhatIsWrongIsSaidWithItsLine(t *testing.T) {
	w := newWorld(t)
	for name, c := range map[string]struct{ text, says string }{
		"an unknown field":        {strings.Replace(example, "enabled: true\n    owner", "enabld: true\n    owner", 1), `belay.yaml:13:5: flag "design": there is no field "enabld"; did you mean enabled?`},
		"text for a number":       {strings.Replace(example, "weight: 30", "weight: many", 1), `belay.yaml:22:45: flag "greeting": variants[0].weight: has to be a number, not text`},
		"a number for text":       {strings.Replace(example, "owner: platform", "owner: 5", 1), `belay.yaml:14:12: flag "design": owner: has to be text; put it in quotes, not a number`},
		"a value of another type": {strings.Replace(example, "value: hello", "value: 5", 1), `belay.yaml:19:12: flag "greeting": value: has to be JSON text in double quotes, since this is a string flag`},
		"no such type":            {strings.Replace(example, "type: json", "type: object", 1), `belay.yaml:28:11: flag "limits": type: has to be boolean, string, number, json, not "object"`},
		"no type":                 {strings.Replace(example, "    type: json\n", "", 1), `belay.yaml:28:5: flag "limits": type is missing`},
		"no such parent":          {strings.Replace(example, "parent: design", "parent: desing", 1), `belay.yaml:20:13: flag "greeting": parent: there is no flag "desing" in the file or in production`},
		"no such segment":         {strings.Replace(example, "segment: pros", "segment: prose", 1), `belay.yaml:24:19: flag "greeting": segments[0].segment: there is no segment "prose" in the file or in production`},
		"an operator":             {strings.Replace(example, "EQUAL", "SAME", 1), `belay.yaml:9:40: segment "pros": rules[0].conditions[0].operator: one of EQUAL, `},
		"a key":                   {strings.Replace(example, "  limits:", "  Limits!:", 1), `belay.yaml:27:3: flag "Limits!": key: a key is small letters`},
		"an alias":                {strings.Replace(example, "owner: platform", "owner: &a platform", 1), `belay.yaml:14:12: flag "design": owner: anchors and aliases are not read here`},
		"a key that stands twice": {strings.Replace(example, "  limits:", "  greeting:", 1), `belay.yaml:27:3: flag "greeting": stands here twice`},
		"no YAML":                 {"belay: 1\nflags: [\n", "belay.yaml"},
		"nothing":                 {"", "belay.yaml is empty"},
		"no version":              {"environment: production\n", `belay.yaml:1:1: belay is missing`},
		"a later version":         {"belay: 2\n", `belay.yaml:1:8: belay: the version of the file has to be 1`},
		"both forms":              {example + "environments: {staging: {}}\n", "belay.yaml:33:15: environments: a file is of one environment or of several, not both"},
		"two documents":           {example + "---\nbelay: 1\n", "belay.yaml has something after its first document"},
		"JSON":                    {`{"belay": 1, "environment": "production",` + "\n" + ` "flags": {"x": {"type": "boolean", "enabled": "yes"}}}`, `belay.yaml:2:48: flag "x": enabled: has to be true or false, not text`},
		"of several":              {"belay: 1\nenvironments:\n  staging:\n    flags:\n      x: {type: string, enabled: true}\n", `belay.yaml:5:7: flag "x": value: a string flag needs a value`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.compare(c.text, "", false)
			require.True(t, fault.Is(err, fault.Invalid), "%v", err)
			require.Contains(t, err.Error(), c.says)
		})
	}
	_, err := w.compare("belay: 1\nenvironment: moon\n", "", false)
	require.True(t, fault.Is(err, fault.NotFound), "%v", err)
}

func TestATypeNeverChanges(t *testing.T) {
	w := newWorld(t)
	w.apply(t, first(w.compare(example, "", false)))
	_, err := w.compare(strings.Replace(example, "type: boolean", "type: string\n    value: x", 1), "", false)
	require.ErrorContains(t, err, `belay.yaml:12:11: flag "design": type: this is a boolean flag and cannot become a string flag`)
}

func TestAnyEnvironmentIsWrittenAndReadWithoutADifference(t *testing.T) {
	w := newWorld(t)
	rapid.Check(t, func(t *rapid.T) {
		for _, environment := range []string{"production", "staging"} { // types of flags never change, so each run begins with none
			w.apply(t, must(t, first(w.compare("belay: 1\n", environment, true)), nil))
		}
		content := drawContent(t)
		text := must(t, first(transfer.Several(map[string]transfer.Content{"production": content}).YAML()), nil)
		differences, err := w.compare(string(text), "", true)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		w.apply(t, differences)
		exported := w.export(t, "production")
		again := must(t, first(w.compare(exported, "", true)), nil)
		if len(again[0].Items) > 0 {
			t.Fatalf("not the same again: %+v\n%s", again[0].Items, exported)
		}
		differences, err = w.compare(exported, "staging", true)
		if err != nil {
			t.Fatalf("%v\n%s", err, exported)
		}
		w.apply(t, differences)
		if there := w.export(t, "staging"); there != exported {
			t.Fatalf("not the same bytes:\n%s\n---\n%s", exported, there)
		}
		asJSON := must(t, first(transfer.Several(map[string]transfer.Content{"production": content}).JSON()), nil)
		fromJSON := must(t, first(w.compare(string(asJSON), "", true)), nil)
		if len(fromJSON[0].Items) > 0 {
			t.Fatalf("JSON says something else: %+v", fromJSON[0].Items)
		}
	})
}

// drawContent makes an environment out of everything a file can hold.
func drawContent(t *rapid.T) transfer.Content {
	key := rapid.StringMatching(`[a-z0-9][a-z0-9._-]{0,6}`)
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", " ", "~", "null", "yes", "no", "12", "1e3", "0x1F", "2026-01-02", "a: b", "- x", "#no", "&a", "*a", "a\nb\n", "\n a", "a\r\nb", "\u2028", "\x00", "\ufeff", "'", "\"", "a\n\n\nb", "é_ü", "=", "<<", "|", "a  ", "\ta"}))
	c := transfer.Content{Segments: map[string]transfer.Segment{}, Flags: map[string]transfer.Flag{}}
	var segments []string
	for i, k := range rapid.SliceOfNDistinct(key, 0, 3, rapid.ID[string]).Draw(t, "segments") {
		s := transfer.Segment{Description: text.Draw(t, "description"), Rules: []transfer.Rule{{Type: rapid.SampledFrom([]string{"ALL", "ANY", "NONE"}).Draw(t, "rule")}}}
		s.Rules[0].Conditions = append(s.Rules[0].Conditions, transfer.Condition{Property: "x" + text.Draw(t, "property"), Operator: "EQUAL", Value: text.Draw(t, "value")})
		if rapid.Bool().Draw(t, "seeded") {
			s.Seed = "seed" + string(rune('a'+i))
		}
		if rapid.Bool().Draw(t, "nested") {
			s.Rules[0].Rules = []transfer.Rule{{Type: "ALL", Conditions: []transfer.Condition{{Property: "x", Operator: "IS_SET"}}}}
		}
		c.Segments[k], segments = s, append(segments, k)
	}
	var parents []string
	for _, k := range rapid.SliceOfNDistinct(key, 0, 4, rapid.ID[string]).Draw(t, "flags") {
		kind := rapid.SampledFrom([]flag.Type{flag.Boolean, flag.String, flag.Number, flag.JSON}).Draw(t, "type")
		value := func(name string) json.RawMessage {
			switch kind {
			case flag.String:
				return encode(text.Draw(t, name))
			case flag.Number:
				return json.RawMessage(rapid.SampledFrom([]string{"0", "-1", "1.50", "1e3", "-0", "123456789012345678901"}).Draw(t, name))
			case flag.JSON:
				return encode([]any{text.Draw(t, name), map[string]any{text.Draw(t, name): text.Draw(t, name)}, nil, true, []any{}, map[string]any{}})
			case flag.Boolean:
			}
			return nil
		}
		f := transfer.Flag{Type: kind, Enabled: rapid.Bool().Draw(t, "on"), Value: value("value"), Owner: text.Draw(t, "owner"), ServerOnly: rapid.Bool().Draw(t, "server"), Description: text.Draw(t, "description")}
		for _, tag := range rapid.SliceOfN(text, 0, 2).Draw(t, "tags") {
			if tag != "" {
				f.Tags = append(f.Tags, tag)
			}
		}
		if len(parents) > 0 && rapid.Bool().Draw(t, "child") {
			f.Parent = rapid.SampledFrom(parents).Draw(t, "parent")
		}
		if rapid.Bool().Draw(t, "tried") {
			f.Experiment = &transfer.Experiment{Number: 7, Name: "x" + text.Draw(t, "experiment")}
		}
		if kind != flag.Boolean && rapid.Bool().Draw(t, "varied") {
			f.Seed = "500012"
			f.Variants = []transfer.Variant{{Key: "a", Value: value("a"), Weight: 33.3}, {Key: "b", Value: value("b"), Weight: 0}}
		}
		for i, s := range segments {
			o := transfer.ForSegment{Segment: s, Enabled: rapid.Bool().Draw(t, "there"), Value: value("override")}
			if rapid.Bool().Draw(t, "numbered") {
				priority := 10*i + 5
				o.Priority = &priority
			}
			f.Segments = append(f.Segments, o)
		}
		for _, who := range rapid.SliceOfNDistinct(text, 0, 2, rapid.ID[string]).Draw(t, "people") {
			if who != "" {
				f.Identities = append(f.Identities, transfer.ForIdentity{Identity: who, Enabled: true})
			}
		}
		c.Flags[k], parents = f, append(parents, k)
	}
	return c
}

func encode(v any) json.RawMessage {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(v)
	return bytes.TrimSpace(b.Bytes())
}
