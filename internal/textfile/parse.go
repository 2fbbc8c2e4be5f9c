package textfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/siteproof/belay/internal/fault"
)

// TextTag is the tag of text among nodes.
const TextTag = "!!str"

const nullTag, boolTag, intTag, floatTag = "!!null", "!!bool", "!!int", "!!float"

// Parse reads YAML or JSON into nodes that know where they stand.
func Parse(name string, text []byte, form Form) (*yaml.Node, error) {
	if !utf8.Valid(text) {
		return nil, fault.New(fault.Invalid, "%s is not UTF-8 text", name)
	}
	text = bytes.TrimPrefix(text, []byte("\uFEFF"))
	if trimmed := bytes.TrimSpace(text); len(trimmed) > 0 && (trimmed[0] == '{' || trimmed[0] == '[') && json.Valid(trimmed) {
		return ParseJSON(text)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var document, second yaml.Node
	if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
		return nil, fault.New(fault.Invalid, "%s is empty", name).Hint("%s", form.Example)
	} else if err != nil {
		return nil, unreadable(name, err)
	}
	if err := decoder.Decode(&second); !errors.Is(err, io.EOF) {
		return nil, fault.New(fault.Invalid, "%s has something after its first document (---)", name).Hint("%s", form.Several)
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

// ParseJSON reads JSON into nodes, in the order in which things stand there. YAML's own reader knows no pairs of \u escapes.
func ParseJSON(text []byte) (*yaml.Node, error) {
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
		n.Tag, n.Value = TextTag, v
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
