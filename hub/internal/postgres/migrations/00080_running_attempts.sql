-- +goose Up
-- Every few seconds the hub looks for attempts that were begun and never ended, among all that there ever were.
CREATE INDEX attempt_running_idx ON attempt (started_at) WHERE finished_at IS NULL;
