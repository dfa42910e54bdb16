-- +goose Up
-- What the office that holds a ticket asks another one: a question with a clock of its own, while the ticket stays.
CREATE TABLE side_request (
    id             uuid PRIMARY KEY,
    ticket_id      uuid NOT NULL REFERENCES ticket,
    office_id      uuid NOT NULL REFERENCES office,
    -- the office that held the ticket when it asked
    from_office_id uuid NOT NULL REFERENCES office,
    -- null: a script asked
    asked_by       uuid REFERENCES operator,
    question       text NOT NULL,
    asked_at       timestamptz NOT NULL,
    due_at         timestamptz NOT NULL,
    reminded_at    timestamptz,
    state          text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'answered', 'returned', 'withdrawn')),
    -- the note with the answer, or with the reason why it came back
    answer_id      uuid REFERENCES message,
    ended_by       uuid REFERENCES operator,
    ended_at       timestamptz CHECK ((ended_at IS NULL) = (state = 'open')),
    -- when those who asked have seen how it ended
    seen_at        timestamptz CHECK (seen_at IS NULL OR state <> 'open')
);
CREATE UNIQUE INDEX side_request_open_idx ON side_request (ticket_id, office_id) WHERE state = 'open';
CREATE INDEX side_request_queue_idx ON side_request (office_id, due_at, id) WHERE state = 'open';
CREATE INDEX side_request_asker_idx ON side_request (asked_by, due_at, id) WHERE seen_at IS NULL;
CREATE INDEX side_request_unseen_idx ON side_request (ticket_id) WHERE seen_at IS NULL;
