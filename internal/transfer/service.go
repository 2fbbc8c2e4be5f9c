package transfer

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/tenant"
)

// Options are what a Service needs. All are required.
type Options struct {
	Journal *change.Journal
	Flags   *flag.Service
	Tenants *tenant.Service
}

// Service compares files with environments, applies them and writes them.
type Service struct{ Options }

// New makes the service.
func New(o Options) *Service { return &Service{o} }

// Compare says what a file would change, as the function Compare does.
func (s *Service) Compare(in Request) ([]Difference, error) {
	differences, err := Compare(in, func(environment string) (*flag.Snapshot, error) {
		e, err := s.Tenants.Find(environment)
		if err != nil {
			return nil, err
		}
		return s.Flags.Snapshot(e.ID), nil
	})
	if err != nil {
		return nil, err
	}
	for i := range differences {
		p := &differences[i]
		e, err := s.Tenants.Find(p.Environment)
		if err != nil {
			return nil, err
		}
		p.Environment = e.Key
		if err := s.adoption(p, e, in.AdoptKey); err != nil {
			return nil, err
		}
	}
	return differences, nil
}

// adoption says what becomes of the client key of a foreign file, and of those who were spread by it.
func (s *Service) adoption(p *Difference, e tenant.Environment, wanted bool) error {
	switch {
	case p.ClientKey == "" && wanted:
		return fault.New(fault.Invalid, "the file has no client key to adopt").At("adopt_key", "only Flagsmith's environment document has one")
	case p.ClientKey != "":
		opens, err := s.Tenants.CheckAdoption(e.ID, p.ClientKey)
		if err != nil && wanted {
			return err
		}
		p.CanAdopt = err == nil && !opens
		p.AdoptsKey = p.CanAdopt && wanted
	}
	if p.CanAdopt && !wanted {
		p.Notes = append(p.Notes, fmt.Sprintf("Apps that have the client key %s need a new one, unless this environment adopts it.", p.ClientKey))
	}
	stay := p.ClientKey == e.HashKey || p.AdoptsKey && p.fresh
	if p.spread && !stay {
		p.Notes = append(p.Notes, fmt.Sprintf("The file's variants and splits were shared out with the client key %s. This environment's is %s, so people are shared out anew.", p.ClientKey, e.HashKey))
	}
	return nil
}

// Apply makes environments what a file says, in one commit for all of them, and gives what it changed. Revisions are
// those that people saw when they compared, by environment; when an environment has moved since, it answers
// fault.Conflict and changes nothing. An environment that is not among them may have moved.
func (s *Service) Apply(ctx context.Context, actor change.Actor, reason string, in Request, revisions map[string]int64) ([]Difference, error) {
	var differences []Difference
	_, err := s.Journal.Commit(ctx, actor, reason, func(ctx context.Context) error {
		var err error
		if differences, err = s.Compare(in); err != nil {
			return err
		}
		for _, p := range differences {
			if seen, named := revisions[p.Environment]; named && seen != p.Revision {
				return fault.New(fault.Conflict, "the flags of %s have changed since: they were at revision %d and are at %d", p.Environment, seen, p.Revision).
					Hint("look at the difference again, then apply it")
			}
			e, err := s.Tenants.Find(p.Environment)
			if err != nil {
				return err
			}
			if p.AdoptsKey {
				if _, err := s.Tenants.AdoptKey(ctx, actor, reason, e.ID, p.ClientKey, p.fresh); err != nil {
					return err
				}
			}
			if len(p.operations) == 0 {
				continue
			}
			if _, err := s.Flags.Apply(ctx, actor, reason, e.ID, p.Revision, p.operations); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil && in.AdoptKey {
		err = errors.Join(err, s.Tenants.Load(context.WithoutCancel(ctx))) // memory may hold a key that was taken back
	}
	return differences, err
}

// Export writes environments as Belay's own file.
func (s *Service) Export(environments []string) (File, error) {
	contents := map[string]Content{}
	for _, name := range environments {
		e, err := s.Tenants.Find(name)
		if err != nil {
			return File{}, err
		}
		snapshot := s.Flags.Snapshot(e.ID)
		contents[e.Key] = ContentOf(snapshot.Flags(), snapshot.Segments())
	}
	return Several(contents), nil
}

// Differs says whether any difference would change something.
func Differs(differences []Difference) bool {
	return slices.ContainsFunc(differences, func(p Difference) bool { return len(p.Items) > 0 || p.AdoptsKey })
}
