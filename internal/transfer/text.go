package transfer

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/siteproof/belay/internal/fault"
)

const (
	nullTag, boolTag, intTag, floatTag, textTag = "!!null", "!!bool", "!!int", "!!float", "!!str"
	// deepest is how many blocks inside blocks people can still read; what is deeper is written in brackets.
	deepest = 12
)

func compare(a, b string) int { return cmp.Compare(a, b) }

// YAML writes the file. The same content always gives the same bytes.
func (f File) YAML() ([]byte, error) {
	text, err := f.JSON()
	if err != nil {
		return nil, err
	}
	node, err := parseJSON(text)
	if err != nil {
		return nil, err
	}
	style(node, 0)
	var out bytes.Buffer
	out.WriteString("# Flags and segments of Belay. `belay diff -f` shows what would change, `belay apply -f` makes it so.\n")
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := errors.Join(encoder.Encode(node), encoder.Close()); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// JSON writes the file as JSON.
func (f File) JSON() ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(f); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// style chooses how each node is written: conditions on one line, text that could be misread in quotes.
func style(n *yaml.Node, depth int) {
	if n.Kind == yaml.MappingNode && small(n) || depth > deepest {
		n.Style = yaml.FlowStyle
	}
	if n.Kind == yaml.ScalarNode && n.Tag == textTag {
		switch {
		case !plain(n.Value):
			n.Style = yaml.DoubleQuotedStyle
		case strings.Contains(n.Value, "\n"):
			n.Style = yaml.LiteralStyle
		}
	}
	for _, inner := range n.Content {
		if n.Style == yaml.FlowStyle && inner.Kind == yaml.ScalarNode && strings.ContainsAny(inner.Value, "\n,[]{}") && inner.Tag == textTag {
			inner.Style = yaml.DoubleQuotedStyle
			continue
		}
		style(inner, depth+1)
	}
}

// small says whether a mapping is a condition, which reads best on one line.
func small(n *yaml.Node) bool {
	for i := 0; i < len(n.Content); i += 2 {
		if n.Content[i].Value == "operator" && n.Content[i+1].Kind == yaml.ScalarNode {
			return len(n.Content) <= 6
		}
	}
	return false
}

// plain says whether text reads back as it is whichever way it is written.
func plain(s string) bool {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		if strings.TrimSpace(line) != line || line == "" && i != len(lines)-1 {
			return false
		}
	}
	if strings.HasPrefix(s, "\n") || len(lines) > 1 && lines[0] == "" {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool { return r != '\n' && !unicode.IsGraphic(r) || r == 0xFEFF || r == utf8.RuneError })
}

// parse reads YAML or JSON into nodes that know where they stand.
func parse(name string, text []byte) (*yaml.Node, error) {
	if !utf8.Valid(text) {
		return nil, fault.New(fault.Invalid, "%s is not UTF-8 text", name)
	}
	text = bytes.TrimPrefix(text, []byte("\uFEFF"))
	if trimmed := bytes.TrimSpace(text); len(trimmed) > 0 && (trimmed[0] == '{' || trimmed[0] == '[') && json.Valid(trimmed) {
		return parseJSON(text)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var document, second yaml.Node
	if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
		return nil, fault.New(fault.Invalid, "%s is empty", name).Hint("belay export shows what such a file looks like")
	} else if err != nil {
		return nil, unreadable(name, err)
	}
	if err := decoder.Decode(&second); !errors.Is(err, io.EOF) {
		return nil, fault.New(fault.Invalid, "%s has something after its first document (---)", name).Hint("put several environments under environments:")
	}
	return document.Content[0], nil
}

// unreadable turns what the YAML reader says, "yaml: line 3: …", into the form all other errors have.
func unreadable(name string, err error) error {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	if rest, is := strings.CutPrefix(text, "line "); is {
		if line, what, found := strings.Cut(rest, ": "); found {
			return fault.New(fault.Invalid, "%s:%s: this is not YAML: %s", name, line, what)
		}
	}
	return fault.New(fault.Invalid, "%s is not YAML: %s", name, text)
}

// parseJSON reads JSON into nodes, in the order in which things stand there. YAML's own reader knows no pairs of \u escapes.
func parseJSON(text []byte) (*yaml.Node, error) {
	p := &jsonParser{text: text, decoder: json.NewDecoder(bytes.NewReader(text)), line: 1}
	p.decoder.UseNumber()
	return p.value()
}

type jsonParser struct {
	text    []byte
	decoder *json.Decoder
	line    int // where at lies
	start   int // of that line
	at      int
}

// place says where the next thing stands.
func (p *jsonParser) place() (line, column int) {
	offset := int(p.decoder.InputOffset())
	for offset < len(p.text) && strings.IndexByte(" \t\r\n,:", p.text[offset]) >= 0 {
		offset++
	}
	for ; p.at < offset; p.at++ {
		if p.text[p.at] == '\n' {
			p.line, p.start = p.line+1, p.at+1
		}
	}
	return p.line, offset - p.start + 1
}

func (p *jsonParser) value() (*yaml.Node, error) {
	line, column := p.place()
	token, err := p.decoder.Token()
	if err != nil {
		return nil, err
	}
	n := &yaml.Node{Kind: yaml.ScalarNode, Line: line, Column: column}
	switch v := token.(type) {
	case json.Delim:
		return n, p.inside(n, v)
	case string:
		n.Tag, n.Value = textTag, v
	case json.Number:
		n.Tag, n.Value = floatTag, v.String()
		if !strings.ContainsAny(n.Value, ".eE") {
			n.Tag = intTag
		}
	case bool:
		n.Tag, n.Value = boolTag, "false"
		if v {
			n.Value = "true"
		}
	default:
		n.Tag, n.Value = nullTag, "null"
	}
	return n, nil
}

func (p *jsonParser) inside(n *yaml.Node, open json.Delim) error {
	n.Kind, n.Tag = yaml.SequenceNode, "!!seq"
	if open == '{' {
		n.Kind, n.Tag = yaml.MappingNode, "!!map"
	}
	for p.decoder.More() {
		inner, err := p.value()
		if err != nil {
			return err
		}
		n.Content = append(n.Content, inner)
		if open == '{' {
			if inner, err = p.value(); err != nil {
				return err
			}
			n.Content = append(n.Content, inner)
		}
	}
	_, err := p.decoder.Token()
	return err
}
