package transfer

import (
	"encoding/json"
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/siteproof/belay/internal/flag"
)

const (
	longestKey         = 150
	longestDescription = 500
)

// notOfKeys is what keys do not hold.
var notOfKeys = regexp.MustCompile(`[^a-z0-9._-]+`)

// keyOf makes a key of a name as Flagsmith's JavaScript client does: small letters, and _ for each space.
func keyOf(name string) string {
	key := notOfKeys.ReplaceAllString(strings.ReplaceAll(strings.ToLower(strings.TrimSpace(name)), " ", "_"), "-")
	key = strings.TrimLeft(key, "._-")
	if key == "" {
		key = "unnamed"
	}
	return key[:min(len(key), longestKey-5)] // room for a number
}

// unique adds a number when a key is taken.
func unique(key string, taken func(string) bool) string {
	out := key
	for n := 2; taken(out); n++ {
		out = key + "-" + strconv.Itoa(n)
	}
	return out
}

func clip(text string) string {
	if utf8.RuneCountInString(text) <= longestDescription {
		return text
	}
	return string([]rune(text)[:longestDescription])
}

// valuesOf are all values that a feature can have.
func valuesOf(s *state, segments, people []override) []json.RawMessage {
	out := []json.RawMessage{s.Value}
	for _, v := range s.Variants {
		out = append(out, v.Option.Value)
	}
	for _, list := range [][]override{segments, people} {
		for _, o := range list {
			out = append(out, o.state.Value)
			for _, v := range o.state.Variants {
				out = append(out, v.Option.Value)
			}
		}
	}
	return out
}

// typeOf is the type of a flag with such values: boolean when there is none, number when all are numbers, and text
// otherwise. Mixed says that some values have to become text for it.
func typeOf(values []json.RawMessage) (t flag.Type, mixed bool) {
	numbers, texts, others := 0, 0, 0
	for _, v := range values {
		switch kind := kindOf(v); kind {
		case '"':
			texts++
		case '0':
			numbers++
		case 't':
			others++
		}
	}
	switch {
	case texts+numbers+others == 0:
		return flag.Boolean, false
	case texts+others == 0:
		return flag.Number, false
	}
	return flag.String, numbers+others > 0
}

// kindOf tells text (a quote), numbers (0) and all else (t) from nothing (n). Empty text is what Flagsmith sends for nothing too.
func kindOf(v json.RawMessage) byte {
	text := strings.TrimSpace(string(v))
	switch {
	case text == "" || text == "null" || text == `""`:
		return 'n'
	case text[0] == '"':
		return '"'
	case text[0] == '-' || text[0] >= '0' && text[0] <= '9':
		return '0'
	}
	return 't'
}

// valueAs writes a value as one of that type. Where Flagsmith has none, text is empty and a number is 0.
func valueAs(t flag.Type, v json.RawMessage) json.RawMessage {
	switch {
	case t == flag.Boolean:
		return nil
	case t == flag.Number && kindOf(v) == 'n':
		return json.RawMessage("0")
	case t == flag.Number:
		return v
	}
	return encoded(plainText(v))
}

// plainText is a JSON value as people would write it into a field.
func plainText(v json.RawMessage) string {
	var text string
	switch err := json.Unmarshal(v, &text); {
	case err == nil:
		return text
	case string(v) == "null":
		return ""
	}
	return string(v)
}

// seedOf is what Flagsmith spreads a feature's variants by.
func seedOf(s *state) string {
	if s.DjangoID != nil && *s.DjangoID > 0 {
		return strconv.FormatInt(*s.DjangoID, 10)
	}
	return strings.ToLower(s.UUID)
}

// priorityOf orders overrides; those without a priority come last.
func priorityOf(s state) int {
	if s.Priority == nil || s.Priority.Priority == nil {
		return math.MaxInt
	}
	return *s.Priority.Priority
}

// keepOurs leaves to a flag what foreign files know nothing of.
func keepOurs(f *flag.Flag, ours Flag) {
	if f.Description == "" {
		f.Description = ours.Description
	}
	f.Parent, f.Owner, f.Tags, f.Experiment = ours.Parent, ours.Owner, ours.Tags, (*flag.Experiment)(ours.Experiment)
}
