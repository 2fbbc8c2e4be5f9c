package flag

import (
	"fmt"
	"slices"
	"strings"
)

// Clients that evaluate flags themselves and do not always agree with the server. Python's engine is the one that
// Flagsmith's own server runs.
const (
	python = "Python"
	nodeJS = "Node.js"
	goFive = "Go"
	oldGo  = "Go 5.0 and older" // joins sub-rules with ALL
	goFour = "Go 4"
)

// Finding is one place of a segment or flag that a client which evaluates by itself may decide otherwise than Belay.
type Finding struct {
	Path    string `json:"path"` // rules[0].rules[1].conditions[2]
	Problem string `json:"problem"`
	// Clients decide otherwise than Belay; empty when all do the same and it is still unlikely to be what was meant.
	Clients []string `json:"clients"`
	Old     bool     `json:"old"` // only clients that have been replaced by a newer major version are concerned
	// Form is the condition on which all current clients agree, where there is one.
	Form *Condition `json:"form,omitempty"`
}

// Lint finds the conditions of a segment on which the official clients that evaluate locally disagree with each other
// or with Belay. What depends on how traits arrive is found when traits is given; nil leaves it out.
func Lint(rules []Rule, traits Kinds) []Finding {
	l := &linter{traits: traits, found: []Finding{}}
	for i, r := range rules {
		l.rule(r, fmt.Sprintf("rules[%d]", i), 0)
	}
	return l.found
}

// LintFlag finds what such clients do otherwise with one flag's variants and overrides.
func LintFlag(f Flag) []Finding {
	l := &linter{found: []Finding{}}
	for i, o := range f.Identities {
		if strings.Contains(o.For, ",") {
			l.add(fmt.Sprintf("identities[%d].for", i), nil,
				"an identifier with a comma is cut in two by clients that evaluate locally, and its override never applies there", nodeJS, goFive)
		}
	}
	taken := map[int]string{}
	for i, o := range f.Segments {
		if other, twice := taken[o.Priority]; twice {
			l.add(fmt.Sprintf("segments[%d].priority", i), nil,
				fmt.Sprintf("priority %d is also that of %q; who is in both gets the one or the other, depending on the client", o.Priority, other), nodeJS, goFive)
		}
		taken[o.Priority] = o.For
	}
	if len(f.Variants) > 0 {
		l.add("variants", nil, "this client spreads people over variants by the bare identifier, so many get another variant there", goFour)
	}
	return l.found
}

type linter struct {
	traits Kinds
	found  []Finding
}

// add keeps a finding. Without clients it is about all of them.
func (l *linter) add(path string, form *Condition, problem string, clients ...string) {
	old := len(clients) > 0 && !slices.ContainsFunc(clients, func(c string) bool { return c != oldGo && c != goFour })
	if clients == nil {
		clients = []string{}
	}
	l.found = append(l.found, Finding{Path: path, Problem: problem, Clients: clients, Old: old, Form: form})
}

// rule looks at the shape that Flagsmith's own console writes: ALL at the top, below it groups with conditions only.
func (l *linter) rule(r Rule, path string, depth int) {
	switch {
	case len(r.Rules) > 0 && depth > 0:
		l.add(path, nil, "a group inside a group: these clients join the inner groups with ALL, whatever is asked for", oldGo)
	case r.Type == "ANY" && len(r.Rules) > 1, r.Type == "NONE" && len(r.Rules) > 0:
		l.add(path, nil, fmt.Sprintf("%s of groups: these clients join the groups with ALL", r.Type), oldGo)
	}
	if len(r.Conditions)+len(r.Rules) == 0 {
		l.add(path, nil, "a group without conditions holds for everybody")
	}
	for i, c := range r.Conditions {
		l.condition(c, fmt.Sprintf("%s.conditions[%d]", path, i))
	}
	for i, inner := range r.Rules {
		l.rule(inner, fmt.Sprintf("%s.rules[%d]", path, i), depth+1)
	}
}
