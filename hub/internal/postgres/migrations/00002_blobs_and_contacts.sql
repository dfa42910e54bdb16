-- +goose Up
CREATE TABLE blob (
    sha256       bytea PRIMARY KEY CHECK (octet_length(sha256) = 32),
    size         bigint NOT NULL,
    content_type text NOT NULL DEFAULT '',
    scan_state   text NOT NULL DEFAULT 'unscanned' CHECK (scan_state IN ('unscanned', 'clean', 'infected', 'failed')),
    created_at   timestamptz NOT NULL DEFAULT now()
);

-- Who needs the bytes; a blob without a row here for 7 days is removed.
CREATE TABLE blob_ref (
    sha256     bytea NOT NULL REFERENCES blob,
    owner_kind text NOT NULL,
    owner_id   uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (sha256, owner_kind, owner_id)
);
CREATE INDEX blob_ref_owner_idx ON blob_ref (owner_kind, owner_id);

CREATE TABLE contact (
    id          uuid PRIMARY KEY,
    name        text NOT NULL DEFAULT '',
    kind        text NOT NULL DEFAULT 'person' CHECK (kind IN ('person', 'organisation')),
    language    text NOT NULL DEFAULT '',
    merged_into uuid REFERENCES contact,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now()
);

-- One reachable address. A shared one (family, company desk) may stand under several contacts and never identifies.
CREATE TABLE contact_address (
    id                  uuid PRIMARY KEY,
    contact_id          uuid NOT NULL REFERENCES contact,
    kind                text NOT NULL,
    value               text NOT NULL,
    display             text NOT NULL,
    verified_at         timestamptz,
    preferred           boolean NOT NULL DEFAULT false,
    shared              boolean NOT NULL DEFAULT false,
    undeliverable_since timestamptz,
    undeliverable_why   text NOT NULL DEFAULT '',
    created_at          timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX contact_address_own_key ON contact_address (kind, value) WHERE NOT shared;
CREATE UNIQUE INDEX contact_address_each_key ON contact_address (contact_id, kind, value);
CREATE UNIQUE INDEX contact_address_preferred_key ON contact_address (contact_id) WHERE preferred;
