// Package rings holds the one test that keeps the shape of the code: a package
// may import the rings inside its own, and nothing further out.
package rings

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/siteproof/belay/internal/"

// rings lists every package, innermost ring first. Adding a package means
// adding it here, which is the moment to ask where it belongs.
var rings = []struct {
	name     string
	packages []string
}{
	{"foundations", []string{
		"fault",
		"id",
		"plainjson",
		"report",
		"stats",
		"egress",
		"textfile",
	}},
	{"ground", []string{
		"change",
		"tenant",
		"lease",
		"auth",
	}},
	{"facts", []string{
		"flag",
		"flag/engine",
		"identity",
		"telemetry",
		"webhook",
	}},
	{"insight", []string{
		"issue",
		"metric",
		"transfer",
	}},
	{"decisions", []string{
		"rollout",
		"incident",
		"preflight",
		"proposal",
		"evidence",
		"forecast",
		"recording",
		"policy",
		"experiment",
	}},
	{"doors", []string{
		"httpd",
		"stream",
		"api",
		"client",
		"protocol/beacon",
		"protocol/flagsmith",
		"protocol/metrics",
		"protocol/ofrep",
	}},
	{"drivers", []string{
		"store/sqldb",
		"store/sqldb/sqldbtest",
		"store/duckdb",
	}},
	{"assembly", []string{
		"config",
		"app",
		"cli",
		"crowd",
		"simulate",
		"verify",
		"rings",
	}},
}

// friends are the imports allowed between packages of the same ring, and why.
var friends = map[string]string{
	// it says what was wrong with an address
	"egress": "fault",
	// so does it of a file
	"textfile": "fault",
	// keys are made through the journal
	"tenant": "change",
	// so are people and tokens
	"auth": "change",
	// its own pure part
	"flag": "flag/engine",
	// it reports of rollouts
	"evidence": "rollout",
	// it foretells them
	"forecast": "rollout",
	// it writes them down
	"recording": "rollout",
	// it writes down how they go
	"policy": "rollout",
	// it says what a rollout lacks before a phase
	"preflight": "rollout",
	// doors share their plumbing
	"stream": "httpd",
	// doors share their plumbing
	"protocol/beacon": "httpd",
	// doors share their plumbing
	"protocol/metrics": "httpd",
	// it serves and advertises the event stream
	"protocol/ofrep": "httpd stream",
	// it serves and advertises the event stream
	"protocol/flagsmith": "httpd",
	// it serves the console's stream and counts connected pages
	"api": "httpd stream",
	// the words of the API are written once
	"client": "api",
	// opens it for tests
	"store/sqldb/sqldbtest": "store/sqldb",
	// settings
	"app": "config",
	// each command is one of them
	"cli": "app config crowd simulate verify",
}

func TestImportsPointInward(t *testing.T) {
	ring := map[string]int{}
	for i, r := range rings {
		for _, p := range r.packages {
			ring[p] = i
		}
	}
	doors, drivers := 5, 6
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		from, _ := filepath.Rel("..", filepath.Dir(path))
		at, known := ring[from]
		if !known {
			t.Errorf("package %s is in no ring: add it to rings", from)
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range file.Imports {
			name, _ := strconv.Unquote(spec.Path.Value)
			to, ours := strings.CutPrefix(name, module)
			switch {
			case !ours || to == from:
			case ring[to] > at:
				t.Errorf("%s imports %s, which is further out (%s → %s)", from, to, rings[at].name, rings[ring[to]].name)
			case ring[to] == at && !strings.Contains(" "+friends[from]+" ", " "+to+" "):
				t.Errorf("%s imports its neighbour %s; go through an inner ring, or add it to friends and say why", from, to)
			case at == drivers && ring[to] == doors:
				t.Errorf("driver %s imports door %s", from, to)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
