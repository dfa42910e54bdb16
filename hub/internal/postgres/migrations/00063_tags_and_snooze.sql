-- +goose Up
-- The town's own words for requests, beside type and priority.
CREATE TABLE tag (
    id          uuid PRIMARY KEY,
    name        text NOT NULL CHECK (name <> ''),
    -- by which two names are the same: small letters, no accents
    key         text NOT NULL CHECK (key <> ''),
    colour      text NOT NULL CHECK (colour IN ('grey', 'green', 'blue', 'violet', 'amber', 'red')),
    -- no longer offered, but shown where it stands
    retired_at  timestamptz,
    -- the tag that took its place everywhere
    merged_into uuid REFERENCES tag,
    created_at  timestamptz NOT NULL
);
CREATE UNIQUE INDEX tag_key_idx ON tag (key) WHERE merged_into IS NULL;

ALTER TABLE ticket
    -- null while it has none: what arrives enters no index for it
    ADD COLUMN tags          uuid[] CHECK (cardinality(tags) BETWEEN 1 AND 20),
    -- until when it stays out of the lists of work, and who put it aside
    ADD COLUMN snoozed_until timestamptz,
    ADD COLUMN snoozed_by    uuid REFERENCES operator;
CREATE INDEX ticket_tags_idx ON ticket USING gin (tags) WHERE tags IS NOT NULL;
CREATE INDEX ticket_snoozed_idx ON ticket (snoozed_until) WHERE snoozed_until IS NOT NULL;
