-- +goose Up
-- The audit log: who signed in, who changed what, who opened what of whom. It holds ids, never contents.
CREATE TABLE audit_entry (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    kind    text NOT NULL CHECK (kind IN ('sign_in', 'act', 'read')),
    actor   text NOT NULL,
    act     text NOT NULL,
    route   text NOT NULL,
    object  text NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('done', 'failed', 'asked')),
    address text NOT NULL DEFAULT '',
    slot    bigint,
    -- The place in the chain, the key and the seal are filled in once, after the row is committed.
    place   bigint UNIQUE,
    key_id  text,
    seal    bytea,
    CHECK ((place IS NULL) = (seal IS NULL) AND (place IS NULL) = (key_id IS NULL))
);
-- One row per actor, object and ten minutes of reading.
CREATE UNIQUE INDEX audit_entry_read_key ON audit_entry (actor, object, slot) WHERE slot IS NOT NULL;
CREATE INDEX audit_entry_unsealed ON audit_entry (id) WHERE place IS NULL;

-- +goose StatementBegin
CREATE FUNCTION audit_entry_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.place IS NULL AND NEW.place IS NOT NULL
           AND to_jsonb(NEW) - '{place,key_id,seal}'::text[] = to_jsonb(OLD) - '{place,key_id,seal}'::text[] THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'the audit log is only added to';
END $$;
-- +goose StatementEnd
CREATE TRIGGER audit_entry_stands BEFORE UPDATE OR DELETE ON audit_entry FOR EACH ROW EXECUTE FUNCTION audit_entry_stands();
CREATE TRIGGER audit_entry_is_kept BEFORE TRUNCATE ON audit_entry FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_stands();
