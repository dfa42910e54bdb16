-- +goose Up
-- Deliveries begin and end many at a time: what changed is announced by one statement for all of them.
DROP TRIGGER delivery_announce ON delivery;
DROP FUNCTION announce_delivery();
-- +goose StatementBegin
CREATE FUNCTION announce_deliveries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('sportello.quiet', true) = 'on' THEN
        RETURN NULL;
    END IF;
    PERFORM pg_notify('sportello_live',
        format('{"type":"delivery","id":"%s","ticket":"%s","office":"%s"}', w.id, t.number, t.office_id)),
        CASE WHEN t.shared_with IS NOT NULL THEN announce_shares('delivery', w.id, t.number, t.shared_with) END
    FROM written w JOIN overwritten o ON o.id = w.id JOIN ticket t ON t.id = w.ticket_id
    WHERE o.state <> w.state OR o.decision IS DISTINCT FROM w.decision;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER delivery_announce AFTER UPDATE ON delivery REFERENCING OLD TABLE AS overwritten NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION announce_deliveries();

-- Nearly every ticket stands for itself: one look is enough then, and a recursive query took ten times that.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION ticket_root(ticket uuid) RETURNS uuid LANGUAGE plpgsql STABLE AS $$
DECLARE
    root uuid := $1;
    further uuid;
BEGIN
    FOR i IN 0..100 LOOP
        SELECT t.merged_into INTO further FROM ticket t WHERE t.id = root;
        IF NOT FOUND THEN
            RETURN NULL;
        ELSIF further IS NULL THEN
            RETURN root;
        END IF;
        root := further;
    END LOOP;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
