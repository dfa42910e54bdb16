-- +goose Up
-- What the desk asks for at a million tickets. Every order of every list has an index to walk, by office where the
-- reader sees only some: a condition over what was read would read on until the page is full.
CREATE INDEX ticket_open_newest_idx ON ticket (last_message_at DESC, id DESC)
    WHERE status NOT IN ('resolved', 'closed') AND merged_into IS NULL;
CREATE INDEX ticket_assignee_newest_idx ON ticket (assignee_id, last_message_at DESC, id DESC) WHERE merged_into IS NULL;
CREATE INDEX ticket_over_idx ON ticket (status, last_message_at DESC, id DESC)
    WHERE status IN ('resolved', 'closed') AND merged_into IS NULL;
DROP INDEX ticket_closed_idx;
CREATE INDEX ticket_office_newest_idx ON ticket (office_id, last_message_at DESC, id DESC) WHERE merged_into IS NULL;
CREATE INDEX ticket_office_all_waiting_idx ON ticket (office_id, COALESCE(waiting_since, 'infinity'::timestamptz), id)
    WHERE merged_into IS NULL;
DROP INDEX ticket_all_waiting_idx;

-- What waits for a decision, apart from years of decisions.
CREATE INDEX delivery_undecided_idx ON delivery (state, updated_at DESC, id DESC)
    WHERE state IN ('failed', 'uncertain', 'expired') AND decision = '';
CREATE STATISTICS delivery_decided (mcv) ON state, decision FROM delivery;

-- The words of a text for searching: lower case, without accents, whatever the database's collation knows of either.
-- +goose StatementBegin
CREATE FUNCTION search_words(text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT to_tsvector('simple'::regconfig, lower(translate($1,
        'ÀÁÂÄÈÉÊËÌÍÎÏÒÓÔÖÙÚÛÜÇÑàáâäèéêëìíîïòóôöùúûüçñ.,;:/@_''’"-+',
        'AAAAEEEEIIIIOOOOUUUUCNaaaaeeeeiiiioooouuuucn            ')))
$$;
-- +goose StatementEnd

-- Beside the ticket, not on it: a ticket's row is written again with every message, its subject hardly ever.
CREATE TABLE ticket_words (
    ticket_id uuid PRIMARY KEY REFERENCES ticket,
    words     tsvector NOT NULL
);
INSERT INTO ticket_words SELECT id, search_words(subject) FROM ticket;
CREATE INDEX ticket_words_idx ON ticket_words USING gin (words);

-- +goose StatementBegin
CREATE FUNCTION note_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ticket_words SELECT id, search_words(subject) FROM made;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER ticket_words_made AFTER INSERT ON ticket REFERENCING NEW TABLE AS made
    FOR EACH STATEMENT EXECUTE FUNCTION note_words();

-- +goose StatementBegin
CREATE FUNCTION change_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE ticket_words SET words = search_words(NEW.subject) WHERE ticket_id = NEW.id;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER ticket_words_changed AFTER UPDATE OF subject ON ticket
    FOR EACH ROW WHEN (OLD.subject IS DISTINCT FROM NEW.subject) EXECUTE FUNCTION change_words();

CREATE INDEX contact_words_idx ON contact USING gin (search_words(name));
CREATE INDEX contact_address_value_idx ON contact_address (value text_pattern_ops);

-- Da verificare: by channel and reason, and what was put aside.
CREATE INDEX journal_quarantine_reason_idx ON journal (reason, received_at DESC, id DESC) WHERE state = 'quarantined';
CREATE INDEX journal_quarantine_channel_idx ON journal (channel_id, received_at DESC, id DESC) WHERE state = 'quarantined';
CREATE INDEX journal_discarded_idx ON journal (settled_at DESC, id DESC) WHERE state = 'discarded';

-- Who decided what on an item in quarantine; the row itself keeps only the last word.
CREATE TABLE quarantine_act (
    id          uuid PRIMARY KEY,
    journal_id  uuid NOT NULL REFERENCES journal,
    act         text NOT NULL CHECK (act IN ('retried', 'filed', 'opened', 'discarded', 'restored')),
    reason      text NOT NULL DEFAULT '',
    operator_id uuid REFERENCES operator,
    at          timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX quarantine_act_journal_idx ON quarantine_act (journal_id, at);
