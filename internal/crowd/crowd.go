package crowd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"
)

// Faults that can be in force.
const (
	NoFault       = "none"
	FormThrows    = "ncr-form-throws" // the new NCR form throws for nearly everyone who opens it
	ErrorsDoubled = "errors-doubled"  // everything goes wrong twice as often in the new design
	BootCrash     = "boot-crash"      // one in twenty pages of the new design never becomes ready
)

// Shares of what happens to people, 0 to 1.
const (
	freshShare = 0.1  // visits of people who have never been here
	throwShare = 0.9  // openings of the broken form that throw
	crashShare = 0.05 // pages of the new design that a boot crash takes
	insists    = 0.7  // people who load a page again that stays empty; nobody does who closed it, and no bot
)

// Options describe the people. Zero values take the defaults named beside them.
type Options struct {
	Seed        uint64
	Users       int      // how many people there are; 20,000
	BaseErrors  float64  // chance of an error in a session; 0.004
	SilentShare float64  // sessions that never report ready (bots, closed tabs); 0.03
	Components  []string // flag keys of the components they use
	Daily       bool     // more come by day than by night
}

func (o Options) withDefaults() Options {
	if o.Users == 0 {
		o.Users = 20_000
	}
	if o.BaseErrors == 0 {
		o.BaseErrors = 0.004
	}
	if o.SilentShare == 0 {
		o.SilentShare = 0.03
	}
	return o
}

// Flags is what a person's page holds: is that flag on?
type Flags func(key string) bool

// Visit is somebody who comes. What happens to them is settled already, but for what their flags decide.
type Visit struct {
	User      string
	Session   string
	UserAgent string
	seed      uint64
	options   Options
	master    string
}

// Session is what happens in one visit.
type Session struct {
	Page    string        // the one it ends on
	Silent  bool          // fetches its flags and never becomes ready
	Insists bool          // somebody loads the page again that stays empty
	ReadyIn time.Duration // after the fetch
	Opens   []string      // components it mounts, in order
	Errors  []Failure
	LCP     float64 // ms
}

// Failure is one error that a visitor meets.
type Failure struct {
	Component string // "" for an error that no component owns
	Boundary  bool   // the guard caught it and showed the old component
	Name      string
	Message   string
	Stack     string
}

// Crowd makes visits. It is not safe for concurrent use.
type Crowd struct {
	options Options
	master  string
	random  *rand.Rand
	count   int
}

// stream tells the generators of crowds from others with the same seed.
const stream = 0xBE1A

// New makes a crowd. The master flag decides which of its people have the new design.
func New(o Options, master string) *Crowd {
	o = o.withDefaults()
	return &Crowd{options: o, master: master, random: rand.New(rand.NewPCG(o.Seed, stream))} //nolint:gosec // made-up lives, no secrets
}

// agents are the browsers people come with, by share.
var agents = []struct {
	share float64
	text  string
}{
	{0.62, "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"},
	{0.22, "Mozilla/5.0 (iPad; CPU OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Mobile/15E148 Safari/604.1"},
	{0.09, "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:146.0) Gecko/20100101 Firefox/146.0"},
	{0.07, "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36 Edg/156.0.0.0"},
}

// known are the errors that people met before any rollout: the base rate is made of them.
var known = []Failure{
	{"", false, "TypeError", "Failed to fetch", "TypeError: Failed to fetch\n    at syncQueue (/assets/app.js:1:9182)"},
	{"", false, "ResizeError", "ResizeObserver loop completed with undelivered notifications", ""},
	{"", false, "AbortError", "The user aborted a request", "AbortError: The user aborted a request\n    at loadProject (/assets/app.js:1:20411)"},
	{"dashboard", false, "TypeError", "Cannot read properties of null (reading 'getBoundingClientRect')", "TypeError\n    at measureWidget (/assets/dashboard.js:1:884)"},
	{"dashboard", false, "RangeError", "Invalid time value", "RangeError\n    at formatAge (/assets/dashboard.js:1:1312)"},
	{"itp-form", false, "QuotaExceededError", "The quota has been exceeded", "QuotaExceededError\n    at saveSignature (/assets/itp.js:1:4021)"},
	{"itp-form", false, "TypeError", "Cannot read properties of undefined (reading 'holdPoint')", "TypeError\n    at nextHoldPoint (/assets/itp.js:1:771)"},
	{"ncr-form", false, "NetworkError", "Photo upload was interrupted", "NetworkError\n    at uploadPhoto (/assets/ncr.js:1:3100)"},
	{"ncr-form", false, "TypeError", "Cannot read properties of null (reading 'value')", "TypeError\n    at readSeverity (/assets/ncr.js:1:612)"},
	{"diary", false, "RangeError", "Maximum call stack size exceeded", "RangeError\n    at layoutRow (/assets/diary.js:1:99)"},
	{"auth", false, "SecurityError", "Access to storage is denied", "SecurityError\n    at rememberMe (/assets/auth.js:1:50)"},
}

// brokenForm is what the fault in the new NCR form looks like.
var brokenForm = Failure{
	"ncr-form", true, "TypeError", "Cannot read properties of undefined (reading 'likelihood')",
	"TypeError: Cannot read properties of undefined (reading 'likelihood')\n    at SeverityMatrix (/assets/ncr-form-new.js:1:2210)\n    at renderWithHooks (/assets/react.js:1:41022)",
}

// use is how likely a session opens each component.
var use = map[string]float64{"auth": 0.35, "dashboard": 0.9, "itp-form": 0.4, "ncr-form": 0.45, "diary": 0.3}

// pages are where the components live.
var pages = map[string]string{"auth": "/login", "dashboard": "/", "itp-form": "/itps/7", "ncr-form": "/ncrs/new", "diary": "/diary"}

// Next says who comes next.
func (c *Crowd) Next() Visit {
	c.count++
	user := fmt.Sprintf("usr_%06d", c.random.IntN(c.options.Users))
	if c.random.Float64() < freshShare {
		user = fmt.Sprintf("usr_new_%x_%d", c.options.Seed, c.count)
	}
	return Visit{
		User: user, Session: fmt.Sprintf("ses_%016x_%d", c.random.Uint64(), c.count), UserAgent: c.agent(),
		seed: c.random.Uint64(), options: c.options, master: c.master,
	}
}

func (c *Crowd) agent() string {
	u := c.random.Float64()
	for _, a := range agents {
		if u -= a.share; u < 0 {
			return a.text
		}
	}
	return agents[0].text
}

// Live says what happens in a visit whose page holds these flags while that fault is in force. It always gives the same
// for the same; with other flags the same person opens the same components and meets the same misfortunes of every day.
func (v Visit) Live(holds Flags, fault string) Session {
	r := rand.New(rand.NewPCG(v.seed, stream)) //nolint:gosec // made-up lives, no secrets
	s := Session{
		Page:    "/",
		ReadyIn: time.Duration(300+r.ExpFloat64()*400) * time.Millisecond,
		LCP:     1100 * math.Exp(r.NormFloat64()*0.5),
	}
	inNew := holds(v.master)
	// What is drawn does not depend on the flags, only what is made of it.
	silent, crash, unlucky, twice := r.Float64(), r.Float64(), r.Float64(), r.Float64()
	everyday, doubled := known[r.IntN(len(known))], known[r.IntN(len(known))]
	crashes := fault == BootCrash && inNew && crash < crashShare
	s.Silent = silent < v.options.SilentShare || crashes
	s.Insists = crashes && silent >= v.options.SilentShare && crash < insists*crashShare
	for _, component := range v.options.Components {
		opens, throws := r.Float64(), r.Float64()
		if opens >= use[component] {
			continue
		}
		s.Opens = append(s.Opens, component)
		s.Page = pages[component]
		if fault == FormThrows && component == brokenForm.Component && holds(component) && throws < throwShare {
			s.Errors = append(s.Errors, brokenForm)
		}
	}
	if unlucky < v.options.BaseErrors {
		s.Errors = append(s.Errors, everyday)
	}
	if fault == ErrorsDoubled && inNew && twice < v.options.BaseErrors {
		s.Errors = append(s.Errors, doubled)
	}
	return s
}

// Pause is the time until the next person comes, when rate sessions a second come on average.
func (c *Crowd) Pause(now time.Time, rate float64) time.Duration {
	if c.options.Daily {
		hour := float64(now.Hour()) + float64(now.Minute())/60
		rate *= 1 + 0.8*math.Sin((hour-8)/24*2*math.Pi)
	}
	return time.Duration(c.random.ExpFloat64() / rate * float64(time.Second))
}
