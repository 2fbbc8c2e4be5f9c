package telemetry

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"slices"
)

const (
	mostSessions   = 100_000   // sessions whose events are known without asking the store
	mostKeys       = 2_000_000 // events of all of them, 8 bytes each
	longestSession = 20_000    // events of a session that is kept in memory; longer ones are asked for each time
	recentEvents   = 200_000   // at start, sessions with one of so many last events are loaded
)

// duplicates knows which events are stored already, exactly, however long ago. Sessions at work are in memory. Of all
// others a filter knows whether they may ever have been seen: a new one needs no query, an old one is looked up.
// It belongs to the committer, who is alone.
type duplicates struct {
	store Store
	ever  *filter
	known map[Session]*list.Element
	used  *list.List // of *seen, front: used last
	keys  int
}

// seen are the events of one session.
type seen struct {
	session Session
	keys    []uint64 // rising
	long    bool     // more than longestSession: only the keys that were asked for are in keys
}

// key packs kind and seq; seq < 2^53 leaves room.
func key(kind Kind, seq int64) uint64 {
	return uint64(seq)<<4 | uint64(slices.Index(kinds, kind)) //nolint:gosec // checked before: 0 ≤ seq ≤ maxSeq, kind known
}

func newDuplicates(store Store) *duplicates {
	return &duplicates{store: store, ever: newFilter(), known: map[Session]*list.Element{}, used: list.New()}
}

var errEnough = errors.New("enough")

// load fills the filter and the memory from the store. position is the last one.
func (d *duplicates) load(ctx context.Context, position int64) error {
	if err := d.store.Sessions(ctx, func(s Session) error { d.ever.add(s); return nil }); err != nil {
		return fmt.Errorf("load which sessions were seen: %w", err)
	}
	var current *seen
	keep := func() {
		if current != nil && !current.long {
			d.remember(current)
		}
	}
	err := d.store.Recent(ctx, position-recentEvents, func(i Identity) error {
		if current == nil || current.session != i.Session {
			keep()
			current = &seen{session: i.Session}
			if d.used.Len() >= mostSessions || d.keys+longestSession >= mostKeys {
				current = nil
				return errEnough
			}
		}
		current.load(i, nil)
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return fmt.Errorf("load recent events: %w", err)
	}
	keep()
	return nil
}

// fresh gives those events that are not stored yet, each once, and counts for each batch. They count as stored from
// here on; if storing them fails, forget has to be called.
func (d *duplicates) fresh(ctx context.Context, group []*batch) ([]Event, error) {
	of, err := d.lookUp(ctx, group)
	if err != nil {
		return nil, err
	}
	var fresh []Event
	for _, b := range group {
		b.accepted = 0
		for _, e := range b.events {
			s := of[Session{e.EnvironmentID, e.Session}]
			if s.add(key(e.Kind, e.Seq)) {
				fresh = append(fresh, e)
				b.accepted++
			}
		}
	}
	for _, s := range of {
		d.remember(s)
	}
	for len(d.known) > mostSessions || d.keys > mostKeys {
		d.drop(d.used.Back())
	}
	return fresh, nil
}

// lookUp finds what is stored of each session in the group. Sessions are taken out of memory while they change.
func (d *duplicates) lookUp(ctx context.Context, group []*batch) (map[Session]*seen, error) {
	of := map[Session]*seen{}
	asked := map[Identity]bool{}
	var unknown []Session
	for _, b := range group {
		for _, e := range b.events {
			session := Session{e.EnvironmentID, e.Session}
			if _, done := of[session]; done {
				continue
			}
			of[session] = &seen{session: session}
			if element, resident := d.known[session]; resident {
				of[session] = element.Value.(*seen)
			} else if d.ever.mayHold(session) {
				unknown = append(unknown, session)
			}
		}
	}
	if len(unknown) > 0 {
		for _, b := range group {
			for _, e := range b.events {
				asked[Identity{Session{e.EnvironmentID, e.Session}, e.Kind, e.Seq}] = true
			}
		}
		err := d.store.Seen(ctx, unknown, func(i Identity) error { of[i.Session].load(i, asked); return nil })
		if err != nil {
			return nil, fmt.Errorf("look up which events are stored: %w", err)
		}
	}
	for session := range of {
		d.ever.add(session) // before storing: should the store fail halfway, it will be asked next time
		if element, resident := d.known[session]; resident {
			d.drop(element)
		}
	}
	return of, nil
}

// forget makes the store the only one who knows of these sessions.
func (d *duplicates) forget(group []*batch) {
	for _, b := range group {
		for _, e := range b.events {
			if element, resident := d.known[Session{e.EnvironmentID, e.Session}]; resident {
				d.drop(element)
			}
		}
	}
}

func (d *duplicates) remember(s *seen) {
	if s.long || len(s.keys) > longestSession {
		return
	}
	d.known[s.session] = d.used.PushFront(s)
	d.keys += len(s.keys)
}

func (d *duplicates) drop(element *list.Element) {
	s := element.Value.(*seen)
	d.used.Remove(element)
	delete(d.known, s.session)
	d.keys -= len(s.keys)
}

// load takes a stored event. Of a session too long to keep, only events that were asked for.
func (s *seen) load(i Identity, asked map[Identity]bool) {
	if len(s.keys) >= longestSession {
		s.long = true
	}
	if !s.long || asked[i] {
		s.add(key(i.Kind, i.Seq))
	}
}

// add says whether the key is new. Keys mostly come in order.
func (s *seen) add(k uint64) bool {
	if n := len(s.keys); n == 0 || s.keys[n-1] < k {
		s.keys = append(s.keys, k)
		return true
	}
	at, found := slices.BinarySearch(s.keys, k)
	if !found {
		s.keys = slices.Insert(s.keys, at, k)
	}
	return !found
}
