-- +goose Up
-- By when a citizen is answered and a request is settled: a list of terms, each for an office, a type, a priority, or for
-- all; the one that names most counts. Every change of them, or of a calendar, counts for open tickets too.
ALTER TABLE town ADD COLUMN terms jsonb NOT NULL DEFAULT '[{
    "first": {"amount": 1, "unit": "days", "worked": true}, "next": {"amount": 2, "unit": "days", "worked": true},
    "resolve": {"amount": 30, "unit": "days"}, "warn_percent": 75}]';

ALTER TABLE ticket
    -- when an operator first answered, as far as nobody called it back
    ADD COLUMN first_answered_at timestamptz,
    -- once answered, by when the first answer was due; before, by when it is
    ADD COLUMN first_due_at      timestamptz,
    ADD COLUMN next_due_at       timestamptz,
    -- once over, by when it was due
    ADD COLUMN resolve_due_at    timestamptz,
    -- the nearest of those that run; null while none does
    ADD COLUMN due_at            timestamptz,
    -- since when due_at is near, or past
    ADD COLUMN warned_at         timestamptz,
    ADD COLUMN breached_at       timestamptz,
    -- when the clock must be looked at next
    ADD COLUMN clock_at          timestamptz,
    -- stretches in which it stood still, and what of it was recorded
    ADD COLUMN clock             jsonb;
CREATE INDEX ticket_clock_idx ON ticket (clock_at) WHERE clock_at IS NOT NULL;
CREATE INDEX ticket_office_due_idx ON ticket (office_id, COALESCE(due_at, 'infinity'::timestamptz), id)
    WHERE status NOT IN ('resolved', 'closed') AND merged_into IS NULL;
CREATE INDEX ticket_mine_due_idx ON ticket (assignee_id, COALESCE(due_at, 'infinity'::timestamptz), id)
    WHERE assignee_id IS NOT NULL AND status NOT IN ('resolved', 'closed') AND merged_into IS NULL;

-- What is there already gets its clocks at the first look at them. Until when earlier waits lasted is not asked.
UPDATE ticket t SET
    first_answered_at = (SELECT min(m.created_at) FROM message m
        WHERE m.ticket_id = t.id AND m.direction = 'outbound' AND m.origin = 'operator' AND m.cancelled_at IS NULL),
    clock_at = CASE WHEN t.status NOT IN ('resolved', 'closed') AND t.merged_into IS NULL THEN now() END,
    clock = CASE WHEN t.status NOT IN ('new', 'open')
        THEN jsonb_build_object('pauses', jsonb_build_array(jsonb_build_object('status', t.status, 'from', coalesce(t.closed_at, t.updated_at)))) END;
