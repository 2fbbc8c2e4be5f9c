package policy

import "github.com/siteproof/belay/internal/rollout"

// Version is the version of the form that is read and written here.
const Version = 1

// File is a policy as it is written down. What is left out is what rollout.DefaultPlan has.
type File struct {
	Policy         int               `json:"policy,omitempty" enum:"1" doc:"Version of this form of file."`
	Description    string            `json:"description,omitempty" doc:"What it is for. Belay does not read it."`
	Phases         []Phase           `json:"phases" minItems:"1" maxItems:"20" doc:"The ladder, smallest share first."`
	Guards         []Guard           `json:"guards,omitempty" maxItems:"30" doc:"What can stop the rollout. Left out: the usual guards, with margins for as many phases as there are."`
	Budget         *float64          `json:"budget,omitempty" doc:"Chance that a harmless rollout is ever taken back, shared among the guards; 0.01 when left out."`
	PromotionError *float64          `json:"promotion_error,omitempty" doc:"Chance that a phase is left although harm exceeds its margin; 0.05 when left out."`
	SilentAfter    *rollout.Duration `json:"silent_after,omitempty" doc:"How long after its flags were fetched a page may stay without being ready; 70s when left out."`
	Maturity       *rollout.Duration `json:"maturity,omitempty" doc:"How old a visit must be before its lack of errors is good news; 10m when left out."`
	HoldBack       float64           `json:"hold_back,omitempty" minimum:"0" maximum:"50" doc:"Percent of people who stay on the old version in the last phase and after it, to compare with, until the rollout is released."`
	Tell           []string          `json:"tell,omitempty" maxItems:"50" doc:"People and teams who are to hear when something is taken back or a guard speaks; they stand in the incident."`
}

// Phase is a rollout.Phase as a file says it.
type Phase struct {
	Name     string           `json:"name" maxLength:"100" doc:"What people call it."`
	Percent  float64          `json:"percent" exclusiveMinimum:"0" maximum:"100" doc:"Share of people with the new version, more than in the phase before."`
	MinDwell rollout.Duration `json:"min_dwell,omitempty" doc:"It is never left earlier: 10m, 36h, 168h."`
	MaxDwell rollout.Duration `json:"max_dwell,omitempty" doc:"After this, undecided, a person is asked. Left out: never."`
	MinUsers int64            `json:"min_users,omitempty" minimum:"0" doc:"People seen with the new version before it may be left."`
	Approval bool             `json:"approval,omitempty" doc:"Whether a person must say yes to the next phase."`
	Checks   []string         `json:"checks,omitempty" maxItems:"50" doc:"Checks that must be green before the phase is entered, by name."`
	Windows  []rollout.Window `json:"windows,omitempty" maxItems:"20" doc:"When the phase may be left. Left out: always."`
}

// Guard is a rollout.Guard as a file says it.
type Guard struct {
	Kind      rollout.GuardKind   `json:"kind" enum:"errors,new_issue,silent_clients,segments,lcp,inp,cls,ttfb,page_load,metric,conversion,sample_ratio,ingest,brake" doc:"What it watches."`
	Share     float64             `json:"share,omitempty" minimum:"0" maximum:"1" doc:"Its part of the budget. sample_ratio, ingest and brake spend none."`
	Ratio     float64             `json:"ratio,omitempty" minimum:"0" maximum:"100" doc:"How many times as many people may be hit for ever; 1 when left out, which tolerates no harm."`
	Margins   []float64           `json:"margins,omitempty" doc:"For each phase but the last, the harm that must be excluded before it is left, as a fraction."`
	Tolerance float64             `json:"tolerance,omitempty" minimum:"0" maximum:"0.5" doc:"How much larger the share of slow views or bad units may be for ever, as a fraction."`
	Action    rollout.GuardAction `json:"action,omitempty" enum:"notify,hold,freeze,roll_back" doc:"What proven harm leads to. Left out: what is usual for the kind."`
	Events    []string            `json:"events,omitempty" maxItems:"50" doc:"Of conversion: names of the good events."`
	Metric    string              `json:"metric,omitempty" doc:"Of metric: the name under which servers report."`
}

// plan is what the file says, with what it leaves out.
func (f File) plan() rollout.Plan {
	p := rollout.DefaultPlan()
	p.Phases, p.Guards = nil, nil
	for _, phase := range f.Phases {
		p.Phases = append(p.Phases, rollout.Phase(phase))
	}
	for _, g := range f.Guards {
		made := rollout.Guard(g)
		if made.Margins == nil {
			made.Margins = []float64{}
		}
		p.Guards = append(p.Guards, made)
	}
	if f.Guards == nil {
		p.Guards = rollout.UsualGuards(len(f.Phases))
	}
	set(&p.Budget, f.Budget)
	set(&p.PromotionError, f.PromotionError)
	set(&p.SilentAfter, f.SilentAfter)
	set(&p.Maturity, f.Maturity)
	p.HoldBack, p.Tell = f.HoldBack, f.Tell
	return p
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// fileOf is a plan as a file says it, with nothing left to be the default.
func fileOf(p rollout.Plan) File {
	f := File{
		Policy: Version, Budget: &p.Budget, PromotionError: &p.PromotionError, SilentAfter: &p.SilentAfter, Maturity: &p.Maturity,
		HoldBack: p.HoldBack, Tell: p.Tell,
	}
	for _, phase := range p.Phases {
		f.Phases = append(f.Phases, Phase(phase))
	}
	for _, g := range p.Guards {
		if g.Ratio == 1 {
			g.Ratio = 0 // which says the same
		}
		f.Guards = append(f.Guards, Guard(g))
	}
	return f
}
