-- +goose Up
-- Who said that a citizen prefers an address: an operator whom the citizen told so, or nobody but the citizen himself.
ALTER TABLE contact_address ADD COLUMN preferred_by uuid REFERENCES operator;
