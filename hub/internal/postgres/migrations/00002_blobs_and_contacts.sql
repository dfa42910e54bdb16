-- +goose Up
CREATE TABLE blob (
    sha256       bytea PRIMARY KEY CHECK (octet_length(sha256) = 32),
    size         bigint NOT NULL,
    content_type text NOT NULL DEFAULT '',
    scan_state   text NOT NULL DEFAULT 'unscanned' CHECK (scan_state IN ('unscanned', 'clean', 'infected', 'failed')),
    created_at   timestamptz NOT NULL DEFAULT now(),
    -- Set by the sweep when it first finds no need for the bytes, cleared when there is one again.
    unreferenced_since timestamptz
);
CREATE INDEX blob_unreferenced_idx ON blob (sha256) WHERE unreferenced_since IS NOT NULL;

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

-- Joining contacts leaves every row where it is: the tree of merged_into alone says who is one person, so that undoing
-- it gives each their own back.
CREATE INDEX contact_merged_idx ON contact (merged_into) WHERE merged_into IS NOT NULL;

CREATE TABLE contact_merge (
    id        uuid PRIMARY KEY,
    source_id uuid NOT NULL REFERENCES contact,
    target_id uuid NOT NULL REFERENCES contact,
    merged_by uuid REFERENCES operator,
    merged_at timestamptz NOT NULL,
    undone_by uuid REFERENCES operator,
    undone_at timestamptz
);
CREATE INDEX contact_merge_source_idx ON contact_merge (source_id);

-- Who stands for a contact after all joins; null for an unknown contact.
-- +goose StatementBegin
CREATE FUNCTION contact_root(contact uuid) RETURNS uuid LANGUAGE sql STABLE AS $$
    WITH RECURSIVE up (id, merged_into) AS (
        SELECT c.id, c.merged_into FROM contact c WHERE c.id = $1
        UNION
        SELECT c.id, c.merged_into FROM contact c JOIN up ON c.id = up.merged_into
    )
    SELECT id FROM up WHERE merged_into IS NULL
$$;
-- +goose StatementEnd

-- Everybody who is the same person as this contact, itself included.
-- +goose StatementBegin
CREATE FUNCTION contact_group(contact uuid) RETURNS SETOF uuid LANGUAGE sql STABLE ROWS 2 AS $$
    WITH RECURSIVE down (id) AS (
        SELECT contact_root($1)
        UNION
        SELECT c.id FROM contact c JOIN down ON c.merged_into = down.id
    )
    SELECT id FROM down WHERE id IS NOT NULL
$$;
-- +goose StatementEnd
