package policy

import (
	"errors"
	"fmt"
	"strings"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/rollout"
	"github.com/siteproof/belay/internal/textfile"
)

// MaxText is how many bytes a policy may have: a plan with all its phases, guards and words takes a tenth of it.
const MaxText = 256 << 10

var form = textfile.Form{
	Example: "belay policy template prints one to begin with", Several: "a file holds one policy",
}

// Read reads a policy, YAML or JSON. name is what mistakes call it; each is said with its line and column.
func Read(name string, text []byte) (rollout.Plan, error) {
	if len(text) > MaxText {
		return rollout.Plan{}, fault.New(fault.Invalid, "%s has more than %d kB", name, MaxText>>10)
	}
	var f File
	at, err := textfile.Read(name, text, form, &f)
	if err != nil {
		return rollout.Plan{}, err
	}
	if f.Policy != 0 && f.Policy != Version {
		return rollout.Plan{}, fault.New(fault.Invalid, "%s:%s: policy: the version of the file has to be %d", name, at["policy"], Version)
	}
	p := f.plan()
	if err := p.Validate(); err != nil {
		return rollout.Plan{}, placed(name, at, err)
	}
	return p, nil
}

// placed says what is wrong with a plan by where it stands in the file.
func placed(name string, at map[string]string, err error) error {
	wrong, is := errors.AsType[*fault.Error](err)
	if !is || len(wrong.Fields) == 0 {
		return err
	}
	var out *fault.Error
	for _, field := range wrong.Fields {
		path := strings.TrimPrefix(field.Path, "plan.")
		place := name + ":" + nearest(at, path)
		says := textfile.Prefixed(path, field.Message)
		if out == nil {
			out = fault.New(wrong.Code, "%s: %s", place, says)
		}
		_ = out.At(place, "%s", says)
	}
	return out
}

// nearest is where a path stands, or what is nearest around it.
func nearest(at map[string]string, path string) string {
	for {
		if place, known := at[path]; known {
			return place
		}
		path = path[:max(strings.LastIndexAny(path, ".["), 0)]
	}
}

// Summary says a plan in a few lines, for people who check a file.
func Summary(p rollout.Plan) string {
	var b strings.Builder
	for n, phase := range p.Phases {
		fmt.Fprintf(&b, "%d. %s\n", n+1, phase.Sentence())
	}
	if p.HoldBack > 0 {
		fmt.Fprintf(&b, "%g %% of people stay on the old version until the rollout is released\n", p.HoldBack)
	}
	if len(p.Tell) > 0 {
		fmt.Fprintf(&b, "to be told: %s\n", strings.Join(p.Tell, ", "))
	}
	fmt.Fprintf(&b, "%d guards; a harmless rollout is taken back with a chance of at most %g %%\n", len(p.Guards), 100*p.Budget)
	return b.String()
}
