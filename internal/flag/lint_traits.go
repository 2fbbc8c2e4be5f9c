package flag

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/siteproof/belay/internal/flag/engine"
)

// Kind counts in which forms one trait arrives, in identities.
type Kind struct {
	Whole       int `json:"whole"`        // a whole number
	Negative    int `json:"negative"`     // a number below 0, whole or not
	Decimal     int `json:"decimal"`      // a number with a point
	Boolean     int `json:"boolean"`      //
	Text        int `json:"text"`         // all texts
	NumericText int `json:"numeric_text"` // texts that look like a number
	ZeroText    int `json:"zero_text"`    // of them, those that do not look the same as the number does: 007
	Version     int `json:"version"`      // texts that are a semantic version
}

// Kinds are the traits that are known of an environment's identities, by name.
type Kinds map[string]Kind

// See counts the traits of one identity.
func (k Kinds) See(traits map[string]any) {
	for name, value := range traits {
		seen := k[name]
		seen.see(value)
		k[name] = seen
	}
}

func (k *Kind) see(value any) {
	switch v := value.(type) {
	case bool:
		k.Boolean++
	case json.Number:
		k.number(v.String())
	case float64, int, int64:
		k.number(fmt.Sprint(v))
	case string:
		k.Text++
		if engine.Numeric(v) {
			k.NumericText++
			if leadingZeros(v) {
				k.ZeroText++
			}
		}
		if engine.Version(v) {
			k.Version++
		}
	}
}

func (k *Kind) number(text string) {
	if strings.ContainsAny(text, ".eE") {
		k.Decimal++
	} else {
		k.Whole++
	}
	if strings.HasPrefix(text, "-") {
		k.Negative++
	}
}

// Total is how many identities have the trait.
func (k Kind) Total() int { return k.Whole + k.Decimal + k.Boolean + k.Text }

// traitName is the trait that a property names, whichever way.
func traitName(property string) string {
	if name, is := strings.CutPrefix(property, traitPrefix); is {
		return name
	}
	if name, is := strings.CutPrefix(property, "$.identity.traits['"); is {
		return strings.TrimSuffix(name, "']")
	}
	return property
}

// arrives looks at a condition beside the forms in which its trait arrives.
func (l *linter) arrives(c Condition, path string) {
	name := traitName(c.Property)
	k, known := l.traits[name]
	if !known {
		return
	}
	of := func(n int) string { return fmt.Sprintf("%s of %d of %d known people", name, n, k.Total()) }
	switch c.Operator {
	case "CONTAINS", "NOT_CONTAINS":
		if k.NumericText > 0 {
			l.add(path, nil, of(k.NumericText)+" is text that looks like a number: Belay and Python take it for one, and nothing is in a number; these clients look in the text", nodeJS, goFive)
		}
	case "REGEX":
		if k.ZeroText > 0 {
			l.add(path, nil, of(k.ZeroText)+" is text such as 007, which Belay and Python make 7 before the pattern is tried; these clients do not", nodeJS, goFive)
		}
	case "IN":
		if k.Boolean > 0 {
			l.add(path, nil, of(k.Boolean)+" is a boolean, which is in no list, except to these clients", goFive, goFour)
		}
	case "MODULO":
		if k.Negative > 0 {
			l.add(path, nil, of(k.Negative)+" is below 0, where these clients leave another remainder", nodeJS, goFive, goFour)
		}
	case "IS_SET", "IS_NOT_SET":
	default:
		l.arrivesToBeCompared(c, path, k, of)
	}
}

func (l *linter) arrivesToBeCompared(c Condition, path string, k Kind, of func(int) string) {
	numeric := engine.Numeric(c.Value)
	version := strings.HasSuffix(c.Value, semver)
	switch {
	case numeric && k.NumericText > 0:
		l.add(path, nil, of(k.NumericText)+" is text that looks like a number: compared as a number by Belay and Python, letter by letter by these clients; send numbers as numbers", nodeJS, goFive)
	case c.Operator == "NOT_EQUAL" && version && k.Text > k.Version:
		l.add(path, nil, of(k.Text-k.Version)+" is no version: NOT_EQUAL does not hold for them here and in Python, and holds in these clients", nodeJS, goFive)
	case c.Operator == "NOT_EQUAL" && !numeric && k.Whole+k.Decimal > 0:
		l.add(path, nil, of(k.Whole+k.Decimal)+" is a number, which is never compared with text here and in Python, and not equal to it in these clients", nodeJS, goFive)
	}
}
