package engine

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// find gives the value that a condition is about. Null, objects reached by a path and what is not there are not set. A
// trait that is literally named like a path comes before what the path leads to.
func (c *condition) find(in *Context) (any, bool) {
	if trait, known := in.Traits[c.property]; known {
		return trait, trait != nil
	}
	if c.path == nil {
		return nil, false
	}
	return in.walk(c.path)
}

func (c *Context) walk(path []string) (any, bool) {
	var at any
	switch path[0] {
	case "environment":
		at = map[string]any{"key": c.Environment.Key, "name": c.Environment.Name}
	case "identity":
		at = map[string]any{"identifier": c.Identifier, "key": c.Key, "traits": c.Traits}
	default:
		return nil, false
	}
	for _, name := range path[1:] {
		inside, is := at.(map[string]any)
		if !is {
			return nil, false
		}
		if at = inside[name]; at == nil {
			return nil, false
		}
	}
	switch at.(type) {
	case map[string]any, []any:
		return nil, false
	}
	return at, true
}

// parsePath reads $.identity.traits.plan and $.identity.traits['plan'], the part of JSONPath that names one place.
func parsePath(text string) ([]string, error) {
	var path []string
	for rest := text[1:]; rest != ""; {
		name, after, err := nextStep(rest)
		if err != nil {
			return nil, fmt.Errorf("the path %q cannot be read: %w", text, err)
		}
		path, rest = append(path, name), after
	}
	return path, nil
}

func nextStep(rest string) (name, after string, err error) {
	if inner, bracket := strings.CutPrefix(rest, "["); bracket {
		if len(inner) == 0 || (inner[0] != '\'' && inner[0] != '"') {
			return "", "", fmt.Errorf("a name in brackets needs quotes")
		}
		name, after, closed := strings.Cut(inner[1:], inner[:1]+"]")
		if !closed {
			return "", "", fmt.Errorf("a bracket is not closed")
		}
		return name, after, nil
	}
	inner, dot := strings.CutPrefix(rest, ".")
	end := strings.IndexAny(inner, ".[")
	if end < 0 {
		end = len(inner)
	}
	if !dot || end == 0 {
		return "", "", fmt.Errorf("a name is missing")
	}
	return inner[:end], inner[end:], nil
}

// textOf writes a value as Flagsmith's server does: booleans are True and False.
func textOf(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		if v {
			return "True"
		}
		return "False"
	case nil:
		return "None"
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	if text, err := json.Marshal(value); err == nil {
		return string(text)
	}
	return fmt.Sprint(value)
}

// canonical writes a value as text after text that looks like a number has become one, so 007 is 7.
func canonical(value any) string {
	text := textOf(value)
	if s, is := value.(string); is && numeric(s) && !strings.Contains(s, ".") {
		sign, digits := cutSign(s)
		if digits = strings.TrimLeft(digits, "0"); digits == "" {
			return "0"
		}
		return sign + digits
	}
	return text
}

// listed is the text under which a value is looked up in a list; only text and whole numbers can be.
func listed(value any) (string, bool) {
	switch v := value.(type) {
	case string:
		return v, true
	case bool, nil, map[string]any, []any:
		return "", false
	default:
		text, is := numberText(v)
		return text, is && !strings.Contains(text, ".")
	}
}

// numberText gives a value as decimal digits when it is a number or text that looks like one.
func numberText(value any) (string, bool) {
	switch v := value.(type) {
	case string:
		return v, numeric(v)
	case json.Number:
		if text := v.String(); numeric(text) {
			return text, true
		}
		f, err := v.Float64() // 1e3
		return floatText(f), err == nil
	case float64:
		return floatText(v), !math.IsNaN(v) && !math.IsInf(v, 0)
	case int:
		return strconv.Itoa(v), true
	case int64:
		return strconv.FormatInt(v, 10), true
	}
	return "", false
}

// floatText always has a point, so that it is never taken for a whole number.
func floatText(f float64) string {
	text := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}

func numberOf(value any) (float64, bool) {
	text, is := numberText(value)
	if !is {
		return 0, false
	}
	f, err := strconv.ParseFloat(text, 64)
	return f, err == nil
}

// numeric says whether text is -?\d+ or -?\d+\.\d+, which is what Flagsmith takes for a number.
func numeric(text string) bool {
	_, text = cutSign(text)
	whole, fraction, pointed := strings.Cut(text, ".")
	return digits(whole) && (!pointed || digits(fraction))
}

func cutSign(text string) (sign, rest string) {
	if rest, negative := strings.CutPrefix(text, "-"); negative {
		return "-", rest
	}
	return "", text
}

func digits(text string) bool {
	for _, b := range []byte(text) {
		if b < '0' || b > '9' {
			return false
		}
	}
	return text != ""
}

// compareNumbers orders two numeric texts: whole numbers exactly, however long, others as float64.
func compareNumbers(a, b string) int {
	if strings.Contains(a, ".") || strings.Contains(b, ".") {
		x, _ := strconv.ParseFloat(a, 64) // numeric texts parse; what is out of range becomes infinite, which orders rightly
		y, _ := strconv.ParseFloat(b, 64)
		switch {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	}
	signA, a := cutSign(a)
	signB, b := cutSign(b)
	order := compareDigits(a, b)
	switch {
	case signA == signB && signA == "-":
		return -order
	case signA == signB:
		return order
	case strings.Trim(a+b, "0") == "": // -0 and 0
		return 0
	case signA == "-":
		return -1
	}
	return 1
}

// compareDigits orders unsigned whole numbers of any length.
func compareDigits(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}
