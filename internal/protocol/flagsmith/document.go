package flagsmith

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/tenant"
)

const (
	firstVariant = 1_000_000     // variants' numbers all have the same count of digits
	firstGroup   = 2_000_000_000 // numbers of groups that are no segments of anybody
	firstState   = 3_000_000_000 // seeds of states without variants, which nothing is spread by
	perPage      = 1000          // identities with overrides on one page
)

type object map[string]any

func sorted(overrides []flag.Override) []flag.Override {
	out := slices.Clone(overrides)
	slices.SortStableFunc(out, func(a, b flag.Override) int { return cmp.Compare(a.Priority, b.Priority) })
	return out
}

// builder makes one document.
type builder struct {
	plan   plan
	groups []object
	at     map[string]int // by who they are
	taken  map[string]bool
	next   int64 // state
}

// document answers what clients that evaluate themselves need; only servers may have it.
func (d *door) document(c *call) error {
	if c.side != tenant.Server {
		return fault.New(fault.Forbidden, "the environment document is only for server keys").Hint("use the key that begins with ser.")
	}
	if c.unchanged(c.r.URL.Query().Get("page_id")) {
		return nil
	}
	out, identities := written(c.environment, c.snapshot)
	people, next, err := page(slices.Sorted(maps.Keys(identities)), c.r.URL.Query().Get("page_id"))
	if err != nil {
		return err
	}
	if next != "" {
		c.w.Header().Set("Link", fmt.Sprintf("<%s?page_id=%s>; rel=\"next\"", "/api/v1/environment-document/", url.QueryEscape(next)))
	}
	out["identity_overrides"] = overridesOf(c.environment, people, identities)
	return c.give(out)
}

// written makes the document but for the overrides of identities, and gives their states by identifier.
func written(e tenant.Environment, snapshot *flag.Snapshot) (out object, identities map[string][]object) {
	b := &builder{plan: newPlan(snapshot), groups: []object{}, at: map[string]int{}, taken: map[string]bool{}, next: firstState}
	states, serverOnly := []object{}, []int64{}
	identities = map[string][]object{}
	for _, g := range snapshot.Segments() { // their numbers come first: splits of segments depend on them
		b.group(groupOf(&g))
	}
	for _, f := range snapshot.Flags() {
		if f.ServerOnly {
			serverOnly = append(serverOnly, f.Number)
		}
		states = append(states, b.flag(&f, identities))
	}
	settings := e.Settings
	return object{
		// Clients spread people by this key and follow its stream, whichever key they have.
		"id": number(e.ID), "api_key": e.HashKey, "name": e.Name,
		"updated_at": stampTime(snapshot.Revision()), "feature_states": states,
		"allow_client_traits": !settings.IgnoreClientTraits, "hide_sensitive_data": settings.HideSensitiveData,
		"hide_disabled_flags": settings.HideDisabledFlags, "use_identity_composite_key_for_hashing": true,
		"project": object{
			"id": number(e.ProjectID), "name": e.Project, "hide_disabled_flags": settings.HideDisabledFlags,
			"server_key_only_feature_ids": serverOnly, "enable_realtime_updates": true, "segments": b.groups,
			"organisation": object{
				"id": number(e.Organisation), "name": e.Organisation, "feature_analytics": true,
				"stop_serving_flags": settings.StopServing, "persist_trait_data": !settings.ForgetTraits,
			},
		},
	}, identities
}

// overridesOf writes what people of their own get.
func overridesOf(e tenant.Environment, people []string, identities map[string][]object) []object {
	overrides := []object{}
	for _, who := range people {
		overrides = append(overrides, object{
			"identifier": who, "identity_features": identities[who], "identity_traits": []object{}, "django_id": nil,
			"identity_uuid": uuid(e.ID, who), "environment_api_key": e.HashKey,
			"created_date": stampTime(0), "composite_key": e.HashKey + "_" + who,
		})
	}
	return overrides
}

// page gives the people after the one named, and whom the next page comes after.
func page(people []string, after string) (on []string, next string, err error) {
	if after != "" {
		at, known := slices.BinarySearch(people, after)
		if !known {
			return nil, "", fault.New(fault.NotFound, "there is no such page: the identities have changed").Hint("begin again without page_id")
		}
		people = people[at+1:]
	}
	if len(people) > perPage {
		return people[:perPage], people[perPage-1], nil
	}
	return people, "", nil
}

// flag writes one flag: its cases into the groups, and gives what it is for nobody in particular.
func (b *builder) flag(f *flag.Flag, identities map[string][]object) object {
	fixed := b.plan.fixed(f)
	for _, who := range slices.Sorted(maps.Keys(fixed)) {
		identities[who] = append(identities[who], b.state(f, fixed[who]))
	}
	cases := b.plan.cases(f, fixed, 0)
	if b.plan.flags[f.Parent].Key == "" && f.Split == nil && !b.plan.closed(f) {
		cases = cases[:len(cases)-1] // what is left is the flag itself, which every client begins with
	}
	for priority, each := range cases {
		state := b.state(f, each)
		state["feature_segment"] = object{"priority": priority}
		g := b.groups[b.group(each.when)]
		g["feature_states"] = append(g["feature_states"].([]object), state) //nolint:forcetypeassert // made in group
	}
	return b.state(f, decision{enabled: b.forNobody(f), value: f.Value, split: true})
}

// forNobody says whether a flag is on where nobody is named.
func (b *builder) forNobody(f *flag.Flag) bool {
	for range b.plan.flags {
		if !f.Enabled || f.Split != nil {
			return false
		}
		parent, known := b.plan.flags[f.Parent]
		if !known {
			break
		}
		f = &parent
	}
	return f.Enabled && f.Split == nil
}

func (b *builder) state(f *flag.Flag, d decision) object {
	b.next++
	out := object{
		"feature": featureOf(f), "enabled": d.enabled, "feature_state_value": nil, "django_id": b.next,
		"featurestate_uuid": uuid(f.ID, fmt.Sprint(b.next)), "feature_segment": nil, "multivariate_feature_state_values": []object{},
	}
	if d.enabled {
		out["feature_state_value"] = valueOf(f.Type, d.value)
	}
	if !d.split || !d.enabled {
		return out
	}
	// What the variants are spread by, here and on the server: the number, or the UUID where there is none.
	if seed, err := strconv.ParseInt(f.HashSeed(), 10, 64); err == nil {
		out["django_id"] = seed
	} else {
		out["django_id"], out["featurestate_uuid"] = nil, f.HashSeed()
	}
	variants := []object{}
	for i, v := range f.Variants {
		variants = append(variants, object{
			"id": firstVariant + f.Number*100 + int64(i), "mv_fs_value_uuid": uuid(f.ID, v.Key), "percentage_allocation": v.Weight,
			"multivariate_feature_option": object{"id": firstVariant + f.Number*100 + int64(i), "value": valueOf(f.Type, v.Value), "key": v.Key},
		})
	}
	out["multivariate_feature_state_values"] = variants
	return out
}

// group finds or makes the segment of the document for a group.
func (b *builder) group(g group) int {
	rules := rulesOf(g.rules)
	who := fmt.Sprint(g.number, g.text, rules)
	if at, known := b.at[who]; known {
		return at
	}
	var id any = g.number
	if g.number == 0 && g.text != "" {
		id = g.text
	}
	if name := fmt.Sprint(id); g.number == 0 && g.text == "" || b.taken[name] {
		id = firstGroup + int64(len(b.groups))
	}
	b.taken[fmt.Sprint(id)] = true
	b.groups = append(b.groups, object{"id": id, "name": g.name, "rules": rules, "feature_states": []object{}})
	b.at[who] = len(b.groups) - 1
	return len(b.groups) - 1
}

func rulesOf(rules []flag.Rule) []object {
	out := []object{}
	for _, r := range rules {
		conditions := []object{}
		for _, c := range r.Conditions {
			conditions = append(conditions, object{"property_": c.Property, "operator": c.Operator, "value": c.Value})
		}
		out = append(out, object{"type": r.Type, "conditions": conditions, "rules": rulesOf(r.Rules)})
	}
	return out
}

// uuid is the same for the same parts, in the form clients parse.
func uuid(parts ...string) string {
	hex := session(parts...)[len("fs_"):]
	return hex[:8] + "-" + hex[8:12] + "-4" + hex[13:16] + "-8" + hex[17:20] + "-" + hex[20:]
}
