package flag

import (
	"maps"
	"reflect"
	"slices"
)

// Where says in which of two environments something is.
type Where string

// The places.
const (
	OnlyHere  Where = "here"
	OnlyThere Where = "there"
	Both      Where = "both"
)

// Comparison is how two environments differ. What is the same in both is counted and not listed.
type Comparison struct {
	Flags        []FlagDifference    `json:"flags"`         // by key
	Segments     []SegmentDifference `json:"segments"`      // by key
	SameFlags    int                 `json:"same_flags"`    // flags that are in both and alike
	SameSegments int                 `json:"same_segments"` // so with segments
}

// FlagDifference is one flag that is not the same in both.
type FlagDifference struct {
	Key    string   `json:"key"`
	Where  Where    `json:"where"`
	Fields []string `json:"fields"` // what differs when it is in both, as JSON names the fields
	Here   *Flag    `json:"here,omitempty"`
	There  *Flag    `json:"there,omitempty"`
}

// SegmentDifference is one segment that is not the same in both.
type SegmentDifference struct {
	Key    string   `json:"key"`
	Where  Where    `json:"where"`
	Fields []string `json:"fields"`
	Here   *Segment `json:"here,omitempty"`
	There  *Segment `json:"there,omitempty"`
}

// Compare lists how the flags and segments of two environments differ in what people write. Numbers, versions and the
// splits of rollouts are each environment's own.
func Compare(here, there *Snapshot) Comparison {
	out := Comparison{Flags: []FlagDifference{}, Segments: []SegmentDifference{}}
	a, b := viewOf(here), viewOf(there)
	for _, key := range union(a.flags, b.flags) {
		d := FlagDifference{Key: key, Fields: []string{}}
		d.Here, d.There, d.Where = sides(a.flags, b.flags, key)
		if d.Where == Both {
			if d.Fields = flagFields(*d.Here, *d.There); len(d.Fields) == 0 {
				out.SameFlags++
				continue
			}
		}
		out.Flags = append(out.Flags, d)
	}
	for _, key := range union(a.segments, b.segments) {
		d := SegmentDifference{Key: key, Fields: []string{}}
		d.Here, d.There, d.Where = sides(a.segments, b.segments, key)
		if d.Where == Both {
			if d.Fields = segmentFields(*d.Here, *d.There); len(d.Fields) == 0 {
				out.SameSegments++
				continue
			}
		}
		out.Segments = append(out.Segments, d)
	}
	return out
}

func viewOf(s *Snapshot) *view { return newView(s.Flags(), s.Segments()) }

func union[T any](a, b map[string]T) []string {
	keys := slices.AppendSeq(slices.Collect(maps.Keys(a)), maps.Keys(b))
	slices.Sort(keys)
	return slices.Compact(keys)
}

func sides[T any](a, b map[string]T, key string) (here, there *T, where Where) {
	x, inA := a[key]
	y, inB := b[key]
	switch {
	case !inB:
		return &x, nil, OnlyHere
	case !inA:
		return nil, &y, OnlyThere
	}
	return &x, &y, Both
}

// flagFields names what people wrote differently about two flags.
func flagFields(a, b Flag) []string {
	a.normalise()
	b.normalise()
	return differing(map[string][2]any{
		"description": {a.Description, b.Description}, "type": {a.Type, b.Type}, "enabled": {a.Enabled, b.Enabled},
		"value": {string(a.Value), string(b.Value)}, "parent": {a.Parent, b.Parent}, "server_only": {a.ServerOnly, b.ServerOnly},
		"tags": {a.Tags, b.Tags}, "owner": {a.Owner, b.Owner}, "experiment": {a.ownExperiment(), b.ownExperiment()},
		"variants": {a.Variants, b.Variants}, "segments": {a.Segments, b.Segments}, "identities": {a.Identities, b.Identities},
	})
}

func segmentFields(a, b Segment) []string {
	a.normalise()
	b.normalise()
	return differing(map[string][2]any{"description": {a.Description, b.Description}, "rules": {a.Rules, b.Rules}})
}

// ownExperiment is the experiment, with 0 for a number that is only the flag's.
func (f Flag) ownExperiment() Experiment {
	if f.Experiment == nil {
		return Experiment{}
	}
	x := *f.Experiment
	if x.Number == f.Number {
		x.Number = 0
	}
	return x
}

func differing(fields map[string][2]any) []string {
	out := []string{}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if pair := fields[name]; !reflect.DeepEqual(pair[0], pair[1]) {
			out = append(out, name)
		}
	}
	return out
}
