-- +goose Up
-- Whoever writes, browsers hear of it at commit: ids only, equal words of a transaction become one. Bulk work silences
-- itself with SET LOCAL sportello.quiet = 'on'.

-- +goose StatementBegin
CREATE FUNCTION announce(kind text, subject uuid, ticket_number text, office uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('sportello.quiet', true) IS DISTINCT FROM 'on' THEN
        PERFORM pg_notify('sportello_live', json_strip_nulls(json_build_object(
            'type', kind, 'id', subject, 'ticket', ticket_number, 'office', office))::text);
    END IF;
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION announce_ticket() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM announce('ticket', NEW.id, NEW.number, NEW.office_id);
    IF TG_OP = 'UPDATE' AND OLD.office_id <> NEW.office_id THEN
        PERFORM announce('ticket', NEW.id, NEW.number, OLD.office_id);
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER ticket_announce AFTER INSERT OR UPDATE ON ticket FOR EACH ROW EXECUTE FUNCTION announce_ticket();

-- +goose StatementBegin
CREATE FUNCTION announce_suggestion() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM announce('ticket', t.id, t.number, t.office_id) FROM ticket t WHERE t.id IN (NEW.ticket_id, NEW.other_id);
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER ticket_suggestion_announce AFTER INSERT OR UPDATE ON ticket_suggestion
    FOR EACH ROW EXECUTE FUNCTION announce_suggestion();

-- +goose StatementBegin
CREATE FUNCTION announce_delivery() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM announce('delivery', NEW.id, t.number, t.office_id) FROM ticket t WHERE t.id = NEW.ticket_id;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER delivery_announce AFTER UPDATE OF state, decision ON delivery
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state OR OLD.decision IS DISTINCT FROM NEW.decision)
    EXECUTE FUNCTION announce_delivery();

-- +goose StatementBegin
CREATE FUNCTION announce_journal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM announce('quarantine', NEW.id, NULL, NULL);
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER journal_announce AFTER UPDATE OF state ON journal
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state AND 'quarantined' IN (OLD.state, NEW.state))
    EXECUTE FUNCTION announce_journal();

-- +goose StatementBegin
CREATE FUNCTION announce_channel() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM announce('channel', NEW.id, NULL, NULL);
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER channel_announce AFTER UPDATE OF state, health, enabled, revision ON channel
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state OR OLD.health IS DISTINCT FROM NEW.health
                       OR OLD.enabled IS DISTINCT FROM NEW.enabled OR OLD.revision IS DISTINCT FROM NEW.revision)
    EXECUTE FUNCTION announce_channel();
