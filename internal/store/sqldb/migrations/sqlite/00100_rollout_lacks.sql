-- +goose Up
CREATE TABLE rollout_lacks (
    rollout_id TEXT NOT NULL REFERENCES rollouts (id),
    at BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (rollout_id, at)
);
