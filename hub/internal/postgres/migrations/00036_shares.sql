-- +goose Up
-- Whoever writes a share says when: the hub's clock counts, as for everything on a ticket.
ALTER TABLE ticket_share ALTER COLUMN created_at DROP DEFAULT;
ALTER TABLE ticket_share ADD CONSTRAINT ticket_share_kind_check CHECK (kind IN ('ask'));

-- A share is of a conversation: while tickets are joined, whoever has a share of one sees them all. The rows stay with
-- the ticket they were written for, so that taking it out again takes its shares along.
-- +goose StatementBegin
CREATE FUNCTION share_conversation(root uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    tickets uuid[] := ARRAY(SELECT ticket_joined(root));
    offices uuid[] := nullif(ARRAY(SELECT DISTINCT s.office_id FROM ticket_share s
        WHERE s.ticket_id = ANY (tickets) AND s.ended_at IS NULL ORDER BY 1), '{}');
BEGIN
    UPDATE ticket SET shared_with = offices WHERE id = ANY (tickets) AND shared_with IS DISTINCT FROM offices;
END
$$;
CREATE OR REPLACE FUNCTION note_share() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM share_conversation(ticket_root(CASE TG_OP WHEN 'DELETE' THEN OLD.ticket_id ELSE NEW.ticket_id END));
    RETURN NULL;
END
$$;
-- +goose StatementEnd
