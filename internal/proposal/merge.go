package proposal

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/fault"
)

// Conflict is one place where something else has changed what a change rests on.
type Conflict struct {
	EnvironmentID string          `json:"environment_id"`
	Kind          string          `json:"kind"` // flag, segment or environment
	Subject       string          `json:"subject"`
	Field         string          `json:"field,omitempty"` // "" when the whole thing was made or removed
	Expected      json.RawMessage `json:"expected,omitempty"`
	Now           json.RawMessage `json:"now,omitempty"`
	Wanted        json.RawMessage `json:"wanted,omitempty"`
	By            string          `json:"by,omitempty"`       // who changed it
	Revision      int64           `json:"revision,omitempty"` // in which commit
}

// unmerged are the fields that are no part of what a person changes: what a write stamps, what never changes, and a
// flag's split, which belongs to its rollout.
var unmerged = append([]string{"id", "number", "environment_id", "split"}, stamps...)

// stamps are fields that a write sets by itself.
var stamps = []string{"version", "updated_at", "steady_at"}

type fields map[string]json.RawMessage

// noun is flag of flag.updated.
func noun(kind string) string {
	n, _, _ := strings.Cut(kind, ".")
	return n
}

// merge makes a change to what a thing is now. Only the fields that the change is about have to be as they were; all
// others stay as they are. nil stands for a thing that is not there. wanted nothing but what is there already is no conflict.
func merge(c change.Change, now json.RawMessage) (json.RawMessage, []Conflict, error) {
	conflict := Conflict{EnvironmentID: c.EnvironmentID, Kind: noun(c.Kind), Subject: c.Subject}
	before, err := split(c.Before)
	if err != nil {
		return nil, nil, err
	}
	after, err := split(c.After)
	if err != nil {
		return nil, nil, err
	}
	present, err := split(now)
	if err != nil {
		return nil, nil, err
	}
	switch {
	case before == nil && present == nil:
		return c.After, nil, nil
	case after == nil && present == nil:
		return nil, nil, nil
	case present == nil || before == nil || !equal(before["id"], present["id"]):
		conflict.Expected, conflict.Now, conflict.Wanted = c.Before, now, c.After
		return nil, []Conflict{conflict}, nil
	case after == nil:
		return nil, compare(conflict, before, present), nil
	}
	return mergeFields(conflict, before, after, present)
}

// onto makes a change start from what is there now: what its fields shall be stays, what they were is what they are.
func onto(c change.Change, now json.RawMessage) (change.Change, error) {
	before, errBefore := split(c.Before)
	after, errAfter := split(c.After)
	present, errPresent := split(now)
	if err := errors.Join(errBefore, errAfter, errPresent); err != nil {
		return c, err
	}
	switch {
	case before != nil && after != nil && present == nil:
		return c, fault.New(fault.Conflict, "the %s %s is not there any more", noun(c.Kind), c.Subject).Hint("withdraw this request, or make it again first")
	case present == nil || after == nil:
		c.Before = now
		return c, nil
	case before == nil:
		for _, field := range unmerged {
			after[field] = present[field]
			if present[field] == nil {
				delete(after, field)
			}
		}
		c.Kind, c.Before = noun(c.Kind)+".updated", now
	default:
		next := maps.Clone(present)
		for _, field := range names(before, after) {
			if !equal(before[field], after[field]) {
				next[field] = after[field]
				if after[field] == nil {
					delete(next, field)
				}
			}
		}
		c.Before, after = now, next
	}
	var err error
	c.After, err = json.Marshal(after)
	return c, err
}

// compare finds the fields in which a thing that shall go is not what it was.
func compare(c Conflict, before, present fields) []Conflict {
	var found []Conflict
	for _, field := range names(before, present) {
		if !equal(before[field], present[field]) {
			c.Field, c.Expected, c.Now = field, before[field], present[field]
			found = append(found, c)
		}
	}
	return found
}

func mergeFields(c Conflict, before, after, present fields) (json.RawMessage, []Conflict, error) {
	var found []Conflict
	next := maps.Clone(present)
	for _, field := range names(before, after) {
		switch {
		case equal(before[field], after[field]) || equal(present[field], after[field]):
		case !equal(before[field], present[field]):
			c.Field, c.Expected, c.Now, c.Wanted = field, before[field], present[field], after[field]
			found = append(found, c)
		case after[field] == nil:
			delete(next, field)
		default:
			next[field] = after[field]
		}
	}
	if found != nil {
		return nil, found, nil
	}
	text, err := json.Marshal(next)
	return text, nil, err
}

// names lists the fields of both that people change, sorted.
func names(a, b fields) []string {
	all := maps.Clone(a)
	maps.Copy(all, b)
	for _, field := range unmerged {
		delete(all, field)
	}
	return slices.Sorted(maps.Keys(all))
}

// split reads an object's fields; nil when there is none.
func split(item json.RawMessage) (fields, error) {
	if len(item) == 0 {
		return nil, nil
	}
	var f fields
	err := json.Unmarshal(item, &f)
	return f, err
}

// equal compares JSON by what it says. Numbers are compared as they are written, so that none is rounded.
func equal(a, b json.RawMessage) bool {
	return bytes.Equal(a, b) || reflect.DeepEqual(parse(a), parse(b))
}

func parse(text json.RawMessage) any {
	if len(text) == 0 {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return string(text)
	}
	return v
}

// inverse is what takes changes back, the last first.
func inverse(changes []change.Change) []change.Change {
	var out []change.Change
	for _, c := range slices.Backward(changes) {
		c.Before, c.After = c.After, c.Before
		switch {
		case c.Before == nil:
			c.Kind = noun(c.Kind) + ".created"
		case c.After == nil:
			c.Kind = noun(c.Kind) + ".removed"
		}
		out = append(out, c)
	}
	return out
}
