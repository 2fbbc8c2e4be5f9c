-- +goose Up
CREATE TABLE environment_keys (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL REFERENCES environments (id),
    side TEXT NOT NULL,
    secret TEXT NOT NULL UNIQUE,
    made_at BIGINT NOT NULL
);
INSERT INTO environment_keys (id, environment_id, side, secret, made_at)
SELECT 'key_c_' || id, id, 'client', client_key, 0 FROM environments;
INSERT INTO environment_keys (id, environment_id, side, secret, made_at)
SELECT 'key_s_' || id, id, 'server', server_key, 0 FROM environments;
-- From here on client_key is only what people are spread by, and no secret is kept beside the keys.
UPDATE environments SET server_key = id;
