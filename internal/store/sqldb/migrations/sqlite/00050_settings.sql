-- +goose Up
ALTER TABLE environments ADD COLUMN settings_json TEXT NOT NULL DEFAULT '{}';
ALTER TABLE flags ADD COLUMN owner TEXT NOT NULL DEFAULT '';
ALTER TABLE flags ADD COLUMN experiment_json TEXT NOT NULL DEFAULT 'null';
