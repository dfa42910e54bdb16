-- +goose Up
-- The log is read newest first, all of it or by one of these.
CREATE INDEX audit_entry_at_idx ON audit_entry (at, id);
CREATE INDEX audit_entry_kind_idx ON audit_entry (kind, at, id);
CREATE INDEX audit_entry_actor_idx ON audit_entry (actor, at, id);
CREATE INDEX audit_entry_act_idx ON audit_entry (act, at, id);
CREATE INDEX audit_entry_object_idx ON audit_entry (object, at, id);
CREATE INDEX audit_entry_failed_idx ON audit_entry (at, id) WHERE outcome = 'failed';

-- Walks of the whole chain: by themselves once a day, or because somebody asked. What a walk found stands as a code
-- with its parameters; "{}" is a chain that holds.
CREATE TABLE audit_check (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    asked_at    timestamptz NOT NULL,
    asked_by    text NOT NULL DEFAULT '',
    finished_at timestamptz,
    sealed      bigint NOT NULL DEFAULT 0,
    fault       jsonb NOT NULL DEFAULT '{}'
);
