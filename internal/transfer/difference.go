package transfer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/textfile"
)

// Verb says what happens to a flag or a segment.
type Verb string

// The verbs.
const (
	Add    Verb = "add"
	Change Verb = "change"
	Remove Verb = "remove"
)

// DifferenceField is one part of a flag or a segment that differs.
type DifferenceField struct {
	Path   string          `json:"path"`             // as in segments[pros].value
	Before json.RawMessage `json:"before,omitempty"` // absent when it was not there
	After  json.RawMessage `json:"after,omitempty"`  // absent when it will not be there
}

// DifferenceItem is one flag or segment that differs.
type DifferenceItem struct {
	Verb   Verb              `json:"verb" enum:"add,change,remove"`
	Noun   string            `json:"noun" enum:"flag,segment"`
	Key    string            `json:"key"`
	Fields []DifferenceField `json:"fields"`
}

// Difference is what a file would change in one environment.
type Difference struct {
	Environment string           `json:"environment"`          // its key
	Revision    int64            `json:"revision"`             // of the environment's flags, when it was compared
	Items       []DifferenceItem `json:"items"`                // segments first
	Extra       []string         `json:"extra"`                // what the environment has and the file does not, and what stays: "flag x"
	Notes       []string         `json:"notes"`                // what people should know
	ClientKey   string           `json:"file_key,omitempty"`   // client key that the file's identities were hashed with
	CanAdopt    bool             `json:"can_adopt,omitempty"`  // whether that key could open the environment too
	AdoptsKey   bool             `json:"adopts_key,omitempty"` // whether it will
	spread      bool             // people are shared out by hashing with that key
	fresh       bool             // the environment spreads nobody yet
	operations  []flag.Operation
}

// Operations are the steps as flag.Service carries them out.
func (p *Difference) Operations() []flag.Operation { return p.operations }

// Request is a file to be compared with environments.
type Request struct {
	Name      string // of the file, for messages
	Text      []byte
	Into      string // environment for a file of one, whichever it names; "" takes the one that it names …
	Otherwise string // … or this one when it names none
	Prune     bool   // whether what the file does not have shall go
	AdoptKey  bool   // whether the client key of a foreign file shall open the environment too
}

// Current gives what is in an environment now.
type Current func(environment string) (*flag.Snapshot, error)

// Compare reads a file, whatever its kind, and says what it would change where. It answers fault.Invalid with the line
// of each mistake, and fault.NotFound for an environment that is not there.
func Compare(in Request, current Current) ([]Difference, error) {
	if in.Name == "" {
		in.Name = "the file"
	}
	if len(in.Text) > MaxText {
		return nil, fault.New(fault.TooLarge, "%s has %d bytes; %d are read at most", in.Name, len(in.Text), MaxText)
	}
	s, err := readAny(in.Name, in.Text)
	if err != nil {
		return nil, err
	}
	contents := s.file.contents()
	if in.Into == "" && s.file.Environment == "" {
		in.Into = in.Otherwise
	}
	if only, of := contents[s.file.Environment]; of && in.Into != "" && len(s.file.Environments) == 0 {
		contents = map[string]Content{in.Into: only}
		if named := s.file.Environment; named != "" && named != in.Into {
			s.notes = append(s.notes, fmt.Sprintf("The file is of %s and is compared with %s here.", named, in.Into))
		}
	}
	if _, nameless := contents[""]; nameless {
		return nil, fault.New(fault.Invalid, "%s names no environment", in.Name).Hint("say which one it is for, or begin it with environment: production")
	}
	var differences []Difference
	for _, environment := range slices.Sorted(maps.Keys(contents)) {
		snapshot, err := current(environment)
		if err != nil {
			return nil, err
		}
		p, err := s.plan(environment, contents[environment], snapshot, in.Prune)
		if err != nil {
			return nil, err
		}
		differences = append(differences, p)
	}
	return differences, nil
}

// plan compares one environment.
func (s *source) plan(environment string, wanted Content, snapshot *flag.Snapshot, prune bool) (Difference, error) {
	p := Difference{Environment: environment, Revision: snapshot.Revision(), Items: []DifferenceItem{}, Extra: []string{}, Notes: append([]string{}, s.notes...), ClientKey: s.key, spread: s.spread}
	flags, segments := snapshot.Flags(), snapshot.Segments()
	now := ContentOf(flags, segments)
	p.fresh = len(flags)+len(segments) == 0
	seeds := map[string]string{}
	for _, g := range segments {
		seeds[g.HashSeed()] = g.Key
	}
	for _, key := range slices.Sorted(maps.Keys(wanted.Segments)) {
		made := wanted.Segments[key]
		if holder, taken := seeds[made.Seed]; taken && holder != key && s.foreign {
			p.Notes = append(p.Notes, fmt.Sprintf("Segment %s: its number %s is the one that segment %s is spread by here, so its percentage splits reach other people than before.", key, made.Seed, holder))
			made.Seed = ""
		}
		after := made.segment(key)
		if err := s.check(environment, "segments", key, flag.CheckSegment(after)); err != nil {
			return p, err
		}
		before, known := now.Segments[key]
		if s.foreign && after.Description == "" {
			after.Description = before.Description
		}
		if step, differs := compared("segment", key, before, ContentOf(nil, []flag.Segment{after}).Segments[key], known); differs {
			p.Items, p.operations = append(p.Items, step), append(p.operations, flag.PutSegment(after))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(wanted.Flags)) {
		if err := p.flag(s, key, wanted, now, snapshot); err != nil {
			return p, err
		}
	}
	p.removals(wanted, now, snapshot, prune)
	return p, nil
}

func (p *Difference) flag(s *source, key string, wanted, now Content, snapshot *flag.Snapshot) error {
	made := wanted.Flags[key]
	after := made.flag(key)
	if err := s.check(p.Environment, "flags", key, flag.CheckFlag(after)); err != nil {
		return err
	}
	before, known := now.Flags[key]
	if s.foreign {
		keepOurs(&after, before)
	}
	if known && before.Type != after.Type {
		return s.refuse(p.Environment, "flags", key, "type", "this is a %s flag and cannot become a %s flag; clients rely on the type", before.Type, after.Type)
	}
	if _, here := wanted.Flags[after.Parent]; after.Parent != "" && !here {
		if _, there := now.Flags[after.Parent]; !there {
			return s.refuse(p.Environment, "flags", key, "parent", "there is no flag %q in the file or in %s", after.Parent, p.Environment)
		}
	}
	for i, o := range after.Segments {
		if _, here := wanted.Segments[o.For]; !here {
			if _, there := now.Segments[o.For]; !there {
				return s.refuse(p.Environment, "flags", key, fmt.Sprintf("segments[%d].segment", i), "there is no segment %q in the file or in %s", o.For, p.Environment)
			}
		}
	}
	step, differs := compared("flag", key, before, flagOf(&after), known)
	if !differs {
		return nil
	}
	p.Items, p.operations = append(p.Items, step), append(p.operations, flag.PutFlag(after))
	if held, err := snapshot.Find(key); err == nil && held.Split != nil {
		p.Notes = append(p.Notes, fmt.Sprintf("Flag %s is held by the rollout %s at %g %%; that share stays as it is.", key, held.Split.Rollout, held.Split.Percent))
	}
	return nil
}

// removals finds what the environment has and the file does not. Only pruning takes it away.
func (p *Difference) removals(wanted, now Content, snapshot *flag.Snapshot, prune bool) {
	for _, key := range slices.Sorted(maps.Keys(now.Flags)) {
		if _, stays := wanted.Flags[key]; stays {
			continue
		}
		if held, err := snapshot.Find(key); err == nil && held.Split != nil && prune {
			p.Notes = append(p.Notes, fmt.Sprintf("Flag %s is not in the file and stays: the rollout %s holds it.", key, held.Split.Rollout))
			p.Extra = append(p.Extra, "flag "+key)
		} else {
			p.remove("flag", key, now.Flags[key], flag.RemoveFlag(key), prune)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(now.Segments)) {
		if _, stays := wanted.Segments[key]; !stays {
			p.remove("segment", key, now.Segments[key], flag.RemoveSegment(key), prune)
		}
	}
}

func (p *Difference) remove(noun, key string, before any, operation flag.Operation, prune bool) {
	if !prune {
		p.Extra = append(p.Extra, noun+" "+key)
		return
	}
	step := DifferenceItem{Verb: Remove, Noun: noun, Key: key, Fields: []DifferenceField{}}
	for _, part := range partsOf(before) {
		step.Fields = append(step.Fields, DifferenceField{Path: part.path, Before: part.value})
	}
	p.Items, p.operations = append(p.Items, step), append(p.operations, operation)
}

// check gives what is wrong with a flag or segment the line it stands in.
func (s *source) check(environment, list, key string, problem *fault.Error) error {
	if problem == nil {
		return nil
	}
	out := fault.New(problem.Code, "%s: %s", s.name, problem.Text)
	for i, f := range problem.Fields {
		path := strings.Replace(f.Path, ".for", map[bool]string{true: ".segment", false: ".identity"}[strings.HasPrefix(f.Path, "segments")], 1)
		place, what := s.place(environment, list, key, path), inWords(list+"."+key+"\x00."+path, f.Message)
		if i == 0 {
			out = fault.New(fault.Invalid, "%s: %s", place, what)
		}
		out = out.At(place, "%s", what)
	}
	return out
}

func (s *source) refuse(environment, list, key, path, format string, args ...any) error {
	return s.check(environment, list, key, fault.New(fault.Invalid, "wrong").At(path, format, args...))
}

// place is name:line:column of a path, or of the nearest thing around it.
func (s *source) place(environment, list, key, path string) string {
	for _, prefix := range []string{"environments." + environment + ".", ""} {
		base := prefix + list + "." + key + "\x00"
		if _, known := s.at[base]; !known {
			continue
		}
		for at := path; ; at = at[:max(strings.LastIndexAny(at, ".["), 0)] {
			if at == "" {
				return s.name + ":" + s.at[base]
			}
			if place, known := s.at[base+"."+at]; known {
				return s.name + ":" + place
			}
		}
	}
	return s.name
}

// compared says what differs between two flags or segments in the form of a file.
func compared[T any](noun, key string, before, after T, existed bool) (DifferenceItem, bool) {
	step := DifferenceItem{Verb: Change, Noun: noun, Key: key, Fields: []DifferenceField{}}
	old := []part{}
	if existed {
		old = partsOf(before)
	} else {
		step.Verb = Add
	}
	was := map[string]json.RawMessage{}
	for _, p := range old {
		was[p.path] = p.value
	}
	stays := map[string]bool{}
	for _, p := range partsOf(after) {
		stays[p.path] = true
		if !bytes.Equal(was[p.path], p.value) {
			step.Fields = append(step.Fields, DifferenceField{Path: p.path, Before: was[p.path], After: p.value})
		}
	}
	for _, p := range old {
		if !stays[p.path] {
			step.Fields = append(step.Fields, DifferenceField{Path: p.path, Before: p.value})
		}
	}
	return step, !existed || len(step.Fields) > 0
}

// part is one comparable part of a flag or a segment.
type part struct {
	path  string
	value json.RawMessage
}

// partsOf takes a flag or a segment apart: its fields, and of lists whose entries have a name each entry for itself.
func partsOf(v any) []part {
	var out []part
	switch v := v.(type) {
	case Segment:
		return topLevel(v)
	case Flag:
		names := make([]string, 0, len(v.Variants))
		for _, each := range v.Variants {
			names = append(names, each.Key)
		}
		variants, segments, identities := v.Variants, v.Segments, v.Identities
		v.Variants, v.Segments, v.Identities = nil, nil, nil
		out = topLevel(v)
		if len(names) > 1 {
			out = append(out, part{"variants", encoded(names)}) // their order shares people out
		}
		for _, each := range variants {
			out = append(out, part{"variants[" + each.Key + "].value", each.Value}, part{"variants[" + each.Key + "].weight", encoded(each.Weight)})
		}
		next := 1
		for _, each := range segments {
			if each.Priority != nil {
				next = *each.Priority
			}
			priority := next
			each.Priority = &priority
			next++
			at := "segments[" + each.Segment + "]"
			out = append(out, part{at + ".priority", encoded(priority)}, part{at + ".enabled", encoded(each.Enabled)})
			if len(each.Value) > 0 {
				out = append(out, part{at + ".value", each.Value})
			}
		}
		for _, each := range identities {
			at := "identities[" + each.Identity + "]"
			out = append(out, part{at + ".enabled", encoded(each.Enabled)})
			if len(each.Value) > 0 {
				out = append(out, part{at + ".value", each.Value})
			}
		}
	}
	return out
}

// topLevel are the fields of a struct in their order, as JSON. What is empty is left out, as in a file.
func topLevel(v any) []part {
	node, err := textfile.ParseJSON(encoded(v))
	if err != nil {
		return nil
	}
	var out []part
	for i := 0; i < len(node.Content); i += 2 {
		out = append(out, part{node.Content[i].Value, textfile.JSON(node.Content[i+1])})
	}
	return out
}

func encoded(v any) json.RawMessage {
	text, err := json.Marshal(v)
	if err != nil { // of our own types, which always can be written
		return json.RawMessage(fmt.Sprintf("%q", err.Error()))
	}
	return text
}
