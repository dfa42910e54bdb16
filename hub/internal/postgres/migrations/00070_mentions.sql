-- +goose Up
-- Whom a note names: an operator or an office, in the order in which they were written. The text keeps the names of then.
CREATE TABLE mention (
    message_id  uuid NOT NULL REFERENCES message ON DELETE CASCADE,
    position    smallint NOT NULL,
    operator_id uuid REFERENCES operator,
    office_id   uuid REFERENCES office,
    PRIMARY KEY (message_id, position),
    CHECK (num_nonnulls(operator_id, office_id) = 1)
);

-- Who is to read it: an office's members who saw the ticket when it was written, once each. Which ticket it is about is
-- where the message stands; whether its reader sees that is asked at each look.
CREATE TABLE mention_reader (
    id          uuid PRIMARY KEY,
    message_id  uuid NOT NULL REFERENCES message ON DELETE CASCADE,
    operator_id uuid NOT NULL REFERENCES operator,
    -- the office for whose sake; null where the reader is named
    office_id   uuid REFERENCES office,
    read_at     timestamptz,
    UNIQUE (message_id, operator_id)
);
CREATE INDEX mention_reader_list_idx ON mention_reader (operator_id, id DESC);
CREATE INDEX mention_reader_unread_idx ON mention_reader (operator_id, id DESC) WHERE read_at IS NULL;

-- Only the reader hears of it: the subject is the operator.
-- +goose StatementBegin
CREATE FUNCTION announce_mention() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM announce('mention', NEW.operator_id, NULL, NULL);
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER mention_reader_announce AFTER INSERT OR UPDATE OF read_at ON mention_reader FOR EACH ROW EXECUTE FUNCTION announce_mention();
