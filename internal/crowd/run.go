package crowd

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// mostAtOnce bounds the visits under way, so that a slow Belay slows the crowd and not this machine.
	mostAtOnce = 256
	// defaultLasting is how many pages stay open on the event stream when nothing else is said.
	defaultLasting = 50
	// callTimeout bounds one request.
	callTimeout = 10 * time.Second
	// reportEvery is how often the crowd says what it did.
	reportEvery = 30 * time.Second
)

// RunOptions say where the crowd goes.
type RunOptions struct {
	Options
	BelayURL  string
	ClientKey string
	SiteURL   string  // SiteProof, whose pages visitors also fetch; "" for none
	Master    string  // flag of the new design; design-system-v2
	FaultFlag string  // string flag that says which fault is in force; siteproof-fault
	Release   string  // siteproof@2.4.1
	Rate      float64 // sessions a second; 0 sends nobody
	Lasting   int     // pages that stay open on the event stream; 0 means 50, below 0 none
	Counts    *Counts // where to count; nil counts for the log only
	Log       *slog.Logger
}

// Counts are what a crowd has done.
type Counts struct {
	Sessions    atomic.Int64 // visits that got their flags
	Beacons     atomic.Int64 // documents that Belay took
	Refused     atomic.Int64 // documents that Belay found wrong
	Unreachable atomic.Int64 // visits without flags, and documents given up on
	Skipped     atomic.Int64 // visitors that did not come because too many were waiting for an answer
	Open        atomic.Int64 // pages on the event stream now
	Refetched   atomic.Int64 // times such a page has applied a change
}

// walk is a crowd under way.
type walk struct {
	RunOptions
	http *http.Client
}

// Run sends visitors until ctx ends, and comes back when the last of them has gone. It survives a Belay that is away:
// visits fail and the next ones try again. Who comes, in which order, and what they meet is settled by the seed.
func Run(ctx context.Context, o RunOptions) error {
	if o.Rate <= 0 {
		<-ctx.Done()
		return nil
	}
	o.setDefaults()
	// A dead Belay must not hold a visitor longer than one call; the transport has no limit of its own, because each
	// call has one and a stream must not.
	transport := &http.Transport{MaxIdleConnsPerHost: mostAtOnce, MaxIdleConns: 2 * mostAtOnce, IdleConnTimeout: time.Minute}
	defer transport.CloseIdleConnections()
	w := &walk{RunOptions: o, http: &http.Client{Transport: transport}}
	crowd := New(o.Options, o.Master)
	var all sync.WaitGroup
	for range o.Lasting {
		page := w.open(crowd.Next())
		all.Go(func() { page.stay(ctx) })
	}
	w.come(ctx, crowd, &all)
	all.Wait()
	w.report(context.WithoutCancel(ctx))
	return nil
}

func (o *RunOptions) setDefaults() {
	set := func(setting *string, value string) {
		if *setting == "" {
			*setting = value
		}
	}
	set(&o.Master, "design-system-v2")
	set(&o.FaultFlag, "siteproof-fault")
	set(&o.Release, "siteproof@2.4.1")
	if o.Lasting == 0 {
		o.Lasting = defaultLasting
	}
	if o.Counts == nil {
		o.Counts = &Counts{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
}

// come lets people arrive at their rate.
func (w *walk) come(ctx context.Context, crowd *Crowd, all *sync.WaitGroup) {
	places := make(chan struct{}, mostAtOnce)
	report := time.NewTicker(reportEvery)
	defer report.Stop()
	next := time.Now()
	arrival := time.NewTimer(0)
	defer arrival.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-report.C:
			w.report(ctx)
		case <-arrival.C:
			visit := crowd.Next()
			select {
			case places <- struct{}{}:
				all.Go(func() {
					defer func() { <-places }()
					w.pass(ctx, visit)
				})
			default: // everybody waits for an answer: this visitor does not come
				w.Counts.Skipped.Add(1)
			}
			next = next.Add(crowd.Pause(next, w.Rate))
			if time.Since(next) > time.Second {
				next = time.Now() // after a standstill, do not come all at once
			}
			arrival.Reset(time.Until(next))
		}
	}
}

// patience is how long somebody looks at an empty page before they load it again.
const patience = 3 * time.Second

// pass is one short stay: fetch the flags, use the app, report.
func (w *walk) pass(ctx context.Context, v Visit) {
	page := w.open(v)
	if err := page.fetch(ctx); err != nil {
		if ctx.Err() == nil {
			w.Counts.Unreachable.Add(1)
		}
		return
	}
	w.Counts.Sessions.Add(1)
	s := v.Live(page.on, page.text(w.FaultFlag))
	if w.SiteURL != "" {
		page.look(ctx)
	}
	if s.Insists && wait(ctx, patience) && page.fetch(ctx) == nil { // the new load may be given the old version
		s = v.Live(page.on, page.text(w.FaultFlag))
	}
	if !s.Silent {
		page.live(ctx, s)
	}
}

func (w *walk) report(ctx context.Context) {
	c := w.Counts
	w.Log.InfoContext(ctx, "crowd", "sessions", c.Sessions.Load(), "beacons", c.Beacons.Load(), "refused", c.Refused.Load(),
		"unreachable", c.Unreachable.Load(), "skipped", c.Skipped.Load(), "open", c.Open.Load(), "refetched", c.Refetched.Load())
}
