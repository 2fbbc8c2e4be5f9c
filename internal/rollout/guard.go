package rollout

import (
	"github.com/siteproof/belay/internal/telemetry"
)

// GuardKind names what a guard watches.
type GuardKind string

// The guards.
const (
	Errors        GuardKind = "errors"         // first error of each person, label e-process
	NewIssue      GuardKind = "new_issue"      // fingerprints never seen before the rollout
	SilentClients GuardKind = "silent_clients" // flags fetched, never ready
	Segments      GuardKind = "segments"       // errors of one browser, system or tier, e-values averaged
	LCP           GuardKind = "lcp"            // largest contentful paint, exceedance of the control's percentile
	INP           GuardKind = "inp"            // interaction to next paint
	CLS           GuardKind = "cls"            // cumulative layout shift
	TTFB          GuardKind = "ttfb"           // time to first byte
	PageLoad      GuardKind = "page_load"      // until the page was ready
	Metric        GuardKind = "metric"         // what servers report about people
	Conversion    GuardKind = "conversion"     // too few good events, first one of each person
	SampleRatio   GuardKind = "sample_ratio"   // people are split as planned
	Ingest        GuardKind = "ingest"         // the data that verdicts rest on arrives
	Brake         GuardKind = "brake"          // absolute: error rate > 5 % over 2 min, 20 users, ratio > 2
)

// GuardAction is what proven harm under a guard leads to. Harm under RollBackOnHarm wins over everything else.
type GuardAction string

// The actions of guards.
const (
	NotifyOnHarm   GuardAction = "notify"    // record it and tell, once; the rollout goes on
	HoldOnHarm     GuardAction = "hold"      // tell, and leave no phase for as long as it lasts
	FreezeOnHarm   GuardAction = "freeze"    // tell, and hold until a person resumes; nothing goes back
	RollBackOnHarm GuardAction = "roll_back" // take back the smallest thing that explains it
)

// Guard is one guardrail of a plan.
type Guard struct {
	Kind  GuardKind `json:"kind"`
	Share float64   `json:"share"` // of Budget; 0 for those that spend none: brake, sample_ratio and ingest
	// Ratio is the rate ratio new:old that is tolerated for ever (1 tolerates no harm, 1.1 ten percent). Of guards that
	// compare people or errors; 0 means 1.
	Ratio float64 `json:"ratio"`
	// Margins, one a phase but the last, in fractions of visits or views (0.02 = 2 percentage points): harm that must be
	// excluded before that phase is left. Empty for guards that do not gate promotion.
	Margins []float64 `json:"margins"`
	// Tolerance is the harm that is tolerated for ever by guards that compare shares of views or requests, as a fraction
	// of them (0.01 = 1 percentage point; 0 tolerates none).
	Tolerance float64 `json:"tolerance,omitempty"`
	// Action is what proven harm leads to; empty for what is usual for the kind (roll_back, or hold where not the new
	// version but the data is at fault).
	Action GuardAction `json:"action,omitempty"`
	// Events are the names of the good events that Conversion counts; none means every event that pages report by name.
	Events []string `json:"events,omitempty"`
	// Metric is the name under which servers report what this Metric guard watches.
	Metric string `json:"metric,omitempty"`
}

// trait is what all guards of one kind have in common.
type trait struct {
	words   string // completes "proof that … are safe"
	unit    string // what its arms count
	gates   bool   // may have margins
	spends  bool   // has a share of the budget
	data    bool   // speaks about the data, not about the new version: it cannot roll back
	compare bool   // by Ratio; else by Tolerance
	vital   string // the name of the vital it watches
	usually GuardAction
}

var traits = map[GuardKind]trait{
	Errors:        {words: "errors", unit: "people", gates: true, spends: true, compare: true, usually: RollBackOnHarm},
	NewIssue:      {words: "new issues", unit: "people", spends: true, compare: true, usually: RollBackOnHarm},
	SilentClients: {words: "silent clients", unit: "people", gates: true, spends: true, compare: true, usually: RollBackOnHarm},
	Segments:      {words: "errors in segments", unit: "people", spends: true, compare: true, usually: RollBackOnHarm},
	LCP:           {words: "paint times (LCP)", unit: "views", gates: true, spends: true, vital: "LCP", usually: RollBackOnHarm},
	INP:           {words: "response times (INP)", unit: "views", gates: true, spends: true, vital: "INP", usually: RollBackOnHarm},
	CLS:           {words: "layout shifts (CLS)", unit: "views", gates: true, spends: true, vital: "CLS", usually: RollBackOnHarm},
	TTFB:          {words: "server answers (TTFB)", unit: "views", gates: true, spends: true, vital: "TTFB", usually: RollBackOnHarm},
	PageLoad:      {words: "page loads", unit: "views", gates: true, spends: true, vital: readyName, usually: RollBackOnHarm},
	Metric:        {words: "server metrics", unit: "requests", gates: true, spends: true, usually: RollBackOnHarm},
	Conversion:    {words: "good events", unit: "people", spends: true, compare: true, usually: HoldOnHarm},
	SampleRatio:   {words: "the split of people", unit: "people", data: true, usually: HoldOnHarm},
	Ingest:        {words: "telemetry", unit: "people", data: true, usually: HoldOnHarm},
	Brake:         {words: "the brake", unit: "people", compare: true, usually: RollBackOnHarm},
}

// readyName is the name under which the time until a page is ready is counted among the vitals.
const readyName = string(telemetry.Ready)

// action is what proven harm leads to.
func (g Guard) action() GuardAction {
	if g.Action != "" {
		return g.Action
	}
	return traits[g.Kind].usually
}

// ratio is the tolerated rate ratio.
func (g Guard) ratio() float64 {
	if g.Ratio == 0 {
		return 1
	}
	return g.Ratio
}

// Vital is the name of the vital that a kind of guard watches; "" when it watches none.
func (k GuardKind) Vital() string { return traits[k].vital }

// Groups is how many groups of people the guard Segments tells apart; their evidence is averaged.
const Groups = segmentCount

// Words name what a kind of guard watches, for people: "silent clients".
func (k GuardKind) Words() string { return traits[k].words }

// measures is the name of the values that a guard counts as slow or not; counts is false when it counts none.
func (g Guard) measures() (name string, counts bool) {
	if g.Kind == Metric {
		return g.Metric, true
	}
	return traits[g.Kind].vital, traits[g.Kind].vital != ""
}
