package transfer

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag"
)

// MaxText is how many bytes a file may have: an environment that uses all its limits is larger than anybody writes.
const MaxText = 8 << 20

// mostProblems is how many mistakes are listed; whoever has more begins with these.
const mostProblems = 20

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
	root, err := parse(name, text)
	if err != nil {
		return nil, err
	}
	r := &reader{name: name, at: map[string]string{}}
	var b bytes.Buffer
	r.value(&b, root, reflect.TypeFor[File](), "")
	if r.found != nil {
		return nil, r.found
	}
	s := &source{name: name, at: r.at}
	if err := json.Unmarshal(b.Bytes(), &s.file); err != nil {
		return nil, fault.New(fault.Invalid, "%s cannot be read: %w", name, err)
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

// reader checks nodes against the types of a File and writes them as JSON.
type reader struct {
	name  string
	at    map[string]string
	found *fault.Error
}

func (r *reader) problem(n *yaml.Node, path, format string, args ...any) {
	what := fmt.Sprintf(format, args...)
	if r.found == nil {
		r.found = fault.New(fault.Invalid, "%s:%d:%d: %s", r.name, n.Line, n.Column, inWords(path, what))
	}
	if len(r.found.Fields) < mostProblems {
		r.found = r.found.At(fmt.Sprintf("%s:%d:%d", r.name, n.Line, n.Column), "%s", inWords(path, what))
	}
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
			what = fmt.Sprintf("%s %q: %s", noun, key, prefixed(path, what))
			return environment + what
		}
	}
	return environment + prefixed(path, what)
}

func prefixed(path, what string) string {
	if path == "" {
		return what
	}
	return path + ": " + what
}

// splitKey cuts a path after a key, which ends with a NUL because it may hold points itself.
func splitKey(path string) (key, rest string) {
	key, rest, _ = strings.Cut(path, "\x00")
	return key, strings.TrimPrefix(rest, ".")
}

// value checks one node against a type and writes it.
func (r *reader) value(b *bytes.Buffer, n *yaml.Node, t reflect.Type, path string) {
	r.at[path] = fmt.Sprintf("%d:%d", n.Line, n.Column)
	switch {
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		r.problem(n, path, "anchors and aliases are not read here; write it out")
	case t == reflect.TypeFor[json.RawMessage]():
		r.free(b, n, path)
	case t.Kind() == reflect.Pointer:
		r.value(b, n, t.Elem(), path)
	case t.Kind() == reflect.Struct:
		r.fields(b, n, t, path)
	case t.Kind() == reflect.Map:
		r.entries(b, n, t, path)
	case t.Kind() == reflect.Slice:
		r.list(b, n, t, path)
	default:
		r.scalar(b, n, t, path)
	}
}

var nouns = map[string]string{
	"!!map": "a mapping", "!!seq": "a list", textTag: "text", intTag: "a number", floatTag: "a number", boolTag: "true or false", nullTag: "nothing",
}

func noun(n *yaml.Node) string {
	if said, known := nouns[n.ShortTag()]; known {
		return said
	}
	return n.ShortTag()
}

func (r *reader) fields(b *bytes.Buffer, n *yaml.Node, t reflect.Type, path string) {
	if n.Kind != yaml.MappingNode {
		r.problem(n, path, "has to be a mapping, not %s", noun(n))
		return
	}
	known := fieldsOf(t)
	b.WriteByte('{')
	seen := map[string]bool{}
	for i := 0; i < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		field, is := known[key.Value]
		switch {
		case !is:
			r.problem(key, path, "there is no field %q%s", key.Value, suggestion(key.Value, known))
			continue
		case seen[key.Value]:
			r.problem(key, path, "%s stands here twice", key.Value)
			continue
		case value.ShortTag() == nullTag && value.Kind == yaml.ScalarNode: // an empty field is as good as none
			continue
		}
		if len(seen) > 0 {
			b.WriteByte(',')
		}
		seen[key.Value] = true
		fmt.Fprintf(b, "%q:", key.Value)
		r.value(b, value, field, join(path, key.Value))
	}
	b.WriteByte('}')
	for _, must := range required(t) {
		if !seen[must] {
			r.problem(n, path, "%s is missing", must)
		}
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// fieldsOf gives the types of a struct's fields by their names in a file.
func fieldsOf(t reflect.Type) map[string]reflect.Type {
	out := map[string]reflect.Type{}
	for f := range t.Fields() {
		if f.Anonymous {
			maps.Copy(out, fieldsOf(f.Type))
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		out[name] = f.Type
	}
	return out
}

// required are the fields that cannot be left out. Whether something is on has a meaning when it is left out: it is off.
func required(t reflect.Type) []string {
	var out []string
	for f := range t.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.Anonymous && options == "" && name != "enabled" {
			out = append(out, name)
		}
	}
	return out
}

func (r *reader) entries(b *bytes.Buffer, n *yaml.Node, t reflect.Type, path string) {
	if n.Kind != yaml.MappingNode {
		r.problem(n, path, "has to be a mapping of keys, not %s", noun(n))
		return
	}
	b.WriteByte('{')
	seen := map[string]bool{}
	for i := 0; i < len(n.Content); i += 2 {
		key := n.Content[i]
		below := path + "." + key.Value + "\x00"
		if strings.HasSuffix(path, "environments") {
			below = path + "." + key.Value
		}
		if key.Kind != yaml.ScalarNode || seen[key.Value] {
			r.problem(key, strings.TrimSuffix(below, "\x00"), "stands here twice, or is no key")
			continue
		}
		if len(seen) > 0 {
			b.WriteByte(',')
		}
		seen[key.Value] = true
		text, _ := json.Marshal(key.Value)
		b.Write(text)
		b.WriteByte(':')
		r.value(b, n.Content[i+1], t.Elem(), below)
		r.at[below] = fmt.Sprintf("%d:%d", key.Line, key.Column)
	}
	b.WriteByte('}')
}

func (r *reader) list(b *bytes.Buffer, n *yaml.Node, t reflect.Type, path string) {
	if n.Kind != yaml.SequenceNode {
		r.problem(n, path, "has to be a list, not %s", noun(n))
		return
	}
	b.WriteByte('[')
	for i, item := range n.Content {
		if i > 0 {
			b.WriteByte(',')
		}
		r.value(b, item, t.Elem(), fmt.Sprintf("%s[%d]", path, i))
	}
	b.WriteByte(']')
}

// scalar writes text, a number or true and false. What a field of text holds is never guessed: 5 is a number and "5" text.
func (r *reader) scalar(b *bytes.Buffer, n *yaml.Node, t reflect.Type, path string) {
	want, tags := "text; put it in quotes", []string{textTag}
	whole := t.Kind() == reflect.Int || t.Kind() == reflect.Int64
	switch {
	case t.Kind() == reflect.Bool:
		want, tags = "true or false", []string{boolTag}
	case whole:
		want, tags = "a whole number", []string{intTag}
	case t.Kind() == reflect.Float64:
		want, tags = "a number", []string{intTag, floatTag}
	}
	if n.Kind != yaml.ScalarNode || !slices.Contains(tags, n.ShortTag()) {
		r.problem(n, path, "has to be %s, not %s", want, noun(n))
		return
	}
	var number int64
	if whole && n.Decode(&number) != nil {
		r.problem(n, path, "is too large a number")
		return
	}
	if known := choices(t); known != nil && !slices.Contains(known, n.Value) {
		r.problem(n, path, "has to be %s, not %q", strings.Join(known, ", "), n.Value)
		return
	}
	r.free(b, n, path)
}

func choices(t reflect.Type) []string {
	if t == reflect.TypeFor[flag.Type]() {
		return []string{string(flag.Boolean), string(flag.String), string(flag.Number), string(flag.JSON)}
	}
	return nil
}

// free writes any value as JSON.
func (r *reader) free(b *bytes.Buffer, n *yaml.Node, path string) {
	switch {
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		r.problem(n, path, "anchors and aliases are not read here; write it out")
	case n.Kind == yaml.SequenceNode:
		b.WriteByte('[')
		for i, item := range n.Content {
			if i > 0 {
				b.WriteByte(',')
			}
			r.free(b, item, path)
		}
		b.WriteByte(']')
	case n.Kind == yaml.MappingNode:
		r.freeMapping(b, n, path)
	case n.ShortTag() == boolTag:
		b.WriteString(strings.ToLower(n.Value))
	case n.ShortTag() == nullTag:
		b.WriteString("null")
	case n.ShortTag() == intTag || n.ShortTag() == floatTag:
		if !json.Valid([]byte(n.Value)) {
			r.problem(n, path, "%s is no number as JSON writes them; text goes in quotes", n.Value)
			return
		}
		b.WriteString(n.Value)
	case n.ShortTag() == textTag || n.ShortTag() == "!!timestamp" && n.Style == 0:
		text, _ := json.Marshal(n.Value)
		b.Write(text)
	default:
		r.problem(n, path, "%s is not read here; write text in quotes", n.ShortTag())
	}
}

// freeMapping writes an object. Where a key stands twice the last one counts, as in every reader of JSON.
func (r *reader) freeMapping(b *bytes.Buffer, n *yaml.Node, path string) {
	last := map[string]int{}
	for i := 0; i < len(n.Content); i += 2 {
		last[n.Content[i].Value] = i
	}
	b.WriteByte('{')
	first := true
	for i := 0; i < len(n.Content); i += 2 {
		if last[n.Content[i].Value] != i {
			continue
		}
		if n.Content[i].Kind != yaml.ScalarNode {
			r.problem(n.Content[i], path, "a key has to be text")
			continue
		}
		if !first {
			b.WriteByte(',')
		}
		first = false
		text, _ := json.Marshal(n.Content[i].Value)
		b.Write(text)
		b.WriteByte(':')
		r.free(b, n.Content[i+1], path)
	}
	b.WriteByte('}')
}

// canonical gives JSON in the one form that equal values have, whichever way it was written.
func canonical(value json.RawMessage) json.RawMessage {
	if len(value) == 0 {
		return nil
	}
	node, err := parseJSON(value)
	if err != nil {
		return value
	}
	var b bytes.Buffer
	(&reader{}).free(&b, node, "")
	return b.Bytes()
}

// suggestion is the field that was probably meant.
func suggestion(wrong string, known map[string]reflect.Type) string {
	best, least := "", 3
	var all []string
	for name := range known {
		all = append(all, name)
	}
	slices.Sort(all)
	for _, name := range all {
		if d := distance(wrong, name); d < least {
			best, least = name, d
		}
	}
	if best != "" {
		return fmt.Sprintf("; did you mean %s?", best)
	}
	return "; there are " + strings.Join(all, ", ")
}

// distance is how many letters have to be added, removed or replaced to make one word of another.
func distance(a, b string) int {
	above := make([]int, len(b)+1)
	for j := range above {
		above[j] = j
	}
	for i := range len(a) {
		row := append(make([]int, 0, len(b)+1), i+1)
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row = append(row, min(above[j+1]+1, row[j]+1, above[j]+cost))
		}
		above = row
	}
	return above[len(b)]
}
