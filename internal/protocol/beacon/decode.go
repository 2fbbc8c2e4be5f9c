package beacon

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/telemetry"
)

// Limits of a document; README.md lists them.
const (
	mostEvents     = 500
	mostVariants   = 200
	mostProperties = 50
	propertyBytes  = 4 << 10
	longestRelease = 200
	mostFields     = 20 // of a document or an event: more than any has, so that the unknown one is named first
	futureFor      = time.Minute
	pastFor        = 7 * 24 * time.Hour
	clockOff       = 366 * 24 * time.Hour
	farthest       = 1 << 52 // ms since 1970 that are looked at
)

// clientKinds are the kinds that a page may report.
var clientKinds = []telemetry.Kind{
	telemetry.Exposure, telemetry.Ready, telemetry.Error, telemetry.Vital, telemetry.Render, telemetry.Custom,
	telemetry.Heartbeat, telemetry.Confirm, telemetry.Data,
}

var (
	vitals  = []string{"LCP", "INP", "CLS", "FCP", "TTFB"}
	sources = []string{"window", "rejection", "boundary", "console", "manual"}
	datas   = []string{
		"backup_ok", "backup_failed", "restore_ok", "restore_failed", "draft_restored", "queue_depth", "queue_sent", "queue_dead",
		"breaker_trip", "flip_deferred",
	}
)

// document is one report as it is read.
type document struct {
	session, user, release string
	tier                   string
	sentAt                 float64
	variants               map[string]string
	events                 []wireEvent
	has                    map[string]bool
}

// wireEvent is an event before the document's own fields, which may stand behind it, are known.
type wireEvent struct {
	telemetry.Event
	at  float64
	has uint16
}

// The fields whose presence matters.
const (
	hasSeq uint16 = 1 << iota
	hasKind
	hasAt
	hasFlag
	hasVariant
	hasComponent
	hasName
	hasValue
	hasMessage
)

// decode reads a document that was received at now. Any fault refuses all of it, and names the place.
func decode(text []byte, now time.Time) ([]telemetry.Event, error) {
	if !utf8.Valid(text) {
		return nil, fault.New(fault.Invalid, "the body is not UTF-8")
	}
	r := &reader{text: text}
	d := document{has: map[string]bool{}}
	err := r.object(mostFields, func(key string) error {
		d.has[key] = true
		return d.field(r, key)
	})
	if err != nil {
		return nil, err
	}
	if err := r.ended(); err != nil {
		return nil, err
	}
	return d.finish(r, now)
}

func (d *document) field(r *reader, key string) (err error) {
	switch key {
	case "v":
		var v int64
		if v, err = r.whole(0, telemetry.MaxSeq); err == nil && v != 1 {
			err = r.refuse("is version %d; this Belay knows version 1", v)
		}
	case "session":
		if d.session, err = r.word(0, 10*telemetry.MaxSession); err == nil && !telemetry.SessionName(d.session) {
			err = r.refuse("must be %d to %d of A–Z a–z 0–9 _ -", telemetry.MinSession, telemetry.MaxSession)
		}
	case "user":
		d.user, err = r.word(1, telemetry.MaxUser)
	case "release":
		d.release, err = r.word(0, longestRelease)
	case "tier":
		d.tier, err = r.word(0, telemetry.MaxWord)
	case "sent_at":
		d.sentAt, err = milliseconds(r)
	case "variants":
		d.variants = map[string]string{}
		err = r.object(mostVariants, func(flag string) error {
			if telemetry.TooLong(flag, telemetry.MaxWord) {
				return r.refuse("the flag's key has more than %d characters", telemetry.MaxWord)
			}
			variant, err := r.word(0, telemetry.MaxWord)
			d.variants[flag] = variant
			return err
		})
	case "events":
		d.events = make([]wireEvent, 0, 16)
		err = r.array(mostEvents, func(int) error {
			var e wireEvent
			if err := e.read(r); err != nil {
				return err
			}
			d.events = append(d.events, e)
			return nil
		})
	default:
		err = r.refuse("is not a field of a document")
	}
	return err
}

func milliseconds(r *reader) (float64, error) {
	ms, err := r.number()
	if err == nil && (ms < 0 || ms > farthest) {
		err = r.refuse("is not a time in milliseconds since 1970")
	}
	return ms, err
}

func (e *wireEvent) read(r *reader) error {
	if err := r.object(mostFields, func(key string) error { return e.field(r, key) }); err != nil {
		return err
	}
	return e.check(r)
}

func (e *wireEvent) field(r *reader, key string) (err error) {
	switch key {
	case "seq":
		e.has |= hasSeq
		e.Seq, err = r.whole(1, telemetry.MaxSeq)
	case "kind":
		e.has |= hasKind
		var kind string
		if kind, err = r.word(0, telemetry.MaxWord); err == nil {
			if e.Kind = telemetry.Kind(kind); !slices.Contains(clientKinds, e.Kind) {
				err = r.refuse("%q is not a kind of event that a page reports", shown(kind))
			}
		}
	case "at":
		e.has |= hasAt
		e.at, err = milliseconds(r)
	case "page":
		if e.Page, err = r.word(0, telemetry.MaxPage); err == nil && strings.ContainsAny(e.Page, "?#") {
			err = r.refuse("must be a path without query and fragment")
		}
	case "flag":
		e.has |= hasFlag
		e.Flag, err = r.word(1, telemetry.MaxWord)
	case "variant":
		e.has |= hasVariant
		e.Variant, err = r.word(0, telemetry.MaxWord)
	case "component":
		e.has |= hasComponent
		e.Component, err = r.word(0, telemetry.MaxWord)
	case "name":
		e.has |= hasName
		e.Name, err = r.word(0, telemetry.MaxName)
	case "value":
		e.has |= hasValue
		e.Value, err = r.number()
	case "message":
		e.has |= hasMessage
		e.Message, err = r.prose()
	case "stack":
		e.Stack, err = r.prose()
	case "source":
		e.Source, err = oneOf(r, sources)
	case "handled":
		e.Handled, err = r.boolean()
	case "properties":
		e.Properties, err = properties(r)
	default:
		err = r.refuse("is not a field of an event")
	}
	return err
}

func oneOf(r *reader, words []string) (string, error) {
	s, err := r.word(0, telemetry.MaxName)
	if err == nil && !slices.Contains(words, s) {
		err = r.refuse("%q is not one of %s", shown(s), strings.Join(words, " "))
	}
	return s, err
}

// properties keeps the object as it was sent, with white space taken out between its members.
func properties(r *reader) ([]byte, error) {
	r.peek()
	start := r.at
	out := []byte{'{'}
	err := r.object(mostProperties, func(string) error {
		value, err := r.scalar()
		if err != nil {
			return err
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(out, quote(r.place[len(r.place)-1].key)...)
		out = append(append(out, ':'), value...)
		if r.at-start > propertyBytes {
			return r.refuse("the properties take more than %d bytes", propertyBytes)
		}
		return nil
	})
	return append(out, '}'), err
}

// needs are the fields without which a kind says nothing.
var needs = map[telemetry.Kind]uint16{
	telemetry.Exposure: hasFlag | hasVariant, telemetry.Ready: hasValue, telemetry.Vital: hasName | hasValue,
	telemetry.Render: hasComponent | hasValue, telemetry.Custom: hasName, telemetry.Confirm: hasValue, telemetry.Data: hasName,
	telemetry.Heartbeat: 0, telemetry.Error: 0, telemetry.Fetch: 0,
}

var fieldNames = []string{"seq", "kind", "at", "flag", "variant", "component", "name", "value", "message"}

// check looks at what the fields say together.
func (e *wireEvent) check(r *reader) error {
	need := hasSeq | hasKind | hasAt | needs[e.Kind]
	for i, name := range fieldNames {
		if bit := uint16(1) << i; need&bit != 0 && e.has&bit == 0 {
			return at(r, name, "is missing%s", of(e.Kind))
		}
	}
	switch e.Kind { //nolint:exhaustive // pages send no metrics of servers
	case telemetry.Error:
		if e.Name == "" && e.Message == "" {
			return at(r, "message", "is missing: an error has a name or a message")
		}
	case telemetry.Vital:
		if !slices.Contains(vitals, e.Name) {
			return at(r, "name", "%q is not one of %s", shown(e.Name), strings.Join(vitals, " "))
		}
	case telemetry.Data:
		if !slices.Contains(datas, e.Name) {
			return at(r, "name", "%q is not one of %s", shown(e.Name), strings.Join(datas, " "))
		}
	case telemetry.Custom:
		if e.Name == "" {
			return at(r, "name", "is empty")
		}
	case telemetry.Confirm:
		if e.Value < 0 || e.Value > telemetry.MaxSeq || e.Value != float64(int64(e.Value)) {
			return at(r, "value", "is not a revision")
		}
	case telemetry.Ready, telemetry.Render:
		if e.Value < 0 {
			return at(r, "value", "is less than nothing")
		}
	case telemetry.Fetch, telemetry.Exposure, telemetry.Heartbeat:
	}
	return nil
}

func of(kind telemetry.Kind) string {
	if kind == "" {
		return ""
	}
	return fmt.Sprintf(" for %q", kind)
}

// at refuses one field of what was just read.
func at(r *reader, field, format string, args ...any) error {
	r.place = append(r.place, step{key: field})
	return r.refuse(format, args...)
}

// finish checks the document as a whole and gives its events, their clock corrected.
func (d *document) finish(r *reader, now time.Time) ([]telemetry.Event, error) {
	for _, field := range []string{"v", "session", "user", "sent_at", "events"} {
		if !d.has[field] {
			return nil, at(r, field, "is missing")
		}
	}
	if len(d.events) == 0 {
		return nil, at(r, "events", "is empty")
	}
	if off := now.Sub(time.UnixMilli(int64(d.sentAt))); off > clockOff || off < -clockOff {
		return nil, at(r, "sent_at", "is more than 366 days off")
	}
	out := make([]telemetry.Event, len(d.events))
	for i := range d.events {
		e := &d.events[i]
		age := time.Duration((d.sentAt - e.at) * float64(time.Millisecond))
		r.place = []step{{key: "events"}, {index: i}}
		switch {
		case d.sentAt-e.at > float64(pastFor/time.Millisecond):
			return nil, at(r, "at", "lies more than 7 days before sent_at")
		case e.at-d.sentAt > float64(futureFor/time.Millisecond):
			return nil, at(r, "at", "lies more than a minute after sent_at")
		}
		e.Session, e.User, e.Release, e.Tier, e.Variants = d.session, d.user, d.release, d.tier, d.variants
		e.ReceivedAt, e.At = now, now.Add(-age)
		out[i] = e.Event
	}
	return out, nil
}
