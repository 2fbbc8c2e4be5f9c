package proposal

import (
	"context"
	"fmt"
	"sync"
	"time"
	_ "time/tzdata" // zones have to be known in a container that has none

	"github.com/siteproof/belay/internal/fault"
)

const (
	duty     = "schedules"
	leaseFor = 10 * time.Second
)

// clock is the part of the service that runs.
type clock struct {
	holder   string
	stop     context.CancelFunc
	running  sync.WaitGroup
	troubled bool // the last look could not do its work
}

// localForms are how people write a time without an offset.
var localForms = []string{"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04"}

// ParseTime reads when something is to be done: RFC 3339, or a time by the clock of a zone ("" for UTC). It answers
// fault.Invalid for a time that has passed, is more than a year ahead, or is skipped by that zone's clocks.
func (s *Service) ParseTime(text, zone string) (time.Time, error) {
	where, err := time.LoadLocation(zone)
	if err != nil || zone == "Local" {
		return time.Time{}, fault.New(fault.Invalid, "there is no time zone %q", zone).At("zone", "such as Europe/Berlin").Hint("zones are named as in the IANA list")
	}
	at, err := time.Parse(time.RFC3339, text)
	for _, form := range localForms {
		if err == nil {
			break
		}
		if at, err = time.ParseInLocation(form, text, where); err == nil && at.Format(form) != text {
			return time.Time{}, fault.New(fault.Invalid, "there is no %s in %s: its clocks skip it that day", text, zone).At("at", "an hour later, say")
		}
	}
	if err != nil {
		return time.Time{}, fault.New(fault.Invalid, "%q is no time", text).At("at", "such as 2026-11-30T09:00 or 2026-11-30T09:00:00+01:00")
	}
	switch now := s.Now(); {
	case at.Before(now):
		return time.Time{}, fault.New(fault.Invalid, "%s has passed", text).At("at", "a time to come")
	case at.After(now.Add(farthest)):
		return time.Time{}, fault.New(fault.Invalid, "%s is more than a year ahead", text).At("at", "within a year")
	}
	return at.UTC(), nil
}

// sayTime is a step's time as it was meant.
func sayTime(s Batch) string {
	where, err := time.LoadLocation(s.Zone)
	if err != nil {
		where = time.UTC
	}
	return fmt.Sprintf("%s (%s)", s.At.In(where).Format("Mon 2 Jan 2006 15:04"), where)
}

// Start begins to look after times: those that passed while nothing ran are seen to first.
func (s *Service) Start(ctx context.Context) error {
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	s.running.Go(func() {
		tick := time.NewTicker(s.Every)
		defer tick.Stop()
		for {
			s.report(running, s.look(running))
			select {
			case <-running.Done():
				return
			case <-tick.C:
			}
		}
	})
	return nil
}

// Stop waits until the change under way is made and gives the duty back.
func (s *Service) Stop(ctx context.Context) error {
	if s.stop == nil {
		return nil
	}
	s.stop()
	ended := make(chan struct{})
	go func() {
		s.running.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return s.Lease.Release(ctx, duty, s.holder)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// report logs that looking fails, and that it works again, once each.
func (s *Service) report(ctx context.Context, err error) {
	if ctx.Err() != nil || (err != nil) == s.troubled {
		return
	}
	if s.troubled = err != nil; s.troubled {
		s.Logger.ErrorContext(ctx, "changes with a time cannot be looked after; trying on", "error", err)
		return
	}
	s.Logger.InfoContext(ctx, "changes with a time are looked after again")
}

// look sees to every request whose moment has come, if this node is the one to do it.
func (s *Service) look(ctx context.Context) error {
	due, err := s.Store.DueProposals(ctx, s.Now())
	if err != nil || len(due) == 0 {
		return err
	}
	held, _, err := s.Lease.Acquire(ctx, duty, s.holder, leaseFor)
	if err != nil || !held {
		return err
	}
	for _, p := range due {
		if err := s.see(ctx, p); err != nil && ctx.Err() == nil && !fault.Is(err, fault.Conflict) {
			return fmt.Errorf("change request %s: %w", p.ID, err)
		}
	}
	return nil
}

// see does what the moment asks for.
func (s *Service) see(ctx context.Context, p Proposal) error {
	now := s.moment()
	step := p.Steps[p.next()]
	passed := step.At != nil && !step.At.After(now)
	switch {
	case p.State == Waiting && passed:
		return s.expire(ctx, p, "it was not approved before its time, "+sayTime(step)+", so it was not made")
	case p.State != Scheduled:
		return s.expire(ctx, p, "nobody saw to it before "+p.ExpiresAt.Format("2 Jan 2006"))
	case passed && now.Sub(*step.At) > lateAfter:
		why := fmt.Sprintf("its time, %s, passed %s ago while Belay was not running", sayTime(step), now.Sub(*step.At).Round(time.Minute))
		_, err := s.turn(ctx, belay, "a person has to say whether it still holds: "+why, p.ID, "late", func(_ context.Context, p *Proposal) error {
			if p.State != Scheduled {
				return refuse(p, "late")
			}
			p.State, p.Why = Late, why
			return nil
		})
		return err
	}
	_, err := s.runNow(ctx, p)
	return err
}

func (s *Service) expire(ctx context.Context, p Proposal, why string) error {
	state := p.State
	_, err := s.turn(ctx, belay, why, p.ID, "expired", func(_ context.Context, p *Proposal) error {
		if p.State != state {
			return refuse(p, "expired")
		}
		p.close(Expired, why, s.moment())
		return nil
	})
	return err
}
