package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// semverSuffix makes a comparison one of semantic versions.
const semverSuffix = ":semver"

// operator is what a condition does, by its place among Operators.
type operator = int8

const (
	equal operator = iota
	notEqual
	greaterThan
	greaterOrEqual
	lessThan
	lessOrEqual
	contains
	notContains
	matchesPattern
	in
	modulo
	percentageSplit
	isSet
	isNotSet
)

// Operators lists what conditions can do.
func Operators() []string {
	return []string{
		"EQUAL", "NOT_EQUAL", "GREATER_THAN", "GREATER_THAN_INCLUSIVE", "LESS_THAN", "LESS_THAN_INCLUSIVE",
		"CONTAINS", "NOT_CONTAINS", "REGEX", "IN", "MODULO", "PERCENTAGE_SPLIT", "IS_SET", "IS_NOT_SET",
	}
}

// condition is a Condition with everything parsed that can be parsed before there is a context.
type condition struct {
	property place
	operator operator
	value    string
	list     []string            // of IN, when it is short
	set      map[string]struct{} // of IN, when it is long
	pattern  *regexp.Regexp      // of REGEX
	share    Slot                // of PERCENTAGE_SPLIT: how many slots are in
	divisor  float64             // of MODULO
	rest     float64             // of MODULO
	version  *version            // of comparisons that end in :semver, nil for the others
	number   *number             // of comparisons with what looks like a number
	truth    bool                // the value as a boolean has it
	broken   bool                // it could not be understood and never holds
}

// shortList is up to how many items looking at each is faster than hashing.
const shortList = 8

func compile(c Condition) (condition, error) {
	property, err := parsePlace(c.Property)
	does := operator(slices.Index(Operators(), c.Operator)) //nolint:gosec // one of a few
	out := condition{property: property, operator: does, value: c.Value, truth: c.Value != "false" && c.Value != "False"}
	if does < 0 {
		err = errors.Join(err, fmt.Errorf("the operator %q is not known", c.Operator))
	}
	err = errors.Join(err, out.parseValue(c.Values))
	out.broken = err != nil
	return out, err
}

func (c *condition) parseValue(list []string) error {
	switch c.operator {
	case matchesPattern:
		// Anchored at the start and not at the end, as Python's re.match.
		pattern, err := regexp.Compile("^(?:" + c.value + ")")
		if err != nil {
			return fmt.Errorf("the pattern %q cannot be read: %w", c.value, err)
		}
		c.pattern = pattern
	case in:
		c.parseItems(list)
	case percentageSplit:
		share, err := strconv.ParseFloat(strings.TrimSpace(c.value), 64)
		if err != nil || math.IsNaN(share) {
			return fmt.Errorf("a percentage split needs a number, not %q", c.value)
		}
		c.share = upTo(share)
	case modulo:
		return c.parseModulo()
	case equal, notEqual, greaterThan, greaterOrEqual, lessThan, lessOrEqual:
		if text, is := strings.CutSuffix(c.value, semverSuffix); is {
			v, valid := parseVersion(text)
			if !valid {
				return fmt.Errorf("%q is not a semantic version such as 1.2.3", text)
			}
			c.version = &v
		}
		if numeric(c.value) {
			n := parseNumber(c.value)
			c.number = &n
		}
	default:
	}
	return nil
}

func (c *condition) parseItems(list []string) {
	if c.list = list; list == nil {
		c.list = parseList(c.value)
	}
	if len(c.list) <= shortList {
		return
	}
	c.set = make(map[string]struct{}, len(c.list))
	for _, item := range c.list {
		c.set[item] = struct{}{}
	}
}

func (c *condition) parseModulo() error {
	divisor, rest, _ := strings.Cut(c.value, "|")
	var one, two error
	c.divisor, one = strconv.ParseFloat(divisor, 64)
	c.rest, two = strconv.ParseFloat(rest, 64)
	if one != nil || two != nil || c.divisor == 0 || math.IsInf(c.divisor, 0) || math.IsNaN(c.divisor) {
		return fmt.Errorf("MODULO needs divisor|remainder, such as 2|0, not %q", c.value)
	}
	return nil
}

// parseList reads a JSON array, or else text cut at its commas; nothing is trimmed.
func parseList(text string) []string {
	if strings.HasPrefix(text, "[") {
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.UseNumber()
		var items []any
		if decoder.Decode(&items) == nil && !decoder.More() {
			list := make([]string, 0, len(items))
			for _, item := range items {
				list = append(list, textOf(item))
			}
			return list
		}
	}
	return strings.Split(text, ",")
}

// holds says whether the context meets the condition, as part of a segment that spreads identities like this.
func (c *condition) holds(salt Salt, whom *Context) bool {
	if c.broken {
		return false
	}
	if c.byKey() {
		return whom.Key != "" && salt.Slot(whom.Key) < c.share
	}
	found := c.property.find(whom)
	switch c.operator {
	case isSet:
		return found.kind != nothing
	case isNotSet:
		return found.kind == nothing
	default:
		return found.kind != nothing && c.holdsFor(&found, salt)
	}
}

func (c *condition) holdsFor(found *value, salt Salt) bool {
	switch c.operator {
	case percentageSplit:
		return salt.Slot(found.plain()) < c.share
	case in:
		text, can := found.listed()
		return can && c.lists(text)
	case contains, notContains:
		return found.kind == text && !numeric(found.text) && strings.Contains(found.text, c.value) == (c.operator == contains)
	case matchesPattern:
		return c.pattern.MatchString(found.canonical())
	case modulo:
		number, is := found.float()
		return is && floored(number, c.divisor) == c.rest
	default:
		order, comparable := c.compare(found)
		return comparable && ordered(c.operator, order)
	}
}

// byKey says whether the condition spreads identities by their key, having no property.
func (c *condition) byKey() bool {
	return c.operator == percentageSplit && c.property.kind == traitPlace && c.property.name == ""
}

func (c *condition) lists(text string) bool {
	if c.set == nil {
		return slices.Contains(c.list, text)
	}
	_, is := c.set[text]
	return is
}

// ordered says whether an order (negative, zero, positive) is what the operator asks for.
func ordered(does operator, order int) bool {
	switch does {
	case equal:
		return order == 0
	case notEqual:
		return order != 0
	case greaterThan:
		return order > 0
	case greaterOrEqual:
		return order >= 0
	case lessThan:
		return order < 0
	case lessOrEqual:
		return order <= 0
	default:
		return false
	}
}

// compare puts a value before, at or after the condition's, which is read as the value's type: numbers as numbers,
// booleans as booleans, versions as versions, all else as text. What cannot be read as that type compares with nothing.
func (c *condition) compare(found *value) (order int, comparable bool) {
	if found.kind == boolean {
		return number01(found.yes) - number01(c.truth), true
	}
	if digits, is := found.decimal(); is {
		if c.number == nil {
			return 0, false
		}
		return -c.number.compare(digits), true
	}
	if found.kind != text {
		return 0, false
	}
	if c.version != nil {
		v, valid := parseVersion(found.text)
		return v.compare(*c.version), valid
	}
	return strings.Compare(found.text, c.value), true
}

func number01(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// floored is the remainder that has the sign of the divisor, as Python's %.
func floored(number, divisor float64) float64 {
	rest := math.Mod(number, divisor)
	if rest != 0 && (rest < 0) != (divisor < 0) {
		rest += divisor
	}
	return rest
}
