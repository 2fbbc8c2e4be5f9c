package flagsmith

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/tenant"
)

// Document writes all that an environment serves as one environment document, as a file, and says in sentences what the
// document does not hold or holds in another way.
func Document(e tenant.Environment, s *flag.Snapshot) (text []byte, notes []string, err error) {
	out, identities := written(e, s)
	out["identity_overrides"] = overridesOf(e, slices.Sorted(maps.Keys(identities)), identities)
	text, err = json.MarshalIndent(out, "", "  ")
	return append(text, '\n'), losses(s), err
}

// losses says what of an environment's flags the document does not hold as it is.
func losses(s *flag.Snapshot) []string {
	var described, off, written, parents, rolling, tested, dependent, apart []string
	for _, f := range s.Flags() {
		add := func(to *[]string, when bool) {
			if when {
				*to = append(*to, f.Key)
			}
		}
		add(&described, f.Description != "" || f.Owner != "" || len(f.Tags) > 0)
		add(&off, !f.Enabled && f.Type != flag.Boolean)
		add(&written, f.Type == flag.JSON)
		add(&parents, f.Parent != "")
		add(&rolling, f.Split != nil)
		add(&tested, f.Experiment != nil)
		add(&apart, slices.ContainsFunc(f.Identities, func(o flag.Override) bool { return strings.Contains(o.For, ",") }))
	}
	for _, g := range s.Segments() {
		if g.Description != "" {
			described = append(described, g.Key)
		}
		if asksFlags(g.Rules) {
			dependent = append(dependent, g.Key)
		}
	}
	notes := []string{}
	for _, n := range []struct {
		keys []string
		says string
	}{
		{described, "Descriptions, owners and tags are not in it: %s."},
		{off, "The values of flags that are off are not in it: %s."},
		{written, "JSON values are in it as text: %s."},
		{parents, "Components are in it as segments that are off where their parent is: %s."},
		{rolling, "Rollouts are in it as segments with the share that they have now, which does not move any more: %s."},
		{tested, "Experiments are not in it: %s."},
		{dependent, "Segments that ask how another flag comes out fit nobody in Flagsmith's clients: %s."},
		{apart, "Overrides for identities with a comma in them do not work in Flagsmith's clients: %s."},
	} {
		if len(n.keys) > 0 {
			notes = append(notes, fmt.Sprintf(n.says, few(n.keys)))
		}
	}
	return notes
}

func asksFlags(rules []flag.Rule) bool {
	return slices.ContainsFunc(rules, func(r flag.Rule) bool {
		return asksFlags(r.Rules) || slices.ContainsFunc(r.Conditions, func(c flag.Condition) bool { return strings.HasPrefix(c.Property, "$.flags.") })
	})
}

// few names some keys and counts the rest.
func few(keys []string) string {
	const most = 5
	if len(keys) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(keys[:most], ", "), len(keys)-most)
	}
	return strings.Join(keys, ", ")
}
