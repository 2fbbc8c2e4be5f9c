package engine

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// valueKind is what kind of value a property has.
type valueKind = uint8

const (
	nothing valueKind = iota
	text
	boolean
	numeral // text holds it as it was written
	floating
	other // objects and lists
)

// value is what a property has, without a pointer to what need not be kept.
type value struct {
	kind valueKind
	yes  bool
	text string
	raw  any // of other
}

func valueOf(v any) value {
	switch v := v.(type) {
	case nil:
		return value{}
	case string:
		return value{kind: text, text: v}
	case bool:
		return value{kind: boolean, yes: v}
	case json.Number:
		return value{kind: numeral, text: v.String()}
	case float64:
		return value{kind: floating, text: strconv.FormatFloat(v, 'f', -1, 64)}
	case int:
		return value{kind: numeral, text: strconv.Itoa(v)}
	case int64:
		return value{kind: numeral, text: strconv.FormatInt(v, 10)}
	}
	return value{kind: other, raw: v}
}

// given is the value as contexts hold it.
func (v *value) given() any {
	switch v.kind {
	case text:
		return v.text
	case boolean:
		return v.yes
	case numeral, floating:
		return json.Number(v.text)
	default:
		return v.raw
	}
}

// plain is the value as text, as Flagsmith's server writes it: booleans are True and False.
func (v *value) plain() string {
	switch v.kind {
	case boolean:
		return textOf(v.yes)
	case other:
		return textOf(v.raw)
	default:
		return v.text
	}
}

// canonical is plain after text that looks like a number has become one, so 007 is 7.
func (v *value) canonical() string {
	if v.kind == text && numeric(v.text) && !strings.Contains(v.text, ".") {
		sign, digits := cutSign(v.text)
		if digits = strings.TrimLeft(digits, "0"); digits == "" {
			return "0"
		}
		return sign + digits
	}
	return v.plain()
}

// listed is the text under which a value is looked up in a list; only text and whole numbers can be.
func (v *value) listed() (string, bool) {
	if v.kind == text {
		return v.text, true
	}
	digits, is := v.decimal()
	return digits, is && !strings.Contains(digits, ".")
}

// decimal gives a value as decimal digits when it is a number or text that looks like one.
func (v *value) decimal() (string, bool) {
	switch v.kind {
	case text:
		return v.text, numeric(v.text)
	case numeral:
		if numeric(v.text) {
			return v.text, true
		}
		f, err := strconv.ParseFloat(v.text, 64) // 1e3
		return floatText(f), err == nil
	case floating:
		f, err := strconv.ParseFloat(v.text, 64)
		return floatText(f), err == nil && !math.IsNaN(f) && !math.IsInf(f, 0)
	default:
		return "", false
	}
}

func (v *value) float() (float64, bool) {
	digits, is := v.decimal()
	if !is {
		return 0, false
	}
	f, err := strconv.ParseFloat(digits, 64)
	return f, err == nil
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

// floatText always has a point, so that it is never taken for a whole number.
func floatText(f float64) string {
	text := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
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

// number is numeric text, read once.
type number struct {
	digits  string
	pointed bool
	small   bool // whole fits
	whole   int64
	float   float64
}

func parseNumber(digits string) number {
	n := number{digits: digits, pointed: strings.Contains(digits, ".")}
	n.float, _ = strconv.ParseFloat(digits, 64) // numeric text parses; what is out of range becomes infinite, which orders rightly
	n.whole, n.small = wholeOf(digits)
	return n
}

// wholeOf reads a whole number that surely fits.
func wholeOf(digits string) (n int64, fits bool) {
	sign, digits := cutSign(digits)
	if len(digits) > 18 || digits == "" {
		return 0, false
	}
	for _, c := range []byte(digits) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	if sign != "" {
		n = -n
	}
	return n, true
}

// compare orders this number and numeric text: whole numbers exactly, however long, others as float64.
func (n *number) compare(digits string) int {
	if n.small {
		if whole, fits := wholeOf(digits); fits {
			return cmp.Compare(n.whole, whole)
		}
	}
	if n.pointed || strings.Contains(digits, ".") {
		f, _ := strconv.ParseFloat(digits, 64) // as in parseNumber
		return cmp.Compare(n.float, f)
	}
	return compareWhole(n.digits, digits)
}

func compareWhole(a, b string) int {
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
