package api

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/siteproof/belay/internal/auth"
	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag"
)

func (a *API) flagPage() {
	route(a, http.MethodGet, "/environments/{env}/flags/{key}/page", auth.Read, "One flag with all around it, and what deleting it would do",
		func(ctx context.Context, in *FlagPath) (*body[FlagPage], error) {
			env, err := a.environment(in.Environment)
			if err != nil {
				return nil, err
			}
			page, err := a.flagPageOf(ctx, env.ID, in.Key)
			if err != nil {
				return nil, err
			}
			return answer(page), nil
		})
	route(a, http.MethodDelete, "/environments/{env}/flags/{key}", auth.Operate, "Delete a flag",
		func(ctx context.Context, in *struct {
			FlagPath
			Body Removal
		},
		) (*struct{}, error) {
			env, err := a.environment(in.Environment)
			if err != nil {
				return nil, err
			}
			return nil, a.Flags.Delete(ctx, principal(ctx).Actor(), in.Body.Reason, env.ID, in.Key)
		})
}

func (a *API) flagPageOf(ctx context.Context, environmentID, key string) (FlagPage, error) {
	snapshot := a.Flags.Snapshot(environmentID)
	f, err := snapshot.Find(key)
	if err != nil {
		return FlagPage{}, err
	}
	page := FlagPage{
		Flag: f, Ancestors: []FlagAround{}, Children: []FlagAround{}, Segments: []SegmentAround{}, Prerequisites: []FlagAround{}, Dependents: []string{},
		Limits: FlagLimits{Variants: flag.MaxVariants, Segments: flag.MaxOverrides, Identities: flag.MaxIdentities, Value: flag.MaxValue},
	}
	for at, steps := f.Parent, 0; at != "" && steps < flag.MaxFlags; steps++ {
		above, err := snapshot.Find(at)
		if err != nil {
			break
		}
		page.Ancestors = append(page.Ancestors, around(above))
		at = above.Parent
	}
	for _, child := range snapshot.Children(key) {
		if below, err := snapshot.Find(child); err == nil {
			page.Children = append(page.Children, around(below))
		}
	}
	page.addSegments(snapshot)
	if page.Rollout, err = a.rolloutOf(ctx, f); err != nil {
		return FlagPage{}, err
	}
	facts, err := a.staleFacts(ctx, environmentID, usualStaleDays)
	if err != nil {
		return FlagPage{}, err
	}
	if last, used := facts.LastUse[key]; used {
		page.LastUsedAt = &last
	}
	report := flag.Stale(snapshot, facts)
	if at := slices.IndexFunc(report.Flags, func(s flag.StaleFlag) bool { return s.Key == key }); at >= 0 {
		page.Stale = &report.Flags[at]
	}
	page.Deletion = page.deletion()
	return page, nil
}

func around(f flag.Flag) FlagAround {
	out := FlagAround{Key: f.Key, Enabled: f.Enabled}
	if f.Split != nil {
		out.Percent = &f.Split.Percent
	}
	return out
}

// addSegments lists the segments, which of them ask for this flag, and the flags that those of its overrides ask for.
func (p *FlagPage) addSegments(snapshot *flag.Snapshot) {
	asked := map[string]bool{}
	for _, g := range snapshot.Segments() {
		asks := orEmpty(flag.Prerequisites(g.Rules))
		p.Segments = append(p.Segments, SegmentAround{Key: g.Key, Description: g.Description, Prerequisites: asks})
		if slices.Contains(asks, p.Flag.Key) {
			p.Dependents = append(p.Dependents, g.Key)
		}
		if slices.ContainsFunc(p.Flag.Segments, func(o flag.Override) bool { return o.For == g.Key }) {
			for _, key := range asks {
				asked[key] = true
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(asked)) {
		if f, err := snapshot.Find(key); err == nil {
			p.Prerequisites = append(p.Prerequisites, around(f))
		}
	}
}

// rolloutOf is the newest rollout that has this flag or one above it as its own or as a component.
func (a *API) rolloutOf(ctx context.Context, f flag.Flag) (*FlagRollout, error) {
	all, err := a.Rollouts.List(ctx, f.EnvironmentID)
	if err != nil {
		return nil, err
	}
	for _, r := range all {
		if f.Split != nil && f.Split.Rollout == r.ID {
			return &FlagRollout{ID: r.ID, Name: r.Name, State: r.State, Holds: true}, nil
		}
	}
	for _, r := range all {
		if r.Flag == f.Key || slices.Contains(r.Components, f.Key) {
			return &FlagRollout{ID: r.ID, Name: r.Name, State: r.State}, nil
		}
	}
	return nil, nil
}

// deletion says what deleting the flag would do.
func (p *FlagPage) deletion() FlagDeletion {
	f := p.Flag
	out := FlagDeletion{Blocked: []string{}, Effects: []string{}}
	if f.Split != nil {
		out.Blocked = append(out.Blocked, "A rollout holds it. Finish it or roll it back first.")
	}
	if len(p.Children) > 0 {
		var keys []string
		for _, child := range p.Children {
			keys = append(keys, child.Key)
		}
		out.Blocked = append(out.Blocked, fmt.Sprintf("It is the parent of %s. Delete those first, or give them another parent.", strings.Join(keys, ", ")))
	}
	out.Effects = append(out.Effects, "Code that still asks for it gets its own default, within seconds.")
	if p.LastUsedAt != nil {
		out.Effects = append(out.Effects, fmt.Sprintf("A client used it last on %s UTC.", p.LastUsedAt.UTC().Format("2 January 2006, 15:04")))
	}
	if n := len(f.Segments) + len(f.Identities); n > 0 {
		out.Effects = append(out.Effects, fmt.Sprintf("Its exceptions go with it: %d for segments and %d for identities.", len(f.Segments), len(f.Identities)))
	}
	if len(f.Variants) > 0 {
		out.Effects = append(out.Effects, "A flag made later with this key spreads people over its variants anew.")
	}
	if len(p.Dependents) > 0 {
		out.Effects = append(out.Effects, fmt.Sprintf("Segments ask for it, and those conditions hold for nobody any more: %s.", strings.Join(p.Dependents, ", ")))
	}
	return out
}

// sayWhatChanged adds to a conflict of versions who changed the flag since, and in which fields.
func (a *API) sayWhatChanged(ctx context.Context, environmentID, key string, version int64, err error) error {
	f := asFault(err)
	if version <= 0 || f == nil || f.Code != fault.Conflict {
		return err
	}
	commits, listErr := a.Journal.List(ctx, change.Filter{EnvironmentID: environmentID, KindPrefix: "flag.", Subject: key})
	if listErr != nil {
		return err // the conflict is said without them
	}
	var first, last json.RawMessage
	var who []string
	for _, c := range commits {
		if c.Revision <= version {
			break
		}
		for _, ch := range c.Changes {
			if ch.Subject == key && ch.EnvironmentID == environmentID {
				first, last = ch.Before, cmpOr(last, ch.After)
				who = append(who, fmt.Sprintf("%s: %s (%s)", c.Actor.Name, c.Reason, c.At.UTC().Format(time.RFC3339)))
			}
		}
	}
	if len(who) == 0 {
		return err
	}
	out := fault.New(fault.Conflict, "%s", f.Text).Hint("%s", strings.Join(who, "; "))
	for _, name := range changedFields(first, last) {
		out = out.At(name, "was changed meanwhile")
	}
	return out
}

func cmpOr(a, b json.RawMessage) json.RawMessage {
	if a != nil {
		return a
	}
	return b
}

// changedFields names the fields in which two flags differ, but for those that differ after every change.
func changedFields(before, after json.RawMessage) []string {
	var was, is map[string]any
	if json.Unmarshal(before, &was) != nil || json.Unmarshal(after, &is) != nil {
		return nil
	}
	all := maps.Clone(was)
	maps.Copy(all, is)
	names := slices.DeleteFunc(slices.Collect(maps.Keys(all)), func(name string) bool {
		return slices.Contains([]string{"version", "updated_at", "steady_at"}, name) || reflect.DeepEqual(was[name], is[name])
	})
	slices.SortFunc(names, cmp.Compare)
	return names
}
