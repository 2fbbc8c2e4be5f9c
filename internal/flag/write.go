package flag

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/siteproof/belay/internal/change"
)

// write checks and keeps what differs between two views, and records it in the commit under way.
func (s *Service) write(ctx context.Context, environmentID string, before, after *view) error {
	revision, err := s.journal.Next(ctx)
	if err != nil {
		return err
	}
	w := writer{store: s.store, environmentID: environmentID, revision: revision, now: time.Now().UTC().Truncate(time.Microsecond)}
	for _, key := range slices.Sorted(maps.Keys(after.segments)) {
		if err := w.segment(ctx, key, before, after); err != nil {
			return err
		}
	}
	for _, key := range slices.Sorted(maps.Keys(after.flags)) {
		if err := w.flag(ctx, key, before, after); err != nil {
			return err
		}
	}
	if err := w.removals(ctx, before, after); err != nil || !w.wrote {
		return err
	}
	if problem := checkTogether(after); problem != nil {
		return problem
	}
	return s.store.SetRevision(ctx, environmentID, revision)
}

// writer writes the differences of one edit.
type writer struct {
	store         Store
	environmentID string
	revision      int64
	now           time.Time
	wrote         bool
}

func (w *writer) flag(ctx context.Context, key string, before, after *view) error {
	f := after.flags[key]
	old, existed := before.flags[key]
	if existed && reflect.DeepEqual(old, f) { // cheap for what nobody has touched: its lists are the same ones
		return nil
	}
	f.normalise()
	old.normalise()
	f.SteadyAt = old.SteadyAt
	if existed && reflect.DeepEqual(old, f) {
		after.flags[key] = f
		return nil
	}
	if problem := checkFlag(f); problem != nil {
		return problem
	}
	f.Version, f.UpdatedAt = w.revision, w.now
	if !existed || !sameEffect(old, f) {
		f.SteadyAt = w.now
	}
	after.flags[key] = f
	if err := w.store.SaveFlag(ctx, f); err != nil {
		return err
	}
	return record(ctx, w, FlagUpdated, FlagCreated, key, &old, existed, &f)
}

func (w *writer) segment(ctx context.Context, key string, before, after *view) error {
	g := after.segments[key]
	old, existed := before.segments[key]
	if existed && reflect.DeepEqual(old, g) {
		return nil
	}
	g.normalise()
	old.normalise()
	if existed && reflect.DeepEqual(old, g) {
		after.segments[key] = g
		return nil
	}
	if problem := checkSegment(g); problem != nil {
		return problem
	}
	g.UpdatedAt = w.now
	after.segments[key] = g
	if err := w.store.SaveSegment(ctx, g); err != nil {
		return err
	}
	return record(ctx, w, SegmentUpdated, SegmentCreated, key, &old, existed, &g)
}

func (w *writer) removals(ctx context.Context, before, after *view) error {
	for _, key := range slices.Sorted(maps.Keys(before.flags)) {
		old := before.flags[key]
		if _, stays := after.flags[key]; stays {
			continue
		}
		if err := w.store.RemoveFlag(ctx, old.ID); err != nil {
			return err
		}
		if err := record[Flag](ctx, w, FlagRemoved, "", key, &old, true, nil); err != nil {
			return err
		}
	}
	for _, key := range slices.Sorted(maps.Keys(before.segments)) {
		old := before.segments[key]
		if _, stays := after.segments[key]; stays {
			continue
		}
		if err := w.store.RemoveSegment(ctx, old.ID); err != nil {
			return err
		}
		if err := record[Segment](ctx, w, SegmentRemoved, "", key, &old, true, nil); err != nil {
			return err
		}
	}
	return nil
}

// record puts one difference into the commit under way.
func record[T any](ctx context.Context, w *writer, kind, kindWhenNew, key string, old *T, existed bool, now *T) error {
	if !existed {
		kind, old = kindWhenNew, nil
	}
	w.wrote = true
	return change.RecordValues(ctx, change.Change{Kind: kind, EnvironmentID: w.environmentID, Subject: key}, old, now)
}

// normalise makes equal flags equal to the byte: lists are never nil, values have no white space around their parts.
func (f *Flag) normalise() {
	f.Tags, f.Variants = orEmpty(f.Tags), slices.Clone(orEmpty(f.Variants))
	f.Segments, f.Identities = slices.Clone(orEmpty(f.Segments)), slices.Clone(orEmpty(f.Identities))
	f.Value = compact(f.Value)
	for i := range f.Variants {
		f.Variants[i].Value = compact(f.Variants[i].Value)
	}
	for _, overrides := range [][]Override{f.Segments, f.Identities} {
		for i := range overrides {
			overrides[i].Value = compact(overrides[i].Value)
		}
	}
}

func (g *Segment) normalise() { g.Rules = normalRules(g.Rules) }

func normalRules(rules []Rule) []Rule {
	out := slices.Clone(orEmpty(rules))
	for i := range out {
		out[i].Conditions, out[i].Rules = orEmpty(out[i].Conditions), normalRules(out[i].Rules)
	}
	return out
}

func orEmpty[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}

// compact gives JSON without needless white space; what is not JSON stays for the check to refuse. Null is no value.
func compact(value json.RawMessage) json.RawMessage {
	var b bytes.Buffer
	if len(value) == 0 || json.Compact(&b, value) != nil {
		return value
	}
	if b.String() == "null" {
		return nil
	}
	var escaped bytes.Buffer // as json.Marshal writes it, so that the journal, the store and the snapshot hold the same bytes
	json.HTMLEscape(&escaped, b.Bytes())
	return escaped.Bytes()
}
