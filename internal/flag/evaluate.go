package flag

import (
	"encoding/json"
	"strings"

	"github.com/siteproof/belay/internal/flag/engine"
	"github.com/siteproof/belay/internal/tenant"
)

// Reason says what decided a flag, in OpenFeature's words.
type Reason string

// The reasons.
const (
	Static         Reason = "STATIC"          // the flag's own state
	TargetingMatch Reason = "TARGETING_MATCH" // an override for a segment or an identity
	SplitReason    Reason = "SPLIT"           // the share of a rollout, or a variant's
	Disabled       Reason = "DISABLED"        // off, and not a boolean: there is no value, the code has the default
)

// Names of variants that nobody gave a name.
const (
	On      = "on"
	Off     = "off"
	Control = "control" // of a multivariate flag: none of the variants
)

// Context is whom flags are evaluated for.
type Context struct {
	TargetingKey string // who asks; "" for somebody unknown, who gets the flags' own states and no split
	// Traits are all else that is known, as engine.Context describes them.
	Traits map[string]any
	// EnvironmentKey (the client key) and EnvironmentName are what conditions can ask for. With the key, variants and
	// segments fall as they do in Flagsmith's clients.
	EnvironmentKey  string
	EnvironmentName string
}

// Result is one flag for one context.
type Result struct {
	Key      string
	ID       string
	Type     Type
	Enabled  bool
	Value    json.RawMessage // true or false of a boolean; nil when another type is off
	Variant  string
	Reason   Reason
	Cause    Reason  // the reason as it is before Disabled hides it
	Parent   string  // the flag's parent, whatever that one's state
	OffBy    string  // the parent, or parent's parent, that keeps it off; "" when none does
	Segment  string  // whose override decided, when that was a segment's
	Weight   float64 // of a split: the share of those who are given the same, in percent
	Bucketed bool    // a split or the weights of the variants decided, and no override
}

// Bucket is where an identity falls in a split, from 0 to below 100: it is in when this is below the split's percent.
func Bucket(salt, targetingKey string) float64 {
	return engine.NewSalt(salt).Slot(targetingKey).Percent()
}

// evaluation is one pass over a snapshot for one context. Without room to remember it decides one flag that depends on
// no other.
type evaluation struct {
	snapshot  *Snapshot
	in        engine.Context
	key       [3]string     // parts of what variants and segments are spread by
	decisions []*Decision   // by position; filled as needed
	busy      Decision      // stands for a flag that is being decided
	segments  []int8        // by position: 0 not looked at, 1 in, -1 out
	splits    []engine.Slot // where the identity falls, when all were found at once
	variants  []engine.Slot
}

// Evaluate decides one flag. It answers fault.NotFound when there is none, or when it is not for that side.
func (s *Snapshot) Evaluate(key string, c Context, side tenant.Side) (Result, error) {
	o, err := s.Decide(key, c, side)
	if err != nil {
		return Result{}, err
	}
	return o.Result, nil
}

// EvaluateAll decides every flag that is for that side, by key.
func (s *Snapshot) EvaluateAll(c Context, side tenant.Side) []Result {
	all := s.DecideAll(c, side, nil)
	out := make([]Result, 0, len(all))
	for _, o := range all {
		out = append(out, o.Result)
	}
	return out
}

// Decide is Evaluate without a copy.
func (s *Snapshot) Decide(key string, c Context, side tenant.Side) (*Decision, error) {
	at, known := s.index[key]
	if !known || (s.flags[at].flag.ServerOnly && side != tenant.Server) {
		return nil, notFound(key)
	}
	if l := &s.links[at]; !l.deep {
		e := evaluation{snapshot: s}
		e.ask(&c, l.needsKey)
		return e.own(at), nil
	}
	e := s.evaluation(&c)
	defer s.done(e)
	return e.decide(at), nil
}

// DecideAll appends the decision of every flag that is for that side, by key.
func (s *Snapshot) DecideAll(c Context, side tenant.Side, to []*Decision) []*Decision {
	e := s.evaluation(&c)
	defer s.done(e)
	if c.TargetingKey != "" {
		e.splits, e.variants = e.splits[:s.splits.Len()], e.variants[:s.seeds.Len()]
		s.splits.Slots(e.splits, c.TargetingKey)
		s.seeds.Slots(e.variants, e.key[:]...)
	}
	for at, p := range s.flags {
		if !p.flag.ServerOnly || side == tenant.Server {
			to = append(to, e.decide(at))
		}
	}
	return to
}

// evaluation begins one that remembers; done takes it back.
func (s *Snapshot) evaluation(c *Context) *evaluation {
	e, _ := s.evaluations.Get().(*evaluation)
	if e == nil {
		e = s.remembering()
	}
	e.ask(c, s.needsKey)
	return e
}

func (s *Snapshot) remembering() *evaluation {
	e := &evaluation{
		snapshot: s, decisions: make([]*Decision, len(s.flags)), segments: make([]int8, len(s.segments)),
		splits: make([]engine.Slot, 0, s.splits.Len()), variants: make([]engine.Slot, 0, s.seeds.Len()),
	}
	e.in.Flags = e
	return e
}

func (s *Snapshot) done(e *evaluation) {
	e.in, e.key = engine.Context{Flags: e}, [3]string{}
	e.splits, e.variants = e.splits[:0], e.variants[:0]
	clear(e.decisions)
	clear(e.segments)
	s.evaluations.Put(e)
}

// ask says whom the evaluation is for. The key is put together only for segments that ask for it.
func (e *evaluation) ask(c *Context, needsKey bool) {
	e.in.Environment.Key, e.in.Environment.Name = c.EnvironmentKey, c.EnvironmentName
	e.in.Identifier, e.in.Traits = c.TargetingKey, c.Traits
	if c.TargetingKey != "" {
		e.key = [...]string{c.EnvironmentKey, "_", c.TargetingKey}
		if c.EnvironmentKey == "" {
			e.key[1] = ""
		}
		if needsKey {
			e.in.Key = strings.Join(e.key[:], "")
		}
	}
}

// decide gives the flag at a position. Parents come first. Flags that go in a circle are refused when they are written;
// were such ever read, one that is being decided would be nobody's parent, instead of hanging the evaluation.
func (e *evaluation) decide(at int) *Decision {
	if o := e.decisions[at]; o != nil {
		return o
	}
	e.decisions[at] = &e.busy
	o := e.own(at)
	if parent := e.snapshot.links[at].parent; parent >= 0 {
		if above := e.decide(parent); above != &e.busy && !above.Enabled {
			o = e.snapshot.flags[at].offBy(above)
		}
	}
	e.decisions[at] = o
	return o
}

// own decides a flag without its parent.
func (e *evaluation) own(at int) *Decision {
	p, l := e.snapshot.flags[at], &e.snapshot.links[at]
	f := &p.flag
	switch {
	case !f.Enabled && l.migrates:
		return p.own
	case e.in.Identifier == "":
		if f.Split != nil {
			return p.out
		}
		return p.own
	}
	if p.identities != nil {
		if o, known := p.identities[e.in.Identifier]; known {
			return o
		}
	}
	for _, o := range l.overrides {
		if e.inSegment(o.segment) {
			return o.decision
		}
	}
	o := p.own
	if f.Split != nil {
		if o = p.in; e.splitSlot(p, l) >= p.below {
			return p.out
		}
	}
	if f.Enabled && len(p.variants) > 0 {
		o = p.control
		if chosen := engine.Pick(e.variantSlot(p, l), p.bounds); chosen >= 0 {
			o = p.variants[chosen]
		}
	}
	return o
}

func (e *evaluation) splitSlot(p *plan, l *link) engine.Slot {
	if len(e.splits) > 0 {
		return e.splits[l.split]
	}
	return p.split.Slot(e.in.Identifier)
}

func (e *evaluation) variantSlot(p *plan, l *link) engine.Slot {
	if len(e.variants) > 0 {
		return e.variants[l.seed]
	}
	return p.seed.Slot(e.key[:]...)
}

func (e *evaluation) inSegment(at int) bool {
	compiled := e.snapshot.segments[at].compiled
	if e.segments == nil {
		return compiled.Matches(&e.in)
	}
	if e.segments[at] == 0 {
		e.segments[at] = -1
		if compiled.Matches(&e.in) {
			e.segments[at] = 1
		}
	}
	return e.segments[at] > 0
}

// State says how a flag comes out, for conditions that ask for it.
func (e *evaluation) State(key string) (engine.FlagState, bool) {
	at, known := e.snapshot.index[key]
	if !known {
		return engine.FlagState{}, false
	}
	o := e.decide(at)
	if o == &e.busy {
		return engine.FlagState{}, false
	}
	return engine.FlagState{Enabled: o.Enabled, Value: o.value, Variant: o.Variant}, true
}
