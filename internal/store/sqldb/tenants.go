package sqldb

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/siteproof/belay/internal/tenant"
)

var _ tenant.Store = (*Tenants)(nil)

// Tenants keeps organisations, projects and environments.
type Tenants struct{ *DB }

// NewTenants makes the store.
func NewTenants(db *DB) *Tenants { return &Tenants{db} }

// Environments reads every environment, oldest first.
func (t *Tenants) Environments(ctx context.Context) ([]tenant.Environment, error) {
	rows, err := t.q(ctx).QueryContext(ctx, `SELECT e.id, e.key, e.name, p.id, p.name, o.name, e.client_key, e.settings_json
		FROM environments e JOIN projects p ON p.id = e.project_id JOIN organisations o ON o.id = p.organisation_id ORDER BY e.id`)
	return collect(rows, err, func(r *sql.Rows) (tenant.Environment, error) {
		var e tenant.Environment
		var settings string
		if err := r.Scan(&e.ID, &e.Key, &e.Name, &e.ProjectID, &e.Project, &e.Organisation, &e.HashKey, &settings); err != nil {
			return e, err
		}
		if err := json.Unmarshal([]byte(settings), &e.Settings); err != nil {
			return e, fmt.Errorf("read the settings of environment %s: %w", e.Key, err)
		}
		return e, nil
	})
}

// AddOrganisation writes an organisation.
func (t *Tenants) AddOrganisation(ctx context.Context, organisationID, name string) error {
	_, err := t.q(ctx).ExecContext(ctx, `INSERT INTO organisations (id, name) VALUES ($1, $2)`, organisationID, name)
	return err
}

// AddProject writes a project.
func (t *Tenants) AddProject(ctx context.Context, projectID, organisationID, name string) error {
	_, err := t.q(ctx).ExecContext(ctx, `INSERT INTO projects (id, organisation_id, name) VALUES ($1, $2, $3)`, projectID, organisationID, name)
	return err
}

// AddEnvironment writes an environment, without its keys.
func (t *Tenants) AddEnvironment(ctx context.Context, e tenant.Environment) error {
	settings, err := json.Marshal(e.Settings)
	if err != nil {
		return err
	}
	_, err = t.q(ctx).ExecContext(ctx, `INSERT INTO environments (id, project_id, key, name, client_key, server_key, settings_json)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`, e.ID, e.ProjectID, e.Key, e.Name, e.HashKey, e.ID, string(settings))
	return err
}

// SaveEnvironment writes the name and the settings of an environment.
func (t *Tenants) SaveEnvironment(ctx context.Context, e tenant.Environment) error {
	settings, err := json.Marshal(e.Settings)
	if err != nil {
		return err
	}
	_, err = t.q(ctx).ExecContext(ctx, `UPDATE environments SET name = $2, settings_json = $3 WHERE id = $1`, e.ID, e.Name, string(settings))
	return err
}

// SaveHashKey writes what people of an environment are spread by.
func (t *Tenants) SaveHashKey(ctx context.Context, environmentID, key string) error {
	_, err := t.q(ctx).ExecContext(ctx, `UPDATE environments SET client_key = $2 WHERE id = $1`, environmentID, key)
	return err
}

// Keys reads every key of every environment, oldest first.
func (t *Tenants) Keys(ctx context.Context) ([]tenant.Key, error) {
	rows, err := t.q(ctx).QueryContext(ctx, `SELECT id, environment_id, side, secret, made_at FROM environment_keys ORDER BY made_at, id`)
	return collect(rows, err, func(r *sql.Rows) (tenant.Key, error) {
		var k tenant.Key
		var at int64
		err := r.Scan(&k.ID, &k.EnvironmentID, &k.Side, &k.Secret, &at)
		k.MadeAt = fromMicros(at)
		return k, err
	})
}

// AddKey writes a key.
func (t *Tenants) AddKey(ctx context.Context, k tenant.Key) error {
	_, err := t.q(ctx).ExecContext(ctx, `INSERT INTO environment_keys (id, environment_id, side, secret, made_at) VALUES ($1, $2, $3, $4, $5)`,
		k.ID, k.EnvironmentID, string(k.Side), k.Secret, micros(k.MadeAt))
	return err
}

// RemoveKey removes a key.
func (t *Tenants) RemoveKey(ctx context.Context, keyID string) error {
	_, err := t.q(ctx).ExecContext(ctx, `DELETE FROM environment_keys WHERE id = $1`, keyID)
	return err
}
