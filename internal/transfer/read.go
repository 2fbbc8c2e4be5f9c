package transfer

import (
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/textfile"
)

// MaxText is how many bytes a file may have: an environment that uses all its limits is larger than anybody writes.
const MaxText = 8 << 20

// form is how Belay's own file is read.
var form = textfile.Form{
	Example: "belay export shows what such a file looks like", Several: "put several environments under environments:",
	Sentence: inWords, Choices: choices,
	// Whether something is on has a meaning when it is left out: it is off.
	Optional: func(field string) bool { return field == "enabled" },
	Words:    func(path string) bool { return strings.HasSuffix(path, "environments") },
}

// source is a file that was read: what it holds, and where each thing stands.
type source struct {
	name  string
	file  File
	notes []string
	// foreign says that the file is not Belay's own: it knows nothing of parents, owners and tags.
	foreign bool
	spread  bool              // people are shared out by hashing with the key
	key     string            // client key of the environment a foreign file is of
	at      map[string]string // line:column by path, as flags.greeting.segments[0].value
}

// read reads Belay's own file.
func read(name string, text []byte) (*source, error) {
	s := &source{name: name}
	var err error
	if s.at, err = textfile.Read(name, text, form, &s.file); err != nil {
		return nil, err
	}
	if s.file.Belay != Version {
		return nil, fault.New(fault.Invalid, "%s:%s: belay: the version of the file has to be %d", name, cmp.Or(s.at["belay"], "1:1"), Version).
			Hint("a file begins with belay: %d", Version)
	}
	if len(s.file.Environments) > 0 && (s.file.Environment != "" || s.file.Flags != nil || s.file.Segments != nil) {
		return nil, fault.New(fault.Invalid, "%s:%s: environments: a file is of one environment or of several, not both", name, s.at["environments"]).
			Hint("move what stands at the top below environments:")
	}
	return s, nil
}

// inWords says flag "greeting": value: … of the path flags.greeting.value.
func inWords(path, what string) string {
	environment := ""
	if rest, several := strings.CutPrefix(path, "environments."); several {
		key, inner, _ := strings.Cut(rest, ".")
		environment, path = key+": ", inner
	}
	for prefix, noun := range map[string]string{"flags.": "flag", "segments.": "segment"} {
		if rest, is := strings.CutPrefix(path, prefix); is {
			key, inner := splitKey(rest)
			path = inner
			what = fmt.Sprintf("%s %q: %s", noun, key, textfile.Prefixed(path, what))
			return environment + what
		}
	}
	return environment + textfile.Prefixed(path, what)
}

// splitKey cuts a path after a key, which ends with a NUL because it may hold points itself.
func splitKey(path string) (key, rest string) {
	key, rest, _ = strings.Cut(path, "\x00")
	return key, strings.TrimPrefix(rest, ".")
}

func choices(t reflect.Type) []string {
	if t == reflect.TypeFor[flag.Type]() {
		return []string{string(flag.Boolean), string(flag.String), string(flag.Number), string(flag.JSON)}
	}
	return nil
}

// canonical gives JSON in the one form that equal values have, whichever way it was written.
func canonical(value json.RawMessage) json.RawMessage {
	if len(value) == 0 {
		return nil
	}
	node, err := textfile.ParseJSON(value)
	if err != nil {
		return value
	}
	return textfile.JSON(node)
}
