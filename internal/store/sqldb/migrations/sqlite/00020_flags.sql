-- +goose Up
CREATE TABLE flags (
    id TEXT PRIMARY KEY,
    number BIGINT NOT NULL UNIQUE,
    environment_id TEXT NOT NULL REFERENCES environments (id),
    key TEXT NOT NULL,
    description TEXT NOT NULL,
    type TEXT NOT NULL,
    enabled BOOLEAN NOT NULL,
    value_json TEXT NOT NULL,
    parent TEXT NOT NULL,
    server_only BOOLEAN NOT NULL,
    tags_json TEXT NOT NULL,
    variants_json TEXT NOT NULL,
    segments_json TEXT NOT NULL,
    identities_json TEXT NOT NULL,
    split_rollout TEXT NOT NULL,
    split_salt TEXT NOT NULL,
    split_percent DOUBLE PRECISION,
    version BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (environment_id, key)
);
CREATE TABLE segments (
    id TEXT PRIMARY KEY,
    number BIGINT NOT NULL UNIQUE,
    environment_id TEXT NOT NULL REFERENCES environments (id),
    key TEXT NOT NULL,
    description TEXT NOT NULL,
    rules_json TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (environment_id, key)
);
CREATE TABLE flag_revisions (
    environment_id TEXT PRIMARY KEY REFERENCES environments (id),
    revision BIGINT NOT NULL
);
CREATE TABLE flag_numbers (one INTEGER PRIMARY KEY CHECK (one = 1), last BIGINT NOT NULL);
INSERT INTO flag_numbers (one, last) VALUES (1, 0);
