package rollout

import (
	"errors"

	"github.com/siteproof/belay/internal/fault"
)

// paths are the places that a fault names.
func paths(err error) []string {
	var all []string
	if f, is := errors.AsType[*fault.Error](err); is {
		for _, field := range f.Fields {
			all = append(all, field.Path)
		}
	}
	return all
}
