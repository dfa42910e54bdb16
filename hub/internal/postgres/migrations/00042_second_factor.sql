-- +goose Up
-- The second factor of an operator: a key shared with an app on the phone. A key is pending until a code made with it was
-- typed; the one before goes on working until then.
CREATE TABLE second_factor (
    operator_id  uuid PRIMARY KEY REFERENCES operator,
    sealed       bytea,
    confirmed_at timestamptz,
    pending      bytea,
    -- The time step, 30 seconds long, of the newest code that was used: neither it nor an older one is taken again.
    last_step    bigint NOT NULL DEFAULT 0,
    CHECK ((sealed IS NULL) = (confirmed_at IS NULL))
);

CREATE TABLE recovery_code (
    operator_id uuid NOT NULL REFERENCES operator,
    hash        bytea NOT NULL,
    used_at     timestamptz,
    PRIMARY KEY (operator_id, hash)
);

-- A sign-in half done: the password was right, the code is still to come. It is no session and opens nothing.
CREATE TABLE sign_in_challenge (
    token_hash  bytea PRIMARY KEY,
    operator_id uuid NOT NULL REFERENCES operator,
    enrol       boolean NOT NULL,
    tries       int NOT NULL DEFAULT 0,
    expires_at  timestamptz NOT NULL
);
CREATE INDEX sign_in_challenge_operator_idx ON sign_in_challenge (operator_id);

-- Of whom the town asks a second factor.
ALTER TABLE town ADD COLUMN second_factor text NOT NULL DEFAULT 'nobody' CHECK (second_factor IN ('nobody', 'administrators', 'all'));
