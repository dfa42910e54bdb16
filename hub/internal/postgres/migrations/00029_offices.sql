-- +goose Up
-- Which office holds a ticket, since when, and which ones held it before. The stay that runs is on the ticket's row, so
-- that a ticket that arrives writes no row more; a row of stay is written when it ends.
ALTER TABLE ticket ADD COLUMN held_since timestamptz;
UPDATE ticket t SET held_since = coalesce((
        SELECT max(e.at) FROM ticket_event e
        WHERE e.ticket_id = t.id AND e.type IN ('opened', 'office_changed', 'reopened', 'unjoined')), t.created_at)
WHERE t.status NOT IN ('resolved', 'closed') AND t.merged_into IS NULL;

CREATE TABLE stay (
    id        uuid PRIMARY KEY,
    ticket_id uuid NOT NULL REFERENCES ticket,
    office_id uuid NOT NULL REFERENCES office,
    began_at  timestamptz NOT NULL,
    ended_at  timestamptz NOT NULL CHECK (ended_at > began_at),
    -- why the ticket left: to another office, because it was over, or into another ticket
    reason    text NOT NULL CHECK (reason IN ('transferred', 'ended', 'joined'))
);
CREATE INDEX stay_ticket_idx ON stay (ticket_id, began_at);
CREATE INDEX stay_office_idx ON stay (office_id, ended_at);

-- When the town works: hours of the week, whether national holidays are kept, the patron saint's day, closing days. An
-- office may have hours of its own (null: the town's); its closing days come on top of the town's.
ALTER TABLE town
    ADD COLUMN hours    jsonb NOT NULL DEFAULT '[
        {"day": "monday", "from": "09:00", "to": "13:00"}, {"day": "tuesday", "from": "09:00", "to": "13:00"},
        {"day": "wednesday", "from": "09:00", "to": "13:00"}, {"day": "thursday", "from": "09:00", "to": "13:00"},
        {"day": "thursday", "from": "14:30", "to": "17:00"}, {"day": "friday", "from": "09:00", "to": "13:00"}]',
    ADD COLUMN holidays boolean NOT NULL DEFAULT true,
    ADD COLUMN patron   text NOT NULL DEFAULT '' CHECK (patron ~ '^(\d\d-\d\d)?$'),
    ADD COLUMN closures jsonb NOT NULL DEFAULT '[]';
ALTER TABLE office
    ADD COLUMN hours    jsonb,
    ADD COLUMN closures jsonb NOT NULL DEFAULT '[]';
