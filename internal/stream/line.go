package stream

import (
	"math/rand/v2"
	"strconv"
	"time"
)

const (
	// spread is over how long a change is told to other vendors' clients, all of which ask again at once.
	spread = 300 * time.Millisecond
	// Some clients drop an event that comes while they are asking, so each is told again after these times.
	firstRepeat, secondRepeat = 2 * time.Second, 10 * time.Second
	// lookEvery is how often a line is looked at: whether the browser is still there, and takes what it is sent.
	lookEvery = time.Second
	// retryEvery is how often a line that takes nothing is tried again.
	retryEvery = 100 * time.Millisecond
)

// never is when something happens that is not going to.
const never = time.Duration(1<<63 - 1)

// sink is where a line's bytes go. Its methods are called by one goroutine at a time and never wait.
type sink interface {
	// send takes the beginning of b, or nothing of it when there is no room now. An error means that the line is dead.
	send(b []byte, by *attempt) (int, error)
	// gone says whether the other side has hung up.
	gone(by *attempt) bool
	close()
}

// line is one open stream. Once it is open only the loop of its shard touches it. There are tens of thousands: every
// field counts.
type line struct {
	out     sink
	room    *room
	session string                      // of a page of Belay's own SDK; "" for the others
	event   func(revision int64) string // another vendor's form; nil for OFREP's

	newest  int64         // the newest revision
	dueAt   time.Duration // when it is told of the newest, or told again; times are since the shard began
	pingAt  time.Duration
	stuckAt time.Duration // since when it takes nothing; never: it does
	rest    []byte        // of the last message, which it took only a part of
	repeats int8          // how often it is still told again

	slot, place int32 // where in the wheel it is
}

// news is what a line may be told of a change. It is encoded once for all.
type news struct {
	room     *room
	revision int64
	plain    []byte // ask again
	values   []byte // what changed, for pages of Belay's own SDK; the same as plain when that is not the same for everybody
}

func newNews(r *room, revision int64, values *Values) *news {
	n := &news{room: r, revision: revision, plain: message(revision, true)}
	n.values = n.plain
	if values != nil {
		n.values = strconv.AppendInt([]byte("id: "), revision, 10)
		n.values = append(n.values, "\ndata: {\"type\":\"refetchEvaluation\",\"from\":"...)
		n.values = strconv.AppendInt(n.values, values.From, 10)
		n.values = append(n.values, ",\"flags\":"...)
		n.values = append(append(n.values, values.Flags...), "}\n\n"...)
	}
	return n
}

// message tells a client of a revision in OFREP's form: to ask again, or just that this is the one it has to remember.
func message(revision int64, refetch bool) []byte {
	b := append(strconv.AppendInt([]byte("id: "), revision, 10), "\ndata: {\"type\":\""...)
	if refetch {
		return append(b, "refetchEvaluation\"}\n\n"...)
	}
	return append(b, "hello\"}\n\n"...)
}

var ping = []byte(": ping\n\n")

// begin is called when the line comes under the loop: it may have missed what was announced while it was opening, unless
// it is told of that next.
func (l *line) begin(now time.Duration, next *news) {
	l.dueAt, l.stuckAt, l.pingAt = never, never, now+heartbeat
	if current := l.room.current(); current > l.newest && (next == nil || next.revision < current) {
		l.hear(current, now)
	}
}

// hear notes a newer revision, of which the line is told when it is due.
func (l *line) hear(revision int64, now time.Duration) {
	l.newest, l.dueAt = revision, now
	if l.event != nil {
		l.dueAt += rand.N(spread) //nolint:gosec // spreads load, guards nothing
		l.repeats = 2
	}
}

// tell tells the line of news, or notes when to. It says whether the line goes on.
func (l *line) tell(n *news, now time.Duration, by *attempt) bool {
	if n.revision <= l.newest {
		return true
	}
	l.hear(n.revision, now)
	if l.event != nil || l.stuckAt != never {
		return true
	}
	b := n.plain
	if l.session != "" {
		b = n.values
	}
	return l.say(b, now, by)
}

// look does what is due. It says whether the line goes on.
func (l *line) look(now time.Duration, by *attempt) bool {
	if l.out.gone(by) {
		return false
	}
	if len(l.rest) > 0 {
		if _, alive := l.push(l.rest, now, by); !alive {
			return false
		}
	}
	if l.dueAt <= now && len(l.rest) == 0 && !l.say(l.due(), now, by) {
		return false
	}
	if l.pingAt <= now && len(l.rest) == 0 {
		if _, alive := l.push(ping, now, by); !alive {
			return false
		}
	}
	return l.stuckAt == never || now-l.stuckAt < writeFor
}

// due is what tells of the newest revision.
func (l *line) due() []byte {
	if l.event != nil {
		return []byte(l.event(l.newest))
	}
	return message(l.newest, true)
}

// say sends what tells of the newest revision. What a line takes nothing of stays due, and may be overtaken.
func (l *line) say(b []byte, now time.Duration, by *attempt) bool {
	taken, alive := l.push(b, now, by)
	if !taken {
		return alive
	}
	l.dueAt = never
	switch l.repeats {
	case 2:
		l.dueAt = now + firstRepeat
	case 1:
		l.dueAt = now + secondRepeat - firstRepeat
	default:
		return alive
	}
	l.repeats--
	return alive
}

// push sends bytes. It says whether the line took any, and whether it goes on.
func (l *line) push(b []byte, now time.Duration, by *attempt) (taken, alive bool) {
	n, err := l.out.send(b, by)
	if err != nil {
		return false, false
	}
	if n == len(b) {
		l.rest, l.stuckAt, l.pingAt = nil, never, now+heartbeat
		return true, true
	}
	if n > 0 || len(l.rest) > 0 {
		l.rest = b[n:]
	}
	if n > 0 || l.stuckAt == never {
		l.stuckAt = now
	}
	return n > 0, true
}

// nextLook is when to look at the line again.
func (l *line) nextLook(now time.Duration) time.Duration {
	at := min(now+lookEvery, l.pingAt)
	if l.stuckAt != never {
		return min(at, now+retryEvery)
	}
	return min(at, l.dueAt)
}
