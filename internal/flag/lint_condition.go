package flag

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/siteproof/belay/internal/flag/engine"
)

const (
	pathPrefix  = "$."
	traitPrefix = "$.identity.traits."
	identityKey = "$.identity.key"
	semver      = ":semver"
)

// condition looks at one condition: first what is wrong whatever arrives, then what is wrong with what arrives.
func (l *linter) condition(c Condition, path string) {
	switch c.Operator {
	case "PERCENTAGE_SPLIT":
		l.split(c, path)
		return
	case "REGEX":
		l.pattern(c, path)
	case "IN":
		l.list(c, path)
	case "MODULO":
		l.modulo(c, path)
	case "CONTAINS", "NOT_CONTAINS", "IS_SET", "IS_NOT_SET":
	default:
		l.comparison(c, path)
	}
	if strings.HasPrefix(c.Property, pathPrefix) {
		l.add(path, nil, "a path that begins with $. is the name of a trait to this client, and never found", goFour)
	}
	l.arrives(c, path)
}

func (l *linter) split(c Condition, path string) {
	switch {
	case c.Property == "":
		l.add(path, c.with(identityKey, c.Value), "a split that does not say over what is over identities; said in full, every client reads it alike")
	case !strings.HasPrefix(c.Property, pathPrefix):
		l.add(path, c.with(pathOf(c.Property), c.Value),
			"a split over a trait that is named without its path never holds in one client and is over identities in the other", nodeJS, goFour)
	case c.Property != identityKey:
		l.add(path, nil, "a split over anything but the identity is over the identity in this client", goFour)
	}
}

// pathOf is the path of a trait, in brackets where its name would not be read whole behind a point.
func pathOf(trait string) string {
	if strings.ContainsAny(trait, ".[]'\" ") {
		return "$.identity.traits['" + trait + "']"
	}
	return traitPrefix + trait
}

func (c Condition) with(property, value string) *Condition {
	return &Condition{Property: property, Operator: c.Operator, Value: value}
}

func (l *linter) comparison(c Condition, path string) {
	if c.Operator == "NOT_EQUAL" {
		l.add(path, nil, "NOT_EQUAL is read as EQUAL by this client", goFour)
	}
	switch lower := strings.ToLower(c.Value); {
	case (lower == "true" || lower == "false") && lower != c.Value:
		l.add(path, c.with(c.Property, lower), fmt.Sprintf("%q is not a boolean to every client; %s is", c.Value, lower), nodeJS, goFive, python)
	case !engine.Numeric(c.Value):
	case leadingZeros(c.Value):
		l.add(path, c.with(c.Property, plainNumber(c.Value)), fmt.Sprintf("%s is a number to some clients and text to the others when it is compared with text", c.Value), nodeJS, goFive)
	case strings.Contains(c.Value, "."):
		l.add(path, wholeForm(c), fmt.Sprintf("a whole number is never compared with %s, which has a point, by Flagsmith's server and its Python client", c.Value), python)
	}
}

// leadingZeros finds 007 and -0, which are not how a number is written.
func leadingZeros(number string) bool {
	digits := strings.TrimPrefix(number, "-")
	whole, _, _ := strings.Cut(digits, ".")
	return (len(whole) > 1 && whole[0] == '0') || number == "-0"
}

func plainNumber(number string) string {
	digits, negative := strings.CutPrefix(number, "-")
	whole, fraction, pointed := strings.Cut(digits, ".")
	if whole = strings.TrimLeft(whole, "0"); whole == "" {
		whole = "0"
	}
	if pointed {
		whole += "." + fraction
	}
	if negative && whole != "0" {
		return "-" + whole
	}
	return whole
}

// wholeForm writes 5.0 as 5. Other numbers with a point have no form without one.
func wholeForm(c Condition) *Condition {
	whole, fraction, _ := strings.Cut(c.Value, ".")
	if strings.Trim(fraction, "0") != "" {
		return nil
	}
	return c.with(c.Property, whole)
}

func (l *linter) list(c Condition, path string) {
	items := engine.List(c.Value)
	plain := c.with(c.Property, strings.Join(items, ","))
	if strings.HasPrefix(c.Value, "[") && !slices.Equal(items, strings.Split(c.Value, ",")) {
		if slices.ContainsFunc(items, func(item string) bool { return strings.Contains(item, ",") || item != strings.TrimSpace(item) }) {
			plain = nil
		}
		if onlyTexts(c.Value) {
			l.add(path, plain, "a list written as JSON is never matched by this client; values joined by commas are", goFour)
		} else {
			l.add(path, plain, "what is not text in a JSON list is never matched by these clients; values joined by commas are", nodeJS, goFive)
		}
		return
	}
	trimmed := make([]string, 0, len(items))
	for _, item := range items {
		trimmed = append(trimmed, strings.TrimSpace(item))
	}
	if !slices.Equal(items, trimmed) {
		l.add(path, c.with(c.Property, strings.Join(trimmed, ",")), "spaces around a comma belong to the values, in every client and here")
	}
	if slices.ContainsFunc(trimmed, isBoolean) {
		l.add(path, booleanForm(c, trimmed), "a boolean trait is in no list, except to these clients, which compare it as text", goFive, goFour)
	}
}

func isBoolean(text string) bool {
	return strings.EqualFold(text, "true") || strings.EqualFold(text, "false")
}

// booleanForm asks for the boolean itself where the list holds nothing else.
func booleanForm(c Condition, items []string) *Condition {
	first := strings.ToLower(items[0])
	for _, item := range items {
		if !isBoolean(item) || strings.ToLower(item) != first {
			return nil
		}
	}
	return &Condition{Property: c.Property, Operator: "EQUAL", Value: first}
}

func onlyTexts(list string) bool {
	var items []string
	return json.Unmarshal([]byte(list), &items) == nil
}

func (l *linter) modulo(c Condition, path string) {
	divisor, rest, _ := strings.Cut(c.Value, "|")
	if !wholeAndPositive(divisor) || !wholeAndPositive(rest) {
		l.add(path, nil, "MODULO with negative numbers, or numbers with a point, leaves another remainder in these clients; write two whole numbers such as 10|3", nodeJS, goFive, goFour)
	}
}

func wholeAndPositive(text string) bool {
	_, err := strconv.ParseUint(text, 10, 64)
	return err == nil
}
