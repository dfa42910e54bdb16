-- +goose Up
-- An archived channel is closed for good and no longer listed; what came through it stays. last_trial is how the
-- administrator's last trial of it went: the steps, without secrets.
ALTER TABLE channel ADD COLUMN archived_at timestamptz;
ALTER TABLE channel ADD COLUMN last_trial jsonb;
ALTER TABLE channel ADD COLUMN last_trial_at timestamptz;

-- The name that recipients see beside the address; the office's own name when empty.
ALTER TABLE office ADD COLUMN sender_name text NOT NULL DEFAULT '';
