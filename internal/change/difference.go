package change

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
)

// Difference is one field of what changed, before and after; nil where there was nothing.
type Difference struct {
	Field         string
	Before, After json.RawMessage
}

// stamps are fields that change with every write and say nothing.
var stamps = []string{"version", "updated_at", "steady_at"}

// Differences lists the fields that a change changed, by name.
func Differences(c Change) []Difference {
	before, after := fieldsOf(c.Before), fieldsOf(c.After)
	all := maps.Clone(before)
	maps.Copy(all, after)
	var found []Difference
	for _, field := range slices.Sorted(maps.Keys(all)) {
		if !slices.Contains(stamps, field) && !bytes.Equal(before[field], after[field]) {
			found = append(found, Difference{field, before[field], after[field]})
		}
	}
	return found
}

// fieldsOf reads the fields of an object; of anything else there are none.
func fieldsOf(text json.RawMessage) map[string]json.RawMessage {
	found := map[string]json.RawMessage{}
	if len(text) == 0 || json.Unmarshal(text, &found) != nil || found == nil {
		return map[string]json.RawMessage{}
	}
	return found
}
