-- +goose Up
-- What filing spares itself, row by row.

-- Channels and messages stay for ever, which these triggers see to. What refers to them in every message need not look
-- whether they are there.
-- +goose StatementBegin
CREATE FUNCTION refuse_deletion() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never deleted', TG_TABLE_NAME;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER channel_stays BEFORE DELETE ON channel FOR EACH STATEMENT EXECUTE FUNCTION refuse_deletion();
CREATE TRIGGER message_stays BEFORE DELETE ON message FOR EACH STATEMENT EXECUTE FUNCTION refuse_deletion();
ALTER TABLE journal DROP CONSTRAINT journal_channel_id_fkey;
ALTER TABLE message DROP CONSTRAINT message_channel_id_fkey, DROP CONSTRAINT message_answers_id_fkey;
ALTER TABLE message_party DROP CONSTRAINT message_party_message_id_fkey;
ALTER TABLE message_external_id DROP CONSTRAINT message_external_id_message_id_fkey,
    DROP CONSTRAINT message_external_id_channel_id_fkey;
ALTER TABLE ticket_party DROP CONSTRAINT ticket_party_channel_id_fkey;

-- Numbers are compared byte by byte: then one index finds them whole and by their beginning.
ALTER TABLE ticket ALTER COLUMN number TYPE text COLLATE "C";
DROP INDEX ticket_number_prefix_idx;

-- The office that a ticket leaves hears of it too. That is rare; comparing all rows before and after was not.
DROP TRIGGER ticket_announce_changed ON ticket;
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION announce_tickets() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('sportello.quiet', true) = 'on' THEN
        RETURN NULL;
    END IF;
    IF (SELECT count(*) FROM written) > 500 THEN
        PERFORM pg_notify('sportello_live', 'everything');
        RETURN NULL;
    END IF;
    PERFORM pg_notify('sportello_live',
        format('{"type":"ticket","id":"%s","ticket":"%s","office":"%s"}', w.id, w.number, w.office_id)) FROM written w;
    RETURN NULL;
END
$$;
CREATE FUNCTION announce_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM announce('ticket', NEW.id, NEW.number, OLD.office_id);
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER ticket_announce_changed AFTER UPDATE ON ticket REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION announce_tickets();
CREATE TRIGGER ticket_announce_moved AFTER UPDATE OF office_id ON ticket
    FOR EACH ROW WHEN (OLD.office_id <> NEW.office_id) EXECUTE FUNCTION announce_move();
