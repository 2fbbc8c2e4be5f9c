package duckdb

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"reflect"
	"time"
	"unsafe"

	"github.com/siteproof/belay/internal/telemetry"
)

// fill puts an event into a row, in the order of the columns.
func fill(row []driver.Value, e *telemetry.Event, variants string) {
	values := [...]driver.Value{
		e.Position, e.EnvironmentID, e.Session, e.User, string(e.Kind), e.Seq, e.At, e.ReceivedAt, e.Release, e.Page,
		e.Browser, e.OS, variants, e.Flag, e.Variant, e.Component, e.Name, e.Value, e.Message, e.Stack, e.Source,
		e.Handled, e.Fingerprint, string(e.Properties), e.Tier,
	}
	copy(row, values[:])
}

// variantsTexts encodes variants. The events of a document share one map, which is encoded once.
type variantsTexts struct {
	of   unsafe.Pointer
	text string
}

func (v *variantsTexts) encode(variants map[string]string) (string, error) {
	if len(variants) == 0 {
		return "", nil
	}
	if p := reflect.ValueOf(variants).UnsafePointer(); p != v.of {
		b, err := json.Marshal(variants) // with sorted keys, so that equal maps are equal texts and pack well
		if err != nil {
			return "", fmt.Errorf("encode variants: %w", err)
		}
		v.of, v.text = p, string(b)
	}
	return v.text, nil
}

// columnCount is the number of columns of events.
const columnCount = 25

// end stands for no end: DuckDB's last microsecond is far behind it.
var end = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
