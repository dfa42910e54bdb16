-- +goose Up
-- The macro-areas into which a town's offices fall. They are never removed: an archived one takes no office any more.
-- revision is the same in all rows: the list is changed as a whole.
CREATE TABLE area (
    id       uuid PRIMARY KEY,
    name     text NOT NULL,
    -- empty: as the Italian one
    name_en  text NOT NULL DEFAULT '',
    position int NOT NULL,
    archived boolean NOT NULL DEFAULT false,
    revision bigint NOT NULL DEFAULT 1
);
INSERT INTO area (id, name, name_en, position) VALUES
    (gen_random_uuid(), 'Persona e famiglia', 'People and families', 1),
    (gen_random_uuid(), 'Casa, territorio e ambiente', 'Housing, land and environment', 2),
    (gen_random_uuid(), 'Mobilità, sicurezza e spazio pubblico', 'Mobility, safety and public space', 3),
    (gen_random_uuid(), 'Tributi e pagamenti', 'Taxes and payments', 4),
    (gen_random_uuid(), 'Imprese, cultura e comunità', 'Business, culture and community', 5);

-- received_by is the office that takes what comes for this one while this one is closed down or nobody with access
-- belongs to it; null while it takes its own. It follows fallback_office_id as far as it needs to, and stands in the row so
-- that what arrives has to look nowhere else.
ALTER TABLE office
    ADD COLUMN area_id            uuid REFERENCES area,
    ADD COLUMN fallback_office_id uuid REFERENCES office CHECK (fallback_office_id <> id),
    ADD COLUMN received_by        uuid REFERENCES office,
    ADD COLUMN deactivated_at     timestamptz,
    ADD COLUMN version            bigint NOT NULL DEFAULT 1;

-- +goose StatementBegin
CREATE FUNCTION settle_receivers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- One after the other: each must see who was left by the one before.
    PERFORM pg_advisory_xact_lock(1330006598);
    WITH RECURSIVE stand (id, active, takes, next) AS (
        SELECT o.id, o.active, o.active AND EXISTS (
                   SELECT FROM office_member m JOIN operator p ON p.id = m.operator_id WHERE m.office_id = o.id AND p.active),
               o.fallback_office_id
        FROM office o
    ), way (origin, id, active, takes, next, steps) AS (
        SELECT s.id, s.id, s.active, s.takes, s.next, 0 FROM stand s
        UNION ALL
        SELECT w.origin, s.id, s.active, s.takes, s.next, w.steps + 1
        FROM way w JOIN stand s ON s.id = w.next WHERE NOT w.takes AND w.steps < 50
    ), receiver AS (
        SELECT DISTINCT ON (w.origin) w.origin, w.id FROM way w WHERE w.active ORDER BY w.origin, NOT w.takes, w.steps
    ), settled AS (
        SELECT o.id, nullif(coalesce(r.id, (SELECT f.id FROM office f WHERE f.active ORDER BY f.created_at, f.id LIMIT 1)), o.id) AS by
        FROM office o LEFT JOIN receiver r ON r.origin = o.id
    )
    UPDATE office o SET received_by = s.by FROM settled s WHERE s.id = o.id AND o.received_by IS DISTINCT FROM s.by;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER office_receiver AFTER INSERT OR UPDATE OF active, fallback_office_id ON office
    FOR EACH STATEMENT EXECUTE FUNCTION settle_receivers();
CREATE TRIGGER office_member_receiver AFTER INSERT OR DELETE ON office_member
    FOR EACH STATEMENT EXECUTE FUNCTION settle_receivers();
CREATE TRIGGER operator_receiver AFTER UPDATE OF active ON operator
    FOR EACH STATEMENT EXECUTE FUNCTION settle_receivers();
