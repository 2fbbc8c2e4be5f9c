package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/siteproof/belay/internal/auth"
	"github.com/siteproof/belay/internal/httpd"
)

// signedIn answers who is signed in and hands the browser its cookie.
type signedIn struct {
	Cookie http.Cookie `header:"Set-Cookie"`
	Body   Person
}

// Remote lets an input know the address it came from.
type Remote struct{ address string }

// Resolve is called by huma with the request.
func (r *Remote) Resolve(ctx huma.Context) []error {
	r.address = httpd.Host(ctx.RemoteAddr())
	return nil
}

func (a *API) sessions() {
	route(a, http.MethodGet, "/setup", anyone, "Does the first administrator still have to be made?",
		func(ctx context.Context, _ *struct{}) (*body[Setup], error) {
			needed, err := a.Auth.SetupNeeded(ctx)
			if err != nil {
				return nil, err
			}
			return answer(Setup{Needed: needed}), nil
		})
	route(a, http.MethodPost, "/setup", anyone, "Make the first administrator, once",
		func(ctx context.Context, in *struct {
			Remote
			Body NewAdministrator
		},
		) (*signedIn, error) {
			if _, err := a.Auth.Setup(ctx, in.Body.Name, in.Body.Email, in.Body.Password); err != nil {
				return nil, err
			}
			return a.signIn(ctx, Credentials{Email: in.Body.Email, Password: in.Body.Password}, in.address)
		})
	route(a, http.MethodPost, "/session", anyone, "Sign in",
		func(ctx context.Context, in *struct {
			Remote
			Body Credentials
		},
		) (*signedIn, error) {
			return a.signIn(ctx, in.Body, in.address)
		})
	route(a, http.MethodGet, "/session", auth.Read, "Who is signed in",
		func(ctx context.Context, _ *struct{}) (*body[Person], error) {
			return answer(personOf(principal(ctx))), nil
		})
	route(a, http.MethodDelete, "/session", auth.Read, "Sign out",
		func(ctx context.Context, in *struct {
			Cookie string `header:"Cookie"`
		}) (*struct {
			Cookie http.Cookie `header:"Set-Cookie"`
		}, error,
		) {
			if token := cookie(in.Cookie); token != "" {
				if err := a.Auth.SignOut(ctx, token); err != nil {
					return nil, err
				}
			}
			gone := a.cookieFor("", time.Unix(0, 0))
			gone.MaxAge = -1
			return &struct {
				Cookie http.Cookie `header:"Set-Cookie"`
			}{Cookie: gone}, nil
		})
}

func (a *API) signIn(ctx context.Context, c Credentials, address string) (*signedIn, error) {
	session, err := a.Auth.SignIn(ctx, c.Email, c.Password, address)
	if err != nil {
		return nil, err
	}
	return a.signedIn(ctx, session)
}

func (a *API) signedIn(ctx context.Context, session auth.Session) (*signedIn, error) {
	who, err := a.Auth.Authenticate(ctx, session.Token)
	if err != nil {
		return nil, err
	}
	return &signedIn{Cookie: a.cookieFor(session.Token, session.ExpiresAt), Body: personOf(who)}, nil
}

func personOf(p auth.Principal) Person {
	return Person{ID: p.Person.ID, Name: p.Person.Name, Email: p.Person.Email, Role: string(p.Role)}
}
