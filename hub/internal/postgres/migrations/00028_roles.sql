-- +goose Up
-- What people may do, in the words of a town hall. Whoever worked tickets saw all of them: that is the first level.
UPDATE operator SET role = CASE role WHEN 'admin' THEN 'administrator' ELSE 'first_level' END;
UPDATE api_token SET role = CASE role WHEN 'admin' THEN 'administrator' ELSE 'first_level' END;
ALTER TABLE operator ADD CONSTRAINT operator_role_check CHECK (role IN
    ('first_level', 'back_office', 'office_head', 'communications', 'knowledge_editor', 'administrator', 'auditor'));
ALTER TABLE api_token ADD CONSTRAINT api_token_role_check CHECK (role IN
    ('first_level', 'back_office', 'office_head', 'communications', 'knowledge_editor', 'administrator', 'auditor'));

-- The office whose tickets a script sees, for roles that see only their own.
ALTER TABLE api_token ADD COLUMN office_id uuid REFERENCES office;

-- What a confidential office holds is seen by its members alone, whatever their colleagues' role.
ALTER TABLE office ADD COLUMN confidential boolean NOT NULL DEFAULT false;

-- An office that does not hold the ticket and has something to do with it. The ticket's row names those of live shares,
-- so that reading and announcing a ticket look nowhere else; null is none.
CREATE TABLE ticket_share (
    ticket_id  uuid NOT NULL REFERENCES ticket,
    office_id  uuid NOT NULL REFERENCES office,
    kind       text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    ended_at   timestamptz,
    PRIMARY KEY (ticket_id, office_id, kind, created_at)
);
CREATE INDEX ticket_share_live_idx ON ticket_share (office_id, ticket_id) WHERE ended_at IS NULL;
ALTER TABLE ticket ADD COLUMN shared_with uuid[];

-- +goose StatementBegin
CREATE FUNCTION note_share() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    shared uuid := CASE TG_OP WHEN 'DELETE' THEN OLD.ticket_id ELSE NEW.ticket_id END;
BEGIN
    UPDATE ticket SET shared_with = nullif(ARRAY(SELECT DISTINCT office_id FROM ticket_share
        WHERE ticket_id = shared AND ended_at IS NULL ORDER BY 1), '{}') WHERE id = shared;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER ticket_share_noted AFTER INSERT OR UPDATE OR DELETE ON ticket_share FOR EACH ROW EXECUTE FUNCTION note_share();

-- Offices with a share hear of a ticket as such: who sees their own tickets need not see what is shared with them.
-- +goose StatementBegin
CREATE FUNCTION announce_shares(kind text, subject uuid, ticket_number text, offices uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF offices IS NOT NULL AND current_setting('sportello.quiet', true) IS DISTINCT FROM 'on' THEN
        PERFORM pg_notify('sportello_live', json_build_object(
            'type', kind, 'id', subject, 'ticket', ticket_number, 'office', o, 'share', true)::text) FROM unnest(offices) AS o;
    END IF;
END
$$;
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
        format('{"type":"ticket","id":"%s","ticket":"%s","office":"%s"}', w.id, w.number, w.office_id)),
        CASE WHEN w.shared_with IS NOT NULL THEN announce_shares('ticket', w.id, w.number, w.shared_with) END
    FROM written w;
    RETURN NULL;
END
$$;
CREATE OR REPLACE FUNCTION announce_suggestion() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM announce('ticket', t.id, t.number, t.office_id), announce_shares('ticket', t.id, t.number, t.shared_with)
    FROM ticket t WHERE t.id IN (NEW.ticket_id, NEW.other_id);
    RETURN NULL;
END
$$;
CREATE OR REPLACE FUNCTION announce_link() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM announce('ticket', t.id, t.number, t.office_id), announce_shares('ticket', t.id, t.number, t.shared_with)
    FROM ticket t WHERE t.id IN (NEW.ticket_id, NEW.other_id);
    RETURN NULL;
END
$$;
CREATE OR REPLACE FUNCTION announce_delivery() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM announce('delivery', NEW.id, t.number, t.office_id), announce_shares('delivery', NEW.id, t.number, t.shared_with)
    FROM ticket t WHERE t.id = NEW.ticket_id;
    RETURN NULL;
END
$$;
-- The office whose share has ended hears of it too.
CREATE FUNCTION announce_unshared() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM announce_shares('ticket', NEW.id, NEW.number, OLD.shared_with);
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER ticket_announce_unshared AFTER UPDATE OF shared_with ON ticket
    FOR EACH ROW WHEN (OLD.shared_with IS DISTINCT FROM NEW.shared_with AND OLD.shared_with IS NOT NULL)
    EXECUTE FUNCTION announce_unshared();

-- A way in for somebody who has no password yet, or has lost it: a link that works once, for a week. Stored as SHA-256.
CREATE TABLE invitation (
    id          uuid PRIMARY KEY,
    operator_id uuid NOT NULL REFERENCES operator,
    token_hash  bytea NOT NULL UNIQUE,
    invited_by  uuid REFERENCES operator,
    created_at  timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz NOT NULL,
    -- when it was used, or another took its place
    ended_at    timestamptz
);
CREATE INDEX invitation_operator_idx ON invitation (operator_id) WHERE ended_at IS NULL;
