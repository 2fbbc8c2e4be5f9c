package api

import (
	"context"
	"maps"
	"net/http"
	"slices"

	"github.com/siteproof/belay/internal/auth"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/identity"
	"github.com/siteproof/belay/internal/tenant"
)

// mostListed is how many identities one list has at most.
const mostListed = 50

// IdentityPath names one identity. Identifiers hold any character, so they are no part of the path.
type IdentityPath struct {
	EnvironmentPath
	Identifier string `query:"identifier" required:"true" minLength:"1" maxLength:"2000"`
}

func (a *API) identities() {
	route(a, http.MethodPost, "/environments/{env}/flags/{key}/explain", auth.Read, "Why somebody gets what they get from a flag", a.explain)
	route(a, http.MethodGet, "/environments/{env}/identities", auth.Read, "Identities whose traits are kept, by the beginning of their identifier",
		func(ctx context.Context, in *struct {
			EnvironmentPath
			Find string `query:"find" maxLength:"2000"`
		},
		) (*body[IdentityList], error) {
			env, err := a.environment(in.Environment)
			if err != nil {
				return nil, err
			}
			out := IdentityList{Identities: []IdentityEntry{}}
			if out.Known, err = a.People.Count(ctx, env.ID); err != nil {
				return nil, err
			}
			found, err := a.People.Begin(ctx, env.ID, in.Find, mostListed)
			if err != nil {
				return nil, err
			}
			for _, p := range found {
				out.Identities = append(out.Identities, IdentityEntry{Identifier: p.Identifier, Traits: len(p.Traits), UpdatedAt: p.UpdatedAt})
			}
			return answer(out), nil
		})
	route(a, http.MethodGet, "/environments/{env}/identity", auth.Read, "One identity: its traits, segments and flags", a.findIdentity)
	route(a, http.MethodPatch, "/environments/{env}/identity", auth.Operate, "Set or take away traits that are kept of an identity",
		func(ctx context.Context, in *struct {
			EnvironmentPath
			Body IdentityChange
		},
		) (*body[IdentityPage], error) {
			env, err := a.environment(in.Environment)
			if err != nil {
				return nil, err
			}
			c := in.Body
			_, err = a.Identities.Edit(ctx, a.Journal, principal(ctx).Actor(), c.Reason, env.ID, c.Identifier, identity.Traits(c.Traits))
			if err != nil {
				return nil, err
			}
			return a.findIdentity(ctx, &IdentityPath{in.EnvironmentPath, c.Identifier})
		})
	route(a, http.MethodDelete, "/environments/{env}/identity", auth.Operate, "Forget all traits that are kept of an identity",
		func(ctx context.Context, in *struct {
			EnvironmentPath
			Body IdentityRemoval
		},
		) (*struct{}, error) {
			env, err := a.environment(in.Environment)
			if err != nil {
				return nil, err
			}
			kept, known, err := a.People.Person(ctx, env.ID, in.Body.Identifier)
			if err != nil {
				return nil, err
			}
			if !known {
				return nil, fault.New(fault.NotFound, "nothing is kept of %q", in.Body.Identifier)
			}
			none := identity.Traits{}
			for key := range kept.Traits {
				none[key] = nil
			}
			_, err = a.Identities.Edit(ctx, a.Journal, principal(ctx).Actor(), in.Body.Reason, env.ID, in.Body.Identifier, none)
			return nil, err
		})
}

func (a *API) findIdentity(ctx context.Context, in *IdentityPath) (*body[IdentityPage], error) {
	env, err := a.environment(in.Environment)
	if err != nil {
		return nil, err
	}
	kept, known, err := a.People.Person(ctx, env.ID, in.Identifier)
	if err != nil {
		return nil, err
	}
	out := IdentityPage{
		Identifier: in.Identifier, Known: known, Traits: orNone(kept.Traits), Recent: orNone(a.People.Lately(env.ID, in.Identifier)),
		Segments: []string{}, Flags: []IdentityFlag{},
	}
	if known {
		out.UpdatedAt = &kept.UpdatedAt
	}
	s := a.Flags.Snapshot(env.ID)
	who := contextOf(env, in.Identifier, kept.Traits)
	for _, g := range s.Segments() {
		if s.Members(g.Key)(who) {
			out.Segments = append(out.Segments, g.Key)
		}
	}
	for _, r := range s.EvaluateAll(who, tenant.Server) {
		f, err := s.Find(r.Key)
		if err != nil {
			return nil, err
		}
		out.Flags = append(out.Flags, IdentityFlag{
			Key: r.Key, Enabled: r.Enabled, Value: r.Value, Variant: r.Variant, Reason: r.Reason, OffBy: r.OffBy,
			Override: slices.ContainsFunc(f.Identities, func(o flag.Override) bool { return o.For == in.Identifier }),
		})
	}
	return answer(out), nil
}

func orNone(traits identity.Traits) Traits {
	if traits == nil {
		return Traits{}
	}
	return Traits(traits)
}

func (a *API) explain(ctx context.Context, in *struct {
	FlagPath
	Body ExplainRequest
},
) (*body[Explanation], error) {
	env, err := a.environment(in.Environment)
	if err != nil {
		return nil, err
	}
	ask := in.Body
	out := Explanation{Traits: Traits{}, Stored: Traits{}, Recent: Traits{}}
	if ask.Identifier != "" {
		kept, err := a.Identities.Find(ctx, env.ID, ask.Identifier)
		if err != nil {
			return nil, err
		}
		out.Stored, out.Recent = orNone(kept), orNone(a.People.Lately(env.ID, ask.Identifier))
	}
	if ask.UseStoredTraits {
		maps.Copy(out.Traits, out.Stored)
	}
	for key, value := range ask.Traits {
		if out.Traits[key] = value; value == nil {
			delete(out.Traits, key)
		}
	}
	s := a.Flags.Snapshot(env.ID)
	if out.Trace, err = s.Explain(in.Key, contextOf(env, ask.Identifier, out.Traits), tenant.Server); err != nil {
		return nil, err
	}
	f, err := s.Find(in.Key)
	if err != nil {
		return nil, err
	}
	kinds := flag.Kinds{}
	kinds.See(out.Traits)
	segments := slices.DeleteFunc(s.Segments(), func(g flag.Segment) bool {
		return !slices.ContainsFunc(f.Segments, func(o flag.Override) bool { return o.For == g.Key })
	})
	out.Findings = lintOf(segments, []flag.Flag{f}, kinds)
	return answer(out), nil
}
