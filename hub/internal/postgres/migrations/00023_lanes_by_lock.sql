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

-- Hardly anything that comes in is somebody's yet: the list of what one has to do need not know it.
DROP INDEX ticket_mine_idx;
CREATE INDEX ticket_mine_idx ON ticket (assignee_id, COALESCE(waiting_since, 'infinity'::timestamptz), id)
    WHERE assignee_id IS NOT NULL AND status NOT IN ('resolved', 'closed') AND merged_into IS NULL;
