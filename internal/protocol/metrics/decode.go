package metrics

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/telemetry"
)

// Limits of a document; README.md lists them.
const (
	mostReports = 500
	mostUnits   = 1_000_000
)

// document is what a server sends.
type document struct {
	V       int      `json:"v"`
	Source  string   `json:"source"`
	Reports []report `json:"reports"`
}

type report struct {
	Seq   int64    `json:"seq"`
	Name  string   `json:"name"`
	User  string   `json:"user"`
	Flag  string   `json:"flag"`
	Arm   string   `json:"arm"`
	Units *int64   `json:"units"`
	Bad   int64    `json:"bad"`
	Value *float64 `json:"value"`
}

// decode reads a document that was received at now. Any fault refuses all of it, and names the place.
func decode(text []byte, now time.Time) ([]telemetry.Event, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	var d document
	if err := decoder.Decode(&d); err != nil {
		return nil, fault.New(fault.Invalid, "the document cannot be read: %w", err).Hint("internal/protocol/metrics/README.md describes it")
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, fault.New(fault.Invalid, "something stands behind the document")
	}
	f := fault.New(fault.Invalid, "this document cannot be taken")
	f.Check(d.V == 1, "v", "is version %d; this Belay knows version 1", d.V)
	f.Check(telemetry.SessionName(d.Source), "source", "must be %d to %d of A–Z a–z 0–9 _ -", telemetry.MinSession, telemetry.MaxSession)
	f.Check(len(d.Reports) > 0 && len(d.Reports) <= mostReports, "reports", "between 1 and %d", mostReports)
	if err := f.Found(); err != nil {
		return nil, err
	}
	events := make([]telemetry.Event, len(d.Reports))
	for n, r := range d.Reports {
		r.check(f, fmt.Sprintf("reports[%d]", n))
		events[n] = r.event(d.Source, now)
	}
	if err := f.Found(); err != nil {
		return nil, err
	}
	return events, nil
}

func (r report) check(f *fault.Error, at string) {
	f.Check(r.Seq >= 1 && r.Seq <= telemetry.MaxSeq, at+".seq", "a whole number from 1 to 2^53-1")
	f.Check(r.Name != "" && !telemetry.TooLong(r.Name, telemetry.MaxName), at+".name", "between 1 and %d characters", telemetry.MaxName)
	f.Check(!telemetry.TooLong(r.User, telemetry.MaxUser), at+".user", "at most %d characters", telemetry.MaxUser)
	if r.User == "" {
		f.Check(r.Arm == telemetry.Treatment || r.Arm == telemetry.Control, at+".arm", "treatment or control, or else a user")
		f.Check(r.Flag != "" && !telemetry.TooLong(r.Flag, telemetry.MaxWord), at+".flag", "the rollout's master flag, at most %d characters", telemetry.MaxWord)
		f.Check(r.Value == nil, at+".value", "values are of users; of a whole side send units and bad")
	} else {
		f.Check(r.Arm == "" && r.Flag == "", at+".arm", "none where a user is named: Belay knows the side")
	}
	f.Check((r.Units == nil) != (r.Value == nil), at+".units", "either units and bad, or a value")
	if r.Units != nil {
		f.Check(*r.Units >= 1 && *r.Units <= mostUnits, at+".units", "between 1 and %d", mostUnits)
		f.Check(r.Bad >= 0 && r.Bad <= *r.Units, at+".bad", "between 0 and units")
	}
	if r.Value != nil {
		f.Check(r.Bad == 0, at+".bad", "none with a value")
		f.Check(*r.Value >= 0 && !math.IsInf(*r.Value, 0), at+".value", "not less than nothing")
	}
}

func (r report) event(source string, now time.Time) telemetry.Event {
	e := telemetry.Event{Session: source, Kind: telemetry.Metric, Seq: r.Seq, ReceivedAt: now, At: now, Name: r.Name, User: r.User, Flag: r.Flag, Variant: r.Arm}
	if r.Value != nil {
		e.Value = *r.Value
	}
	if r.Units != nil {
		e.Properties = fmt.Appendf(nil, `{"units":%d,"bad":%d}`, *r.Units, r.Bad)
	}
	return e
}
