-- +goose Up
-- A question to an expert may end while its letter, or a reminder of it, still waits: nobody needs the answer any more, and the
-- letter stays here. Whoever ends the question, it is taken back in the same transaction.

-- Of the given deliveries, which the caller holds locked, those whose question is over are taken back and named. One that is sent
-- again under the key of an attempt of which nothing is known goes on: it may have left.
-- +goose StatementBegin
CREATE FUNCTION take_back_letters(locked uuid[]) RETURNS SETOF uuid LANGUAGE sql AS $$
    WITH cancelled AS (
        UPDATE delivery d SET state = 'cancelled', next_attempt_at = NULL, updated_at = clock_timestamp()
        FROM message m JOIN side_request r ON r.message_id IN (m.id, m.answers_id)
        WHERE d.id = ANY (locked) AND d.state = 'queued' AND m.id = d.message_id AND m.class = 'question' AND r.state <> 'open'
          AND NOT EXISTS (SELECT FROM delivery_event e WHERE e.delivery_id = d.id AND e.reason = 'same_key')
        RETURNING d.id, 'ask_' || r.state AS reason, r.ended_by
    )
    INSERT INTO delivery_event (id, delivery_id, from_state, to_state, reason, actor_id)
    SELECT gen_random_uuid(), id, 'queued', 'cancelled', reason, ended_by FROM cancelled RETURNING delivery_id
$$;

-- A worker that begins an attempt holds the row: whoever comes second waits, and finds it sending or taken back.
CREATE FUNCTION end_letters() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM take_back_letters(ARRAY (
        SELECT d.id FROM delivery d JOIN message m ON m.id = d.message_id
        WHERE d.ticket_id IN (SELECT ticket_joined(ticket_root(NEW.ticket_id))) AND d.state = 'queued'
          AND m.class = 'question' AND NEW.message_id IN (m.id, m.answers_id)
        ORDER BY d.transmission_id, d.id FOR UPDATE OF d));
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER side_request_letters AFTER UPDATE OF state ON side_request
    FOR EACH ROW WHEN (OLD.state = 'open' AND NEW.state <> 'open' AND NEW.message_id IS NOT NULL) EXECUTE FUNCTION end_letters();
