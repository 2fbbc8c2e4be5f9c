package issue

import (
	"context"
	"fmt"
	"time"

	"github.com/siteproof/belay/internal/fault"
)

// Limits of lists.
const (
	DefaultLimit = 100
	MostIssues   = 500
)

// Query is what a Store is asked for.
type Query struct {
	EnvironmentID string
	Fingerprint   string // "" means all
	Component     string // "" means all
	Since         time.Time
	Limit         int
	SplitBy       string    // flag whose variants count where an error has none of its own
	Minutes       time.Time // where the counts by minute begin
}

// Store reads errors in groups.
type Store interface {
	// Issues gives the groups with most users first.
	Issues(ctx context.Context, q Query) ([]Issue, error)
	// Detail adds an example to a group; it reads Fingerprint, Since and EnvironmentID only. found is false when there is none.
	Detail(ctx context.Context, q Query) (d Detail, found bool, err error)
}

// Service answers what goes wrong.
type Service struct {
	store   Store
	now     func() time.Time
	splitBy func(environmentID string) string
}

// New makes a service.
func New(store Store) *Service {
	return &Service{store: store, now: time.Now, splitBy: func(string) string { return "" }}
}

// SplitBy tells by which flag's variants to count users of errors that no component flag accounts for: the flag that a
// rollout moves. To be called before the service is used.
func (s *Service) SplitBy(flag func(environmentID string) string) { s.splitBy = flag }

// List gives issues with errors since f.Since, most users first.
func (s *Service) List(ctx context.Context, environmentID string, f Filter) ([]Issue, error) {
	q := s.query(environmentID)
	q.Since, q.Component, q.Limit = f.Since, f.Component, f.Limit
	if q.Limit <= 0 {
		q.Limit = DefaultLimit
	}
	q.Limit = min(q.Limit, MostIssues)
	found, err := s.store.Issues(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("list issues: %w", err)
	}
	return found, nil
}

// Find gives one issue over all time, or fault.NotFound.
func (s *Service) Find(ctx context.Context, environmentID, fingerprint string) (Detail, error) {
	q := s.query(environmentID)
	q.Fingerprint, q.Limit = fingerprint, 1
	found, err := s.store.Issues(ctx, q)
	if err != nil {
		return Detail{}, fmt.Errorf("find issue %s: %w", fingerprint, err)
	}
	detail, known, err := s.store.Detail(ctx, q)
	if err != nil {
		return Detail{}, fmt.Errorf("find an example of issue %s: %w", fingerprint, err)
	}
	if !known || fingerprint == "" || len(found) == 0 {
		return Detail{}, fault.New(fault.NotFound, "there is no issue %q here", fingerprint).Hint("the list of issues shows those there are")
	}
	detail.Issue = found[0]
	return detail, nil
}

func (s *Service) query(environmentID string) Query {
	newest := s.now().UTC().Truncate(time.Minute)
	return Query{
		EnvironmentID: environmentID, SplitBy: s.splitBy(environmentID),
		Minutes: newest.Add(-(Minutes - 1) * time.Minute),
	}
}
