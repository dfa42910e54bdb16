-- +goose Up
-- Where new tickets begin: each row is a whole list of rules, the highest version is in force, and the others are its
-- history.
CREATE TABLE routing_set (
    version    bigint PRIMARY KEY,
    rules      jsonb NOT NULL,
    changed_by uuid REFERENCES operator,
    changed_at timestamptz NOT NULL
);

-- What filing keeps of rules, offices and calendars is good as long as the revision is the same. It rises when the
-- change is committed, by a trigger that comes last, so that nobody waits for its row while holding others.
CREATE TABLE routing_state (
    one      boolean PRIMARY KEY DEFAULT true CHECK (one),
    revision bigint NOT NULL
);
INSERT INTO routing_state (revision) VALUES (1);

-- +goose StatementBegin
CREATE FUNCTION routing_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE routing_state SET revision = revision + 1;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE CONSTRAINT TRIGGER routing_set_changed AFTER INSERT ON routing_set
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION routing_changed();
CREATE CONSTRAINT TRIGGER routing_office_changed AFTER INSERT OR UPDATE ON office
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION routing_changed();
CREATE CONSTRAINT TRIGGER routing_town_changed AFTER INSERT OR UPDATE ON town
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION routing_changed();
