-- +goose Up
-- Lists by type and by outcome, office by office, the latest first. Only what is over enters them: what arrives enters
-- neither, and of what is open there is little.
CREATE INDEX ticket_over_type_idx ON ticket (office_id, request_type, last_message_at DESC, id DESC)
    WHERE request_type IS NOT NULL AND status IN ('resolved', 'closed') AND merged_into IS NULL;
CREATE INDEX ticket_outcome_idx ON ticket (office_id, outcome, last_message_at DESC, id DESC)
    WHERE outcome IS NOT NULL AND status IN ('resolved', 'closed') AND merged_into IS NULL;

-- Types are the town's to keep in order.
ALTER TABLE request_type
    -- no longer offered, but shown where it stands
    ADD COLUMN retired_at timestamptz,
    DROP CONSTRAINT request_type_code_check,
    ADD CONSTRAINT request_type_code_check CHECK (code ~ '^[a-z][a-z0-9_]{0,39}$');
