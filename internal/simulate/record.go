package simulate

import (
	"bytes"
	"encoding/json"
	"hash/maphash"
	"math"
	"slices"
	"time"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/recording"
	"github.com/siteproof/belay/internal/rollout"
)

// Kind is what one line of a trace tells.
type Kind = recording.Kind

// The kinds of lines. Others are passed over.
const (
	Start    Kind = "start"
	Exposure Kind = "exposure" // the server gave a session its flags
	Ready    Kind = "ready"    // the page was first usable
	Error    Kind = "error"
	Vitals   Kind = "vitals"
	Tick     Kind = "tick" // a decision is asked for
	End      Kind = "end"
)

// Treatment is the variant of those who have the new version.
const Treatment = "treatment"

// Record is one line of a trace.
type Record = recording.Line

// Bounds of a line.
const (
	mostLine    = 4 << 20 // bytes; a start names many fingerprints
	mostText    = 2000    // bytes of a name
	mostLacking = 200     // items of a checklist
	mostStages  = 19      // a plan has at most 20 phases, and the last is for everybody
	longest     = int64(10 * 365 * 24 * time.Hour / time.Millisecond)
)

// Parse reads one line. The error says what is wrong with it.
func Parse(line []byte) (Record, error) {
	var r Record
	if err := json.Unmarshal(line, &r); err != nil {
		return r, fault.New(fault.Invalid, "not a record: %v", err)
	}
	switch {
	case r.Type == "":
		return r, fault.New(fault.Invalid, `a record needs a "type"`)
	case r.T < 0 || r.T > longest:
		return r, fault.New(fault.Invalid, `"t" is %d; it counts milliseconds from the start of the rollout`, r.T)
	case max(len(r.User), len(r.Session), len(r.Browser), len(r.OS), len(r.Release), len(r.Fingerprint), len(r.Component)) > mostText:
		return r, fault.New(fault.Invalid, "a name has more than %d bytes", mostText)
	}
	return r, check(&r)
}

// check says what a record of its kind lacks.
func check(r *Record) error {
	switch r.Type {
	case Start:
		if r.Recorded != nil {
			if n := len(r.Recorded.Components); n > rollout.MostComponents {
				return fault.New(fault.Invalid, "a rollout has at most %d components; this one %d", rollout.MostComponents, n)
			}
			return nil // its plan says the shares
		}
		if len(r.Stages) == 0 || len(r.Stages) > mostStages {
			return fault.New(fault.Invalid, `"stages" lists the shares before everybody has it, 1 to %d of them`, mostStages)
		}
		before := 0.0
		for _, share := range r.Stages {
			if !(share > before && share < 1) {
				return fault.New(fault.Invalid, `"stages" rise and lie between 0 and 1; %g does not`, share)
			}
			before = share
		}
	case Exposure, Ready, Error, Vitals:
		if r.Event != nil { // as it was stored, which may be without a fingerprint
			return nil
		}
		if r.User == "" || r.Session == "" {
			return fault.New(fault.Invalid, `%q needs "user" and "session"`, r.Type)
		}
		if !(r.Weight >= 0 && r.Weight <= 1) {
			return fault.New(fault.Invalid, `"weight" is %g; it is a share between 0 and 1`, r.Weight)
		}
		if r.Type == Error && r.Fingerprint == "" {
			return fault.New(fault.Invalid, `an error needs a "fingerprint"`)
		}
	case recording.Checklist:
		if len(r.Lacking) > mostLacking || slices.ContainsFunc(r.Lacking, func(text string) bool { return len(text) > mostText }) {
			return fault.New(fault.Invalid, `"lacking" lists at most %d sentences of at most %d bytes`, mostLacking, mostText)
		}
	case Tick, End, recording.Other, recording.Acted:
	}
	return nil
}

// Answer is what a tick is answered with.
type Answer struct {
	T         int64  `json:"t"`
	Action    string `json:"action"`
	Reason    string `json:"reason,omitempty"`
	Component string `json:"component,omitempty"`
}

// The actions of an answer.
const (
	Hold     = "hold"
	Advance  = "advance"
	Rollback = "rollback"
)

// copies knows which records came before: delivery is at least once. What a record says without its time of arrival
// names it. Memory is bounded; the older half is forgotten when there are too many.
type copies struct {
	seed       maphash.Seed
	young, old map[uint64]struct{}
}

const mostCopies = 4_000_000

func newCopies() copies {
	return copies{seed: maphash.MakeSeed(), young: map[uint64]struct{}{}}
}

// again says whether a record was there before, and remembers it.
func (c *copies) again(r *Record) bool {
	var h maphash.Hash
	h.SetSeed(c.seed)
	for _, text := range []string{string(r.Type), r.Session, r.User, r.Fingerprint, r.Component} {
		_, _ = h.WriteString(text) // a hash takes everything
		_ = h.WriteByte(0)
	}
	for _, number := range []*float64{r.LCP, r.INP, r.CLS} {
		if number != nil {
			maphash.WriteComparable(&h, math.Float64bits(*number))
		}
		_ = h.WriteByte(1)
	}
	key := h.Sum64()
	if _, known := c.young[key]; known {
		return true
	}
	if _, known := c.old[key]; known {
		return true
	}
	if len(c.young) >= mostCopies {
		c.young, c.old = map[uint64]struct{}{}, c.young
	}
	c.young[key] = struct{}{}
	return false
}

// encode writes one line.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
