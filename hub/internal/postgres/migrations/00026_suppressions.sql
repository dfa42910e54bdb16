-- +goose Up
-- Addresses that want no proactive messages: which message said so, and until when it held. It outlives the contact's
-- address, and is the address's own whoever has it.
CREATE TABLE suppression (
    kind       text NOT NULL,
    value      text NOT NULL,
    journal_id uuid NOT NULL,
    since      timestamptz NOT NULL,
    lifted_at  timestamptz,
    PRIMARY KEY (kind, value)
);
