package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/rollout"
	"github.com/siteproof/belay/internal/textfile"
)

// template is a policy to begin with.
type template struct {
	name, about string
	plan        func() rollout.Plan
}

var templates = []template{
	{"usual", "5, 25, 50 and 100 %, a week or two each, and a person says yes before each step.", rollout.DefaultPlan},
	{"demo", "The same ladder on a clock of seconds, for about a hundred visits a second.", rollout.DemoPlan},
}

// Templates are the names of the policies to begin with, the usual one first.
func Templates() []string {
	var all []string
	for _, t := range templates {
		all = append(all, t.name)
	}
	return all
}

// Template writes one of Templates.
func Template(name string) ([]byte, error) {
	for _, t := range templates {
		if t.name == name {
			return Write(t.plan(), t.about)
		}
	}
	return nil, fault.New(fault.NotFound, "there is no template %q", name).Hint("there are %s", strings.Join(Templates(), ", "))
}

const heading = `# A policy: how far, how fast and under which conditions a rollout of Belay goes.
# belay policy check FILE looks it over, belay rollout plan FLAG REASON --policy FILE uses it.
# belay policy schema > policy.schema.json, and editors that read the next line complete and check while you write.
# yaml-language-server: $schema=policy.schema.json
`

// Write writes a plan as a file with all it says; about stands at its top. The same plan always gives the same bytes.
func Write(p rollout.Plan, about string) ([]byte, error) {
	f := fileOf(p)
	f.Description = about
	text, err := json.Marshal(f)
	if err != nil {
		return nil, err
	}
	node, err := textfile.ParseJSON(text)
	if err != nil {
		return nil, err
	}
	oneLineEach(node)
	var out bytes.Buffer
	out.WriteString(heading)
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := errors.Join(encoder.Encode(node), encoder.Close()); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// oneLineEach writes lists of numbers and words on one line, and times of the day in quotes: older readers of YAML take
// them for numbers.
func oneLineEach(n *yaml.Node) {
	plain := n.Kind == yaml.SequenceNode
	if n.Kind == yaml.ScalarNode && n.Tag == textfile.TextTag && strings.Contains(n.Value, ":") {
		n.Style = yaml.DoubleQuotedStyle
	}
	for _, inner := range n.Content {
		plain = plain && inner.Kind == yaml.ScalarNode
		oneLineEach(inner)
	}
	if plain {
		n.Style = yaml.FlowStyle
	}
}
