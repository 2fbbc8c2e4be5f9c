package stream

import (
	"sync"
	"time"
)

const (
	// slotFor is how exactly a line's time is kept; slots of it make a turn of the wheel, within which every line is
	// looked at.
	slotFor = 25 * time.Millisecond
	slots   = int(lookEvery/slotFor) + 1
	// turnFor is how long the loop tells lines of news at least before others run, who ask for the flags it tells of.
	turnFor = 200 * time.Microsecond
)

// shard is a share of the streams, with a loop that runs while there are any.
type shard struct {
	hub   *Hub
	began time.Time
	wake  chan struct{} // holds one token while there is something to take in

	mu      sync.Mutex
	running bool
	joined  []*line
	news    map[*room]*news // the newest of each room
	nudged  bool            // some handler has ended

	// Only the loop's.
	wheel [slots][]*line
	hand  int64 // the slot that was looked at last, counted since the shard began
	count int
	by    attempt
	yield *yielder
}

func newShard(h *Hub) *shard {
	s := &shard{hub: h, began: h.now(), wake: make(chan struct{}, 1), news: map[*room]*news{}}
	s.by.prepare()
	return s
}

// adopt gives a line that was opened to the loop.
func (s *shard) adopt(l *line) {
	s.mu.Lock()
	s.joined = append(s.joined, l)
	if !s.running {
		s.running = true
		s.hub.open.Go(s.run) // the line has entered, so that nobody has waited yet for all to be over
	}
	s.mu.Unlock()
	s.alert()
}

// tell has the loop tell its lines of news. News that comes before the last was told takes its place.
func (s *shard) tell(n *news) {
	s.mu.Lock()
	if s.running {
		s.news[n.room] = n
	}
	s.mu.Unlock()
	s.alert()
}

// nudge has the loop look at once at lines whose handler has ended.
func (s *shard) nudge() {
	s.mu.Lock()
	s.nudged = true
	s.mu.Unlock()
	s.alert()
}

func (s *shard) alert() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *shard) run() {
	tick := time.NewTicker(slotFor)
	defer tick.Stop()
	mine := newYielder() // another loop may begin before this one has ended
	defer mine.close()
	s.yield = mine
	s.hand = int64(s.now() / slotFor)
	for s.takeIn() {
		select {
		case <-s.wake:
		case <-tick.C:
			s.turn()
		case <-s.hub.stop:
			s.each(func(*line) bool { return false })
		}
	}
}

func (s *shard) now() time.Duration { return s.hub.now().Sub(s.began) }

// takeIn does what others have left for the loop. It says whether any line is left; without one the loop has to end.
func (s *shard) takeIn() bool {
	s.mu.Lock()
	joined, nudged := s.joined, s.nudged
	s.joined, s.nudged = nil, false
	var told map[*room]*news
	if len(s.news) > 0 {
		told, s.news = s.news, map[*room]*news{}
	}
	s.running = s.count > 0 || len(joined) > 0
	running := s.running
	s.mu.Unlock()
	if !running { // another loop may have begun already
		return false
	}
	now := s.now()
	for _, l := range joined {
		l.begin(now, told[l.room])
		s.put(l, min(l.nextLook(now), now+lookEvery))
		s.count++
	}
	if nudged {
		s.each(func(l *line) bool { p, is := l.out.(*pump); return !is || !p.gone(&s.by) })
	}
	if len(told) > 0 {
		s.spreadNews(told)
	}
	return true
}

// spreadNews tells every line. It takes turns with whoever asks for something meanwhile, and gives them at most half of
// the time: however busy the server is, the news arrives.
func (s *shard) spreadNews(told map[*room]*news) {
	s.yield.give() // who asked already sees what is told
	mine, since := turnFor, s.now()
	s.each(func(l *line) bool {
		n := told[l.room]
		if n == nil {
			return true
		}
		now := s.now()
		if now-since >= mine {
			s.yield.give()
			since = s.now()
			mine = max(turnFor, since-now)
			now = since
		}
		alive := l.tell(n, now, &s.by)
		if alive && (l.dueAt != never || l.stuckAt != never) {
			s.take(l)
			s.put(l, l.nextLook(now))
		}
		return alive
	})
}

// turn looks at the lines whose time has come.
func (s *shard) turn() {
	now := s.now()
	last := int64(now / slotFor)
	s.hand = max(s.hand, last-int64(slots)) // one turn catches up with everything
	for s.hand < last {
		s.hand++
		slot := s.hand % int64(slots)
		lines := s.wheel[slot]
		s.wheel[slot] = nil
		for _, l := range lines {
			if l.look(now, &s.by) {
				s.put(l, l.nextLook(now))
			} else {
				s.count--
				s.hub.end(l)
			}
		}
		if s.wheel[slot] == nil {
			clear(lines)
			s.wheel[slot] = lines[:0]
		}
	}
}

// put has a line looked at when the slot of at comes, which is never the one under the hand.
func (s *shard) put(l *line, at time.Duration) {
	slot := min(max(int64(at/slotFor)+1, s.hand+1), s.hand+int64(slots)-1) % int64(slots)
	l.slot, l.place = int32(slot), int32(len(s.wheel[slot])) //nolint:gosec // both far below
	s.wheel[slot] = append(s.wheel[slot], l)
}

// take takes a line out of the wheel.
func (s *shard) take(l *line) {
	lines := s.wheel[l.slot]
	last := lines[len(lines)-1]
	lines[l.place], last.place = last, l.place
	lines[len(lines)-1] = nil
	s.wheel[l.slot] = lines[:len(lines)-1]
}

// each calls do with every line there was, wherever do puts it, and ends those for which it says no.
func (s *shard) each(do func(*line) bool) {
	all := make([]*line, 0, s.count)
	for _, lines := range s.wheel {
		all = append(all, lines...)
	}
	for _, l := range all {
		if !do(l) {
			s.take(l)
			s.count--
			s.hub.end(l)
		}
	}
}
