-- +goose Up
CREATE TABLE checklists (
    environment_id TEXT PRIMARY KEY REFERENCES environments (id),
    body TEXT NOT NULL
);
CREATE TABLE checklist_on_call (
    environment_id TEXT PRIMARY KEY REFERENCES environments (id),
    body TEXT NOT NULL
);
CREATE TABLE checklist_records (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL REFERENCES environments (id),
    kind TEXT NOT NULL,
    at BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX checklist_records_by_kind ON checklist_records (environment_id, kind, at);
CREATE TABLE checklist_checks (
    environment_id TEXT NOT NULL REFERENCES environments (id),
    release_name TEXT NOT NULL,
    name TEXT NOT NULL,
    first_at BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (environment_id, release_name, name)
);
CREATE INDEX checklist_checks_by_time ON checklist_checks (environment_id, first_at);
CREATE TABLE checklist_progress (
    rollout_id TEXT PRIMARY KEY REFERENCES rollouts (id),
    body TEXT NOT NULL
);
