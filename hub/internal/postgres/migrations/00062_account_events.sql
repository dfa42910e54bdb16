-- +goose Up
-- What somebody may see is announced too, so that open live streams follow it: the subject is the operator or the token
-- concerned, or nobody in particular where an office became confidential or ceased to be.
-- +goose StatementBegin
CREATE FUNCTION announce_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    CASE TG_TABLE_NAME
        WHEN 'operator', 'api_token' THEN PERFORM announce('account', NEW.id, NULL, NULL);
        WHEN 'session' THEN PERFORM announce('account', NEW.operator_id, NULL, NULL);
        WHEN 'office' THEN PERFORM announce('account', '00000000-0000-0000-0000-000000000000', NULL, NULL);
        WHEN 'office_member' THEN
            IF TG_OP = 'DELETE' THEN
                PERFORM announce('account', OLD.operator_id, NULL, NULL);
            ELSE
                PERFORM announce('account', NEW.operator_id, NULL, NULL);
            END IF;
    END CASE;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER operator_announce AFTER UPDATE OF role, active ON operator FOR EACH ROW
    WHEN (OLD.role <> NEW.role OR OLD.active <> NEW.active) EXECUTE FUNCTION announce_account();
CREATE TRIGGER api_token_announce AFTER UPDATE OF revoked_at ON api_token FOR EACH ROW EXECUTE FUNCTION announce_account();
CREATE TRIGGER session_announce AFTER UPDATE OF revoked_at ON session FOR EACH ROW EXECUTE FUNCTION announce_account();
CREATE TRIGGER office_member_announce AFTER INSERT OR DELETE ON office_member FOR EACH ROW EXECUTE FUNCTION announce_account();
CREATE TRIGGER office_made_confidential AFTER INSERT ON office FOR EACH ROW WHEN (NEW.confidential) EXECUTE FUNCTION announce_account();
CREATE TRIGGER office_confidential AFTER UPDATE OF confidential ON office FOR EACH ROW
    WHEN (OLD.confidential <> NEW.confidential) EXECUTE FUNCTION announce_account();
