package api

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/siteproof/belay/internal/auth"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/rollout"
)

// FlagPath is the part of a path that names a flag.
type FlagPath struct {
	EnvironmentPath
	Key string `path:"key" maxLength:"150"`
}

func (a *API) flags() {
	route(a, http.MethodGet, "/environments/{env}/flags", auth.Read, "Every flag, children under their parents",
		func(ctx context.Context, in *EnvironmentPath) (*body[[]FlagNode], error) {
			env, err := a.environment(in.Environment)
			if err != nil {
				return nil, err
			}
			running, err := a.Rollouts.List(ctx, env.ID)
			if err != nil {
				return nil, err
			}
			return list(flagTree(a.Flags.Snapshot(env.ID).Flags(), running)), nil
		})
	route(a, http.MethodPost, "/environments/{env}/flags", auth.Operate, "Make a flag",
		func(ctx context.Context, in *struct {
			EnvironmentPath
			Body NewFlag
		},
		) (*body[flag.Flag], error) {
			env, err := a.environment(in.Environment)
			if err != nil {
				return nil, err
			}
			n := in.Body
			made, err := a.Flags.Create(ctx, principal(ctx).Actor(), n.Reason, flag.Flag{
				EnvironmentID: env.ID, Key: n.Key, Description: n.Description, Type: n.Type, Enabled: n.Enabled,
				Value: n.Value, Parent: n.Parent, Tags: n.Tags, Owner: n.Owner, ServerOnly: n.ServerOnly,
			})
			if err != nil {
				return nil, err
			}
			return answer(made), nil
		})
	route(a, http.MethodGet, "/environments/{env}/flags/{key}", auth.Read, "One flag",
		func(_ context.Context, in *FlagPath) (*body[flag.Flag], error) {
			env, err := a.environment(in.Environment)
			if err != nil {
				return nil, err
			}
			found, err := a.Flags.Snapshot(env.ID).Find(in.Key)
			if err != nil {
				return nil, err
			}
			return answer(found), nil
		})
	route(a, http.MethodPatch, "/environments/{env}/flags/{key}", auth.Operate, "Change a flag: what is left out stays",
		func(ctx context.Context, in *struct {
			FlagPath
			Body FlagChange
		},
		) (*body[flag.Flag], error) {
			env, err := a.environment(in.Environment)
			if err != nil {
				return nil, err
			}
			changed, err := a.Flags.Change(ctx, principal(ctx).Actor(), in.Body.Reason, env.ID, in.Key, in.Body.patch())
			if err != nil {
				return nil, a.sayWhatChanged(ctx, env.ID, in.Key, in.Body.Version, err)
			}
			return answer(changed), nil
		})
}

// flagTree hangs children under their parents and says which rollout holds or has taken back each flag.
func flagTree(flags []flag.Flag, rollouts []rollout.Rollout) []FlagNode {
	children := map[string][]flag.Flag{}
	known := map[string]bool{}
	for _, f := range flags {
		known[f.Key] = true
	}
	for _, f := range flags {
		parent := f.Parent
		if !known[parent] {
			parent = ""
		}
		children[parent] = append(children[parent], f)
	}
	holder, lost := map[string]string{}, map[string]bool{}
	for _, r := range slices.Backward(rollouts) {
		holder[r.Flag] = r.ID
		for _, c := range r.Components {
			holder[c] = r.ID
		}
		for _, l := range r.Lost {
			lost[l.Component] = true
		}
	}
	var grow func(parent string) []FlagNode
	grow = func(parent string) []FlagNode {
		nodes := []FlagNode{}
		for _, f := range children[parent] {
			nodes = append(nodes, FlagNode{Flag: f, Children: grow(f.Key), Rollout: holder[f.Key], Lost: lost[f.Key] && !f.Enabled})
		}
		slices.SortFunc(nodes, func(x, y FlagNode) int { return strings.Compare(x.Key, y.Key) })
		return nodes
	}
	return grow("")
}
