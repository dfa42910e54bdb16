-- +goose Up
-- Rules give tags: what filing keeps of them is old once a tag has another name, is retired, or has gone into another.
CREATE CONSTRAINT TRIGGER routing_tag_changed AFTER UPDATE ON tag
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.name <> NEW.name OR OLD.retired_at IS DISTINCT FROM NEW.retired_at OR OLD.merged_into IS DISTINCT FROM NEW.merged_into)
    EXECUTE FUNCTION routing_changed();
