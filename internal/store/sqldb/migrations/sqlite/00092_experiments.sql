-- +goose Up
CREATE TABLE experiments (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL REFERENCES environments (id),
    flag TEXT NOT NULL,
    state TEXT NOT NULL,
    body TEXT NOT NULL,
    result TEXT NOT NULL DEFAULT ''
);
CREATE INDEX experiments_by_environment ON experiments (environment_id, id);
CREATE UNIQUE INDEX experiments_running ON experiments (environment_id, flag) WHERE state = 'running';
