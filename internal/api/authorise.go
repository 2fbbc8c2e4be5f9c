package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/siteproof/belay/internal/auth"
	"github.com/siteproof/belay/internal/fault"
)

const (
	sessionCookie = "belay_session"
	// consoleHeader proves that a request with a cookie was made by a script of the same origin:
	// no form and no cross-site request can set it without a preflight, which this API never grants.
	consoleHeader = "X-Belay-Console"
	// anyone marks the few routes that need nobody signed in.
	anyone auth.Action = "anyone"
)

type principalKey struct{}

// authorise finds out who calls and refuses those who may not.
func (a *API) authorise(ctx huma.Context, next func(huma.Context)) {
	may, _ := ctx.Operation().Metadata["may"].(auth.Action)
	if may == anyone {
		next(ctx)
		return
	}
	who, err := a.identify(ctx)
	if err == nil && !auth.May(who.Role, may) {
		err = fault.New(fault.Forbidden, "the role %s may not do this", who.Role).Hint("an administrator can")
	}
	later := ctx.Context()
	if err == nil && may == auth.Operate && ctx.Method() != http.MethodGet {
		later, err = a.deferred(ctx)
	}
	if err != nil {
		p := a.problemOf(ctx.Context(), err)
		ctx.SetHeader("Content-Type", p.ContentType(""))
		ctx.SetStatus(p.Status)
		_ = json.NewEncoder(ctx.BodyWriter()).Encode(p)
		return
	}
	next(huma.WithContext(ctx, context.WithValue(later, principalKey{}, who)))
}

// identify reads the token or the cookie of a request.
func (a *API) identify(ctx huma.Context) (auth.Principal, error) {
	if token, ok := strings.CutPrefix(ctx.Header("Authorization"), "Bearer "); ok {
		return a.Auth.AuthenticateToken(ctx.Context(), token)
	}
	return a.identifySession(ctx.Context(), ctx.Method(), ctx.Header("Cookie"), ctx.Header(consoleHeader))
}

func (a *API) identifySession(ctx context.Context, method, cookies, proof string) (auth.Principal, error) {
	token := cookie(cookies)
	if token == "" {
		return auth.Principal{}, fault.New(fault.Unauthenticated, "nobody is signed in").Hint("sign in, or send a token: Authorization: Bearer bly_…")
	}
	if method != http.MethodGet && method != http.MethodHead && proof == "" {
		return auth.Principal{}, fault.New(fault.Forbidden, "a change with a session cookie needs the header %s", consoleHeader)
	}
	return a.Auth.Authenticate(ctx, token)
}

func cookie(header string) string {
	parsed, err := http.ParseCookie(header)
	if err != nil {
		return ""
	}
	for _, c := range parsed {
		if c.Name == sessionCookie {
			return c.Value
		}
	}
	return ""
}

// principal is who calls; authorise has put it there.
func principal(ctx context.Context) auth.Principal {
	who, _ := ctx.Value(principalKey{}).(auth.Principal)
	return who
}

func (a *API) cookieFor(token string, expires time.Time) http.Cookie {
	return http.Cookie{
		Name: sessionCookie, Value: token, Path: "/", Expires: expires,
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: a.Secure,
	}
}

func asFault(err error) *fault.Error {
	f, _ := errors.AsType[*fault.Error](err)
	return f
}
