package engine

import (
	"fmt"
	"strings"
)

// placeKind is where a condition finds its value.
type placeKind = uint8

const (
	traitPlace placeKind = iota // the trait of that name
	pathPlace                   // a place inside the traits, by the names that lead to it
	identifierPlace
	keyPlace
	environmentKeyPlace
	environmentNamePlace
	flagPlace // how another flag comes out for the same context
	nowhere   // a path that leads to nothing, or to an object
)

// place is a property, read once.
type place struct {
	kind placeKind
	name string   // as it was written; a trait that is literally named like a path comes before what the path leads to
	path []string // of pathPlace, below the traits
	flag string   // of flagPlace
	part string   // of flagPlace: enabled, value or variant
}

// flagsPath is where a condition begins that asks for another flag.
const flagsPath = "$.flags"

func parsePlace(property string) (place, error) {
	out := place{kind: traitPlace, name: property}
	if !strings.HasPrefix(property, "$.") {
		return out, nil
	}
	path, err := parsePath(property)
	if err != nil {
		return out, err
	}
	if path[0] == "flags" {
		return out.ofFlag(path)
	}
	switch strings.Join(path, "\x00") {
	case "identity\x00identifier":
		out.kind = identifierPlace
	case "identity\x00key":
		out.kind = keyPlace
	case "environment\x00key":
		out.kind = environmentKeyPlace
	case "environment\x00name":
		out.kind = environmentNamePlace
	default:
		out.kind = nowhere
		if len(path) > 2 && path[0] == "identity" && path[1] == "traits" {
			out.kind, out.path = pathPlace, path[2:]
		}
	}
	return out, nil
}

// ofFlag reads $.flags.<key>.enabled, value or variant. A key may have points of its own.
func (p place) ofFlag(path []string) (place, error) {
	last := len(path) - 1
	if last < 2 || (path[last] != "enabled" && path[last] != "value" && path[last] != "variant") {
		return p, fmt.Errorf("the path %q has to be %s.<key>.enabled, .value or .variant", p.name, flagsPath)
	}
	p.kind, p.flag, p.part = flagPlace, strings.Join(path[1:last], "."), path[last]
	return p, nil
}

// AskedFlag is the flag whose outcome a condition on that property asks for.
func AskedFlag(property string) (key string, asks bool) {
	p, err := parsePlace(property)
	return p.flag, err == nil && p.kind == flagPlace
}

// find gives the value that a condition is about. Null, objects reached by a path and what is not there are nothing.
func (p *place) find(in *Context) value {
	if p.kind == flagPlace { // before the traits: who sends traits must not say how a flag comes out
		return p.ofState(in)
	}
	if trait, known := in.Traits[p.name]; known {
		return valueOf(trait)
	}
	switch p.kind {
	case identifierPlace:
		return value{kind: text, text: in.Identifier}
	case keyPlace:
		return value{kind: text, text: in.Key}
	case environmentKeyPlace:
		return value{kind: text, text: in.Environment.Key}
	case environmentNamePlace:
		return value{kind: text, text: in.Environment.Name}
	case pathPlace:
		return walk(in.Traits, p.path)
	default:
		return value{}
	}
}

func (p *place) ofState(in *Context) value {
	if in.Flags == nil {
		return value{}
	}
	state, known := in.Flags.State(p.flag)
	switch {
	case !known:
		return value{}
	case p.part == "enabled":
		return value{kind: boolean, yes: state.Enabled}
	case p.part == "value":
		return valueOf(state.Value)
	case state.Variant == "":
		return value{}
	}
	return value{kind: text, text: state.Variant}
}

func walk(traits map[string]any, path []string) value {
	var at any = traits
	for _, name := range path {
		inside, is := at.(map[string]any)
		if !is {
			return value{}
		}
		at = inside[name]
	}
	if found := valueOf(at); found.kind != other {
		return found
	}
	return value{}
}

// parsePath reads $.identity.traits.plan and $.identity.traits['plan'], the part of JSONPath that names one place.
func parsePath(text string) ([]string, error) {
	var path []string
	for rest := text[1:]; rest != ""; {
		name, after, err := nextStep(rest)
		if err != nil {
			return nil, fmt.Errorf("the path %q cannot be read: %w", text, err)
		}
		path, rest = append(path, name), after
	}
	return path, nil
}

func nextStep(rest string) (name, after string, err error) {
	if inner, bracket := strings.CutPrefix(rest, "["); bracket {
		if len(inner) == 0 || (inner[0] != '\'' && inner[0] != '"') {
			return "", "", fmt.Errorf("a name in brackets needs quotes")
		}
		name, after, closed := strings.Cut(inner[1:], inner[:1]+"]")
		if !closed {
			return "", "", fmt.Errorf("a bracket is not closed")
		}
		return name, after, nil
	}
	inner, dot := strings.CutPrefix(rest, ".")
	end := strings.IndexAny(inner, ".[")
	if end < 0 {
		end = len(inner)
	}
	if !dot || end == 0 {
		return "", "", fmt.Errorf("a name is missing")
	}
	return inner[:end], inner[end:], nil
}
