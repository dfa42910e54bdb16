-- +goose Up
-- For how many days after its end a letter opens a ticket again; later, and with 0 always, it makes a new one that is
-- linked to it. An office without a number of its own follows the town.
ALTER TABLE town ADD COLUMN reopen_days int NOT NULL DEFAULT 30 CHECK (reopen_days BETWEEN 0 AND 3650);
ALTER TABLE office ADD COLUMN reopen_days int CHECK (reopen_days BETWEEN 0 AND 3650);

-- What two tickets have to do with each other; shown on both.
--   continues      ticket_id goes on with other_id, which was over
--   split          ticket_id was taken out of other_id
--   same_original  one mail reached both, over two addresses of ours
CREATE TABLE ticket_link (
    id         uuid PRIMARY KEY,
    ticket_id  uuid NOT NULL REFERENCES ticket,
    other_id   uuid NOT NULL REFERENCES ticket,
    kind       text NOT NULL CHECK (kind IN ('continues', 'split', 'same_original')),
    message_id uuid REFERENCES message,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (ticket_id, other_id, kind),
    CHECK (ticket_id <> other_id)
);
CREATE INDEX ticket_link_other_idx ON ticket_link (other_id);

-- +goose StatementBegin
CREATE FUNCTION announce_link() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM announce('ticket', t.id, t.number, t.office_id) FROM ticket t WHERE t.id IN (NEW.ticket_id, NEW.other_id);
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER ticket_link_announce AFTER INSERT ON ticket_link FOR EACH ROW EXECUTE FUNCTION announce_link();

-- "The citizen is whoever wrote what a colleague forwarded": an operator decides, nobody is written to before.
CREATE TABLE requester_proposal (
    id         uuid PRIMARY KEY,
    ticket_id  uuid NOT NULL REFERENCES ticket,
    message_id uuid NOT NULL UNIQUE REFERENCES message,
    kind       text NOT NULL,
    value      text NOT NULL,
    name       text NOT NULL DEFAULT '',
    state      text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'accepted', 'dismissed')),
    decided_by uuid REFERENCES operator,
    decided_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX requester_proposal_open_idx ON requester_proposal (ticket_id) WHERE state = 'open';

-- The cap on new tickets looks at what an address wrote in the last minutes only.
DROP INDEX ticket_party_address_idx;
CREATE INDEX ticket_party_address_idx ON ticket_party (kind, value, wrote_at);
