-- +goose Up
CREATE TABLE identities (
    environment_id TEXT NOT NULL REFERENCES environments (id),
    identifier TEXT NOT NULL,
    traits_json TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (environment_id, identifier)
);
