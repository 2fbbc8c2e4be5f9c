package sqldb_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/store/sqldb"
	"github.com/siteproof/belay/internal/store/sqldb/sqldbtest"
	"github.com/siteproof/belay/internal/tenant"
)

var oneEnvironment = tenant.FirstNames{
	Organisation: "SiteProof", Project: "App", Environments: []tenant.FirstEnvironment{{Key: "production", Name: "Production"}},
}

func nothingMore(context.Context, tenant.Environment) error { return nil }

func TestAReplacedKeyGoesOnUntilItIsRevoked(t *testing.T) {
	db := sqldbtest.Open(t)
	journal := newJournal(t, db)
	s := tenant.New(sqldb.NewTenants(db), journal)
	require.NoError(t, s.EnsureFirst(t.Context(), dana, oneEnvironment))
	before, err := s.Find("production")
	require.NoError(t, err)
	for _, side := range []tenant.Side{tenant.Client, tenant.Server} {
		made, err := s.AddKey(t.Context(), dana, "somebody left", "production", side)
		require.NoError(t, err)
		_, opened, err := s.Open(made.Secret)
		require.NoError(t, err)
		require.Equal(t, side, opened)
	}
	now, err := s.Find("production")
	require.NoError(t, err)
	require.NotEqual(t, before.ClientKey, now.ClientKey)
	require.NotEqual(t, before.ServerKey, now.ServerKey)
	require.Equal(t, before.HashKey, now.HashKey, "nobody is spread anew")
	keys := s.Keys(now.ID)
	require.Len(t, keys, 4)
	for _, k := range keys {
		require.Nil(t, k.UsedAt, "only the newest were used since they were replaced")
	}
	_, _, err = s.Open(before.ClientKey)
	require.NoError(t, err, "the old one goes on")
	used := 0
	for _, k := range s.Keys(now.ID) {
		if k.UsedAt != nil {
			require.Equal(t, before.ClientKey, k.Secret)
			used++
		}
	}
	require.Equal(t, 1, used)

	restarted := tenant.New(sqldb.NewTenants(db), journal)
	require.NoError(t, restarted.Load(t.Context()))
	found, err := restarted.Find("production")
	require.NoError(t, err)
	require.Equal(t, now, found)

	for _, k := range keys {
		if k.Secret == before.ClientKey || k.Secret == before.ServerKey {
			require.NoError(t, s.RevokeKey(t.Context(), dana, "nobody uses it", "production", k.ID))
			_, _, err = s.Open(k.Secret)
			require.True(t, fault.Is(err, fault.Unauthenticated), err)
		}
	}
	_, err = s.OpenStream(before.ClientKey)
	require.NoError(t, err, "servers that evaluate themselves follow the stream of the key they spread by")
	for _, wrong := range []string{"", before.ServerKey, now.ServerKey, "cli_none"} {
		_, err = s.OpenStream(wrong)
		require.True(t, fault.Is(err, fault.NotFound), wrong)
	}
	for _, k := range s.Keys(now.ID) {
		err := s.RevokeKey(t.Context(), dana, "the last one", "production", k.ID)
		require.True(t, fault.Is(err, fault.Conflict), err)
	}
	require.True(t, fault.Is(s.RevokeKey(t.Context(), dana, "no such key", "production", "key_none"), fault.NotFound))
	_, err = s.AddKey(t.Context(), dana, "no such side", "production", "both")
	require.True(t, fault.Is(err, fault.Invalid), err)

	commits, err := journal.List(t.Context(), change.Filter{})
	require.NoError(t, err)
	for _, c := range commits {
		for _, ch := range c.Changes {
			text := string(ch.Before) + string(ch.After)
			for _, secret := range []string{before.ClientKey, before.ServerKey, now.ClientKey, now.ServerKey} {
				require.NotContains(t, text, secret, "no key is ever in the journal")
			}
		}
	}
}

func TestEnvironmentsAreMadeRenamedAndSetUp(t *testing.T) {
	db := sqldbtest.Open(t)
	s := tenant.New(sqldb.NewTenants(db), newJournal(t, db))
	require.NoError(t, s.EnsureFirst(t.Context(), dana, oneEnvironment))
	filled := false
	made, err := s.Create(t.Context(), dana, "for the fair", tenant.NewEnvironment{Key: "demo", Name: " Demo ", Beside: "production"},
		func(context.Context, tenant.Environment) error { filled = true; return nil })
	require.NoError(t, err)
	require.True(t, filled)
	require.Equal(t, "Demo", made.Name)
	require.Equal(t, "App", made.Project)
	opened, _, err := s.Open(made.ServerKey)
	require.NoError(t, err)
	require.Equal(t, made.ID, opened.ID)

	for key, code := range map[string]fault.Code{
		"demo": fault.Conflict, "": fault.Invalid, "Big": fault.Invalid, "setup": fault.Invalid, strings.Repeat("a", 51): fault.Invalid,
	} {
		_, err := s.Create(t.Context(), dana, "another one", tenant.NewEnvironment{Key: key, Name: "Other", Beside: "production"}, nothingMore)
		require.True(t, fault.Is(err, code), "%q: %v", key, err)
	}
	_, err = s.Create(t.Context(), dana, "it breaks half-way", tenant.NewEnvironment{Key: "half", Name: "Half", Beside: "production"},
		func(context.Context, tenant.Environment) error { return errors.New("no room") })
	require.ErrorContains(t, err, "no room")
	_, err = s.Find("half")
	require.True(t, fault.Is(err, fault.NotFound), "nothing of it stays")

	name, settings, after := "Fair", tenant.Settings{HideDisabledFlags: true, Approvals: 2}, 0
	changed, err := s.Change(t.Context(), dana, "as it is called", "demo", tenant.Patch{Name: &name, Settings: &settings},
		func(context.Context, tenant.Environment) error { after++; return nil })
	require.NoError(t, err)
	require.Equal(t, name, changed.Name)
	require.Equal(t, settings, changed.Settings)
	opened, _, err = s.Open(made.ClientKey)
	require.NoError(t, err)
	require.Equal(t, settings, opened.Settings, "the next request is answered by them")
	_, err = s.Change(t.Context(), dana, "the same again", "demo", tenant.Patch{Name: &name}, func(context.Context, tenant.Environment) error { after++; return nil })
	require.NoError(t, err)
	require.Equal(t, 1, after)
	settings.Approvals = 9
	_, err = s.Change(t.Context(), dana, "too many", "demo", tenant.Patch{Settings: &settings}, nothingMore)
	require.True(t, fault.Is(err, fault.Invalid), err)
	still, err := s.Find("demo")
	require.NoError(t, err)
	require.Equal(t, 2, still.Settings.Approvals)
}

func TestKeysOfAnOlderInstallationGoOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "control.sqlite")
	db, err := sqldb.Open(t.Context(), sqldb.Options{Path: path})
	require.NoError(t, err)
	s := tenant.New(sqldb.NewTenants(db), newJournal(t, db))
	require.NoError(t, s.EnsureFirst(t.Context(), dana, oneEnvironment))
	require.NoError(t, db.Close())
	for _, statement := range []string{ // as it was before keys had a table of their own
		`UPDATE environments SET client_key = 'cli_OLD', server_key = 'ser.OLD'`, `DROP TABLE environment_keys`,
		`DELETE FROM goose_db_version WHERE version_id = 51`,
	} {
		tamper(t, path, statement)
	}
	db, err = sqldb.Open(t.Context(), sqldb.Options{Path: path})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	s = tenant.New(sqldb.NewTenants(db), newJournal(t, db))
	require.NoError(t, s.Load(t.Context()))
	for key, side := range map[string]tenant.Side{"cli_OLD": tenant.Client, "ser.OLD": tenant.Server} {
		e, opened, err := s.Open(key)
		require.NoError(t, err)
		require.Equal(t, side, opened)
		require.Equal(t, "cli_OLD", e.HashKey)
	}
}
