package rollout

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// window counts the distinct people of each side who were noticed within the last stretch of time. Each notice costs
// constant time; memory is one entry a person and moment within the stretch.
type window struct {
	last  map[uint32]notice // person → last notice
	moves queue[moment]
	count [2]int64 // people by side
}

type notice struct {
	at   int64 // µs
	side uint8
}

type moment struct {
	at     int64 // µs
	person uint32
}

// grain is how exactly a window knows when somebody was noticed; finer would only cost memory.
const grain = int64(time.Second / time.Microsecond)

func newWindow() *window { return &window{last: map[uint32]notice{}} }

// touch notices a person.
func (w *window) touch(person uint32, side int, at int64) {
	at -= at % grain
	before, present := w.last[person]
	if present {
		w.count[before.side]--
		at = max(at, before.at)
	}
	w.last[person] = notice{at, uint8(side)} //nolint:gosec // 0 or 1
	w.count[side]++
	if !present || at != before.at {
		w.moves.push(moment{at, person})
	}
}

// expire forgets who was last noticed before a moment.
func (w *window) expire(before int64) {
	for w.moves.len() > 0 && w.moves.front().at < before {
		m := *w.moves.front()
		w.moves.pop()
		if n := w.last[m.person]; n.at == m.at {
			w.count[n.side]--
			delete(w.last, m.person)
		}
	}
}

// union is who is in any of the windows.
func union(windows []*window) *window {
	all := newWindow()
	latest := map[uint32]notice{}
	for _, w := range windows {
		for person, n := range w.last {
			if before, present := latest[person]; !present || n.at > before.at {
				latest[person] = n
			}
		}
	}
	people := slices.SortedFunc(maps.Keys(latest), func(a, b uint32) int {
		return cmp.Or(cmp.Compare(latest[a].at, latest[b].at), cmp.Compare(a, b))
	})
	for _, person := range people {
		all.touch(person, int(latest[person].side), latest[person].at)
	}
	return all
}
