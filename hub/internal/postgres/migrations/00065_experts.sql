-- +goose Up
-- A question may go to an outside expert instead of an office: it leaves by e-mail, and the answer comes back as a note.
ALTER TABLE side_request ALTER COLUMN office_id DROP NOT NULL;
ALTER TABLE side_request
    -- the address asked
    ADD expert_value text,
    ADD expert_name  text NOT NULL DEFAULT '',
    -- the note that left as the question
    ADD message_id   uuid REFERENCES message,
    ADD CONSTRAINT side_request_asked_check CHECK ((office_id IS NULL) = (expert_value IS NOT NULL) AND (office_id IS NULL) = (message_id IS NOT NULL));
CREATE UNIQUE INDEX side_request_expert_idx ON side_request (expert_value, ticket_id) WHERE state = 'open' AND expert_value IS NOT NULL;
CREATE INDEX side_request_message_idx ON side_request (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX side_request_known_idx ON side_request (asked_at DESC) WHERE expert_value IS NOT NULL;

-- The wider check holds for all that the narrower one let in.
ALTER TABLE message DROP CONSTRAINT message_origin_check;
ALTER TABLE message ADD CONSTRAINT message_origin_check
    CHECK (origin IN ('citizen', 'operator', 'automatic', 'campaign', 'expert')) NOT VALID;
