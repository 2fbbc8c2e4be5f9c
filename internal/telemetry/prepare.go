package telemetry

import (
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/siteproof/belay/internal/fault"
)

// What an event may hold, in characters. Longer messages and stacks are cut; longer names are refused.
const (
	MaxName     = 200
	MaxMessage  = 2000
	MaxStack    = 16_000
	MaxWord     = 100 // of Component, Flag, Variant
	MaxPage     = 500
	MaxUser     = 200
	MinSession  = 8
	MaxSession  = 64
	MaxSeq      = 1<<53 - 1 // the largest whole number that JavaScript counts to
	eventWeight = 400       // bytes that an event takes besides its texts
	wordWeight  = 50        // and each of its variants
)

// prepare checks, scrubs and completes one event.
func (s *Service) prepare(e Event) (Event, error) {
	switch {
	case !slices.Contains(kinds, e.Kind):
		return e, fault.New(fault.Invalid, "there is no kind of event %q", e.Kind)
	case e.Seq < 1 && e.Kind != Fetch, e.Seq < 0, e.Seq > MaxSeq:
		return e, fault.New(fault.Invalid, "seq %d is not a whole number from 1 to 2^53-1", e.Seq)
	case math.IsNaN(e.Value) || math.IsInf(e.Value, 0):
		return e, fault.New(fault.Invalid, "the value is not a number")
	case !SessionName(e.Session):
		return e, fault.New(fault.Invalid, "a session is %d to %d of A–Z a–z 0–9 _ -", MinSession, MaxSession)
	}
	for _, text := range []*string{&e.User, &e.Release, &e.Page, &e.Browser, &e.OS, &e.Tier, &e.Flag, &e.Variant, &e.Component, &e.Name, &e.Source} {
		*text = strings.ToValidUTF8(*text, "\uFFFD")
	}
	if e.ReceivedAt.IsZero() {
		e.ReceivedAt = s.now()
	}
	e.ReceivedAt = e.ReceivedAt.UTC().Truncate(time.Microsecond)
	if e.At.IsZero() {
		e.At = e.ReceivedAt
	}
	e.At = e.At.UTC().Truncate(time.Microsecond)
	if e.Kind == Error {
		e.prepareError()
	}
	return e, nil
}

// prepareError scrubs what people may have typed, finds the fault's fingerprint, and which variant it happened in.
func (e *Event) prepareError() {
	e.Message = Scrub(cut(strings.ToValidUTF8(e.Message, "\uFFFD"), MaxMessage))
	e.Stack = Scrub(cut(strings.ToValidUTF8(e.Stack, "\uFFFD"), MaxStack))
	if e.Fingerprint == "" {
		e.Fingerprint = Fingerprint(e.Name, e.Message, e.Stack, e.Component)
	}
	if variant, known := e.Variants[e.Component]; known && e.Variant == "" {
		e.Flag, e.Variant = e.Component, variant
	}
}

// cut keeps the first most characters.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for at := range s {
		if most == 0 {
			return strings.Clone(s[:at]) // not to hold on to the rest
		}
		most--
	}
	return s
}

// SessionName says whether s may name a session: 8 to 64 of A–Z a–z 0–9 _ -.
func SessionName(s string) bool {
	if len(s) < MinSession || len(s) > MaxSession {
		return false
	}
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' && c != '-' {
			return false
		}
	}
	return true
}

// size is about how many bytes of memory the event takes.
func (e *Event) size() int64 {
	n := eventWeight + len(e.Session) + len(e.User) + len(e.Page) + len(e.Name) + len(e.Message) + len(e.Stack) + len(e.Properties) + wordWeight*len(e.Variants)
	return int64(n)
}

// TooLong says whether s has more than most characters.
func TooLong(s string, most int) bool { return len(s) > most && utf8.RuneCountInString(s) > most }
