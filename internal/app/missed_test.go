package app_test

import (
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/api"
)

// TestARollbackWhoseIncidentACrashLeftOutGetsItAtTheNextStart takes the incident away, as if the process had died
// between the rollback and opening it.
func TestARollbackWhoseIncidentACrashLeftOutGetsItAtTheNextStart(t *testing.T) {
	dir := t.TempDir()
	b := start(t, dir)
	id := b.roll()
	_, err := b.Act(t.Context(), id, "rollback", api.Act{Reason: "saving fails", Components: []string{"ncr-form"}})
	require.NoError(t, err)
	b.stop()

	db, err := sql.Open("sqlite", filepath.Join(dir, "control.sqlite"))
	require.NoError(t, err)
	for _, table := range []string{"incident_entries", "incidents"} {
		_, err := db.ExecContext(t.Context(), "DELETE FROM "+table)
		require.NoError(t, err)
	}
	require.NoError(t, db.Close())

	for range 2 { // the second start finds it and opens no other
		b = start(t, dir)
		incidents, err := b.Incidents(t.Context(), "production")
		require.NoError(t, err)
		require.Len(t, incidents, 1)
		require.Equal(t, "ncr-form", incidents[0].Component)
		require.Len(t, incidents[0].Timeline, 1)
		require.Equal(t, "saving fails", incidents[0].Timeline[0].Text)
		require.NotEmpty(t, incidents[0].Timeline[0].Evidence)
		b.stop()
	}
}
