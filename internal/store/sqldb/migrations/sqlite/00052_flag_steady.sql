-- +goose Up
ALTER TABLE flags ADD COLUMN steady_at BIGINT NOT NULL DEFAULT 0;
UPDATE flags SET steady_at = updated_at;
