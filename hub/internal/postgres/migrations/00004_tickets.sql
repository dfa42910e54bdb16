-- +goose Up
CREATE TABLE ticket (
    id                uuid PRIMARY KEY,
    number            text NOT NULL UNIQUE,
    subject           text NOT NULL DEFAULT '',
    status            text NOT NULL DEFAULT 'new'
                      CHECK (status IN ('new', 'open', 'waiting_citizen', 'waiting_third', 'suspended', 'resolved', 'closed')),
    priority          smallint NOT NULL DEFAULT 2,
    office_id         uuid NOT NULL REFERENCES office,
    assignee_id       uuid REFERENCES operator,
    contact_id        uuid REFERENCES contact,
    language          text NOT NULL DEFAULT '',
    -- since when the citizen waits for the town; null when it is the citizen's turn
    waiting_since     timestamptz,
    last_message_at   timestamptz NOT NULL,
    last_channel_kind text NOT NULL DEFAULT '',
    preview           text NOT NULL DEFAULT '',
    message_count     int NOT NULL DEFAULT 0,
    inbound_count     int NOT NULL DEFAULT 0,
    secret_version    int NOT NULL DEFAULT 1,
    merged_into       uuid REFERENCES ticket,
    retention_class   text NOT NULL DEFAULT 'ordinary',
    legal_hold        boolean NOT NULL DEFAULT false,
    -- rises with every change; optimistic locking of operators' edits
    version           bigint NOT NULL DEFAULT 1,
    created_at        timestamptz NOT NULL DEFAULT now(),
    updated_at        timestamptz NOT NULL DEFAULT now(),
    closed_at         timestamptz
);
-- One index for each order of the inbox: who holds it, then waiting time, oldest first.
CREATE INDEX ticket_mine_idx ON ticket (assignee_id, COALESCE(waiting_since, 'infinity'::timestamptz), id)
    WHERE status NOT IN ('resolved', 'closed') AND merged_into IS NULL;
CREATE INDEX ticket_office_idx ON ticket (office_id, COALESCE(waiting_since, 'infinity'::timestamptz), id)
    WHERE status NOT IN ('resolved', 'closed') AND merged_into IS NULL;
CREATE INDEX ticket_unassigned_idx ON ticket (COALESCE(waiting_since, 'infinity'::timestamptz), id)
    WHERE assignee_id IS NULL AND status NOT IN ('resolved', 'closed') AND merged_into IS NULL;
CREATE INDEX ticket_open_idx ON ticket (COALESCE(waiting_since, 'infinity'::timestamptz), id)
    WHERE status NOT IN ('resolved', 'closed') AND merged_into IS NULL;
CREATE INDEX ticket_all_waiting_idx ON ticket (COALESCE(waiting_since, 'infinity'::timestamptz), id) WHERE merged_into IS NULL;
CREATE INDEX ticket_all_idx ON ticket (last_message_at DESC, id DESC) WHERE merged_into IS NULL;
CREATE INDEX ticket_closed_idx ON ticket (last_message_at DESC, id DESC) WHERE status IN ('resolved', 'closed') AND merged_into IS NULL;
CREATE INDEX ticket_contact_idx ON ticket (contact_id, last_message_at DESC);
CREATE INDEX ticket_number_prefix_idx ON ticket (number text_pattern_ops);
CREATE INDEX ticket_merged_idx ON ticket (merged_into) WHERE merged_into IS NOT NULL;

-- The ticket that stands for this one after all joins. A joined ticket keeps its messages; the conversation of a ticket
-- is its own messages and those of all that were joined to it, so that undoing a join moves nothing.
-- +goose StatementBegin
CREATE FUNCTION ticket_root(ticket uuid) RETURNS uuid LANGUAGE sql STABLE AS $$
    WITH RECURSIVE up (id, merged_into) AS (
        SELECT t.id, t.merged_into FROM ticket t WHERE t.id = $1
        UNION
        SELECT t.id, t.merged_into FROM ticket t JOIN up ON t.id = up.merged_into
    )
    SELECT id FROM up WHERE merged_into IS NULL
$$;
-- +goose StatementEnd

-- A ticket and all that were joined to it.
-- +goose StatementBegin
CREATE FUNCTION ticket_joined(ticket uuid) RETURNS SETOF uuid LANGUAGE sql STABLE ROWS 2 AS $$
    WITH RECURSIVE down (id) AS (
        SELECT $1
        UNION
        SELECT t.id FROM ticket t JOIN down ON t.merged_into = down.id
    )
    SELECT id FROM down
$$;
-- +goose StatementEnd

-- Numbers come from one sequence a year, made on the year's first ticket. Gaps are allowed, waiting is not.
-- +goose StatementBegin
CREATE FUNCTION next_ticket_sequence(year int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    name text := format('ticket_number_%s', year);
BEGIN
    IF to_regclass(name) IS NULL THEN
        PERFORM pg_advisory_xact_lock(hashtext('ticket_number'), year);
        EXECUTE format('CREATE SEQUENCE IF NOT EXISTS %I', name);
    END IF;
    RETURN nextval(name::regclass);
END
$$;
-- +goose StatementEnd

CREATE TABLE message (
    id               uuid PRIMARY KEY,
    ticket_id        uuid NOT NULL REFERENCES ticket,
    direction        text NOT NULL CHECK (direction IN ('inbound', 'outbound', 'note')),
    origin           text NOT NULL DEFAULT 'citizen' CHECK (origin IN ('citizen', 'operator', 'automatic', 'campaign')),
    channel_id       uuid REFERENCES channel,
    channel_kind     text NOT NULL DEFAULT '',
    class            text NOT NULL DEFAULT 'human',
    author_id        uuid REFERENCES operator,
    contact_id       uuid REFERENCES contact,
    from_kind        text NOT NULL DEFAULT '',
    from_value       text NOT NULL DEFAULT '',
    from_name        text NOT NULL DEFAULT '',
    subject          text NOT NULL DEFAULT '',
    text             text NOT NULL DEFAULT '',
    html             text NOT NULL DEFAULT '',
    language         text NOT NULL DEFAULT '',
    -- why an inbound message stands on this ticket: code and parameters, shown in words
    threading_reason text NOT NULL DEFAULT '',
    threading_params jsonb NOT NULL DEFAULT '{}',
    -- the sender is on the ticket as somebody else than the requester
    third_person     boolean NOT NULL DEFAULT false,
    authenticated    boolean NOT NULL DEFAULT false,
    authentication   jsonb NOT NULL DEFAULT '{}',
    headers          jsonb NOT NULL DEFAULT '{}',
    -- the outbound message answered, or the inbound one this answers
    answers_id       uuid REFERENCES message,
    journal_id       uuid,
    raw_sha256       bytea,
    fingerprint      bytea,
    sent_at          timestamptz,
    -- outbound only: leaves not before this instant (undo window)
    send_after       timestamptz,
    cancelled_at     timestamptz,
    created_at       timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX message_ticket_idx ON message (ticket_id, created_at, id);
CREATE INDEX message_journal_idx ON message (journal_id) WHERE journal_id IS NOT NULL;
CREATE INDEX message_raw_idx ON message (channel_id, raw_sha256) WHERE raw_sha256 IS NOT NULL;
CREATE INDEX message_contact_idx ON message (contact_id) WHERE contact_id IS NOT NULL;

-- To, Cc, Reply-To of a message, as it came or as it leaves.
CREATE TABLE message_party (
    message_id uuid NOT NULL REFERENCES message,
    position   smallint NOT NULL,
    role       text NOT NULL,
    kind       text NOT NULL,
    value      text NOT NULL,
    name       text NOT NULL DEFAULT '',
    PRIMARY KEY (message_id, position)
);

-- Identifiers by which a message is known outside. Those of the hub and of providers are unique and prove;
-- those chosen by senders are hints and may repeat.
CREATE TABLE message_external_id (
    message_id uuid NOT NULL REFERENCES message,
    channel_id uuid NOT NULL REFERENCES channel,
    kind       text NOT NULL,
    value      text NOT NULL,
    issuer     text NOT NULL CHECK (issuer IN ('hub', 'provider', 'sender')),
    PRIMARY KEY (message_id, channel_id, kind, value)
);
CREATE UNIQUE INDEX message_external_id_issued_key ON message_external_id (channel_id, kind, value) WHERE issuer <> 'sender';
CREATE INDEX message_external_id_value_idx ON message_external_id (value, kind);

-- Keyed tokens that outbound messages carry, one for each address they go to. A token is found by a hash of itself and
-- proved with the key file's keys: a copy of the table makes no token.
CREATE TABLE thread_token (
    ref        bytea PRIMARY KEY CHECK (octet_length(ref) = 16),
    key_id     text NOT NULL,
    message_id uuid NOT NULL REFERENCES message,
    kind       text NOT NULL,
    value      text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- Further arrivals of a message that is filed already.
CREATE TABLE message_copy (
    journal_id  uuid PRIMARY KEY,
    message_id  uuid NOT NULL REFERENCES message,
    recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX message_copy_message_idx ON message_copy (message_id);

CREATE TABLE attachment (
    id            uuid PRIMARY KEY,
    message_id    uuid NOT NULL REFERENCES message,
    position      smallint NOT NULL,
    sha256        bytea NOT NULL REFERENCES blob,
    size          bigint NOT NULL,
    name          text NOT NULL,
    media_type    text NOT NULL,
    declared_type text NOT NULL DEFAULT '',
    content_id    text NOT NULL DEFAULT '',
    inline        boolean NOT NULL DEFAULT false
);
CREATE INDEX attachment_message_idx ON attachment (message_id, position);

-- Everybody who wrote or was written to on a ticket.
CREATE TABLE ticket_party (
    ticket_id     uuid NOT NULL REFERENCES ticket,
    kind          text NOT NULL,
    value         text NOT NULL,
    name          text NOT NULL DEFAULT '',
    contact_id    uuid REFERENCES contact,
    role          text NOT NULL CHECK (role IN ('requester', 'third')),
    wrote_at      timestamptz,
    addressed_at  timestamptz,
    -- channel by which the address was last used on this ticket
    channel_id    uuid REFERENCES channel,
    PRIMARY KEY (ticket_id, kind, value)
);
CREATE INDEX ticket_party_address_idx ON ticket_party (kind, value);

CREATE TABLE ticket_event (
    id         uuid PRIMARY KEY,
    ticket_id  uuid NOT NULL REFERENCES ticket,
    type       text NOT NULL,
    params     jsonb NOT NULL DEFAULT '{}',
    actor_kind text NOT NULL CHECK (actor_kind IN ('operator', 'system', 'citizen', 'token')),
    actor_id   uuid,
    at         timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ticket_event_ticket_idx ON ticket_event (ticket_id, at, id);

-- "This may belong to that": only operators see it, only operators decide.
CREATE TABLE ticket_suggestion (
    id         uuid PRIMARY KEY,
    ticket_id  uuid NOT NULL REFERENCES ticket,
    other_id   uuid NOT NULL REFERENCES ticket,
    message_id uuid REFERENCES message,
    reason     text NOT NULL,
    state      text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'accepted', 'dismissed')),
    decided_by uuid REFERENCES operator,
    decided_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (ticket_id, other_id),
    CHECK (ticket_id <> other_id)
);
CREATE INDEX ticket_suggestion_other_idx ON ticket_suggestion (other_id);
CREATE INDEX ticket_suggestion_open_idx ON ticket_suggestion (ticket_id) WHERE state = 'open';

CREATE TABLE draft (
    operator_id uuid NOT NULL REFERENCES operator,
    ticket_id   uuid NOT NULL REFERENCES ticket,
    kind        text NOT NULL CHECK (kind IN ('reply', 'note')),
    body        jsonb NOT NULL,
    updated_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (operator_id, ticket_id, kind)
);

-- Files uploaded for a message not yet written; removed after a day.
CREATE TABLE upload (
    id          uuid PRIMARY KEY,
    operator_id uuid REFERENCES operator,
    token_id    uuid REFERENCES api_token,
    sha256      bytea NOT NULL REFERENCES blob,
    size        bigint NOT NULL,
    name        text NOT NULL,
    media_type  text NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX upload_created_idx ON upload (created_at);
