package flag

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag/engine"
)

// checkSegment finds what is wrong with one segment, each thing at its place.
func checkSegment(s Segment) *fault.Error {
	e := &problems{subject: "segment " + strconv.Quote(s.Key)}
	e.check(keyForm.MatchString(s.Key) && len(s.Key) <= maxKey, "key",
		"a key is small letters, digits, points, dashes and underscores, begins with a letter or digit, and has at most %d characters", maxKey)
	e.check(utf8.ValidString(s.Description) && utf8.RuneCountInString(s.Description) <= maxDescription, "description", "at most %d characters", maxDescription)
	e.check(s.Seed == "" || segmentSeed.MatchString(s.Seed), "seed", "1 to 100 letters, digits, dashes and underscores")
	e.check(len(s.Rules) > 0, "rules", "a segment without rules has no members")
	count, depth := sizeOf(s.Rules)
	e.check(count <= maxConditions, "rules", "at most %d rules and conditions", maxConditions)
	e.check(depth <= maxDepth, "rules", "at most %d deep", maxDepth)
	if e.found == nil {
		e.rules(s.Rules, "rules")
	}
	return e.found
}

func (e *problems) rules(rules []Rule, path string) {
	for i, r := range rules {
		at := fmt.Sprintf("%s[%d]", path, i)
		e.check(slices.Contains([]string{"ALL", "ANY", "NONE"}, r.Type), at+".type", "ALL, ANY or NONE, not %q", r.Type)
		for j, c := range r.Conditions {
			e.condition(c, fmt.Sprintf("%s.conditions[%d]", at, j))
		}
		e.rules(r.Rules, at+".rules")
	}
}

func (e *problems) condition(c Condition, at string) {
	known := slices.Contains(engine.Operators(), c.Operator)
	e.check(known, at+".operator", "one of %s, not %q", strings.Join(engine.Operators(), ", "), c.Operator)
	e.check(utf8.ValidString(c.Property) && len(c.Property) <= maxCondition, at+".property", "at most %d bytes", maxCondition)
	e.check(utf8.ValidString(c.Value) && len(c.Value) <= MaxValue, at+".value", "at most %d bytes", MaxValue)
	e.check(c.Operator != "REGEX" || len(c.Value) <= maxCondition, at+".value", "a pattern has at most %d bytes", maxCondition)
	e.check(c.Property != "" || c.Operator == "PERCENTAGE_SPLIT", at+".property", "name a trait, or a path such as $.identity.identifier")
	e.compiles(Condition{Property: c.Property, Operator: "IS_SET"}, at+".property")
	if known {
		e.compiles(Condition{Operator: c.Operator, Value: c.Value}, at+".value")
	}
}

// compiles lets the engine judge one condition.
func (e *problems) compiles(c Condition, at string) {
	if _, err := engine.Compile("", engineRules([]Rule{{Type: "ALL", Conditions: []Condition{c}}})); err != nil {
		if inner := errors.Unwrap(err); inner != nil { // without the engine's own words for the place
			err = inner
		}
		e.check(false, at, "%s", err)
	}
}

func sizeOf(rules []Rule) (count, depth int) {
	for _, r := range rules {
		inner, deep := sizeOf(r.Rules)
		count += 1 + len(r.Conditions) + inner
		depth = max(depth, deep+1)
	}
	return count, depth
}
