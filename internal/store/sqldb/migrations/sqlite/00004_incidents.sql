-- +goose Up
CREATE TABLE incidents (
    id TEXT PRIMARY KEY,
    number BIGINT NOT NULL UNIQUE,
    environment_id TEXT NOT NULL REFERENCES environments (id),
    title TEXT NOT NULL,
    severity TEXT NOT NULL,
    status TEXT NOT NULL,
    rollout TEXT NOT NULL,
    component TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    resolved_at BIGINT
);
CREATE TABLE incident_entries (
    incident_id TEXT NOT NULL REFERENCES incidents (id),
    position BIGINT NOT NULL,
    at BIGINT NOT NULL,
    by_whom TEXT NOT NULL,
    text TEXT NOT NULL,
    evidence TEXT NOT NULL,
    PRIMARY KEY (incident_id, position)
);
