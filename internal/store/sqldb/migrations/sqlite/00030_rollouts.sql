-- +goose Up
CREATE TABLE rollouts (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL REFERENCES environments (id),
    flag TEXT NOT NULL,
    state TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX rollouts_by_environment ON rollouts (environment_id, id);
CREATE TABLE decisions (
    id TEXT PRIMARY KEY,
    rollout_id TEXT NOT NULL REFERENCES rollouts (id),
    at BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX decisions_by_rollout ON decisions (rollout_id, at);
