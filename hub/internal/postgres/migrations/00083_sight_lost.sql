-- +goose Up
-- What becomes confidential is out of sight for whoever has asked or been asked about it. Each is told so once, among what
-- names them: the number, and nothing else. Such a row has no message.
ALTER TABLE mention_reader
    ALTER COLUMN message_id DROP NOT NULL,
    ADD COLUMN lost    text,
    ADD COLUMN lost_at timestamptz,
    ADD CONSTRAINT mention_reader_what_check CHECK (num_nonnulls(message_id, lost) = 1 AND num_nulls(lost, lost_at) IN (0, 2));

-- An id that sorts by a time among those that the hub makes (UUIDv7): lists go by ids.
-- +goose StatementBegin
CREATE FUNCTION uuid_at(at timestamptz) RETURNS uuid LANGUAGE sql VOLATILE AS $$
    SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(r.hex, 14, 3) || substr(r.hex, 17))::uuid
    FROM (SELECT replace(gen_random_uuid()::text, '-', '') AS hex) r
$$;
-- +goose StatementEnd
