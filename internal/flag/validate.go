package flag

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/siteproof/belay/internal/fault"
)

// Limits keep an environment small enough to be evaluated and sent whole.
const (
	MaxFlags       = 1000     // of an environment
	MaxSegments    = 1000     // of an environment
	MaxValue       = 16 << 10 // bytes of one value
	MaxIdentities  = 1000     // overrides of one flag
	MaxOverrides   = 100      // overrides for segments of one flag
	MaxVariants    = 50
	maxConditions  = 200 // of one segment, rules counted too
	maxDepth       = 5   // of rules inside rules
	maxKey         = 150 // characters, as all texts below
	maxDescription = 500
	maxIdentifier  = 2000
	maxTags        = 50
	maxTag         = 100
	maxOwner       = 200
	maxCondition   = 1000 // of a property or value
)

// keyForm is what every client can carry in a path.
var keyForm = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]*$`)

// Seeds are numbers as Flagsmith gives them to states of flags and to segments. States of flags may have a UUID instead,
// and the share of a rollout that was brought over as a segment has the rollout's salt.
var (
	segmentSeed = regexp.MustCompile(`^[A-Za-z0-9_-]{1,100}$`)
	flagSeed    = regexp.MustCompile(`^([1-9][0-9]{0,17}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$`)
)

// checkFlag finds what is wrong with one flag by itself.
func checkFlag(f Flag) *fault.Error {
	e := &problems{subject: "flag " + strconv.Quote(f.Key)}
	e.check(keyForm.MatchString(f.Key) && len(f.Key) <= maxKey, "key",
		"a key is small letters, digits, points, dashes and underscores, begins with a letter or digit, and has at most %d characters", maxKey)
	e.check(utf8.ValidString(f.Description) && utf8.RuneCountInString(f.Description) <= maxDescription, "description", "at most %d characters", maxDescription)
	e.check(len(f.Tags) <= maxTags, "tags", "at most %d", maxTags)
	e.check(utf8.ValidString(f.Owner) && utf8.RuneCountInString(f.Owner) <= maxOwner, "owner", "at most %d characters", maxOwner)
	if x := f.Experiment; x != nil {
		e.check(x.Number > 0 && x.Name != "" && utf8.RuneCountInString(x.Name) <= maxKey, "experiment", "a number above 0 and a name of 1 to %d characters", maxKey)
	}
	e.check(f.Seed == "" || flagSeed.MatchString(f.Seed), "seed", "digits, or a UUID")
	for i, tag := range f.Tags {
		e.check(tag != "" && utf8.RuneCountInString(tag) <= maxTag, fmt.Sprintf("tags[%d]", i), "1 to %d characters", maxTag)
	}
	if e.check(slices.Contains([]Type{Boolean, String, Number, JSON}, f.Type), "type", "boolean, string, number or json, not %q", f.Type); e.found != nil {
		return e.found
	}
	e.value(f.Type, f.Value, "value", f.Type == Boolean)
	e.variants(f)
	e.overrides(f, "segments", f.Segments, MaxOverrides)
	e.overrides(f, "identities", f.Identities, MaxIdentities)
	priorities := map[int]bool{}
	for i, o := range f.Segments {
		e.check(!priorities[o.Priority], fmt.Sprintf("segments[%d].priority", i), "%d is taken by another segment of this flag", o.Priority)
		priorities[o.Priority] = true
	}
	if s := f.Split; s != nil {
		e.check(s.Percent >= 0 && s.Percent <= 100, "split.percent", "a number from 0 to 100") // NaN is neither
		e.check(s.Salt != "" && len(s.Salt) <= maxKey, "split.salt", "1 to %d characters", maxKey)
	}
	return e.found
}

// problems collects what is wrong.
type problems struct {
	subject string
	found   *fault.Error
}

func (e *problems) check(holds bool, path, format string, args ...any) {
	if holds {
		return
	}
	if e.found == nil {
		e.found = fault.New(fault.Invalid, "%s cannot be kept like this: %s: %s", e.subject, path, fmt.Sprintf(format, args...))
	}
	e.found = e.found.At(path, format, args...)
}

// value checks a value against the flag's type. Empty is allowed where there is another value to fall back on.
func (e *problems) value(t Type, value json.RawMessage, path string, mayBeEmpty bool) {
	e.check(len(value) <= MaxValue, path, "at most %d bytes", MaxValue)
	if len(value) == 0 {
		e.check(mayBeEmpty, path, "a %s flag needs a value", t)
		return
	}
	valid := json.Valid(value) && utf8.Valid(value)
	e.check(valid, path, "has to be JSON; text goes in double quotes")
	if !valid {
		return
	}
	switch first := bytes.TrimSpace(value)[0]; t {
	case Boolean:
		e.check(false, path, "a boolean flag has no value: on is true, off is false")
	case String:
		e.check(first == '"', path, "has to be JSON text in double quotes, since this is a string flag")
	case Number:
		n, err := strconv.ParseFloat(string(bytes.TrimSpace(value)), 64)
		e.check(err == nil && !math.IsInf(n, 0), path, "has to be a number that fits 64 bits, since this is a number flag")
	case JSON:
		e.check(first == '{' || first == '[', path, "has to be a JSON object or array, since this is a json flag")
	}
}

func (e *problems) variants(f Flag) {
	e.check(len(f.Variants) <= MaxVariants, "variants", "at most %d", MaxVariants)
	e.check(len(f.Variants) == 0 || f.Type != Boolean, "variants", "a boolean flag has none")
	keys, sum := map[string]bool{Control: true, Off: true}, 0.0
	for i, v := range f.Variants {
		at := fmt.Sprintf("variants[%d]", i)
		e.check(keyForm.MatchString(v.Key) && len(v.Key) <= 100 && !keys[v.Key], at+".key", "unique, not control or off, written like a flag's key")
		e.check(v.Weight >= 0 && v.Weight <= 100, at+".weight", "a number from 0 to 100")
		e.value(f.Type, v.Value, at+".value", false)
		keys[v.Key] = true
		sum += v.Weight
	}
	e.check(sum <= 100+1e-9, "variants", "the weights add up to %v; 100 is the most", sum)
}

func (e *problems) overrides(f Flag, path string, overrides []Override, most int) {
	e.check(len(overrides) <= most, path, "at most %d", most)
	seen := map[string]bool{}
	for i, o := range overrides {
		at := fmt.Sprintf("%s[%d]", path, i)
		e.check(o.For != "" && len(o.For) <= maxIdentifier && utf8.ValidString(o.For), at+".for", "1 to %d bytes", maxIdentifier)
		e.check(!seen[o.For], at+".for", "%q has an override here already", o.For)
		e.value(f.Type, o.Value, at+".value", true)
		seen[o.For] = true
	}
}
