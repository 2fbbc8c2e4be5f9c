package rollout

import (
	"slices"

	"github.com/siteproof/belay/internal/flag"
)

// below are the flags below a flag, nearest first, and what each stands below.
func below(snapshot *flag.Snapshot, key string) (all []string, parents map[string]string) {
	parents = map[string]string{}
	for level := []string{key}; len(level) > 0; {
		var next []string
		for _, parent := range level {
			for _, child := range snapshot.Children(parent) {
				if _, seen := parents[child]; seen || child == key {
					continue
				}
				parents[child] = parent
				next = append(next, child)
			}
		}
		all, level = append(all, next...), next
	}
	return all, parents
}

// parentsAmong says which component each component stands below, as far as any of them is above it.
func parentsAmong(components []string, parents map[string]string) map[string]string {
	var among map[string]string
	for _, c := range components {
		above := parents[c]
		for above != "" && !slices.Contains(components, above) {
			above = parents[above]
		}
		if above != "" {
			if among == nil {
				among = map[string]string{}
			}
			among[c] = above
		}
	}
	return among
}
