-- +goose Up
CREATE TABLE webhooks (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL REFERENCES environments (id),
    url TEXT NOT NULL,
    description TEXT NOT NULL,
    kinds_json TEXT NOT NULL,
    disabled TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    secret TEXT NOT NULL,
    old_secret TEXT NOT NULL,
    old_secret_until BIGINT,
    cursor_revision BIGINT NOT NULL
);
CREATE TABLE webhook_deliveries (
    id TEXT PRIMARY KEY,
    hook_id TEXT NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    number BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    first_at BIGINT,
    sent_at BIGINT,
    next_at BIGINT NOT NULL,
    status BIGINT NOT NULL,
    latency_ms BIGINT NOT NULL,
    problem TEXT NOT NULL,
    excerpt TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (hook_id, number)
);
CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (hook_id, number) WHERE state = 'pending';
