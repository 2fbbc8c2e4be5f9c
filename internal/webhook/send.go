package webhook

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/egress"
)

const (
	duty     = "webhooks"
	leaseFor = 15 * time.Second // longer than one call takes; after a crash the next node begins this much later
	// lookEvery is how often the queue is looked at without being woken: it renews the lease and finds what is due.
	lookEvery = 2 * time.Second
	atOnce    = 8 // calls under way

	firstPause = 5 * time.Second
	mostPause  = time.Hour
	// giveUpAfter is how long a message is tried before its hook is switched off.
	giveUpAfter = 24 * time.Hour

	keptDeliveries  = 500 // delivered ones of each hook
	shownDeliveries = 100
	longestExcerpt  = 500 // bytes
	commitsAtOnce   = 500 // read from the journal
)

// Wake has the queue looked at now. It never waits, so the journal can call it for each commit.
func (s *Service) Wake() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Start begins to send, whenever this node holds the duty.
func (s *Service) Start(ctx context.Context) error {
	ctx, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	s.done = make(chan struct{})
	go s.run(ctx)
	return nil
}

// Stop ends sending, waits for calls under way, and gives the duty back.
func (s *Service) Stop(ctx context.Context) error {
	if s.stop == nil {
		return nil
	}
	s.stop()
	select {
	case <-s.done:
	case <-ctx.Done():
		return ctx.Err()
	}
	return s.Lease.Release(ctx, duty, s.holder)
}

func (s *Service) run(ctx context.Context) {
	defer close(s.done)
	defer s.sends.Wait()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if err := s.look(ctx); err != nil && ctx.Err() == nil {
			s.Logger.WarnContext(ctx, "webhooks not sent", "error", err)
		}
		select {
		case <-s.wake:
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// look puts new commits into the queues and sends what is due, while this node holds the duty.
func (s *Service) look(ctx context.Context) error {
	held, _, err := s.Lease.Acquire(ctx, duty, s.holder, leaseFor)
	if err != nil || !held {
		return err
	}
	hooks, err := s.Store.Hooks(ctx, "")
	if err != nil {
		return err
	}
	byID := map[string]Hook{}
	for _, h := range hooks {
		if h.Disabled != "" {
			continue
		}
		byID[h.ID] = h
		if err := s.enqueue(ctx, h); err != nil {
			return err
		}
	}
	heads, err := s.Store.Heads(ctx)
	if err != nil {
		return err
	}
	for _, d := range heads {
		if h, on := byID[d.HookID]; on && !d.NextAt.After(s.Now()) {
			s.begin(ctx, h, d)
		}
	}
	return nil
}

// enqueue puts what was committed since the hook's cursor into its queue. The journal is on disk and the cursor moves in
// the same transaction as the queue grows, so a crash anywhere loses nothing and doubles nothing.
func (s *Service) enqueue(ctx context.Context, h Hook) error {
	head := s.Journal.Head()
	if head <= h.Cursor {
		return nil
	}
	var found []Delivery
	for before := head + 1; ; {
		commits, err := s.Journal.List(ctx, change.Filter{EnvironmentID: h.EnvironmentID, Before: before, Limit: commitsAtOnce})
		if err != nil {
			return err
		}
		for _, c := range commits {
			before = c.Revision
			if c.Revision <= h.Cursor {
				break
			}
			wanted := h.wants(c)
			if wanted == nil {
				continue
			}
			d, err := s.delivery(&h, "change", wanted)
			if err != nil {
				return err
			}
			found = append(found, d)
		}
		if len(commits) < commitsAtOnce || before <= h.Cursor {
			break
		}
	}
	slices.Reverse(found)
	return s.Store.Enqueue(ctx, h.ID, head, found)
}

// begin sends one delivery, unless something is on its way to that hook: the next one waits for it, which keeps the order.
func (s *Service) begin(ctx context.Context, h Hook, d Delivery) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.flying[h.ID] {
		return
	}
	select {
	case s.places <- struct{}{}:
	default:
		return // the next look finds it
	}
	s.flying[h.ID] = true
	s.sends.Go(func() {
		s.send(ctx, h, d)
		s.mu.Lock()
		delete(s.flying, h.ID)
		s.mu.Unlock()
		<-s.places
		s.Wake()
	})
}

// send makes one attempt and writes down what came of it.
func (s *Service) send(ctx context.Context, h Hook, d Delivery) {
	start := s.Now()
	answer, err := s.Sender.Send(ctx, egress.Request{Method: "POST", URL: h.URL, Header: h.headers(&d, start), Body: d.Body})
	if ctx.Err() != nil {
		return // this Belay stops; the next one sends it
	}
	now := s.Now()
	d.Attempts++
	if d.SentAt = &start; d.FirstAt == nil {
		d.FirstAt = &start
	}
	d.LatencyMS, d.Status, d.Problem = now.Sub(start).Milliseconds(), answer.Status, ""
	d.Excerpt = excerpt(answer.Body)
	switch {
	case err != nil:
		d.Problem = err.Error()
	case answer.Status < 200 || answer.Status > 299:
		d.Problem = fmt.Sprintf("it answered %d; only 200 to 299 count as received", answer.Status)
	default:
		d.State = Delivered
	}
	if d.State == Pending {
		d.NextAt = now.Add(pause(d.Attempts))
	}
	if err := s.Store.SaveDelivery(ctx, d); err != nil {
		s.Logger.ErrorContext(ctx, "delivery not written down; it is sent again", "hook", h.ID, "delivery", d.ID, "error", err)
		return
	}
	if d.State == Delivered {
		if err := s.Store.Forget(ctx, h.ID, keptDeliveries); err != nil {
			s.Logger.WarnContext(ctx, "old deliveries not forgotten", "hook", h.ID, "error", err)
		}
		return
	}
	if now.Sub(*d.FirstAt) >= giveUpAfter {
		s.giveUp(ctx, h, d)
	}
}

// giveUp switches a hook off and says why where people look.
func (s *Service) giveUp(ctx context.Context, h Hook, d Delivery) {
	after := h
	after.Disabled = fmt.Sprintf("it did not take a message for %d hours, last because: %s", int(giveUpAfter.Hours()), d.Problem)
	actor := change.Actor{Kind: change.System, ID: "belay", Name: "Belay"}
	if err := s.commit(ctx, actor, "a webhook does not answer", "webhook.disabled", &h, &after, nil); err != nil {
		s.Logger.ErrorContext(ctx, "webhook not switched off", "hook", h.ID, "error", err)
	}
}

// pause is how long to wait after so many attempts: twice as long each time, up to an hour, and a little more or less so
// that hooks that failed together do not come back together.
func pause(attempts int) time.Duration {
	wait := mostPause
	if shift := attempts - 1; shift < 16 {
		wait = min(firstPause<<shift, mostPause)
	}
	return time.Duration(float64(wait) * (0.8 + 0.4*rand.Float64())) //nolint:gosec // nobody gains by guessing it
}

func excerpt(body []byte) string {
	return strings.ToValidUTF8(string(body[:min(len(body), longestExcerpt)]), "")
}
