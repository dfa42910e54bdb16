-- +goose Up
-- What operators attach is looked through as soon as it is here, not only once it is sent.
CREATE TRIGGER upload_enlist AFTER INSERT ON upload REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION enlist_files();
