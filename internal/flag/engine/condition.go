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

// condition is a Condition with everything parsed that can be parsed before there is a context.
type condition struct {
	property string
	path     []string // of a property that begins with "$."; nil for the name of a trait
	operator string
	value    string
	list     []string       // of IN
	pattern  *regexp.Regexp // of REGEX
	share    float64        // of PERCENTAGE_SPLIT
	divisor  float64        // of MODULO
	rest     float64        // of MODULO
	version  *version       // of comparisons that end in :semver, nil for the others
	broken   bool           // it could not be understood and never holds
}

// comparisons are the operators that order two values.
func comparisons() []string {
	return []string{"EQUAL", "NOT_EQUAL", "GREATER_THAN", "GREATER_THAN_INCLUSIVE", "LESS_THAN", "LESS_THAN_INCLUSIVE"}
}

// Operators lists what conditions can do.
func Operators() []string {
	return append(comparisons(), "CONTAINS", "NOT_CONTAINS", "REGEX", "IN", "MODULO", "PERCENTAGE_SPLIT", "IS_SET", "IS_NOT_SET")
}

func compile(c Condition) (condition, error) {
	out := condition{property: c.Property, operator: c.Operator, value: c.Value}
	var err error
	if strings.HasPrefix(c.Property, "$.") {
		out.path, err = parsePath(c.Property)
	}
	err = errors.Join(err, out.parseValue(c.Values))
	out.broken = err != nil
	return out, err
}

func (c *condition) parseValue(list []string) error {
	switch c.operator {
	case "REGEX":
		// Anchored at the start and not at the end, as Python's re.match.
		pattern, err := regexp.Compile("^(?:" + c.value + ")")
		if err != nil {
			return fmt.Errorf("the pattern %q cannot be read: %w", c.value, err)
		}
		c.pattern = pattern
	case "IN":
		if c.list = list; list == nil {
			c.list = parseList(c.value)
		}
	case "PERCENTAGE_SPLIT":
		share, err := strconv.ParseFloat(strings.TrimSpace(c.value), 64)
		if err != nil || math.IsNaN(share) {
			return fmt.Errorf("a percentage split needs a number, not %q", c.value)
		}
		c.share = share
	case "MODULO":
		return c.parseModulo()
	case "CONTAINS", "NOT_CONTAINS", "IS_SET", "IS_NOT_SET":
	default:
		if !slices.Contains(comparisons(), c.operator) {
			return fmt.Errorf("the operator %q is not known", c.operator)
		}
		if text, is := strings.CutSuffix(c.value, semverSuffix); is {
			v, err := parseVersion(text)
			if err != nil {
				return err
			}
			c.version = &v
		}
	}
	return nil
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

// holds says whether the context meets the condition, as part of the segment with that key.
func (c *condition) holds(segment string, in *Context) bool {
	if c.broken {
		return false
	}
	if c.operator == "PERCENTAGE_SPLIT" && c.property == "" {
		return in.Key != "" && Percentage(segment, in.Key) <= c.share
	}
	trait, set := c.find(in)
	switch c.operator {
	case "IS_SET":
		return set
	case "IS_NOT_SET":
		return !set
	}
	if !set {
		return false
	}
	switch c.operator {
	case "PERCENTAGE_SPLIT":
		return Percentage(segment, textOf(trait)) <= c.share
	case "IN":
		text, can := listed(trait)
		return can && slices.Contains(c.list, text)
	case "CONTAINS", "NOT_CONTAINS":
		text, is := trait.(string)
		return is && !numeric(text) && strings.Contains(text, c.value) == (c.operator == "CONTAINS")
	case "REGEX":
		return c.pattern.MatchString(canonical(trait))
	case "MODULO":
		number, is := numberOf(trait)
		return is && floored(number, c.divisor) == c.rest
	}
	order, comparable := c.compare(trait)
	return comparable && ordered(c.operator, order)
}

// ordered says whether an order (negative, zero, positive) is what the operator asks for.
func ordered(operator string, order int) bool {
	switch operator {
	case "EQUAL":
		return order == 0
	case "NOT_EQUAL":
		return order != 0
	case "GREATER_THAN":
		return order > 0
	case "GREATER_THAN_INCLUSIVE":
		return order >= 0
	case "LESS_THAN":
		return order < 0
	case "LESS_THAN_INCLUSIVE":
		return order <= 0
	}
	return false
}

// compare puts a trait before, at or after the condition's value, which is read as the trait's type: numbers as numbers,
// booleans as booleans, versions as versions, all else as text. What cannot be read as that type compares with nothing.
func (c *condition) compare(trait any) (order int, comparable bool) {
	if yes, is := trait.(bool); is {
		return number01(yes) - number01(c.value != "false" && c.value != "False"), true
	}
	if text, is := numberText(trait); is {
		if !numeric(c.value) {
			return 0, false
		}
		return compareNumbers(text, c.value), true
	}
	text, is := trait.(string)
	if !is {
		return 0, false
	}
	if c.version != nil {
		v, err := parseVersion(text)
		if err != nil {
			return 0, false
		}
		return v.compare(*c.version), true
	}
	return strings.Compare(text, c.value), true
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
