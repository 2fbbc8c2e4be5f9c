package textfile

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/siteproof/belay/internal/fault"
)

// mostProblems is how many mistakes are listed; whoever has more begins with these.
const mostProblems = 20

// Read reads YAML or JSON into what into points at, whose types say what may stand there, and gives for every path (as
// phases[0].percent) where it stands, as line:column. What is wrong is a fault that names the file, line and column of
// each mistake.
func Read(name string, text []byte, form Form, into any) (at map[string]string, err error) {
	root, err := Parse(name, text, form)
	if err != nil {
		return nil, err
	}
	r := &reader{name: name, form: form, at: map[string]string{}}
	var b bytes.Buffer
	r.value(&b, root, reflect.TypeOf(into).Elem(), "")
	if r.found != nil {
		return nil, r.found
	}
	if err := json.Unmarshal(b.Bytes(), into); err != nil {
		return nil, fault.New(fault.Invalid, "%s cannot be read: %w", name, err)
	}
	return r.at, nil
}

// JSON writes nodes as JSON; equal values always give the same bytes.
func JSON(n *yaml.Node) []byte {
	var b bytes.Buffer
	(&reader{}).free(&b, n, "")
	return b.Bytes()
}

// reader checks nodes against types and writes them as JSON.
type reader struct {
	name  string
	form  Form
	at    map[string]string
	found *fault.Error
}

func (r *reader) problem(n *yaml.Node, path, format string, args ...any) {
	what := fmt.Sprintf(format, args...)
	if r.found == nil {
		r.found = fault.New(fault.Invalid, "%s:%d:%d: %s", r.name, n.Line, n.Column, r.form.sentence(path, what))
	}
	if len(r.found.Fields) < mostProblems {
		r.found = r.found.At(fmt.Sprintf("%s:%d:%d", r.name, n.Line, n.Column), "%s", r.form.sentence(path, what))
	}
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
	case reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()):
		r.unmarshaled(b, n, t, path)
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
	"!!map": "a mapping", "!!seq": "a list", TextTag: "text", intTag: "a number", floatTag: "a number", boolTag: "true or false", nullTag: "nothing",
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
	for _, must := range r.form.required(t) {
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

// required are the fields that cannot be left out.
func (f Form) required(t reflect.Type) []string {
	var out []string
	for field := range t.Fields() {
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if !field.Anonymous && options == "" && (f.Optional == nil || !f.Optional(name)) {
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
		if r.form.Words != nil && r.form.Words(path) {
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
	want, tags := "text; put it in quotes", []string{TextTag}
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
	if known := r.form.choices(t); known != nil && !slices.Contains(known, n.Value) {
		r.problem(n, path, "has to be %s, not %q", strings.Join(known, ", "), n.Value)
		return
	}
	r.free(b, n, path)
}

// unmarshaled writes text of a type that reads itself, such as a duration.
func (r *reader) unmarshaled(b *bytes.Buffer, n *yaml.Node, t reflect.Type, path string) {
	if n.Kind != yaml.ScalarNode || n.ShortTag() == nullTag {
		r.problem(n, path, "has to be text, not %s", noun(n))
		return
	}
	if err := reflect.New(t).Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(n.Value)); err != nil {
		r.problem(n, path, "%s", err)
		return
	}
	text, _ := json.Marshal(n.Value)
	b.Write(text)
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
	case n.ShortTag() == TextTag || n.ShortTag() == "!!timestamp" && n.Style == 0:
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
