package transfer

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/siteproof/belay/internal/textfile"
)

// deepest is how many blocks inside blocks people can still read; what is deeper is written in brackets.
const deepest = 12

func compare(a, b string) int { return cmp.Compare(a, b) }

// YAML writes the file. The same content always gives the same bytes.
func (f File) YAML() ([]byte, error) {
	text, err := f.JSON()
	if err != nil {
		return nil, err
	}
	node, err := textfile.ParseJSON(text)
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
	if n.Kind == yaml.ScalarNode && n.Tag == textfile.TextTag {
		switch {
		case !plain(n.Value):
			n.Style = yaml.DoubleQuotedStyle
		case strings.Contains(n.Value, "\n"):
			n.Style = yaml.LiteralStyle
		}
	}
	for _, inner := range n.Content {
		if n.Style == yaml.FlowStyle && inner.Kind == yaml.ScalarNode && strings.ContainsAny(inner.Value, "\n,[]{}") && inner.Tag == textfile.TextTag {
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
