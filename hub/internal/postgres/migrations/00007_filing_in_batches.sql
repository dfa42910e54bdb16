-- +goose Up
-- Tables and indexes as filing in batches needs them. What each index of a table that grows with every message is for:
--   journal      pending: claims; quarantine: its list; settled: pruning
--   message      ticket: the conversation; raw: further arrivals

-- Due rows are found by lane. One entry for each event, with the same value, only led the planner astray.
DROP INDEX journal_due_idx;
-- A message names its journal row; nothing asks the other way round.
DROP INDEX message_journal_idx;
DROP INDEX message_contact_idx;

-- Rows that change right after they were written find room beside themselves, and their indexes stay as they are.
ALTER TABLE journal SET (fillfactor = 70);
ALTER TABLE intake_lane SET (fillfactor = 10);

-- Texts are compressed by what costs least, where the server has it.
-- +goose StatementBegin
DO $$
BEGIN
    ALTER TABLE journal ALTER COLUMN payload SET COMPRESSION lz4, ALTER COLUMN raw SET COMPRESSION lz4;
    ALTER TABLE message ALTER COLUMN text SET COMPRESSION lz4, ALTER COLUMN html SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
    NULL;
END
$$;
-- +goose StatementEnd

-- Tickets are announced once for a statement, however many rows it writes. Very many become one word, which no client
-- knows as an event: all of them look again.
DROP TRIGGER ticket_announce ON ticket;
DROP FUNCTION announce_ticket();

-- +goose StatementBegin
CREATE FUNCTION announce_tickets() RETURNS trigger LANGUAGE plpgsql AS $$
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
    IF TG_OP = 'UPDATE' THEN
        PERFORM announce('ticket', w.id, w.number, o.office_id)
        FROM written w JOIN overwritten o ON o.id = w.id WHERE o.office_id <> w.office_id;
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER ticket_announce_new AFTER INSERT ON ticket REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION announce_tickets();
CREATE TRIGGER ticket_announce_changed AFTER UPDATE ON ticket REFERENCING OLD TABLE AS overwritten NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION announce_tickets();
