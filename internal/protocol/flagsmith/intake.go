package flagsmith

import (
	"encoding/hex"
	"encoding/json"
	"hash/fnv"
	"net/http"
	"strings"
	"time"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/telemetry"
)

const (
	maxEvents     = 5000
	maxProperties = 4000            // bytes of an event's metadata that are kept
	maxAge        = 24 * time.Hour  // an older clock is taken for a wrong one
	maxAhead      = 5 * time.Minute // so is one that far ahead

	exposureEvent = "$flag_exposure"
)

// analytics counts evaluations by flag. Names that are no flags and counts that are none are left out, as Flagsmith does.
func (d *door) analytics(c *call) error {
	var in map[string]any
	if err := c.read(&in, maxBody); err != nil {
		return err
	}
	counts := map[string]int64{}
	for name, value := range in {
		d.count(c, counts, name, value)
	}
	if err := d.store(c, counts); err != nil {
		return err
	}
	c.w.WriteHeader(http.StatusOK)
	return nil
}

func (d *door) analytics2(c *call) error {
	var in struct {
		Evaluations []struct {
			Feature string `json:"feature_name"`
			Count   any    `json:"count"`
		} `json:"evaluations"`
	}
	if err := c.read(&in, maxBody); err != nil {
		return err
	}
	counts := map[string]int64{}
	for _, e := range in.Evaluations {
		d.count(c, counts, e.Feature, e.Count)
	}
	if err := d.store(c, counts); err != nil {
		return err
	}
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

func (d *door) count(c *call, counts map[string]int64, name string, value any) {
	number, is := value.(json.Number)
	if !is {
		return
	}
	n, err := number.Int64()
	if _, unknown := c.snapshot.Find(name); err == nil && unknown == nil && n > 0 {
		counts[name] += n
	}
}

// store keeps counts as one event of nobody in particular.
func (d *door) store(c *call, counts map[string]int64) error {
	if len(counts) == 0 {
		return nil
	}
	properties, err := json.Marshal(counts)
	if err != nil {
		return err
	}
	now := time.Now()
	_, _, err = d.Telemetry.Ingest(c.r.Context(), c.environment.ID, []telemetry.Event{{
		Session: session("evaluations", c.environment.ID), Kind: telemetry.Custom, Seq: now.UnixMicro(), Name: telemetry.Evaluations, Properties: properties,
	}})
	return err
}

// session names the events of one identity. Flagsmith's clients have no sessions.
func session(parts ...string) string {
	h := fnv.New128a()
	for _, p := range parts {
		_, _ = h.Write(append([]byte(p), 0)) // a hash takes everything
	}
	return "fs_" + hex.EncodeToString(h.Sum(nil))
}

// speaker is the browser that an event comes from. Flagsmith's clients on servers speak for people whose browsers are not
// known; the name of their library must not be taken for that of a bot (flagsmith-python-client/6.0).
func speaker(userAgent string) string {
	if strings.HasPrefix(userAgent, "flagsmith-") {
		return ""
	}
	return userAgent
}

type sentEvent struct {
	Event      string          `json:"event"`
	Feature    *string         `json:"feature_name"`
	Identifier *string         `json:"identifier"`
	Value      *string         `json:"value"`
	Metadata   json.RawMessage `json:"metadata"`
	Timestamp  json.Number     `json:"timestamp"`
}

// events takes exposures and the team's own events. The same event sent again is stored once.
func (d *door) events(c *call) error {
	var in struct {
		Events []sentEvent `json:"events"`
	}
	if err := c.read(&in, maxBulkBody); err != nil {
		return err
	}
	if len(in.Events) > maxEvents {
		return fault.New(fault.Invalid, "at most %d events may be sent at once", maxEvents)
	}
	browser, os := telemetry.Browser(speaker(c.r.UserAgent()))
	events := make([]telemetry.Event, 0, len(in.Events))
	for i, e := range in.Events {
		made, err := e.translate(time.Now())
		if err != nil {
			return fault.New(fault.Invalid, "event %d: %v", i+1, err)
		}
		made.Browser, made.OS = browser, os
		events = append(events, made)
	}
	accepted, duplicate, err := d.Telemetry.Ingest(c.r.Context(), c.environment.ID, events)
	if err != nil {
		return err
	}
	c.w.Header().Set("Cache-Control", "no-store")
	send(c.w, http.StatusAccepted, map[string]int{"accepted": accepted, "duplicate": duplicate})
	return nil
}

func (e *sentEvent) translate(now time.Time) (telemetry.Event, error) {
	who, name, value := orEmpty(e.Identifier), orEmpty(e.Feature), orEmpty(e.Value)
	if e.Event == "" || telemetry.TooLong(e.Event, telemetry.MaxName) {
		return telemetry.Event{}, fault.New(fault.Invalid, "an event's name has 1 to %d characters", telemetry.MaxName)
	}
	if telemetry.TooLong(who, telemetry.MaxUser) || telemetry.TooLong(name, telemetry.MaxWord) {
		return telemetry.Event{}, fault.New(fault.Invalid, "identifiers have at most %d characters, flags %d", telemetry.MaxUser, telemetry.MaxWord)
	}
	out := telemetry.Event{User: who, Flag: name, Session: session("identity", who), At: now}
	if ms, err := e.Timestamp.Int64(); err == nil {
		if at := time.UnixMilli(ms); at.After(now.Add(-maxAge)) && at.Before(now.Add(maxAhead)) {
			out.At = at
		}
	}
	h := fnv.New64a()
	for _, part := range []string{e.Event, name, value, e.Timestamp.String(), string(e.Metadata)} {
		_, _ = h.Write(append([]byte(part), 0)) // a hash takes everything
	}
	out.Seq = int64(h.Sum64()&(telemetry.MaxSeq-1)) + 1
	if e.Event == exposureEvent {
		if out.Kind = telemetry.Exposure; name == "" {
			return out, fault.New(fault.Invalid, "an exposure names no flag")
		}
		if !telemetry.TooLong(value, telemetry.MaxWord) {
			out.Variant = value
		}
		return out, nil
	}
	out.Kind, out.Name = telemetry.Custom, e.Event
	properties := map[string]any{"value": e.Value}
	if len(e.Metadata) <= maxProperties {
		properties["metadata"] = e.Metadata
	}
	if len(value) > maxProperties {
		return out, fault.New(fault.Invalid, "an event's value has at most %d bytes", maxProperties)
	}
	var err error
	out.Properties, err = json.Marshal(properties)
	return out, err
}

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
