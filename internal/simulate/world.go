package simulate

import (
	"container/heap"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"time"
)

// World is a made-up front end with its visitors. The zero value of a field means "none of it".
type World struct {
	Seed    uint64
	Rate    float64 // sessions a second, averaged over a day
	Cycle   float64 // how much the rate swings over a day, 0 to 1
	People  int     // who may come; each is as likely to come again
	Bots    float64 // share of sessions that fetch flags and never report anything; every other one is a probe that comes all the time, the rest never come again
	Chronic float64 // share of people who meet known errors in a third of their sessions

	ErrorRate float64 // share of sessions of everybody else with a known error
	Silent    float64 // share of sessions that end before the page is ready
	Late      float64 // share of beacons of errors and vitals that come late, by an hour on average; a page that says it is ready has just fetched its flags, and is online
	Twice     float64 // share of beacons that come twice
	Insists   float64 // share of people who load a page again that stays empty, and again; of those who would have left anyway a tenth of it
	Views     float64 // pages that a session loads on average, one after the other
	ColdCache float64 // what the first view of the new version takes longer, as a part of its LCP

	Components []string
	Incidents  []Incident // both versions are hit alike
	Outages    []Stretch  // no beacon arrives; exposures go on
	Harm       Harm
}

// Stretch is a time within a trace.
type Stretch struct{ From, To time.Duration }

// Incident is a time in which a share of all sessions meets one more error.
type Incident struct {
	Stretch
	Share float64
}

// Harm is what the new version does to people, the truth that a verdict is held against.
type Harm struct {
	NewError  float64 // share of sessions that meet an error nobody had before, in the first component
	Errors    float64 // known errors become this many times as likely; 0 and 1 leave them
	BootCrash float64 // share of sessions that never become ready
	LCP       float64 // LCP grows by this part
	Browser   string  // only there; "" everywhere
}

// None says whether the new version hurts nobody.
func (h Harm) None() bool {
	return h.NewError == 0 && h.BootCrash == 0 && h.LCP == 0 && (h.Errors == 0 || h.Errors == 1)
}

// Usual is a world as the reference application has it: everything that makes telemetry hard to read, and no harm.
func Usual(rate float64, seed uint64) World {
	return World{
		Seed: seed, Rate: rate, Cycle: .6, People: int(max(2000, rate*20_000)), Bots: .015, Chronic: .005,
		ErrorRate: .0034, Silent: .02, Insists: .7, Late: .03, Twice: .02, Views: 3, ColdCache: .25,
		Components: []string{"ncr-form", "dashboard", "itp-form", "diary", "auth"},
	}
}

const (
	knownErrors  = 12
	freshError   = "fp-new"
	second       = int64(time.Second / time.Millisecond)
	day          = 24 * 3600 * second
	tickEvery    = 10 * second
	usualLCP     = 1750.0 // ms, the median; the 75th percentile is near 2,490
	spreadOfLCP  = .525   // of its logarithm
	chronicShare = 1.0 / 3
	probes       = .5 // of bots
	// probesForRate is how many probes there are for one session a second.
	probesForRate = 2
)

var browsers = []struct {
	name  string
	share float64
}{{"chrome", .62}, {"safari", .2}, {"edge", .09}, {"firefox", .07}, {"other", .02}}

// Stream is a world at work: it gives records in their order of arrival and hears which share is in force.
type Stream struct {
	world   World
	random  *rand.Rand
	share   float64
	now     int64   // of the next session, ms
	next    float64 // the same, not rounded
	tickAt  int64
	seen    map[int]uint8 // people → had a view of the old version (1), of the new version (2)
	waiting arrivals
	order   int64
	hit     map[int]struct{} // people whom the harm met
	session int64
}

// errorRate is the share of sessions with a known error.
func (w World) errorRate() float64 { return w.ErrorRate*(1-w.Chronic) + chronicShare*w.Chronic }

// Stream begins the world at a share of the first stage.
func (w World) Stream(share float64) *Stream {
	s := &Stream{
		world: w, random: rand.New(rand.NewPCG(w.Seed, 17)), share: share, tickAt: tickEvery, //nolint:gosec // a made-up world
		seen: map[int]uint8{}, hit: map[int]struct{}{},
	}
	s.wait()
	return s
}

// StartRecord is the line that a trace of the world begins with.
func (w World) StartRecord(stages []float64) Record {
	known := make([]string, 0, knownErrors)
	for n := range knownErrors {
		known = append(known, "fp-"+strconv.Itoa(n))
	}
	return Record{Type: Start, Stages: stages, KnownFingerprints: known, HistoryLCP: usualLCP * math.Exp(.6745*spreadOfLCP), HistoryErrorRate: w.errorRate()}
}

// SetShare says from now on which share of people has the new version, 0 to 1.
func (s *Stream) SetShare(share float64) { s.share = share }

// Hit is how many people the harm has met so far.
func (s *Stream) Hit() int { return len(s.hit) }

// Next gives the next record. Every ten seconds it is a tick.
func (s *Stream) Next() Record {
	for s.now < s.tickAt && (len(s.waiting) == 0 || s.now <= s.waiting[0].T) {
		s.begin()
		s.wait()
	}
	if len(s.waiting) > 0 && s.waiting[0].T <= s.tickAt {
		return heap.Pop(&s.waiting).(*arrival).Record
	}
	tick := Record{T: s.tickAt, Type: Tick, Weight: s.share}
	s.tickAt += tickEvery
	return tick
}

// wait draws when the next session begins: a Poisson process whose rate follows the day.
func (s *Stream) wait() {
	most := s.world.Rate * (1 + s.world.Cycle)
	for {
		s.next += s.random.ExpFloat64() / most * float64(second)
		rate := s.world.Rate * (1 + s.world.Cycle*math.Sin(2*math.Pi*s.next/float64(day)))
		if s.random.Float64()*most < rate {
			break
		}
	}
	s.now = int64(s.next)
}

// begin lets one session come.
func (s *Stream) begin() {
	w := &s.world
	who := s.random.IntN(w.People)
	bot := s.chance(w.Bots)
	if bot {
		who = s.bot()
	}
	place := placeOf(w.Seed, who)
	treated := place < s.share
	s.session++
	r := Record{
		User: "u" + strconv.Itoa(who), Session: "s" + strconv.FormatInt(s.session, 36), Variant: "control", Weight: s.share,
		Browser: browserOf(w.Seed, who),
	}
	if treated {
		r.Variant = Treatment
	}
	s.put(r, Exposure, s.now)
	harmed := treated && (w.Harm.Browser == "" || w.Harm.Browser == r.Browser)
	if bot {
		return
	}
	if harmed && s.chance(w.Harm.BootCrash) {
		s.hit[who] = struct{}{}
		s.insist(r, w.Insists)
		return
	}
	if s.chance(w.Silent) {
		s.insist(r, w.Insists/10)
		return
	}
	s.beacon(r, Ready, 1500+s.random.ExpFloat64()*1000)
	at := 5000.0
	s.vitals(r, who, treated, harmed, at)
	for w.Views > 1 && s.chance(1-1/w.Views) {
		at += 10_000 + s.random.ExpFloat64()*50_000
		s.vitals(r, who, treated, harmed, at)
	}
	s.errors(r, who, harmed)
}

// bot is the number of one that comes now.
func (s *Stream) bot() int {
	if s.chance(probes) {
		return s.world.People + s.random.IntN(max(1, int(s.world.Rate*probesForRate)))
	}
	return 2*s.world.People + int(s.session)
}

// insist has somebody load a page again that stays empty: the flags are fetched anew.
func (s *Stream) insist(r Record, chance float64) {
	at := s.now
	for s.chance(chance) {
		at += int64(4000 + s.random.ExpFloat64()*8000)
		s.put(r, Exposure, at)
	}
}

// vitals reports how fast one page was that loaded so many milliseconds after the session began.
func (s *Stream) vitals(r Record, who int, treated, harmed bool, after float64) {
	lcp := usualLCP * math.Exp(spreadOfLCP*s.random.NormFloat64())
	mark := uint8(1)
	if treated {
		mark = 2
	}
	if treated && s.seen[who]&mark == 0 {
		lcp *= 1 + s.world.ColdCache
	}
	s.seen[who] |= mark
	if harmed {
		lcp *= 1 + s.world.Harm.LCP
	}
	lcp = math.Round(lcp*10) / 10
	inp := math.Round(90 * math.Exp(.7*s.random.NormFloat64()))
	cls := math.Round(40*math.Exp(.9*s.random.NormFloat64())) / 1000
	at := s.now + int64(after)
	r.LCP, r.INP, r.CLS, r.At = &lcp, &inp, &cls, &at
	s.beacon(r, Vitals, after+s.random.ExpFloat64()*20_000)
}

func (s *Stream) errors(r Record, who int, harmed bool) {
	w := &s.world
	chance := w.ErrorRate
	if float64(who%1000) < w.Chronic*1000 {
		chance = chronicShare
	}
	if harmed && w.Harm.Errors > 0 {
		chance *= w.Harm.Errors
	}
	if s.chance(chance) {
		s.failure(r, "fp-"+strconv.Itoa(s.random.IntN(knownErrors)), w.Components[s.random.IntN(len(w.Components))])
		if harmed && w.Harm.Errors > 1 && s.chance(1-1/w.Harm.Errors) {
			s.hit[who] = struct{}{}
		}
	}
	for n, incident := range w.Incidents {
		if at := time.Duration(s.now) * time.Millisecond; at >= incident.From && at < incident.To && s.chance(incident.Share) {
			s.failure(r, fmt.Sprintf("fp-incident-%d", n), "")
		}
	}
	if harmed && s.chance(w.Harm.NewError) {
		s.failure(r, freshError, w.Components[0])
		s.hit[who] = struct{}{}
	}
}

// failure sends an error; some pages meet it in a loop.
func (s *Stream) failure(r Record, fingerprint, component string) {
	r.Fingerprint, r.Component, r.Count = fingerprint, component, 1
	if s.chance(.1) {
		r.Count = 20 + s.random.IntN(180)
	}
	s.beacon(r, Error, 2000+s.random.ExpFloat64()*30_000)
}

// beacon sends what a page reports: sometimes late, sometimes twice, not at all during an outage.
func (s *Stream) beacon(r Record, kind Kind, after float64) {
	at := s.now + int64(after)
	if kind != Ready && s.chance(s.world.Late) {
		at += int64(s.random.ExpFloat64() * 3600 * float64(second))
	}
	for _, o := range s.world.Outages {
		if arrived := time.Duration(at) * time.Millisecond; arrived >= o.From && arrived < o.To {
			return
		}
	}
	s.put(r, kind, at)
	if s.chance(s.world.Twice) {
		s.put(r, kind, at+int64(s.random.ExpFloat64()*5000))
	}
}

func (s *Stream) put(r Record, kind Kind, at int64) {
	s.order++
	r.Type, r.T = kind, at
	heap.Push(&s.waiting, &arrival{r, s.order})
}

func (s *Stream) chance(p float64) bool { return p > 0 && s.random.Float64() < p }

// placeOf is where somebody falls between 0 and 1, the same whenever they come.
func placeOf(seed uint64, who int) float64 {
	return rand.New(rand.NewPCG(seed^0xA5A5, uint64(who))).Float64() //nolint:gosec // a made-up world
}

func browserOf(seed uint64, who int) string {
	at := rand.New(rand.NewPCG(seed^0x5A5A, uint64(who))).Float64() //nolint:gosec // a made-up world
	for _, b := range browsers {
		if at -= b.share; at < 0 {
			return b.name
		}
	}
	return "other"
}

// arrival is a record on its way; order keeps those of one millisecond as they were sent.
type arrival struct {
	Record
	order int64
}

type arrivals []*arrival

func (a arrivals) Len() int { return len(a) }
func (a arrivals) Less(i, j int) bool {
	return a[i].T < a[j].T || (a[i].T == a[j].T && a[i].order < a[j].order)
}
func (a arrivals) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a *arrivals) Push(x any)   { *a = append(*a, x.(*arrival)) }
func (a *arrivals) Pop() any {
	all := *a
	last := all[len(all)-1]
	all[len(all)-1] = nil
	*a = all[:len(all)-1]
	return last
}
