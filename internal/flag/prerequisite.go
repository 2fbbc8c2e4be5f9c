package flag

import (
	"slices"
	"strings"
)

// Prerequisites lists the flags that conditions of these rules ask for, by key: "$.flags.new-menu.enabled" asks for
// new-menu.
func Prerequisites(rules []Rule) []string {
	var keys []string
	for _, r := range rules {
		for _, c := range r.Conditions {
			if key, asks := asksFor(c.Property); asks {
				keys = append(keys, key)
			}
		}
		keys = append(keys, Prerequisites(r.Rules)...)
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// asksFor reads the key out of $.flags.KEY.enabled or $.flags['KEY'].enabled; keys may have points in them.
func asksFor(property string) (key string, asks bool) {
	rest, asks := strings.CutPrefix(property, "$.flags")
	if !asks {
		return "", false
	}
	last := strings.LastIndexByte(rest, '.')
	if last <= 0 {
		return "", false
	}
	rest = rest[:last]
	for _, quote := range []string{"'", `"`} {
		if inner, is := strings.CutPrefix(rest, "["+quote); is {
			inner, is = strings.CutSuffix(inner, quote+"]")
			return inner, is && inner != ""
		}
	}
	key, is := strings.CutPrefix(rest, ".")
	return key, is && key != ""
}
