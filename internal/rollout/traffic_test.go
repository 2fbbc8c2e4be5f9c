package rollout_test

import (
	"container/heap"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/rollout"
	"github.com/siteproof/belay/internal/telemetry"
)

// harms are what a new version does to its people; the zero value does nothing.
type harms struct {
	errors  float64 // times as many errors of every day; 0 means 1
	safari  float64 // the same, on Safari alone
	fresh   float64 // share of sessions that meet an error nobody had before
	crashes float64 // share of sessions that never become ready
	slower  float64 // how much later a page paints, as a part
	cold    float64 // the same, at a person's first view only
	lost    float64 // share of good events that do not happen
}

// traffic is made of people who come again and again, more by day than by night; some meet errors in bursts, all the
// time; some beacons come late, and some twice.
type traffic struct {
	random   *rand.Rand
	rollout  rollout.Rollout
	evidence *rollout.Evidence
	harms    harms
	rate     float64 // sessions a second by midday
	silent   float64 // share of sessions of either side that never become ready: closed tabs, bots nobody knows
	delayed  float64 // share of beacons that come much later
	people   int     // who come again; as many sessions are of people who never do
	now      time.Time
	position int64
	late     lateness
	viewed   map[string]bool // by person and span
	hurt     map[string]bool // people who met the harm
	session  int
	tap      func(telemetry.Event) // takes what arrives instead of the evidence; may be nil
}

var browserShares = []struct {
	browser, os string
	share       float64
}{{"Chrome", "Windows", .5}, {"Safari", "iOS", .2}, {"Safari", "macOS", .05}, {"Edge", "Windows", .15}, {"Firefox", "Linux", .1}}

func newTraffic(seed uint64, rate float64, people int, h harms) *traffic {
	r := plain(5)
	r.Salt = fmt.Sprintf("salt-%d", seed)
	r.Plan = rollout.DefaultPlan()
	past := rollout.Past{Percentiles: map[string]float64{"LCP": 2490, "INP": 280, "CLS": .02}}
	for _, component := range components {
		past.Fingerprints = append(past.Fingerprints, "fp-"+component)
	}
	return &traffic{
		random: rand.New(rand.NewPCG(seed, 77)), rollout: r, evidence: rollout.NewEvidence(r, past), harms: h, //nolint:gosec // a test
		rate: rate, silent: .03, delayed: .03, people: people, now: began, viewed: map[string]bool{}, hurt: map[string]bool{},
	}
}

// climb goes to the next share.
func (w *traffic) climb() {
	w.rollout = w.rollout.After(rollout.Verdict{Action: rollout.Advance}, w.now)
	w.evidence.Follow(w.rollout)
}

// visit lets the next person come.
func (w *traffic) visit() {
	hour := w.now.Sub(began).Hours()
	w.now = w.now.Add(time.Duration(w.random.ExpFloat64() / (w.rate * (1 + .5*math.Sin(hour/4))) * float64(time.Second)))
	w.deliver(w.now)
	w.session++
	user, chronic := fmt.Sprintf("usr_once_%d", w.session), false
	if w.random.IntN(2) == 0 {
		number := w.random.IntN(w.people)
		user, chronic = fmt.Sprintf("usr_%d", number), number%20 == 0
	}
	span := len(w.rollout.Spans) - 1
	treated := flag.Bucket(w.rollout.Salt, user) < w.rollout.Spans[span].Percent
	h := w.harms
	if !treated {
		h = harms{}
	}
	e := telemetry.Event{EnvironmentID: "env", User: user, Session: fmt.Sprintf("ses_%d", w.session), Tier: []string{"trial", "team"}[len(user)%2]}
	e.Browser, e.OS = w.browser()
	w.send(e, telemetry.Fetch, 0)
	if silent := w.random.Float64(); silent < w.silent+h.crashes {
		if silent >= w.silent {
			w.hurt[user] = true
		}
		if w.random.IntN(3) == 0 { // somebody loads the page again
			w.send(e, telemetry.Fetch, 9*time.Second)
		}
		return
	}
	w.send(e, telemetry.Ready, time.Second)
	w.views(e, h, fmt.Sprint(user, span))
	chance := .005
	if chronic {
		chance = .1
	}
	if h.errors > 0 {
		chance *= h.errors
	}
	if h.safari > 0 && e.Browser == "Safari" {
		chance *= h.safari
	}
	if w.random.Float64() < chance {
		e.Component = components[w.random.IntN(len(components))]
		e.Fingerprint = "fp-" + e.Component
		for range 1 + w.random.IntN(30) {
			w.send(e, telemetry.Error, 2*time.Second)
		}
	}
	if w.random.Float64() < h.fresh {
		w.hurt[user] = true
		e.Component, e.Fingerprint = "diary", "fp-new"
		w.send(e, telemetry.Error, 2*time.Second)
	}
	if e.Name = "ncr.saved"; w.random.Float64() < .2*(1-h.lost) {
		w.send(e, telemetry.Custom, 5*time.Second)
	}
}

// views are one or two pages. How fast they are depends on the person's connection too.
func (w *traffic) views(e telemetry.Event, h harms, place string) {
	connection := 1 + float64(len(e.User)%3)/5
	for page := range 1 + w.random.IntN(2) {
		at := time.Duration(page*30+3) * time.Second
		slower := 1 + h.slower
		if !w.viewed[place] {
			slower += h.cold
		}
		w.viewed[place] = true
		e.Name, e.Value = "LCP", 1400*connection*slower*math.Exp(w.random.NormFloat64()*.5)
		w.send(e, telemetry.Vital, at)
		e.Name, e.Value = "INP", 160*connection*math.Exp(w.random.NormFloat64()*.7)
		w.send(e, telemetry.Vital, at)
		e.Name, e.Value = "CLS", max(0, w.random.NormFloat64()-.5)/10
		w.send(e, telemetry.Vital, at)
	}
}

func (w *traffic) browser() (browser, os string) {
	u := w.random.Float64()
	for _, b := range browserShares {
		if u -= b.share; u < 0 {
			return b.browser, b.os
		}
	}
	return "Other", "Other"
}

// send has a beacon arrive: usually soon, three in a hundred much later, one in a hundred twice.
func (w *traffic) send(e telemetry.Event, kind telemetry.Kind, after time.Duration) {
	e.Kind, e.At = kind, w.now.Add(after)
	e.ReceivedAt = e.At
	if kind != telemetry.Fetch && w.random.Float64() < w.delayed {
		e.ReceivedAt = e.At.Add(time.Duration(w.random.IntN(1200)) * time.Second)
	}
	heap.Push(&w.late, e)
	if w.random.IntN(100) == 0 {
		e.ReceivedAt = e.ReceivedAt.Add(time.Second)
		heap.Push(&w.late, e)
	}
}

// deliver counts what has arrived.
func (w *traffic) deliver(now time.Time) {
	for len(w.late) > 0 && !w.late[0].ReceivedAt.After(now) {
		e := heap.Pop(&w.late).(telemetry.Event)
		if w.tap != nil {
			w.tap(e)
			continue
		}
		w.position++
		e.Position = w.position
		w.evidence.Observe(e)
	}
}

// lateness is what is on its way, by arrival.
type lateness []telemetry.Event

func (l lateness) Len() int           { return len(l) }
func (l lateness) Less(i, j int) bool { return l[i].ReceivedAt.Before(l[j].ReceivedAt) }
func (l lateness) Swap(i, j int)      { l[i], l[j] = l[j], l[i] }
func (l *lateness) Push(x any)        { *l = append(*l, x.(telemetry.Event)) }
func (l *lateness) Pop() any {
	last := (*l)[len(*l)-1]
	*l = (*l)[:len(*l)-1]
	return last
}
