package crowd

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// mostAtOnce bounds the visits under way, so that a slow Belay slows the crowd and not this machine.
	mostAtOnce = 256
	// lasting is how many pages stay open on the event stream.
	lasting = 40
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
	SiteURL   string // SiteProof, whose pages some visitors fetch; "" for none
	Master    string // flag of the new design; design-system-v2
	FaultFlag string // string flag that says which fault is in force; siteproof-fault
	Release   string
	Rate      float64 // sessions a second; 0 sends nobody
	Log       *slog.Logger
}

// Counts are what a crowd has done.
type Counts struct {
	Sessions, Beacons, Refused, Unreachable, Skipped atomic.Int64
}

// walk is a crowd under way.
type walk struct {
	RunOptions
	http   *http.Client
	counts Counts

	mu    sync.Mutex // crowd is not safe for concurrent use
	crowd *Crowd
}

// Run sends visitors until ctx ends. It survives a Belay that is away: visits fail and the next ones try again.
func Run(ctx context.Context, o RunOptions) error {
	if o.Rate <= 0 {
		<-ctx.Done()
		return nil
	}
	if o.Master == "" {
		o.Master = "design-system-v2"
	}
	if o.FaultFlag == "" {
		o.FaultFlag = "siteproof-fault"
	}
	if o.Release == "" {
		o.Release = "siteproof@2.4.1"
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	transport := &http.Transport{MaxIdleConnsPerHost: mostAtOnce, MaxIdleConns: mostAtOnce + lasting, IdleConnTimeout: time.Minute}
	defer transport.CloseIdleConnections()
	w := &walk{RunOptions: o, crowd: New(o.Options, o.Master), http: &http.Client{Transport: transport}}
	var all sync.WaitGroup
	for n := range lasting {
		all.Go(func() { w.stay(ctx, n) })
	}
	w.come(ctx, &all)
	all.Wait()
	if !errors.Is(ctx.Err(), context.Canceled) && !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return ctx.Err()
	}
	return nil
}

// come lets people arrive at their rate.
func (w *walk) come(ctx context.Context, all *sync.WaitGroup) {
	places := make(chan struct{}, mostAtOnce)
	report := time.NewTicker(reportEvery)
	defer report.Stop()
	next := time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-report.C:
			w.Log.Info("crowd", "sessions", w.counts.Sessions.Load(), "beacons", w.counts.Beacons.Load(), "refused", w.counts.Refused.Load(),
				"unreachable", w.counts.Unreachable.Load(), "skipped", w.counts.Skipped.Load())
		case <-timer.C:
			select {
			case places <- struct{}{}:
				all.Go(func() {
					defer func() { <-places }()
					w.visit(ctx)
				})
			default: // everybody waits for an answer: this visitor does not come
				w.counts.Skipped.Add(1)
			}
			w.mu.Lock()
			next = next.Add(w.crowd.Pause(next, w.Rate))
			w.mu.Unlock()
			if behind := time.Since(next); behind > time.Second {
				next = time.Now() // after a standstill, do not come all at once
			}
			timer.Reset(time.Until(next))
		}
	}
}

// visit is one short stay: fetch the flags, use the app, report.
func (w *walk) visit(ctx context.Context) {
	w.mu.Lock()
	user := w.crowd.Visitor()
	w.mu.Unlock()
	page := w.open(user)
	if err := page.fetch(ctx); err != nil {
		w.counts.Unreachable.Add(1)
		return
	}
	w.counts.Sessions.Add(1)
	w.mu.Lock()
	s := w.crowd.Session(user, page.on, page.text(w.FaultFlag))
	w.mu.Unlock()
	if w.SiteURL != "" {
		page.look(ctx, w.SiteURL)
	}
	if !s.Silent {
		page.live(ctx, s)
	}
}

// stay is a page that is left open: it hears of changes, fetches again and confirms.
func (w *walk) stay(ctx context.Context, n int) {
	wait := time.Second
	for ctx.Err() == nil {
		w.mu.Lock()
		user := w.crowd.Visitor()
		w.mu.Unlock()
		page := w.open(user)
		if err := page.fetch(ctx); err == nil {
			page.confirm(ctx)
			page.ready(ctx)
			page.listen(ctx)
			wait = time.Second
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait + time.Duration(n)*20*time.Millisecond):
		}
		wait = min(2*wait, 15*time.Second)
	}
}
