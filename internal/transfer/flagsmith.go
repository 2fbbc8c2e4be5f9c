package transfer

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/textfile"
)

// readAny finds out what kind of file it is and reads it.
func readAny(name string, text []byte) (*source, error) {
	root, err := textfile.Parse(name, text, form)
	if err != nil {
		return nil, err
	}
	switch {
	case root.Kind == yaml.SequenceNode:
		return foreign(name, text, (*importer).features)
	case root.Kind == yaml.MappingNode && has(root, "feature_states"):
		return foreign(name, text, (*importer).document)
	}
	return read(name, text)
}

func has(n *yaml.Node, key string) bool {
	for i := 0; i < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return true
		}
	}
	return false
}

// What stands in Flagsmith's environment document, as far as it matters here.
type (
	document struct {
		APIKey            string     `json:"api_key"`
		Name              string     `json:"name"`
		FeatureStates     []state    `json:"feature_states"`
		IdentityOverrides []identity `json:"identity_overrides"`
		Composite         *bool      `json:"use_identity_composite_key_for_hashing"`
		HideDisabled      *bool      `json:"hide_disabled_flags"`
		HideSensitive     bool       `json:"hide_sensitive_data"`
		AllowTraits       *bool      `json:"allow_client_traits"`
		Project           struct {
			Segments     []segment `json:"segments"`
			ServerOnly   []int64   `json:"server_key_only_feature_ids"`
			HideDisabled bool      `json:"hide_disabled_flags"`
		} `json:"project"`
	}
	state struct {
		Feature struct {
			ID   int64  `json:"id"`
			Name string `json:"name"`
		} `json:"feature"`
		Enabled  bool            `json:"enabled"`
		Value    json.RawMessage `json:"feature_state_value"`
		DjangoID *int64          `json:"django_id"`
		UUID     string          `json:"featurestate_uuid"`
		Priority *struct {
			Priority *int `json:"priority"`
		} `json:"feature_segment"`
		Variants []option `json:"multivariate_feature_state_values"`
	}
	option struct {
		ID     *int64  `json:"id"`
		Weight float64 `json:"percentage_allocation"`
		Option struct {
			Key   string          `json:"key"`
			Value json.RawMessage `json:"value"`
		} `json:"multivariate_feature_option"`
	}
	segment struct {
		ID     any     `json:"id"`
		Name   string  `json:"name"`
		Rules  []rule  `json:"rules"`
		States []state `json:"feature_states"`
	}
	rule struct {
		Type       string      `json:"type"`
		Conditions []condition `json:"conditions"`
		Rules      []rule      `json:"rules"`
	}
	condition struct {
		Property string          `json:"property_"`
		Operator string          `json:"operator"`
		Value    json.RawMessage `json:"value"`
	}
	identity struct {
		Identifier string  `json:"identifier"`
		States     []state `json:"identity_features"`
	}
	// exported is one feature of Flagsmith's export of features.
	exported struct {
		Name       string          `json:"name"`
		ServerOnly bool            `json:"is_server_key_only"`
		Value      json.RawMessage `json:"value"`
		Enabled    bool            `json:"enabled"`
		Variants   []struct {
			Weight float64         `json:"percentage_allocation"`
			Value  json.RawMessage `json:"value"`
		} `json:"multivariate"`
	}
)

// importer turns a foreign file into flags and segments, and notes what does not carry over.
type importer struct {
	out      Content
	notes    []string
	key      string
	flags    map[string]string // keys by the names of features
	segments map[string]string // segments that use a key, by key: their names
	anyone   map[string]bool   // segments that everybody with an identifier is in, by key
	spread   bool              // whether anybody is shared out by hashing
}

func foreign(name string, text []byte, read func(*importer, []byte) error) (*source, error) {
	im := &importer{out: Content{Segments: map[string]Segment{}, Flags: map[string]Flag{}}, flags: map[string]string{}, segments: map[string]string{}, anyone: map[string]bool{}}
	if err := read(im, text); err != nil {
		if f, ok := errors.AsType[*fault.Error](err); ok {
			return nil, f
		}
		return nil, fault.New(fault.Invalid, "%s looks like a file of Flagsmith's but cannot be read: %w", name, err)
	}
	return &source{name: name, file: File{Belay: Version, Content: im.out}, notes: im.notes, foreign: true, key: im.key, spread: im.spread}, nil
}

func (im *importer) note(format string, args ...any) {
	im.notes = append(im.notes, fmt.Sprintf(format, args...))
}

// document reads an environment document.
func (im *importer) document(text []byte) error {
	var d document
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	if err := decoder.Decode(&d); err != nil {
		return err
	}
	im.key = d.APIKey
	overrides := map[int64][]override{}
	for _, g := range d.Project.Segments {
		key, kept := im.segment(&g)
		for _, s := range g.States {
			if kept {
				overrides[s.Feature.ID] = append(overrides[s.Feature.ID], override{key, s})
			} else {
				im.note("Flag %s: its override for the segment %s does not carry over, because the segment does not.", s.Feature.Name, g.Name)
			}
		}
	}
	people := map[int64][]override{}
	for _, i := range d.IdentityOverrides {
		for _, s := range i.States {
			people[s.Feature.ID] = append(people[s.Feature.ID], override{i.Identifier, s})
		}
	}
	for _, s := range d.FeatureStates {
		im.feature(&s, overrides[s.Feature.ID], people[s.Feature.ID], slices.Contains(d.Project.ServerOnly, s.Feature.ID))
	}
	im.general(&d)
	return nil
}

// general notes what is true of the whole document.
func (im *importer) general(d *document) {
	if im.spread && d.Composite != nil && !*d.Composite {
		im.note("This environment hashes the numbers of its database instead of identifiers (use_identity_composite_key_for_hashing is false). Belay cannot know those numbers: splits and variants are shared out anew.")
	}
	if d.Project.HideDisabled || d.HideDisabled != nil && *d.HideDisabled || d.HideSensitive || d.AllowTraits != nil && !*d.AllowTraits {
		im.note("Settings of the environment (hide disabled flags, hide sensitive data, ignore client traits) are not part of this; set them on the environment's page.")
	}
	im.note("Flagsmith's document holds no descriptions, owners and tags. Flags that are here already keep theirs.")
}

// override is another state of a feature, for a segment or an identity.
type override struct {
	who   string
	state state
}

func (im *importer) segment(g *segment) (key string, kept bool) {
	key = unique(keyOf(g.Name), func(k string) bool { return im.segments[k] != "" })
	im.segments[key] = g.Name
	made := Segment{Rules: importRules(g.Rules)}
	if splits(g.Rules) {
		made.Seed, im.spread = fmt.Sprint(g.ID), true
	}
	if key != g.Name {
		im.note("Segment %q is %s here.", g.Name, key)
		made.Description = clip(g.Name)
	}
	if problem := flag.CheckSegment(made.segment(key)); problem != nil {
		im.note("Segment %q does not carry over: %s.", g.Name, problem.Text)
		return key, false
	}
	im.out.Segments[key] = made
	im.anyone[key] = everybody(g.Rules)
	return key, true
}

func importRules(rules []rule) []Rule {
	out := []Rule{}
	for _, r := range rules {
		made := Rule{Type: r.Type, Rules: importRules(r.Rules)}
		for _, c := range r.Conditions {
			made.Conditions = append(made.Conditions, Condition{Property: c.Property, Operator: c.Operator, Value: plainText(c.Value)})
		}
		out = append(out, made)
	}
	return out
}

func splits(rules []rule) bool {
	return slices.ContainsFunc(rules, func(r rule) bool {
		return splits(r.Rules) || slices.ContainsFunc(r.Conditions, func(c condition) bool { return c.Operator == "PERCENTAGE_SPLIT" })
	})
}

// everybody says whether rules hold for whoever has an identifier, as those that Belay's own document ends with: no
// conditions at all, or that there is an identifier.
func everybody(rules []rule) bool {
	for len(rules) == 1 && rules[0].Type == "ALL" && len(rules[0].Conditions) == 0 && len(rules[0].Rules) > 0 {
		rules = rules[0].Rules
	}
	if len(rules) != 1 || rules[0].Type != "ALL" || len(rules[0].Rules) > 0 {
		return false
	}
	conditions := rules[0].Conditions
	return len(conditions) == 0 ||
		len(conditions) == 1 && conditions[0].Property == "$.identity.identifier" && conditions[0].Operator == "IS_SET"
}

// feature makes a flag of a feature with everything that is said about it.
func (im *importer) feature(s *state, segments, people []override, serverOnly bool) {
	slices.SortStableFunc(segments, func(a, b override) int { return cmp.Compare(priorityOf(a.state), priorityOf(b.state)) })
	name := s.Feature.Name
	key := unique(keyOf(name), func(k string) bool { _, taken := im.out.Flags[k]; return taken })
	if last := len(segments) - 1; last >= 0 && im.anyone[segments[last].who] { // then it is what the feature is for people
		if segments[last].state.Enabled != s.Enabled {
			im.note("Flag %s: the document has another state for requests that name nobody. Here they get what everybody gets.", key)
		}
		s, segments = &segments[last].state, segments[:last]
	}
	made := Flag{Enabled: s.Enabled, ServerOnly: serverOnly}
	if key != name {
		im.note("Feature %q is %s here. Flagsmith's JavaScript client finds it all the same; in other code the name has to be changed.", name, key)
		made.Description = clip(name)
	}
	values := valuesOf(s, segments, people)
	var mixed bool
	if made.Type, mixed = typeOf(values); mixed {
		im.note("Flag %s has values of several kinds, or true and false as values; all of them are text here.", key)
	}
	as := func(value json.RawMessage) json.RawMessage { return valueAs(made.Type, value) }
	made.Value = as(s.Value)
	made.Variants = im.variants(key, s, as)
	if made.Seed = seedOf(s); len(made.Variants) == 0 {
		made.Seed = ""
	} else if im.spread = true; made.Seed == "" {
		im.note("Flag %s: the document does not say what its variants are spread by; people are shared out anew.", key)
	}
	for _, o := range segments {
		made.Segments = append(made.Segments, ForSegment{Segment: o.who, Enabled: o.state.Enabled, Value: as(im.only(key, o))})
	}
	for _, o := range people {
		made.Identities = append(made.Identities, ForIdentity{Identity: o.who, Enabled: o.state.Enabled, Value: as(o.state.Value)})
	}
	slices.SortStableFunc(made.Identities, func(a, b ForIdentity) int { return compare(a.Identity, b.Identity) })
	if problem := flag.CheckFlag(made.flag(key)); problem != nil {
		im.note("Feature %q does not carry over: %s.", name, problem.Text)
		return
	}
	im.out.Flags[key] = made
}

// only is the value of an override for a segment. Overrides have no variants here: those of Flagsmith carry over when
// one of them has everybody.
func (im *importer) only(key string, o override) json.RawMessage {
	shared := false
	for _, v := range o.state.Variants {
		if v.Weight >= 100 {
			return v.Option.Value
		}
		shared = shared || v.Weight > 0
	}
	if shared {
		im.note("Flag %s: in Flagsmith its override for the segment %s shares out variants. Here everybody in the segment gets the override's own value.", key, o.who)
	}
	return o.state.Value
}

func (im *importer) variants(key string, s *state, as func(json.RawMessage) json.RawMessage) []Variant {
	options := slices.Clone(s.Variants)
	slices.SortStableFunc(options, func(a, b option) int {
		if a.ID == nil || b.ID == nil {
			return 0
		}
		return cmp.Compare(*a.ID, *b.ID)
	})
	var out []Variant
	for i, o := range options {
		name := keyOf(o.Option.Key)
		if o.Option.Key == "" || name == flag.Control || name == flag.Off {
			name = "variant-" + strconv.Itoa(i+1)
		}
		name = unique(name, func(k string) bool { return slices.ContainsFunc(out, func(v Variant) bool { return v.Key == k }) })
		if name != o.Option.Key {
			im.note("Flag %s: the variant with the value %s is called %s here.", key, o.Option.Value, name)
		}
		out = append(out, Variant{Key: name, Value: as(o.Option.Value), Weight: o.Weight})
	}
	return out
}

// features reads Flagsmith's export of features, which knows no segments, identities and seeds.
func (im *importer) features(text []byte) error {
	var all []exported
	if err := json.Unmarshal(text, &all); err != nil {
		return err
	}
	for _, f := range all {
		if f.Name == "" {
			return fault.New(fault.Invalid, "the list is not Flagsmith's export of features: an entry has no name").
				Hint("Belay's own file is a mapping that begins with belay: %d", Version)
		}
		s := state{Enabled: f.Enabled, Value: f.Value}
		s.Feature.Name = f.Name
		for i, v := range f.Variants {
			at := int64(i)
			made := option{ID: &at, Weight: v.Weight}
			made.Option.Value = v.Value
			s.Variants = append(s.Variants, made)
		}
		im.feature(&s, nil, nil, f.ServerOnly)
	}
	im.note("Flagsmith's export of features holds no segments, overrides, owners and tags. The environment document holds segments and overrides.")
	return nil
}
