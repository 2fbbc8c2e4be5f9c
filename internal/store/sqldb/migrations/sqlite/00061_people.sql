-- +goose Up
ALTER TABLE people ADD COLUMN active BOOLEAN NOT NULL DEFAULT TRUE;
CREATE TABLE invitations (
    hash TEXT PRIMARY KEY,
    person_id TEXT NOT NULL UNIQUE REFERENCES people (id),
    expires_at BIGINT NOT NULL
);
