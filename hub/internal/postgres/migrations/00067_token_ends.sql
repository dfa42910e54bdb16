-- +goose Up
-- Until when a token works; null is for ever, with the reason in the maker's words. What was made before has neither.
ALTER TABLE api_token ADD COLUMN expires_at timestamptz, ADD COLUMN never_because text NOT NULL DEFAULT '';
