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
var rings = []struct{ name, packages string }{
	{"foundations", "fault id stats egress blob"},
	{"ground", "tenant change lease auth audit"},
	{"facts", "flag flag/engine telemetry deploy gate backup survey notify"},
	{"insight", "issue issue/sourcemap replay metric experiment"},
	{"decisions", "rollout incident incident/oncall preflight"},
	{"doors", "httpd stream api client protocol/beacon protocol/flagsmith protocol/ofrep protocol/sentry protocol/posthog protocol/percy protocol/lighthouse"},
	{"drivers", "store/sqldb store/duckdb store/clickhouse store/blobfs store/blobs3 notify/slack notify/pagerduty notify/email notify/webhook"},
	{"assembly", "config app cli crowd verify rings"},
}

// friends are the imports allowed between packages of the same ring.
var friends = map[string]string{
	"blob":                "fault",
	"egress":              "fault",
	"change":              "tenant",
	"auth":                "tenant change",
	"audit":               "tenant change auth",
	"flag":                "flag/engine",
	"experiment":          "metric",
	"incident":            "incident/oncall",
	"preflight":           "incident/oncall",
	"stream":              "httpd",
	"client":              "api",
	"api":                 "httpd",
	"protocol/beacon":     "httpd",
	"protocol/flagsmith":  "httpd",
	"protocol/ofrep":      "httpd",
	"protocol/sentry":     "httpd",
	"protocol/posthog":    "httpd",
	"protocol/percy":      "httpd",
	"protocol/lighthouse": "httpd",
	"app":                 "config",
	"cli":                 "app config crowd verify",
}

func TestImportsPointInward(t *testing.T) {
	ring := map[string]int{}
	for i, r := range rings {
		for p := range strings.FieldsSeq(r.packages) {
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
