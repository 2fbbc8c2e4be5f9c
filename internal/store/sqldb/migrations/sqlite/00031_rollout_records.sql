-- +goose Up
CREATE TABLE rollout_records (
    rollout_id TEXT PRIMARY KEY REFERENCES rollouts (id),
    body TEXT NOT NULL
);
CREATE INDEX rollouts_by_state ON rollouts (state);
