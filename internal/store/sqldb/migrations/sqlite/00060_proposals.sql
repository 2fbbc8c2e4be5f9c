-- +goose Up
CREATE TABLE proposals (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL,
    open BOOLEAN NOT NULL,
    due_at BIGINT,
    body TEXT NOT NULL
);
CREATE INDEX proposals_by_environment ON proposals (environment_id, open, id);
CREATE INDEX proposals_by_due ON proposals (due_at);
