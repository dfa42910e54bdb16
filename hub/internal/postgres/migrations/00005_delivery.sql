-- +goose Up
-- Running hubs; one that is not seen for a while has lost its attempts.
CREATE TABLE replica (
    id         uuid PRIMARY KEY,
    name       text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    seen_at    timestamptz NOT NULL DEFAULT now()
);

-- The deliveries of one message that leave in one call to the provider.
CREATE TABLE transmission (
    id         uuid PRIMARY KEY,
    message_id uuid NOT NULL REFERENCES message,
    channel_id uuid NOT NULL REFERENCES channel,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX transmission_message_idx ON transmission (message_id);

-- One message to one address. This row owns attempt, next attempt and expiry; jobs are only wake-ups.
CREATE TABLE delivery (
    id              uuid PRIMARY KEY,
    message_id      uuid NOT NULL REFERENCES message,
    ticket_id       uuid NOT NULL REFERENCES ticket,
    transmission_id uuid NOT NULL REFERENCES transmission,
    channel_id      uuid NOT NULL REFERENCES channel,
    address_kind    text NOT NULL,
    address_value   text NOT NULL,
    address_name    text NOT NULL DEFAULT '',
    role            text NOT NULL DEFAULT 'to' CHECK (role IN ('to', 'cc')),
    state           text NOT NULL DEFAULT 'queued'
                    CHECK (state IN ('queued', 'sending', 'accepted', 'sent', 'delivered', 'read', 'failed', 'expired', 'cancelled', 'uncertain')),
    attempt         int NOT NULL DEFAULT 0,
    next_attempt_at timestamptz,
    expires_at      timestamptz NOT NULL,
    failure_class   text NOT NULL DEFAULT '',
    failure_code    text NOT NULL DEFAULT '',
    provider_code   text NOT NULL DEFAULT '',
    failure_detail  text NOT NULL DEFAULT '',
    -- look-ups made while uncertain
    lookups         int NOT NULL DEFAULT 0,
    next_lookup_at  timestamptz,
    -- an operator's decision on a failed or uncertain delivery
    decided_by      uuid REFERENCES operator,
    decision        text NOT NULL DEFAULT '',
    decision_reason text NOT NULL DEFAULT '',
    decided_at      timestamptz,
    -- the delivery that replaces this one: sent again or to another address
    replaced_by     uuid REFERENCES delivery,
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX delivery_message_idx ON delivery (message_id);
CREATE INDEX delivery_transmission_idx ON delivery (transmission_id);
CREATE INDEX delivery_ticket_waiting_idx ON delivery (ticket_id, created_at) WHERE state IN ('queued', 'sending');
CREATE INDEX delivery_due_idx ON delivery (next_attempt_at) WHERE state = 'queued';
CREATE INDEX delivery_sending_idx ON delivery (updated_at) WHERE state = 'sending';
CREATE INDEX delivery_trouble_idx ON delivery (state, updated_at DESC, id DESC) WHERE state IN ('failed', 'uncertain', 'expired');
CREATE INDEX delivery_ticket_trouble_idx ON delivery (ticket_id)
    WHERE state IN ('failed', 'uncertain', 'expired') AND decided_at IS NULL;
CREATE INDEX delivery_address_idx ON delivery (address_kind, address_value, created_at DESC);

-- One try, committed before the provider is called.
CREATE TABLE attempt (
    transmission_id uuid NOT NULL REFERENCES transmission,
    n               int NOT NULL,
    replica         uuid NOT NULL,
    started_at      timestamptz NOT NULL DEFAULT now(),
    deadline        timestamptz NOT NULL,
    finished_at     timestamptz,
    -- done, lost (no answer), reconciled
    outcome         text NOT NULL DEFAULT '',
    detail          text NOT NULL DEFAULT '',
    PRIMARY KEY (transmission_id, n)
);

CREATE TABLE delivery_event (
    id          uuid PRIMARY KEY,
    delivery_id uuid NOT NULL REFERENCES delivery,
    from_state  text NOT NULL,
    to_state    text NOT NULL,
    reason      text NOT NULL,
    detail      text NOT NULL DEFAULT '',
    actor_id    uuid REFERENCES operator,
    at          timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX delivery_event_delivery_idx ON delivery_event (delivery_id, at);

-- Proof: receipts, reports, provider answers.
CREATE TABLE evidence (
    id          uuid PRIMARY KEY,
    delivery_id uuid NOT NULL REFERENCES delivery,
    kind        text NOT NULL,
    raw         bytea,
    raw_sha256  bytea,
    media_type  text NOT NULL DEFAULT '',
    verified    boolean NOT NULL DEFAULT false,
    at          timestamptz NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX evidence_delivery_idx ON evidence (delivery_id);

-- What providers say of deliveries. One that matches nothing yet waits and is tried again.
CREATE TABLE delivery_report (
    id              uuid PRIMARY KEY,
    channel_id      uuid NOT NULL REFERENCES channel,
    journal_id      uuid NOT NULL,
    position        smallint NOT NULL DEFAULT 0,
    payload         jsonb NOT NULL,
    delivery_id     uuid REFERENCES delivery,
    state           text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'applied', 'ignored', 'unmatched')),
    tries           int NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    created_at      timestamptz NOT NULL DEFAULT now(),
    UNIQUE (journal_id, position)
);
CREATE INDEX delivery_report_waiting_idx ON delivery_report (next_attempt_at) WHERE state = 'waiting';

-- Automatic messages sent, for the caps per address and day.
CREATE TABLE automatic_message (
    id            uuid PRIMARY KEY,
    address_kind  text NOT NULL,
    address_value text NOT NULL,
    ticket_id     uuid NOT NULL REFERENCES ticket,
    kind          text NOT NULL,
    at            timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX automatic_message_address_idx ON automatic_message (address_kind, address_value, at);
