package tenant

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/id"
)

// Limits of environments.
const (
	MaxEnvironments = 50 // of an installation
	maxKey          = 50 // characters
	maxName         = 100
)

// keyForm is what fits into an address and a command line.
var keyForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*$`)

// reserved are keys that addresses of the console mean something else by.
var reserved = []string{"api", "assets", "beacon", "healthz", "ofrep", "setup", "sign-in", "sse"}

// FirstNames are what a fresh installation begins with.
type FirstNames struct {
	Organisation string
	Project      string
	Environments []FirstEnvironment
}

// FirstEnvironment is one environment of a fresh installation.
type FirstEnvironment struct{ Key, Name string }

// EnsureFirst makes the first organisation, project and environments when nothing exists yet.
func (s *Service) EnsureFirst(ctx context.Context, actor change.Actor, names FirstNames) error {
	if len(s.view.Load().all) > 0 {
		return nil
	}
	return s.commit(ctx, actor, "a fresh installation begins", func(ctx context.Context) error {
		organisation, project := id.New("org"), id.New("prj")
		if err := s.store.AddOrganisation(ctx, organisation, names.Organisation); err != nil {
			return err
		}
		if err := s.store.AddProject(ctx, project, organisation, names.Project); err != nil {
			return err
		}
		for _, first := range names.Environments {
			if err := s.add(ctx, Environment{
				ID: id.New("env"), Key: first.Key, Name: first.Name, ProjectID: project, Project: names.Project, Organisation: names.Organisation,
			}); err != nil {
				return err
			}
		}
		return nil
	})
}

// NewEnvironment is an environment to be made.
type NewEnvironment struct {
	Key  string
	Name string
	// Beside is the key or id of an environment of the project it shall belong to.
	Beside   string
	Settings Settings
}

// Create makes an environment with a key for each side. What fill does for it, such as giving it flags, is part of the
// same commit. It answers fault.Conflict when the key is taken.
func (s *Service) Create(ctx context.Context, actor change.Actor, reason string, n NewEnvironment, fill func(context.Context, Environment) error) (Environment, error) {
	var made Environment
	err := s.commit(ctx, actor, reason, func(ctx context.Context) error {
		beside, err := s.Find(n.Beside)
		if err != nil {
			return err
		}
		made = Environment{
			ID: id.New("env"), Key: n.Key, Name: strings.TrimSpace(n.Name), ProjectID: beside.ProjectID, Project: beside.Project,
			Organisation: beside.Organisation, Settings: n.Settings,
		}
		all := s.view.Load().all
		if len(all) >= MaxEnvironments {
			return fault.New(fault.TooLarge, "an installation has at most %d environments", MaxEnvironments)
		}
		if slices.ContainsFunc(all, func(e Environment) bool { return e.Key == n.Key || e.ID == n.Key }) {
			return fault.New(fault.Conflict, "there is an environment %q already", n.Key).At("key", "%q is taken", n.Key)
		}
		if err := made.validate(); err != nil {
			return err
		}
		if err := s.add(ctx, made); err != nil {
			return err
		}
		return fill(ctx, made)
	})
	if err != nil {
		return Environment{}, err
	}
	return s.Find(made.ID)
}

// Patch names what is to change about an environment; what is nil stays.
type Patch struct {
	Name     *string
	Settings *Settings
}

// Change renames an environment or changes its settings. What after does is part of the same commit; it is not called
// when nothing differs.
func (s *Service) Change(ctx context.Context, actor change.Actor, reason, environment string, p Patch, after func(context.Context, Environment) error) (Environment, error) {
	err := s.commit(ctx, actor, reason, func(ctx context.Context) error {
		before, err := s.Find(environment)
		if err != nil {
			return err
		}
		now := before
		if p.Name != nil {
			now.Name = strings.TrimSpace(*p.Name)
		}
		if p.Settings != nil {
			now.Settings = *p.Settings
		}
		if now == before {
			return nil
		}
		if err := now.validate(); err != nil {
			return err
		}
		if err := s.store.SaveEnvironment(ctx, now); err != nil {
			return err
		}
		if err := recordEnvironment(ctx, "environment.updated", &before, &now); err != nil {
			return err
		}
		return after(ctx, now)
	})
	if err != nil {
		return Environment{}, err
	}
	return s.Find(environment)
}

func (e Environment) validate() error {
	if !keyForm.MatchString(e.Key) || len(e.Key) > maxKey || slices.Contains(reserved, e.Key) {
		return fault.New(fault.Invalid, "%q cannot be the key of an environment", e.Key).
			At("key", "small letters, digits and dashes, at most %d, and none of: %s", maxKey, strings.Join(reserved, ", "))
	}
	if e.Name == "" || !utf8.ValidString(e.Name) || utf8.RuneCountInString(e.Name) > maxName {
		return fault.New(fault.Invalid, "an environment has a name of 1 to %d characters", maxName).At("name", "1 to %d characters", maxName)
	}
	return e.Settings.Validate()
}

// add writes an environment with its first keys.
func (s *Service) add(ctx context.Context, e Environment) error {
	client, server := newKey(e.ID, Client), newKey(e.ID, Server)
	e.HashKey = client.Secret
	if err := s.store.AddEnvironment(ctx, e); err != nil {
		return err
	}
	if err := s.store.AddKey(ctx, client); err != nil {
		return err
	}
	if err := s.store.AddKey(ctx, server); err != nil {
		return err
	}
	return recordEnvironment(ctx, "environment.created", nil, &e)
}

func recordEnvironment(ctx context.Context, kind string, before, after *Environment) error {
	return change.RecordValues(ctx, change.Change{Kind: kind, EnvironmentID: after.ID, Subject: after.Key}, before, after)
}

// commit writes and takes what was written into memory before anybody is told of it. When the commit fails, memory goes
// back to what is stored.
func (s *Service) commit(ctx context.Context, actor change.Actor, reason string, write func(context.Context) error) error {
	_, err := s.journal.Commit(ctx, actor, reason, func(ctx context.Context) error {
		if err := write(ctx); err != nil {
			return err
		}
		return s.Load(ctx)
	})
	if err != nil {
		return errors.Join(err, s.Load(context.WithoutCancel(ctx)))
	}
	return nil
}
