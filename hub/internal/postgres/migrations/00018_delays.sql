-- +goose Up
-- What another system said of a delivery that it could not make yet: when, and until when it tries, if it said so.
ALTER TABLE delivery ADD COLUMN delayed_at timestamptz, ADD COLUMN delayed_until timestamptz;
