-- +goose Up
-- Where the citizen of one ticket, who proved by a code that it reaches him, wants its answers.
CREATE TABLE ticket_preference (
    ticket_id uuid PRIMARY KEY REFERENCES ticket,
    kind      text NOT NULL,
    value     text NOT NULL,
    since     timestamptz NOT NULL
);

-- Codes asked for. The code itself is derived from the id, which is that of the message it was sent in, and kept nowhere.
CREATE TABLE preference_code (
    id         uuid PRIMARY KEY,
    ticket_id  uuid NOT NULL REFERENCES ticket,
    kind       text NOT NULL,
    value      text NOT NULL,
    -- the address as its cap counts it: without what stands behind a plus
    mailbox    text NOT NULL,
    -- false: the town does not write to the address; it counts for the ticket all the same
    sent       boolean NOT NULL,
    tries      int NOT NULL DEFAULT 0,
    made_at    timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz
);
CREATE INDEX preference_code_ticket_idx ON preference_code (ticket_id, made_at);
CREATE INDEX preference_code_mailbox_idx ON preference_code (mailbox, made_at);

-- Chosen: on the ticket only because whoever holds its secret chose the address. It proves nothing on other tickets.
ALTER TABLE ticket_party ADD COLUMN chosen boolean NOT NULL DEFAULT false;
