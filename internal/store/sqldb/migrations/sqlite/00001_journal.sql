-- +goose Up
CREATE TABLE commits (
    revision BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id TEXT NOT NULL,
    actor_name TEXT NOT NULL,
    reason TEXT NOT NULL
);
CREATE TABLE changes (
    revision BIGINT NOT NULL REFERENCES commits (revision),
    position INTEGER NOT NULL,
    kind TEXT NOT NULL,
    environment_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    before_json TEXT NOT NULL,
    after_json TEXT NOT NULL,
    PRIMARY KEY (revision, position)
);
CREATE INDEX changes_by_environment ON changes (environment_id, revision);
CREATE INDEX changes_by_subject ON changes (subject, revision);
