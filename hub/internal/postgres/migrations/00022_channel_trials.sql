-- +goose Up
-- Trials of channels of the last day, each by the id that its test message bears: the replica that takes the message in
-- may be another than the one that tries.
CREATE TABLE channel_trial (
    id text PRIMARY KEY,
    began_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
