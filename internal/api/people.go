package api

import (
	"context"
	"net/http"
	"time"

	"github.com/siteproof/belay/internal/auth"
)

// Member is somebody who may sign in, or might have.
type Member struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Email   string    `json:"email"`
	Role    auth.Role `json:"role"`
	Active  bool      `json:"active"`
	Invited bool      `json:"invited"` // they have not chosen a password yet
}

// NewMember is somebody to be let in; without a password they get a link.
type NewMember struct {
	Name     string    `json:"name" minLength:"1" maxLength:"100"`
	Email    string    `json:"email" format:"email" maxLength:"200"`
	Role     auth.Role `json:"role" enum:"admin,operator,viewer"`
	Password string    `json:"password,omitempty" maxLength:"200" doc:"at least 10 characters; empty: the answer holds a link by which they choose one"`
	Reason   string    `json:"reason" minLength:"3" maxLength:"500"`
}

// MemberChange changes somebody; what is absent stays.
type MemberChange struct {
	Name   *string    `json:"name,omitempty" maxLength:"100"`
	Role   *auth.Role `json:"role,omitempty" enum:"admin,operator,viewer"`
	Active *bool      `json:"active,omitempty" doc:"false locks them out and signs them out everywhere"`
	Reason string     `json:"reason" minLength:"3" maxLength:"500"`
}

// Invited is somebody with the link by which they choose a password. It is shown once.
type Invited struct {
	Member
	Link      string     `json:"link,omitempty"` // path on this Belay; works once
	ExpiresAt *time.Time `json:"expires_at,omitempty"`
}

// Welcome chooses a password by a link.
type Welcome struct {
	Secret   string `json:"secret" minLength:"1" maxLength:"200"`
	Password string `json:"password" minLength:"10" maxLength:"200"`
}

// MemberPath is the part of a path that names a person.
type MemberPath struct {
	ID string `path:"id" maxLength:"60"`
}

func (a *API) people() {
	route(a, http.MethodGet, "/people", auth.Read, "Everybody who may sign in, or might have",
		func(ctx context.Context, _ *struct{}) (*body[[]Member], error) {
			all, err := a.Auth.People(ctx)
			if err != nil {
				return nil, err
			}
			var out []Member
			for _, p := range all {
				out = append(out, memberOf(p))
			}
			return list(out), nil
		})
	route(a, http.MethodPost, "/people", auth.Administer, "Let somebody in",
		func(ctx context.Context, in *struct{ Body NewMember }) (*body[Invited], error) {
			n := in.Body
			return invited(a.Auth.AddPerson(ctx, principal(ctx).Actor(), n.Reason, auth.NewPerson{Name: n.Name, Email: n.Email, Role: n.Role, Password: n.Password}))
		})
	route(a, http.MethodPatch, "/people/{id}", auth.Administer, "Give somebody another role, or lock them out",
		func(ctx context.Context, in *struct {
			MemberPath
			Body MemberChange
		},
		) (*body[Member], error) {
			c := in.Body
			p, err := a.Auth.ChangePerson(ctx, principal(ctx).Actor(), c.Reason, in.ID, auth.PersonChange{Name: c.Name, Role: c.Role, Active: c.Active})
			if err != nil {
				return nil, err
			}
			return answer(memberOf(p)), nil
		})
	route(a, http.MethodPost, "/people/{id}/link", auth.Administer, "Give somebody a link to choose a password",
		func(ctx context.Context, in *struct {
			MemberPath
			Body Word
		},
		) (*body[Invited], error) {
			return invited(a.Auth.Invite(ctx, principal(ctx).Actor(), in.Body.Reason, in.ID))
		})
	route(a, http.MethodPost, "/welcome", anyone, "Choose a password by a link, and sign in",
		func(ctx context.Context, in *struct{ Body Welcome }) (*signedIn, error) {
			session, err := a.Auth.Welcome(ctx, in.Body.Secret, in.Body.Password)
			if err != nil {
				return nil, err
			}
			return a.signedIn(ctx, session)
		})
}

func memberOf(p auth.Person) Member {
	return Member{ID: p.ID, Name: p.Name, Email: p.Email, Role: p.Role, Active: p.Active, Invited: p.Password == ""}
}

func invited(p auth.Person, link *auth.Link, err error) (*body[Invited], error) {
	if err != nil {
		return nil, err
	}
	out := Invited{Member: memberOf(p)}
	if link != nil {
		out.Link, out.ExpiresAt = "/welcome#"+link.Secret, &link.ExpiresAt
	}
	return answer(out), nil
}
