package flag

import (
	"regexp"
	"strings"
)

// unreadable are parts of a pattern that JavaScript does not read as Go and Python do.
var unreadable = regexp.MustCompile(`\(\?[^:]|\\[AzZQpPC]|\[\[:`)

// pattern looks at a regular expression. Belay and Python hold it to the beginning of the text, the others do not.
func (l *linter) pattern(c Condition, path string) {
	rest, caseless := strings.CutPrefix(c.Value, "(?i)")
	if anchor, after, ok := strings.Cut(c.Value, "(?i)"); ok && anchor == "^" {
		rest, caseless = "^"+after, true
	}
	form := c.with(c.Property, anchored(rest))
	if caseless {
		spelt, can := bothCases(form.Value)
		if form.Value = spelt; !can || unreadable.MatchString(spelt) {
			form = nil
		}
		l.add(path, form, "(?i) cannot be read by this client, where the condition never holds", nodeJS)
		return
	}
	if unreadable.MatchString(c.Value) {
		l.add(path, nil, "this client reads patterns as JavaScript does, and cannot read this one or reads it otherwise", nodeJS)
		return
	}
	if form.Value != c.Value {
		l.add(path, form, "the pattern has to fit from the beginning of the text here and in Python, and anywhere in these clients; begin it with ^ or .*", nodeJS, goFive, goFour)
	}
	if bare := strings.Trim(c.Value, "^$"); leadingZeros(bare) && strings.Trim(bare, "0123456789") == "" {
		l.add(path, nil, "text such as 007 is the number 7 to Belay and Python before the pattern is tried", nodeJS, goFive, goFour)
	}
}

// anchored writes a pattern so that it means the same whether or not it is held to the beginning.
func anchored(pattern string) string {
	open := strings.HasPrefix(pattern, "^") || strings.HasPrefix(pattern, ".*")
	switch {
	case alternates(pattern):
		return "^(?:" + pattern + ")"
	case open:
		return pattern
	}
	return "^" + pattern
}

// alternates says whether a pattern has an | outside of groups and classes.
func alternates(pattern string) bool {
	depth, class := 0, false
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '\\':
			i++
		case class:
			class = c != ']'
		case c == '[':
			class = true
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == '|' && depth == 0:
			return true
		}
	}
	return false
}

// bothCases writes out what (?i) means: [aA] for a. It declines where letters may stand for something else.
func bothCases(pattern string) (string, bool) {
	if strings.ContainsAny(pattern, `\[{`) {
		return "", false
	}
	var b strings.Builder
	for _, c := range pattern {
		switch lower, upper := strings.ToLower(string(c)), strings.ToUpper(string(c)); {
		case lower == upper:
			b.WriteRune(c)
		case c > 'z': // some letters have more than two cases
			return "", false
		default:
			b.WriteString("[" + lower + upper + "]")
		}
	}
	return b.String(), true
}
