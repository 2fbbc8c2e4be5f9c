package flag

import (
	"maps"
	"slices"
	"strings"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag/engine"
)

// checkTogether finds what is wrong between the flags and segments of an environment: limits, what they name that is not
// there, and what goes in a circle.
func checkTogether(v *view) *fault.Error {
	if len(v.flags) > MaxFlags {
		return fault.New(fault.TooLarge, "an environment has at most %d flags", MaxFlags).Hint("delete flags that are on for everybody")
	}
	if len(v.segments) > MaxSegments {
		return fault.New(fault.TooLarge, "an environment has at most %d segments", MaxSegments)
	}
	c := &circles{view: v, asks: map[string][]string{}, seen: map[string]bool{}}
	seeds := make(map[string]string, len(v.segments))
	for _, key := range slices.Sorted(maps.Keys(v.segments)) {
		g := v.segments[key]
		if other, taken := seeds[g.HashSeed()]; taken {
			return fault.New(fault.Conflict, "the segments %q and %q would be spread by the same seed %s", other, key, g.HashSeed()).
				Hint("leave the seed of one of them out")
		}
		seeds[g.HashSeed()] = key
		asked := askedFlags(g.Rules)
		for _, name := range asked {
			if _, known := v.flags[name]; !known {
				return fault.New(fault.Invalid, "the segment %q asks for the flag %q, which does not exist", key, name).At("rules", "%q does not exist", name)
			}
		}
		c.asks[key] = asked
	}
	for _, key := range slices.Sorted(maps.Keys(v.flags)) {
		if err := c.flag(key); err != nil {
			return err
		}
	}
	return nil
}

// askedFlags lists the flags that conditions ask for.
func askedFlags(rules []Rule) []string {
	var asked []string
	for _, r := range rules {
		for _, condition := range r.Conditions {
			if key, asks := engine.AskedFlag(condition.Property); asks {
				asked = append(asked, key)
			}
		}
		asked = append(asked, askedFlags(r.Rules)...)
	}
	return asked
}

// circles walks from flags to what decides them: their parents, and the flags that their segments ask for.
type circles struct {
	view *view
	asks map[string][]string // by segment
	path []string            // flags under way
	via  []string            // how each of them leads to the next
	seen map[string]bool     // flags that lead into no circle
}

func (c *circles) flag(key string) *fault.Error {
	if c.seen[key] {
		return nil
	}
	if at := slices.Index(c.path, key); at >= 0 {
		return c.circle(at)
	}
	f := c.view.flags[key]
	c.path = append(c.path, key)
	if f.Parent != "" {
		if _, known := c.view.flags[f.Parent]; !known {
			return fault.New(fault.Invalid, "flag %q has the parent %q, which does not exist", key, f.Parent).At("parent", "%q does not exist", f.Parent)
		}
		if err := c.follow("its parent", f.Parent); err != nil {
			return err
		}
	}
	for _, o := range f.Segments {
		if _, known := c.view.segments[o.For]; !known {
			return fault.New(fault.Invalid, "flag %q names the segment %q, which does not exist", key, o.For).At("segments", "%q does not exist", o.For)
		}
		for _, asked := range c.asks[o.For] {
			if err := c.follow("its segment "+o.For, asked); err != nil {
				return err
			}
		}
	}
	c.path = c.path[:len(c.path)-1]
	c.seen[key] = true
	return nil
}

func (c *circles) follow(via, key string) *fault.Error {
	c.via = append(c.via, via)
	err := c.flag(key)
	c.via = c.via[:len(c.via)-1]
	return err
}

// circle names every step, so that one can see which to cut.
func (c *circles) circle(from int) *fault.Error {
	var text strings.Builder
	parents := true
	for i := from; i < len(c.path); i++ {
		text.WriteString(c.path[i] + " depends by " + c.via[i] + " on ")
		parents = parents && c.via[i] == "its parent"
	}
	field := "segments"
	if parents {
		field = "parent"
	}
	return fault.New(fault.Invalid, "flags would go in a circle: %s%s", text.String(), c.path[from]).At(field, "leads in a circle").
		Hint("a flag cannot depend on itself; take one of these away")
}
