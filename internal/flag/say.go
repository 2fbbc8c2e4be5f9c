package flag

import (
	"strings"
)

// Say writes rules as a sentence: "plan is pro, or age is above 60". Without rules it is "nobody".
func Say(rules []Rule) string {
	parts := make([]string, 0, len(rules))
	for _, r := range rules {
		if text := r.say(len(rules) > 1); text != "" {
			parts = append(parts, text)
		}
	}
	if len(parts) == 0 {
		return "nobody"
	}
	return strings.Join(parts, ", and ")
}

// say writes one rule; inside another one it stands in brackets when it is more than one condition.
func (r Rule) say(inside bool) string {
	conditions := make([]string, 0, len(r.Conditions))
	for _, c := range r.Conditions {
		conditions = append(conditions, c.say())
	}
	groups := make([]string, 0, len(r.Rules))
	for _, inner := range r.Rules {
		if text := inner.say(len(r.Rules)+len(r.Conditions) > 1 || r.Type == "NONE"); text != "" {
			groups = append(groups, text)
		}
	}
	// The kind joins the conditions, and separately the groups; both have to hold.
	text := joinAll(r.Type, conditions)
	if more := joinAll(r.Type, groups); more != "" && text != "" {
		if r.Type == "ANY" && len(conditions) > 1 {
			text = "(" + text + ")"
		}
		if r.Type == "ANY" && len(groups) > 1 {
			more = "(" + more + ")"
		}
		text += ", and " + more
	} else if more != "" {
		text = more
	}
	if inside && len(conditions)+len(groups) > 1 {
		return "(" + text + ")"
	}
	return text
}

func joinAll(kind string, parts []string) string {
	switch {
	case len(parts) == 0:
		return ""
	case kind == "NONE" && len(parts) == 1:
		return "not " + parts[0]
	case kind == "NONE":
		return "neither " + strings.Join(parts, " nor ")
	case kind == "ANY":
		return strings.Join(parts, ", or ")
	}
	return strings.Join(parts, " and ")
}

// words of the operators, with the value behind.
var words = map[string]string{
	"EQUAL": "is", "NOT_EQUAL": "is not", "GREATER_THAN": "is above", "GREATER_THAN_INCLUSIVE": "is at least",
	"LESS_THAN": "is below", "LESS_THAN_INCLUSIVE": "is at most", "CONTAINS": "contains", "NOT_CONTAINS": "does not contain",
	"REGEX": "matches",
}

// Say writes one condition as people say it.
func (c Condition) say() string {
	what := sayProperty(c.Property)
	switch c.Operator {
	case "IN":
		return what + " is one of " + strings.ReplaceAll(c.Value, ",", ", ")
	case "MODULO":
		divisor, rest, _ := strings.Cut(c.Value, "|")
		return what + " divided by " + divisor + " leaves " + rest
	case "PERCENTAGE_SPLIT":
		if c.Property == "" || c.Property == identityKey {
			return c.Value + " % of people"
		}
		return c.Value + " % of what " + what + " can be"
	case "IS_SET":
		return what + " is known"
	case "IS_NOT_SET":
		return what + " is not known"
	}
	word, known := words[c.Operator]
	if !known {
		word = c.Operator
	}
	value := c.Value
	if version, is := strings.CutSuffix(value, semver); is {
		value = "version " + version
	}
	if value == "" {
		value = "“”"
	}
	return what + " " + word + " " + value
}

// sayProperty names what a condition is about without its path.
func sayProperty(property string) string {
	switch property {
	case "":
		return "the identity"
	case "$.identity.identifier":
		return "the identifier"
	case identityKey:
		return "the identity’s key"
	case "$.environment.name":
		return "the environment"
	case "$.environment.key":
		return "the environment’s key"
	}
	if rest, is := strings.CutPrefix(property, "$.flags."); is {
		if flag, is := strings.CutSuffix(rest, ".enabled"); is {
			return "flag " + flag + " on"
		}
		return "flag " + rest
	}
	return traitName(property)
}
