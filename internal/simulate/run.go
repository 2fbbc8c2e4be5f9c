package simulate

import (
	"bufio"
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/report"
	"github.com/siteproof/belay/internal/rollout"
)

// Result is what a whole trace came to.
type Result struct {
	Plan     rollout.Plan      `json:"plan"`
	Outcome  Outcome           `json:"outcome"`
	Log      []Entry           `json:"log"`
	Readings []rollout.Reading `json:"readings"` // of the last tick
	Records  int64             `json:"records"`
	Began    *time.Time        `json:"began,omitempty"` // when the trace's clock stood at 0; nil when nobody knows
	Notes    []string          `json:"notes,omitempty"` // what of the policy was not looked at, one sentence each
	For      time.Duration     `json:"for"`             // of the trace
	People   [2]int64          `json:"people"`          // seen, control and treatment
	Hit      int               `json:"hit,omitempty"`   // people whom the harm of a made-up world met
	Lines    []Line            `json:"-"`
	Shares   []report.Point    `json:"-"`
	Sessions []report.Point    `json:"-"` // a minute
}

// Outcome is how a trace ended.
type Outcome string

// The outcomes.
const (
	RolledBack Outcome = "rolled_back" // everything, or the component at fault
	Completed  Outcome = "completed"   // everybody has the new version, and it stays
	Undecided  Outcome = "undecided"   // the trace ended first
)

// Line is one guard's evidence of harm over the trace.
type Line struct {
	Guard     rollout.GuardKind
	Threshold float64        // nats
	Points    []report.Point // nats
}

// recorder draws the lines of a report while a trace runs.
type recorder struct {
	result   Result
	lines    map[rollout.GuardKind]int
	sessions int64
	minute   int64
}

func newRecorder() *recorder { return &recorder{lines: map[rollout.GuardKind]int{}} }

func (c *recorder) record(r *Record) {
	c.result.Records++
	if r.Type == Exposure {
		c.sessions++
	}
}

// tick notes where the judge stands. The evidence of a guard is that of its scope nearest to the threshold.
func (c *recorder) tick(j *Judge, t int64) {
	c.result.Shares = append(c.result.Shares, report.Point{T: t, V: j.Share() * 100})
	if at := t / time.Minute.Milliseconds(); at > c.minute {
		c.result.Sessions = append(c.result.Sessions, report.Point{T: t, V: float64(c.sessions) / float64(at-c.minute)})
		c.sessions, c.minute = 0, at
	}
	nearest := map[rollout.GuardKind]rollout.Reading{}
	for _, r := range j.Readings {
		if best, known := nearest[r.Guard]; !known || r.LogE-r.Threshold > best.LogE-best.Threshold {
			nearest[r.Guard] = r
		}
	}
	for guard, r := range nearest {
		at, known := c.lines[guard]
		if !known {
			at = len(c.result.Lines)
			c.lines[guard] = at
			c.result.Lines = append(c.result.Lines, Line{Guard: guard})
		}
		line := &c.result.Lines[at]
		line.Threshold = r.Threshold
		line.Points = append(line.Points, report.Point{T: t, V: r.LogE})
	}
}

func (c *recorder) finish(j *Judge, t int64) Result {
	r := c.result
	r.Plan, r.Log, r.Readings, r.For = j.plan, j.Log, slices.Clone(j.Readings), time.Duration(t)*time.Millisecond
	for n := range r.Readings {
		r.Readings[n].Scope = j.named(r.Readings[n].Scope)
	}
	if j.known {
		began := j.began
		r.Began = &began
	}
	r.Notes = slices.Clone(j.notes)
	if said := j.unsaid(); said != "" {
		r.Notes = append(r.Notes, said)
	}
	r.Outcome = Undecided
	if n := len(r.Log); n > 0 && r.Log[n-1].Action == Rollback {
		r.Outcome = RolledBack
	} else if j.rollout.State == rollout.Completed {
		r.Outcome = Completed
	}
	return r
}

// Run judges a recorded trace. progress, if not nil, hears now and then how many bytes have been read. A recorded trace
// does not react: after a rollback the rest of it is not looked at.
func Run(ctx context.Context, in io.Reader, terms Terms, progress func(bytes int64)) (Result, error) {
	counted := &counter{r: in}
	lines := newLines(bufio.NewReader(counted))
	s, c, last := session{terms: terms}, newRecorder(), int64(0)
	for ctx.Err() == nil {
		line, err := lines.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return Result{}, err
		}
		r, err := Parse(line)
		if err == nil && r.T < last {
			err = fault.New(fault.Invalid, `"t" goes back from %d to %d; records come in the order of their arrival`, last, r.T)
		}
		if err == nil {
			last = r.T
			err = s.judgeRecord(r)
		}
		if err != nil {
			return Result{}, fault.New(fault.Invalid, "line %d: %w", lines.number, err)
		}
		c.record(&r)
		if r.Type == Tick {
			c.tick(s.judge, r.T)
		}
		if progress != nil && lines.number%progressEvery == 0 {
			progress(counted.n)
		}
		if r.Type == End || (s.judge != nil && s.judge.Ended()) {
			break
		}
	}
	if s.judge == nil {
		return Result{}, errors.Join(ctx.Err(), fault.New(fault.Invalid, "the trace is empty").Hint("its first line has the type start"))
	}
	return c.finish(s.judge, last), ctx.Err()
}

// progressEvery is after how many lines progress is told.
const progressEvery = 20_000

func (s *session) judgeRecord(r Record) (err error) {
	switch {
	case s.judge == nil:
		s.judge, err = NewJudge(r, s.terms)
	case r.Type == Tick:
		s.judge.Decide(r.T)
	default:
		s.judge.Observe(r)
	}
	return err
}

// Play lets a judge decide about a made-up world, which follows its decisions, for at most so long. save, if not nil,
// gets every record.
func (w World) Play(ctx context.Context, stages []float64, terms Terms, most time.Duration, save func(Record) error) (Result, error) {
	start := w.StartRecord(stages)
	j, err := NewJudge(start, terms)
	if err != nil {
		return Result{}, err
	}
	if save == nil {
		save = func(Record) error { return nil }
	}
	if err := save(start); err != nil {
		return Result{}, err
	}
	c, stream, t := newRecorder(), w.Stream(j.Share()), int64(0)
	for limit := most.Milliseconds(); t < limit && !j.Ended() && ctx.Err() == nil; {
		r := stream.Next()
		t = r.T
		if err := save(r); err != nil {
			return Result{}, err
		}
		c.record(&r)
		if r.Type != Tick {
			j.Observe(r)
			continue
		}
		j.Decide(r.T)
		c.tick(j, r.T)
		stream.SetShare(j.Share())
	}
	result := c.finish(j, t)
	result.Hit = stream.Hit()
	return result, errors.Join(ctx.Err(), save(Record{T: t, Type: End}))
}

type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}
