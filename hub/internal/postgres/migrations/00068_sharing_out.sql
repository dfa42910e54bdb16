-- +goose Up
-- How an office's requests find who works on them; an office without a row is as the defaults say.
CREATE TABLE office_distribution (
    office_id uuid PRIMARY KEY REFERENCES office,
    -- none: everybody takes what they choose; next: whoever asks gets the next one; automatic: the hub assigns too
    mode      text NOT NULL DEFAULT 'next' CHECK (mode IN ('none', 'next', 'automatic')),
    -- how many requests that wait for us one person has at once; null: no bound
    capacity  smallint CHECK (capacity BETWEEN 1 AND 500),
    version   bigint NOT NULL DEFAULT 1
);
CREATE INDEX office_distribution_automatic_idx ON office_distribution (office_id) WHERE mode = 'automatic';

-- null: as the office
ALTER TABLE operator ADD COLUMN capacity smallint CHECK (capacity BETWEEN 1 AND 500);

-- When somebody is away, first and last day included. No reason is kept, and what is over is forgotten.
CREATE TABLE absence (
    id          uuid PRIMARY KEY,
    operator_id uuid NOT NULL REFERENCES operator,
    from_day    date NOT NULL,
    to_day      date NOT NULL CHECK (to_day >= from_day)
);
CREATE INDEX absence_operator_idx ON absence (operator_id, to_day);

-- What the hub assigned, and what it took back from people who are away.
CREATE INDEX ticket_event_shared_out_idx ON ticket_event (at DESC, id DESC)
    WHERE type IN ('assigned', 'unassigned') AND params->>'cause' IS NOT NULL;
