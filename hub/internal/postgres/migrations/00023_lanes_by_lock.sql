-- +goose Up
-- A lane is held by the transaction that works on it, under an advisory lock. What has to outlive a process that dies is
-- which rows it was working on: one row for each worker says that.
CREATE TABLE intake_worker (
    id      uuid PRIMARY KEY,
    entries uuid[] NOT NULL,
    since   timestamptz NOT NULL
) WITH (fillfactor = 10);

DROP TABLE intake_lane;
ALTER TABLE journal DROP COLUMN token;
