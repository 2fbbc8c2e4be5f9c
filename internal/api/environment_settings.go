package api

import (
	"context"
	"net/http"
	"time"

	"github.com/siteproof/belay/internal/auth"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/tenant"
)

// NewEnvironment makes an environment. Without one to copy from it gets every flag of the project, switched off.
type NewEnvironment struct {
	Key    string `json:"key" pattern:"^[a-z0-9][a-z0-9-]*$" maxLength:"50"`
	Name   string `json:"name" minLength:"1" maxLength:"100"`
	Copy   string `json:"copy,omitempty" maxLength:"100" doc:"key or id of an environment whose flags, segments and settings it begins with"`
	Reason string `json:"reason" minLength:"3" maxLength:"500"`
}

// EnvironmentChange renames an environment or changes its settings; what is left out stays.
type EnvironmentChange struct {
	Name     *string         `json:"name,omitempty" minLength:"1" maxLength:"100"`
	Settings *SettingsChange `json:"settings,omitempty"`
	Reason   string          `json:"reason" minLength:"3" maxLength:"500"`
}

// SettingsChange changes settings one by one; what is left out stays.
type SettingsChange struct {
	HideDisabledFlags  *bool `json:"hide_disabled_flags,omitempty"`
	HideSensitiveData  *bool `json:"hide_sensitive_data,omitempty"`
	IgnoreClientTraits *bool `json:"ignore_client_traits,omitempty"`
	ForgetTraits       *bool `json:"forget_traits,omitempty"`
	StopServing        *bool `json:"stop_serving,omitempty"`
	Approvals          *int  `json:"approvals,omitempty" minimum:"0" maximum:"5"`
}

func (c SettingsChange) apply(s tenant.Settings) tenant.Settings {
	take(&s.HideDisabledFlags, c.HideDisabledFlags)
	take(&s.HideSensitiveData, c.HideSensitiveData)
	take(&s.IgnoreClientTraits, c.IgnoreClientTraits)
	take(&s.ForgetTraits, c.ForgetTraits)
	take(&s.StopServing, c.StopServing)
	take(&s.Approvals, c.Approvals)
	return s
}

func take[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// Key is one key of an environment.
type Key struct {
	ID     string      `json:"id"`
	Side   tenant.Side `json:"side" enum:"client,server"`
	Secret string      `json:"secret,omitempty"`  // of a server key only for administrators
	MadeAt *time.Time  `json:"made_at,omitempty"` // absent when it is as old as the installation
	Newest bool        `json:"newest"`            // of its side; the others are on their way out
	// UsedAt is when a key that is not the newest was last used since this Belay started; absent when it was not.
	UsedAt *time.Time `json:"used_at,omitempty"`
}

// NewKey makes a key of one side.
type NewKey struct {
	Side   tenant.Side `json:"side" enum:"client,server"`
	Secret string      `json:"secret,omitempty" maxLength:"100" doc:"a client key that apps have from elsewhere, such as Flagsmith's, to be adopted; without it one is made up"`
	Reason string      `json:"reason" minLength:"3" maxLength:"500"`
}

func (a *API) environmentSettings() {
	route(a, http.MethodPost, "/environments", auth.Administer, "Make an environment", a.makeEnvironment)
	route(a, http.MethodPatch, "/environments/{env}", auth.Administer, "Rename an environment or change its settings",
		func(ctx context.Context, in *struct {
			EnvironmentPath
			Body EnvironmentChange
		},
		) (*body[Environment], error) {
			before, err := a.environment(in.Environment)
			if err != nil {
				return nil, err
			}
			patch := tenant.Patch{Name: in.Body.Name}
			if in.Body.Settings != nil {
				settings := in.Body.Settings.apply(before.Settings)
				patch.Settings = &settings
			}
			after, err := a.Tenants.Change(ctx, principal(ctx).Actor(), in.Body.Reason, before.ID, patch,
				func(ctx context.Context, e tenant.Environment) error { return a.Flags.Restamp(ctx, e.ID) })
			if err != nil {
				return nil, err
			}
			return answer(environmentFor(principal(ctx), after)), nil
		})
	route(a, http.MethodGet, "/environments/{env}/keys", auth.Read, "The keys of an environment, newest first; secrets of servers only for administrators",
		func(ctx context.Context, in *EnvironmentPath) (*body[[]Key], error) {
			env, err := a.environment(in.Environment)
			if err != nil {
				return nil, err
			}
			return list(a.keys(principal(ctx), env)), nil
		})
	route(a, http.MethodPost, "/environments/{env}/keys", auth.Administer, "Make a new key; those before it go on until they are revoked",
		func(ctx context.Context, in *struct {
			EnvironmentPath
			Body NewKey
		},
		) (*body[Key], error) {
			n, actor := in.Body, principal(ctx).Actor()
			var made tenant.Key
			var err error
			switch {
			case n.Secret == "":
				made, err = a.Tenants.AddKey(ctx, actor, n.Reason, in.Environment, n.Side)
			case n.Side == tenant.Client:
				made, err = a.Tenants.AdoptKey(ctx, actor, n.Reason, in.Environment, n.Secret, false)
			default:
				err = fault.New(fault.Invalid, "only client keys are adopted").At("side", "client").Hint("a server key is secret: make a new one")
			}
			if err != nil {
				return nil, err
			}
			return answer(keyOf(made, true)), nil
		})
	route(a, http.MethodDelete, "/environments/{env}/keys/{id}", auth.Administer, "Revoke a key at once",
		func(ctx context.Context, in *struct {
			EnvironmentPath
			ID   string `path:"id" maxLength:"60"`
			Body Removal
		},
		) (*struct{}, error) {
			return nil, a.Tenants.RevokeKey(ctx, principal(ctx).Actor(), in.Body.Reason, in.Environment, in.ID)
		})
}

func (a *API) makeEnvironment(ctx context.Context, in *struct{ Body NewEnvironment }) (*body[Environment], error) {
	n, actor := in.Body, principal(ctx).Actor()
	all := a.Tenants.Environments()
	wanted := tenant.NewEnvironment{Key: n.Key, Name: n.Name, Beside: all[0].ID}
	var others []*flag.Snapshot
	for _, e := range all {
		if e.ProjectID == all[0].ProjectID {
			others = append(others, a.Flags.Snapshot(e.ID))
		}
	}
	fill := func(ctx context.Context, e tenant.Environment) error {
		return a.Flags.Begin(ctx, actor, n.Reason, e.ID, others)
	}
	if n.Copy != "" {
		from, err := a.environment(n.Copy)
		if err != nil {
			return nil, err
		}
		wanted.Beside, wanted.Settings = from.ID, from.Settings
		fill = func(ctx context.Context, e tenant.Environment) error {
			snapshot := a.Flags.Snapshot(from.ID)
			_, err := a.Flags.Copy(ctx, actor, n.Reason, snapshot, e.ID, 0, flag.Everything(snapshot))
			return err
		}
	}
	made, err := a.Tenants.Create(ctx, actor, n.Reason, wanted, fill)
	if err != nil {
		return nil, err
	}
	return answer(environmentFor(principal(ctx), made)), nil
}

// keys lists the keys that somebody may see.
func (a *API) keys(who auth.Principal, env tenant.Environment) []Key {
	var out []Key
	for _, k := range a.Tenants.Keys(env.ID) {
		shown := keyOf(k, k.Secret == env.ClientKey || k.Secret == env.ServerKey)
		if k.Side == tenant.Server && !auth.May(who.Role, auth.Administer) {
			shown.Secret = ""
		}
		out = append(out, shown)
	}
	return out
}

func keyOf(k tenant.Key, newest bool) Key {
	out := Key{ID: k.ID, Side: k.Side, Secret: k.Secret, Newest: newest, UsedAt: k.UsedAt}
	if k.MadeAt.Unix() > 0 {
		out.MadeAt = &k.MadeAt
	}
	return out
}
