-- +goose Up
-- The files that came with messages, for the virus scanner: when each is to be looked through next, and how that went.
-- What was found stands in blob.scan_state.
CREATE TABLE file_scan (
    sha256   bytea PRIMARY KEY REFERENCES blob ON DELETE CASCADE,
    -- NULL when there is a verdict.
    due_at   timestamptz DEFAULT now(),
    attempts integer NOT NULL DEFAULT 0,
    -- The scanner's name for what it found.
    found    text NOT NULL DEFAULT ''
);
CREATE INDEX file_scan_due_idx ON file_scan (due_at) WHERE due_at IS NOT NULL;

INSERT INTO file_scan (sha256) SELECT DISTINCT sha256 FROM attachment;

-- +goose StatementBegin
CREATE FUNCTION enlist_files() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO file_scan (sha256) SELECT DISTINCT sha256 FROM added ORDER BY sha256 ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER attachment_enlist AFTER INSERT ON attachment REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION enlist_files();
