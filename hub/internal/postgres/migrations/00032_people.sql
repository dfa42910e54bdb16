-- +goose Up
-- What operators write on a contact's card. The version rises with every change of the card or of an address on it.
ALTER TABLE contact
    ADD COLUMN fiscal_code text NOT NULL DEFAULT '',
    ADD COLUMN vat_number  text NOT NULL DEFAULT '',
    ADD COLUMN notes       text NOT NULL DEFAULT '',
    ADD COLUMN version     bigint NOT NULL DEFAULT 1;

-- Codes are not unique: the same one twice is a suggestion that two contacts are one, which a person decides.
CREATE INDEX contact_fiscal_code_idx ON contact (fiscal_code) WHERE fiscal_code <> '';
CREATE INDEX contact_vat_number_idx ON contact (vat_number) WHERE vat_number <> '';

-- Two contacts of which somebody said that they are not one, so that they are not suggested again.
CREATE TABLE contact_distinct (
    low_id     uuid NOT NULL REFERENCES contact,
    high_id    uuid NOT NULL REFERENCES contact,
    said_by    uuid REFERENCES operator,
    said_at    timestamptz NOT NULL,
    PRIMARY KEY (low_id, high_id),
    CHECK (low_id < high_id)
);
