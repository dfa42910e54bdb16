-- +goose Up
-- What people said about being written to of the town's own accord. Rows are neither changed nor deleted: of each
-- category the latest word counts. Refusing "any" is the wish not to be contacted at all.
CREATE TABLE consent (
    id          uuid PRIMARY KEY,
    contact_id  uuid NOT NULL REFERENCES contact,
    category    text NOT NULL CHECK (category IN ('any', 'notices', 'events', 'surveys')),
    given       boolean NOT NULL,
    -- how it was said; "office" is what the town knows by itself: somebody has died or moved away
    source      text NOT NULL CHECK (source IN ('counter', 'phone', 'paper', 'message', 'office')),
    -- what was asked or said, in words
    wording     text NOT NULL DEFAULT '',
    said_on     date NOT NULL,
    recorded_by uuid REFERENCES operator,
    recorded_at timestamptz NOT NULL
);
CREATE INDEX consent_contact_idx ON consent (contact_id, said_on DESC, recorded_at DESC);

-- Who has to do with whom. A household has no direction and stands with the lower id first; otherwise the first acts
-- for the second.
CREATE TABLE contact_relation (
    id          uuid PRIMARY KEY,
    contact_id  uuid NOT NULL REFERENCES contact,
    other_id    uuid NOT NULL REFERENCES contact,
    kind        text NOT NULL CHECK (kind IN ('household', 'delegate', 'guardian', 'representative')),
    note        text NOT NULL DEFAULT '',
    -- the last day, null without one
    valid_until date,
    recorded_by uuid REFERENCES operator,
    recorded_at timestamptz NOT NULL,
    ended_by    uuid REFERENCES operator,
    ended_at    timestamptz,
    CHECK (contact_id <> other_id),
    CHECK (kind <> 'household' OR contact_id < other_id)
);
CREATE UNIQUE INDEX contact_relation_live_key ON contact_relation (contact_id, other_id, kind) WHERE ended_at IS NULL;
CREATE INDEX contact_relation_other_idx ON contact_relation (other_id) WHERE ended_at IS NULL;
