-- +goose Up
CREATE TABLE channel (
    id               uuid PRIMARY KEY,
    adapter          text NOT NULL,
    slug             text NOT NULL UNIQUE,
    name             text NOT NULL,
    config           jsonb NOT NULL DEFAULT '{}',
    revision         bigint NOT NULL DEFAULT 1,
    office_id        uuid REFERENCES office,
    enabled          boolean NOT NULL DEFAULT true,
    -- active, suspended (refused by the provider: an administrator must act)
    state            text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'suspended')),
    suspended_code   text NOT NULL DEFAULT '',
    suspended_detail text NOT NULL DEFAULT '',
    suspended_at     timestamptz,
    -- last health reported by the adapter on the lease holder
    health           text NOT NULL DEFAULT 'unknown',
    health_code      text NOT NULL DEFAULT '',
    health_detail    text NOT NULL DEFAULT '',
    health_at        timestamptz,
    -- what the opened channel can do, as the adapter answered Open
    ability          jsonb NOT NULL DEFAULT '{}',
    address_kind     text NOT NULL DEFAULT '',
    address_value    text NOT NULL DEFAULT '',
    last_in_at       timestamptz,
    last_out_at      timestamptz,
    created_at       timestamptz NOT NULL DEFAULT now()
);

-- Sealed with the key file's keys; the id of the key travels in the sealed bytes.
CREATE TABLE channel_secret (
    channel_id uuid NOT NULL REFERENCES channel,
    pointer    text NOT NULL,
    sealed     bytea NOT NULL,
    PRIMARY KEY (channel_id, pointer)
);

-- A replica's fenced right to a channel, and the committed position. One row a channel: checking the term and moving
-- the cursor is one statement.
CREATE TABLE channel_lease (
    channel_id uuid PRIMARY KEY REFERENCES channel,
    holder     uuid,
    term       bigint NOT NULL DEFAULT 0,
    expires_at timestamptz NOT NULL DEFAULT '-infinity',
    cursor     bytea NOT NULL DEFAULT ''
);

CREATE TABLE channel_state (
    channel_id uuid NOT NULL REFERENCES channel,
    key        text NOT NULL,
    version    bigint NOT NULL,
    sealed     bytea NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (channel_id, key)
);

-- Every event that a channel delivered, before anything is made of it.
--   pending      waits for intake
--   filed        became (part of) a message, report or signal
--   duplicate    the same message was filed already; the copy is recorded on it
--   quarantined  a person must look at it
--   discarded    a person decided, with a reason
CREATE TABLE journal (
    id              uuid PRIMARY KEY,
    channel_id      uuid NOT NULL REFERENCES channel,
    event_id        text NOT NULL CHECK (length(event_id) BETWEEN 1 AND 500),
    kind            text NOT NULL,
    lane            smallint NOT NULL,
    seq             bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    payload         bytea,
    raw             bytea,
    raw_sha256      bytea,
    raw_size        bigint NOT NULL DEFAULT 0,
    raw_media_type  text NOT NULL DEFAULT '',
    occurred_at     timestamptz NOT NULL,
    received_at     timestamptz NOT NULL DEFAULT now(),
    state           text NOT NULL DEFAULT 'pending'
                    CHECK (state IN ('pending', 'filed', 'duplicate', 'quarantined', 'discarded')),
    -- claims, and errors that the row itself caused
    attempt         int NOT NULL DEFAULT 0,
    failures        int NOT NULL DEFAULT 0,
    token           uuid,
    next_attempt_at timestamptz NOT NULL DEFAULT '-infinity',
    reason          text NOT NULL DEFAULT '',
    detail          text NOT NULL DEFAULT '',
    ticket_id       uuid,
    message_id      uuid,
    settled_at      timestamptz,
    decided_by      uuid REFERENCES operator,
    decision        text NOT NULL DEFAULT '',
    UNIQUE (channel_id, event_id)
);
CREATE INDEX journal_pending_idx ON journal (lane, seq) WHERE state = 'pending';
CREATE INDEX journal_due_idx ON journal (next_attempt_at) WHERE state = 'pending';
CREATE INDEX journal_quarantine_idx ON journal (received_at DESC, id DESC) WHERE state = 'quarantined';
CREATE INDEX journal_settled_idx ON journal (settled_at) WHERE state IN ('filed', 'duplicate', 'discarded') AND payload IS NOT NULL;

-- Lanes keep a sender's events in order: one worker at a time holds a lane, until claimed_until at the latest.
CREATE TABLE intake_lane (
    lane          smallint PRIMARY KEY,
    token         uuid,
    claimed_until timestamptz NOT NULL DEFAULT '-infinity'
);
INSERT INTO intake_lane (lane) SELECT generate_series(0, 255);
