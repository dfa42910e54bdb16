-- +goose Up
-- One installation is one town: the single row of "town" holds what every report and number depends on.
CREATE TABLE town (
    id            boolean PRIMARY KEY DEFAULT true CHECK (id),
    name          text NOT NULL,
    time_zone     text NOT NULL DEFAULT 'Europe/Rome',
    languages     text[] NOT NULL DEFAULT '{it,en}',
    mail_domains  text[] NOT NULL DEFAULT '{}',
    blob_store_id uuid,
    demo          boolean NOT NULL DEFAULT false,
    created_at    timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE office (
    id         uuid PRIMARY KEY,
    slug       text NOT NULL UNIQUE,
    name       text NOT NULL,
    signature  text NOT NULL DEFAULT '',
    active     boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE operator (
    id            uuid PRIMARY KEY,
    login         text NOT NULL,
    name          text NOT NULL,
    role          text NOT NULL,
    password_hash text,
    language      text NOT NULL DEFAULT 'it',
    theme         text NOT NULL DEFAULT 'system',
    preferences   jsonb NOT NULL DEFAULT '{}',
    active        boolean NOT NULL DEFAULT true,
    created_at    timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX operator_login_key ON operator (lower(login));

CREATE TABLE office_member (
    office_id   uuid NOT NULL REFERENCES office,
    operator_id uuid NOT NULL REFERENCES operator,
    PRIMARY KEY (office_id, operator_id)
);
CREATE INDEX office_member_operator_idx ON office_member (operator_id);

-- Tokens are stored as SHA-256: a copy of the table opens nothing.
CREATE TABLE session (
    id           uuid PRIMARY KEY,
    token_hash   bytea NOT NULL UNIQUE,
    operator_id  uuid NOT NULL REFERENCES operator,
    user_agent   text NOT NULL DEFAULT '',
    created_at   timestamptz NOT NULL DEFAULT now(),
    last_seen_at timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL,
    revoked_at   timestamptz
);
CREATE INDEX session_operator_idx ON session (operator_id);

CREATE TABLE api_token (
    id           uuid PRIMARY KEY,
    name         text NOT NULL,
    token_hash   bytea NOT NULL UNIQUE,
    role         text NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz,
    revoked_at   timestamptz
);

-- Answers of creating requests by client key, kept 30 days, so that a repeated request is answered and not repeated.
CREATE TABLE idempotency_key (
    actor        text NOT NULL,
    key          text NOT NULL,
    request_hash bytea NOT NULL,
    status       int,
    headers      jsonb,
    body         bytea,
    created_at   timestamptz NOT NULL DEFAULT now(),
    completed_at timestamptz,
    -- when a request last began to work on it; one that never ended may be taken over
    claimed_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (actor, key)
);
CREATE INDEX idempotency_key_created_idx ON idempotency_key (created_at);
